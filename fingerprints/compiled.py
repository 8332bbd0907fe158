"""The one way in which this package compiles a hot loop, and what becomes of the loop where numba cannot be loaded.

Every loop then runs as the Python that it is written in, with the arithmetic of the compiled one; the hottest have a numpy version that
takes their place. Results are the same.
"""

import threading
import warnings
from collections.abc import Callable
from functools import wraps
from multiprocessing import current_process
from typing import Any, Final, TypeVar, cast

import numpy as np

F = TypeVar("F", bound=Callable[..., object])

try:
    import numba
    import numba.extending
except (ImportError, OSError) as error:  # OSError: llvmlite without its library
    _obstacle = str(error) or type(error).__name__
else:
    _obstacle = ""

OBSTACLE: Final = _obstacle
"""Why numba cannot be loaded; empty where it can."""
COMPILED: Final = not OBSTACLE
"""Whether loops are compiled."""
COST: Final = "the same text is found 20 to 40 times slower, pictures and sounds slower still"
"""Of the scan of 3 MB of English, CPU time: 9 MB/s and 200 (n = 2); words of Cyrillic: 0.7 and 30."""
REMEDY: Final = "pip install --force-reinstall numba"

if OBSTACLE and current_process().name == "MainProcess":  # workers would repeat it
    warnings.warn(f"numba cannot be loaded ({OBSTACLE}): {COST}; what mends it: {REMEDY}", RuntimeWarning, stacklevel=2)


def compiled(function: F) -> F:
    """Compiles with numba on first use, in nopython mode, without the GIL, cached on disk beside the module or in the user's cache.

    Without numba the function is called as it is.
    """
    result: F = numba.njit(cache=True, nogil=True)(function) if COMPILED else _interpreted(function)
    return result


def compiled_or(numpy_version: Callable[..., Any]) -> Callable[[F], F]:
    """Compiles a function; without numba the numpy version, which takes the same arguments, takes its place."""

    def chosen(function: F) -> F:
        return compiled(function) if COMPILED else cast("F", numpy_version)

    return chosen


def intrinsic_or(numpy_version: Callable[..., Any]) -> Callable[[Callable[..., object]], Callable[..., Any]]:
    """What compiled code may call to have the LLVM instructions that a function writes (``numba.extending.intrinsic``).

    Without numba the numpy version takes its place.
    """
    return numba.extending.intrinsic if COMPILED else lambda _: numpy_version


class _Running(threading.local):
    """Whether a loop of this thread was called by another."""

    inside = False


_running = _Running()


def _interpreted(function: F) -> F:
    """The function, in which integers wrap around without a warning, as they do when it is compiled."""

    @wraps(function)
    def call(*args: object) -> object:
        if _running.inside:  # entering errstate takes as long as a short function
            return function(*args)
        _running.inside = True
        try:
            with np.errstate(over="ignore"):
                return function(*args)
        finally:
            _running.inside = False

    return cast("F", call)
