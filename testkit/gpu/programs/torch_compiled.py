"""torch.compile: Inductor's Triton kernels, and its CUDA graphs."""

from shown import about, torch_ready

torch = torch_ready()
net = torch.nn.Sequential(torch.nn.Linear(128, 256), torch.nn.GELU(), torch.nn.LayerNorm(256), torch.nn.Linear(256, 128)).to("cuda")
x = torch.randn(32, 128, device="cuda")
with torch.no_grad():
    about("compiled", torch.compile(net)(x))
    graphed = torch.compile(net, mode="reduce-overhead")
    for value in range(3):
        about(f"compiled with CUDA graphs, run {value}", graphed(x + value))
step = torch.compile(lambda t: (net(t).softmax(-1) * t).sum())
t = x.clone().requires_grad_()
step(t).backward()
about("compiled gradient", t.grad)
