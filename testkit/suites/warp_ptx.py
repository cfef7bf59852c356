"""A plugin of pytest for Warp's tests: kernels are handed to the driver as PTX, which a software GPU needs."""

import warp

warp.config.cuda_output = "ptx"

warp.config.quiet = True
