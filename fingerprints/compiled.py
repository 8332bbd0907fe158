"""The one way in which this package compiles a hot loop."""

from collections.abc import Callable
from typing import TypeVar

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compiles with numba on first use, in nopython mode, without the GIL, cached on disk beside the module or in the user's cache."""
    result: F = numba.njit(cache=True, nogil=True)(function)
    return result
