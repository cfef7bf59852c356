"""NCCL with a single rank: collectives, a barrier, a data-parallel step."""

import tempfile

from shown import exact, torch_ready

torch = torch_ready()
import torch.distributed as ranks  # noqa: E402

with tempfile.TemporaryDirectory() as folder:
    ranks.init_process_group("nccl", init_method=f"file://{folder}/meeting", rank=0, world_size=1, device_id=torch.device("cuda:0"))
    x = torch.arange(1 << 20, device="cuda", dtype=torch.float32)
    ranks.all_reduce(x)
    exact("all-reduce", x)
    ranks.broadcast(x, 0)
    gathered = [torch.empty_like(x)]
    ranks.all_gather(gathered, x)
    exact("all-gather", gathered[0])
    out = torch.empty_like(x)
    ranks.reduce_scatter_tensor(out, x)
    exact("reduce-scatter", out)
    ranks.barrier()
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(64, 8).to("cuda"), device_ids=[0])
    model(torch.ones(4, 64, device="cuda")).sum().backward()
    exact("gradient of a data-parallel layer", model.module.weight.grad)
    ranks.destroy_process_group()
