"""pynvml, as monitoring programs use it."""

import pynvml
from shown import told

pynvml.nvmlInit()
told("devices", pynvml.nvmlDeviceGetCount)
device = pynvml.nvmlDeviceGetHandleByIndex(0)
told("name", lambda: pynvml.nvmlDeviceGetName(device))
told("utilisation is between 0 and 100", lambda: 0 <= pynvml.nvmlDeviceGetUtilizationRates(device).gpu <= 100)
told("used memory is at most the total", lambda: (m := pynvml.nvmlDeviceGetMemoryInfo(device)).used <= m.total)
told("temperature is known", lambda: pynvml.nvmlDeviceGetTemperature(device, 0) > 0)
told("power is known", lambda: pynvml.nvmlDeviceGetPowerUsage(device) > 0)
told("found by its UUID", lambda: bool(pynvml.nvmlDeviceGetHandleByUUID(pynvml.nvmlDeviceGetUUID(device))))
