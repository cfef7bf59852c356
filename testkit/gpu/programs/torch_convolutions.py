"""cuDNN: convolutions forward and backward in one to three dimensions, batch normalisation, recurrent layers."""

from shown import about, exact, torch_ready

torch = torch_ready()
nn = torch.nn
shapes = {nn.Conv1d: (4, 8, 64), nn.Conv2d: (4, 8, 32, 32), nn.Conv3d: (2, 8, 8, 16, 16), nn.ConvTranspose2d: (4, 8, 16, 16)}
for layer, shape in shapes.items():
    for kind in (torch.float32, torch.float16):
        conv = layer(8, 16, 3, padding=1, device="cuda", dtype=kind)
        x = torch.randn(shape, device="cuda", dtype=kind, requires_grad=True)
        y = conv(x)
        exact(f"{layer.__name__} {kind}", y)
        y.float().square().sum().backward()
        exact(f"{layer.__name__} {kind} gradient of the weights", conv.weight.grad)
        exact(f"{layer.__name__} {kind} gradient of the input", x.grad)
net = nn.Sequential(nn.Conv2d(3, 16, 3, groups=1), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 16, 3, groups=16)).to("cuda")
images = torch.randn(8, 3, 32, 32, device="cuda")
exact("channels last", net.to(memory_format=torch.channels_last)(images.to(memory_format=torch.channels_last)))
exact("running mean", net[1].running_mean)
for layer in (nn.LSTM, nn.GRU):
    out, _ = (rnn := layer(32, 64, 2, batch_first=True, device="cuda"))(torch.randn(4, 20, 32, device="cuda"))
    out.square().sum().backward()
    about(layer.__name__, out)
    about(f"{layer.__name__} gradient", rnn.weight_ih_l0.grad)
