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
told("utilisation of the memory", lambda: 0 <= pynvml.nvmlDeviceGetUtilizationRates(device).memory <= 100)
told("reaches itself", lambda: [pynvml.nvmlDeviceGetP2PStatus(device, device, index) for index in (0, 1)])
told("PCIe's best", lambda: (pynvml.nvmlDeviceGetMaxPcieLinkGeneration(device), pynvml.nvmlDeviceGetMaxPcieLinkWidth(device)))
told("PCIe now is known", lambda: (pynvml.nvmlDeviceGetCurrPcieLinkGeneration(device) > 0, pynvml.nvmlDeviceGetPcieSpeed(device) > 0))
told("clocks", lambda: [pynvml.nvmlDeviceGetMaxClockInfo(device, kind) for kind in range(4)])
told("clocks to choose from", lambda: (c := pynvml.nvmlDeviceGetSupportedMemoryClocks(device), pynvml.nvmlDeviceGetSupportedGraphicsClocks(device, c[0])))
told("power limits", lambda: (pynvml.nvmlDeviceGetPowerManagementLimitConstraints(device), pynvml.nvmlDeviceGetEnforcedPowerLimit(device)))
told("energy is known", lambda: pynvml.nvmlDeviceGetTotalEnergyConsumption(device) > 0)
told("modes", lambda: (pynvml.nvmlDeviceGetComputeMode(device), pynvml.nvmlDeviceGetMigMode(device), pynvml.nvmlDeviceGetEccMode(device)))
told("what it is", lambda: [f(device) for f in (pynvml.nvmlDeviceGetBrand, pynvml.nvmlDeviceGetArchitecture, pynvml.nvmlDeviceGetVbiosVersion,
                                               pynvml.nvmlDeviceGetSerial, pynvml.nvmlDeviceGetMemoryBusWidth, pynvml.nvmlDeviceGetNumGpuCores)])
told("thresholds of heat", lambda: [pynvml.nvmlDeviceGetTemperatureThreshold(device, kind) for kind in (0, 1)])
told("memory's heat as a field", lambda: (f := pynvml.nvmlDeviceGetFieldValues(device, [82])[0]).nvmlReturn == 0 and f.value.uiVal > 0)
told("uncorrected errors", lambda: pynvml.nvmlDeviceGetTotalEccErrors(device, 1, 0))
