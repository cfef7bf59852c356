"""Scaled dot-product attention by every kernel that PyTorch has for it, forward and backward."""

from shown import about, exact, told, torch_ready

torch = torch_ready()
from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402

for kind in (torch.float16, torch.bfloat16):
    q, k, v = (torch.randn(2, 4, 128, 64, device="cuda", dtype=kind, requires_grad=True) for _ in range(3))
    for backend in (SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.CUDNN_ATTENTION, SDPBackend.MATH):

        def attend():
            with sdpa_kernel(backend):
                out = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
                exact(f"{kind} {backend.name}", out)
                grad = torch.autograd.grad(out.float().square().sum(), (q, k, v))
                about(f"{kind} {backend.name} gradients", *(part.float().norm().item() for part in grad))
            return "done"

        told(f"{kind} {backend.name}", attend)
layer = torch.nn.MultiheadAttention(64, 4, batch_first=True, device="cuda")
x = torch.randn(2, 16, 64, device="cuda")
exact("multi-head attention", layer(x, x, x, need_weights=False)[0])
