"""What ``benchmarks/image.py`` is made of: material, attacks, peers, and one module for each question.

Libraries that start threads are told to use one, before they are loaded.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_variable] = "1"
