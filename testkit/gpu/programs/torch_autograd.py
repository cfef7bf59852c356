"""Backward passes, which PyTorch runs on threads of its own: hooks, checkpoints, custom functions, several at once."""

import threading

from shown import about, exact, told, torch_ready

torch = torch_ready()
from torch.utils.checkpoint import checkpoint  # noqa: E402


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        context.main = threading.get_ident()
        return 2 * x

    @staticmethod
    def backward(context, gradient):
        told("the backward pass has a thread of its own", lambda: threading.get_ident() != context.main)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            result = gradient * 2
        torch.cuda.current_stream().wait_stream(side)
        return result


x = torch.randn(64, 64, device="cuda", requires_grad=True)
Doubled.apply(x).square().sum().backward()
exact("gradient through a custom function", x.grad)
x.grad = None
x.register_hook(lambda gradient: gradient * gradient.abs().max().item())
checkpoint(lambda t: torch.tanh(t @ t), x, use_reentrant=False).sum().backward()
about("gradient through a checkpoint and a hook that reads", x.grad)
y = torch.randn(16, device="cuda", dtype=torch.float64, requires_grad=True)
about("second derivative", torch.autograd.functional.hessian(lambda t: (t**4).sum(), y).diagonal())
about("vmap and jacrev", torch.func.vmap(torch.func.jacrev(torch.sin))(y.detach()))


def learn(number, out):
    generator = torch.Generator("cuda").manual_seed(number)
    w = torch.randn(32, 32, device="cuda", generator=generator, requires_grad=True)
    with torch.cuda.stream(torch.cuda.Stream()):
        for _ in range(20):
            (gradient,) = torch.autograd.grad((w @ w.T).square().mean(), w)
            w = (w - 0.01 * gradient).detach().requires_grad_()
        out[number] = w.cpu()


found = {}
threads = [threading.Thread(target=learn, args=(number, found)) for number in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for number in sorted(found):
    about(f"weights of thread {number}", found[number])
