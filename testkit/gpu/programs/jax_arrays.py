"""JAX: jitted products, gradients, loops on the device, random numbers, in several element types."""

import os

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from shown import about, exact, told  # noqa: E402

told("platform", lambda: jax.devices()[0].platform)
a = jax.random.normal(jax.random.PRNGKey(1), (256, 256))
exact("random numbers", a)
for kind in ("float32", "bfloat16", "float16"):
    # XLA times several kernels and takes the fastest, another one each time
    product = jax.jit(lambda x, y: x @ y)(a.astype(kind), a.T.astype(kind)).astype("float32")
    about(f"jitted product in {kind}", *product[0, :4], jnp.trace(product))
about("gradient", *jax.jit(jax.grad(lambda x: jnp.tanh(x @ x).sum()))(a)[0, :4])
about("a loop on the device", *jax.lax.fori_loop(0, 50, lambda _, x: jnp.sin(x) * 1.1, a)[0, :4])
about("a scan", *jax.lax.scan(lambda carry, x: (carry * 0.9 + x, carry.sum()), a[0], a)[1][-4:])
exact("sort", jnp.sort(a, axis=0))
about("fft", *jnp.abs(jnp.fft.fft(a))[0, :4])
about("cholesky", *jnp.diag(jnp.linalg.cholesky(a @ a.T + 256 * jnp.eye(256)))[:4])
about("convolution", *jax.lax.conv(a.reshape(4, 4, 64, 64), jnp.ones((8, 4, 3, 3)), (1, 1), "SAME")[0, 0, 0, :4])
