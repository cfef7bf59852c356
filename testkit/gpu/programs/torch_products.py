"""Matrix products in every element type that the GPU's libraries know: cuBLAS and cuBLASLt."""

from shown import exact, torch_ready

torch = torch_ready()
a, b = (torch.randn(256, 256, device="cuda", dtype=torch.float64) for _ in range(2))
for kind in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64):
    exact(f"{kind} product", a.to(kind) @ b.to(kind))
    exact(f"{kind} product of a row", a[0].to(kind) @ b.to(kind))
    exact(f"{kind} batch", torch.bmm(a.to(kind).view(4, 64, 256), b.to(kind).view(4, 256, 64)))
torch.backends.cuda.matmul.allow_tf32 = True
exact("tf32 product", a.float() @ b.float())
torch.backends.cuda.matmul.allow_tf32 = False
small_a, small_b = (torch.randint(-8, 8, (256, 256), device="cuda", dtype=torch.int8) for _ in range(2))
exact("int8 product", torch._int_mm(small_a, small_b))
if torch.cuda.get_device_capability() >= (8, 9):
    one = torch.ones((), device="cuda")
    for kind in (torch.float8_e4m3fn, torch.float8_e5m2):
        product = torch._scaled_mm(a.to(kind), b.t().to(torch.float8_e4m3fn), one, one, out_dtype=torch.bfloat16)
        exact(f"{kind} product", product)
layer = torch.nn.Linear(256, 512, device="cuda", dtype=torch.float16)
exact("linear layer with bias and gelu", torch.nn.functional.gelu(layer(a.half())))
exact("einsum", torch.einsum("ij,kj,k->i", a.float(), b.float(), a[0].float()))
