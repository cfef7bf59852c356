"""Programs bound by what a launch or a wait costs: tiny training, graph replay, compiled code, attention, additions, `.item()`."""

import torch
from measured import Rows, say, times

REPEATS = 50
rows = Rows()
torch.manual_seed(0)
nn = torch.nn


def training(row, read):
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)).to("cuda")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = torch.randn(32, 64, device="cuda"), torch.randint(0, 10, (32,), device="cuda")
    losses = []

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item() if read else loss.detach())

    rows.measure(row, times(REPEATS, step), steps=REPEATS)
    say(row, result=[float(loss) for loss in losses[:REPEATS]])


def graph():
    model = nn.Sequential(*(nn.Linear(256, 256) for _ in range(50))).to("cuda")
    x = torch.randn(8, 256, device="cuda")
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.no_grad():
        with torch.cuda.stream(side):
            model(x)
        torch.cuda.current_stream().wait_stream(side)
        captured = torch.cuda.CUDAGraph()
        with torch.cuda.graph(captured):
            y = model(x)
    rows.measure("graph_replay", times(REPEATS, captured.replay), steps=REPEATS)
    say("graph_replay", result=y.double().norm().item())


def compiled():
    model = torch.compile(nn.Sequential(nn.Linear(1024, 4096), nn.GELU(), nn.Linear(4096, 1024)).to("cuda").half())
    x = torch.randn(128, 1024, device="cuda").half()
    with torch.no_grad():
        rows.measure("compiled_mlp", times(REPEATS, lambda: model(x)), steps=REPEATS)
        say("compiled_mlp", result=model(x).double().norm().item())


def attention():
    q, k, v = (torch.randn(8, 16, 512, 64, device="cuda", dtype=torch.float16) for _ in range(3))
    attend = nn.functional.scaled_dot_product_attention
    with torch.no_grad():
        rows.measure("sdpa", times(REPEATS, lambda: attend(q, k, v)), steps=REPEATS)
        say("sdpa", result=attend(q, k, v).double().norm().item())


def additions():
    x = torch.ones(8, device="cuda")
    rows.measure("add_8", times(1000, lambda: x.add_(1)), steps=1000)
    say("add_8", result=x[:1].item() > 1000)


def items():
    x = torch.arange(8, device="cuda", dtype=torch.float32)
    rows.measure("item", times(200, lambda: x[5].item()), steps=200)
    say("item", result=x[5].item())


MEASURES = {
    "mlp_training": lambda: training("mlp_training", read=False),
    "mlp_training_read": lambda: training("mlp_training_read", read=True),
    "graph_replay": graph,
    "compiled_mlp": compiled,
    "sdpa": attention,
    "add_8": additions,
    "item": items,
}
for row, run in MEASURES.items():
    if rows.wants(row):
        run()
