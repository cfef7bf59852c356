"""PyTorch's allocator: growing, shrinking, out of memory and going on; run once for each of its back ends by the environment."""

import os

from shown import exact, told, torch_ready

torch = torch_ready()
MIB = 1 << 20
print("settings:", os.environ.get("PYTORCH_CUDA_ALLOC_CONF", "none"))
blocks = [torch.full((size * MIB // 4,), size, device="cuda", dtype=torch.float32) for size in (1, 3, 20, 45, 70, 130)]
del blocks[1::2]
blocks += [torch.full((size * MIB // 4,), size, device="cuda", dtype=torch.float32) for size in (30, 90, 200)]
exact("sums over blocks", torch.stack([block.double().sum() for block in blocks]))
told("all blocks are apart", lambda: len({block.data_ptr() for block in blocks}) == len(blocks))
del blocks
torch.cuda.empty_cache()
torch.cuda.synchronize()
total = torch.cuda.get_device_properties(0).total_memory
told("more than the whole memory", lambda: torch.empty(total + MIB, dtype=torch.uint8, device="cuda").shape)
told("work after that", lambda: torch.ones(1000, device="cuda").sum().item())
told("an eighth of the memory", lambda: torch.zeros(total // 8, dtype=torch.uint8, device="cuda")[-1].item())
torch.cuda.empty_cache()
told("an eighth of the memory again", lambda: torch.zeros(total // 8, dtype=torch.uint8, device="cuda")[-1].item())
