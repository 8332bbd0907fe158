"""What ``benchmarks/text.py`` is made of: material, plants, peers, and one module for each question.

Libraries that start threads are told to use one, before they are loaded.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[_variable] = "1"
