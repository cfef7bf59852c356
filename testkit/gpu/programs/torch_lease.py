"""What a program sees of its memory is what it leased, and more is refused. LEASE_MIB holds the size, if there is a lease."""

import os

from shown import told, torch_ready

torch = torch_ready()
MIB = 1 << 20
lease = int(os.environ.get("LEASE_MIB", "0")) * MIB
properties = torch.cuda.get_device_properties(0)
free, total = torch.cuda.mem_get_info()
told("total memory is the lease's", lambda: lease in (0, properties.total_memory))
told("mem_get_info agrees", lambda: lease in (0, total) and free <= total)
told("one device", torch.cuda.device_count)
told("its name", lambda: properties.name)
told("compute capability", torch.cuda.get_device_capability)
told("multiprocessors", lambda: properties.multi_processor_count)
blocks, block = [], total // 16
try:
    while len(blocks) < 32:
        blocks.append(torch.empty(block, dtype=torch.uint8, device="cuda"))
except torch.OutOfMemoryError:
    told("blocks of a sixteenth that fit", lambda: 12 <= len(blocks) <= 16)
told("free memory is less than a block", lambda: torch.cuda.mem_get_info()[0] < 2 * block)
blocks.clear()
torch.cuda.empty_cache()
torch.cuda.synchronize()
told("and comes back", lambda: torch.cuda.mem_get_info()[0] > 12 * block)
