"""The one way in which this package compiles a hot loop."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numba.extending

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compiles with numba on first use, in nopython mode, without the GIL, cached on disk beside the module or in the user's cache."""
    result: F = numba.njit(cache=True, nogil=True)(function)
    return result


def intrinsic(function: Callable[..., object]) -> Callable[..., Any]:
    """What compiled code may call to have the LLVM instructions that ``function`` writes (``numba.extending.intrinsic``)."""
    result: Callable[..., Any] = numba.extending.intrinsic(function)
    return result
