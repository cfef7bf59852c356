"""A plugin of pytest for tinygrad's tests: the part of PyTorch's interface that they compare with, computed by numpy.

What is asked for and not here fails with Lacking, whose words the suite's `beyond` finds: nobody is blamed for it. Gradients come from
autograd, which records what numpy did.
"""

import os
import sys

import hypothesis

from reference import helpers, module

sys.modules.update(module.MODULES)
sys.modules.update(helpers.modules())
os.environ.setdefault("CUDA_PATH", helpers.driver())

# examples are the same each time, and a failure is told as it was found: to make it smaller would take minutes
PHASES = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
hypothesis.settings.register_profile("suite", derandomize=True, database=None, phases=PHASES)
hypothesis.settings.load_profile("suite")
