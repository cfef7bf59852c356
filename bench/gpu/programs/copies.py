"""256 MiB of random bytes to the device and back, from pageable and from pinned memory."""

import hashlib

import torch
from measured import Rows, say

rows = Rows()
torch.manual_seed(0)
pageable = torch.randint(0, 256, (256 << 20,), dtype=torch.uint8)
device = torch.empty_like(pageable, device="cuda")
for kind in ("pageable", "pinned"):
    if not rows.wants(f"htod_{kind}", f"dtoh_{kind}"):
        continue
    host = pageable.pin_memory() if kind == "pinned" else pageable
    device.copy_(host)
    rows.measure(f"htod_{kind}", lambda: device.copy_(host, non_blocking=True), size=host.nbytes, warm_up=2)
    back = torch.empty_like(host, pin_memory=kind == "pinned")
    rows.measure(f"dtoh_{kind}", lambda: back.copy_(device), size=host.nbytes, warm_up=2)
    back.copy_(device)
    digest = hashlib.sha256(back.numpy().data).hexdigest()
    for row in (f"htod_{kind}", f"dtoh_{kind}"):
        if rows.wants(row):
            say(row, result=digest)
