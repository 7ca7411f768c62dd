"""The bench. One thread for whatever computes with numpy, set before numpy is there: figures are for one core."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
