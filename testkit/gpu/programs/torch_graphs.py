"""CUDA graphs: the three capture modes, replays with new inputs, shared pools, captures that go wrong."""

from shown import exact, told, torch_ready

torch = torch_ready()
model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64)).to("cuda")
x = torch.randn(8, 64, device="cuda")


def warm_up(call):
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side), torch.no_grad():
        call()
    torch.cuda.current_stream().wait_stream(side)


warm_up(lambda: model(x))
pool = torch.cuda.graph_pool_handle()
graphs = []  # a pool ends with the last graph that uses it
for mode in ("global", "thread_local", "relaxed"):
    graph = torch.cuda.CUDAGraph()
    graphs.append(graph)
    with torch.no_grad(), torch.cuda.graph(graph, pool=pool, capture_error_mode=mode):
        y = model(x)
    for value in (1.0, 2.0):
        x.fill_(value)
        graph.replay()
        exact(f"{mode}: replay with {value}", y)

host = torch.ones(8, 64).pin_memory()
graph = torch.cuda.CUDAGraph()
with torch.no_grad(), torch.cuda.graph(graph):
    x.copy_(host, non_blocking=True)
    total = model(x).sum()
for value in (3.0, 4.0):
    host.fill_(value)
    graph.replay()
    exact(f"replay that reads pinned memory with {value}", total)

graphed = torch.cuda.make_graphed_callables(torch.nn.Linear(64, 4).to("cuda"), (torch.randn(8, 64, device="cuda", requires_grad=True),))
loss = graphed(torch.full((8, 64), 0.5, device="cuda", requires_grad=True)).square().sum()
loss.backward()
exact("a graphed layer's gradient", graphed.weight.grad)


def reads_in_capture(mode):
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode=mode):
        (x * 2).sum().item()
    return "captured"


for mode in ("global", "thread_local", "relaxed"):
    told(f"{mode}: reading a value in a capture", lambda: reads_in_capture(mode))
    told(f"{mode}: work after it", lambda: (x * 0 + 1).sum().item())
