"""A small network trained in single precision, with autocast and a gradient scaler, and with every kind of Adam; saved and loaded."""

import io

from shown import about, exact, torch_ready

torch = torch_ready()
nn = torch.nn


def network():
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.LayerNorm(64), nn.Linear(64, 10)).to("cuda")


def losses(model, optimizer, kind=None):
    scaler = torch.amp.GradScaler("cuda", enabled=kind == torch.float16)
    x, y = torch.randn(64, 32, device="cuda"), torch.arange(64, device="cuda") % 10
    found = []
    for _ in range(10):
        optimizer.zero_grad()
        with torch.autocast("cuda", dtype=kind or torch.float16, enabled=kind is not None):
            loss = nn.functional.cross_entropy(model(x), y)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        found.append(loss.item())
    return found


for name, options in {"plain": {}, "foreach": {"foreach": True}, "fused": {"fused": True}, "capturable": {"capturable": True}}.items():
    model = network()
    about(f"Adam, {name}", *losses(model, torch.optim.Adam(model.parameters(), lr=1e-2, **options)))
for kind in (torch.float16, torch.bfloat16):
    model = network()
    about(f"autocast to {kind}", *losses(model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), kind))
file = io.BytesIO()
torch.save(model.state_dict(), file)
file.seek(0)
copy = network()
copy.load_state_dict(torch.load(file, map_location="cuda"))
exact("a weight saved and loaded", copy[0].weight)
