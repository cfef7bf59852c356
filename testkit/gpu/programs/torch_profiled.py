"""The profiler, whose GPU half needs CUPTI: whatever it finds, the program goes on."""

from shown import exact, told, torch_ready

torch = torch_ready()
from torch.profiler import ProfilerActivity, profile  # noqa: E402

x = torch.randn(64, 64, device="cuda")
with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as run:
    y = x @ x
told("the profiler saw the product on the CPU", lambda: any("mm" in event.key for event in run.key_averages()))
exact("the product", y)
