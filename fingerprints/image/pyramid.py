"""A picture at ever coarser scales: octaves of blurred planes (Lowe 2004, 3)."""

from collections.abc import Iterator
from functools import cache
from math import ceil
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled

Plane: TypeAlias = NDArray[np.float32]
"""Rows x columns of grey levels, or of a difference of them."""
Planes: TypeAlias = NDArray[np.float32]
"""Of one octave: SCALES + 3 x rows x columns, each plane blurrier than the one before."""

SCALES: Final = 3
"""Scales an octave (Lowe 2004, 3.3)."""
SIGMA: Final = 1.6
"""px of the first scale."""
ASSUMED: Final = 0.5
"""px of blur that any picture has."""
LEAST_SIDE: Final = 12
"""px of the smallest octave's shorter side."""


def octaves(grey: Plane) -> Iterator[Planes]:
    """The octaves of a picture, each half the size of the one before."""
    base = convolved(grey, kernel((SIGMA**2 - ASSUMED**2) ** 0.5))
    while min(base.shape) >= LEAST_SIDE:
        planes = _octave(base)
        yield planes
        base = halved(planes[SCALES])


def _octave(base: Plane) -> NDArray[np.float32]:
    """The octave's scales, (SCALES + 3) x rows x columns, of which the first is given."""
    planes = np.empty((SCALES + 3, *base.shape), np.float32)
    planes[0] = base
    step = 2 ** (1 / SCALES)
    for scale in range(1, SCALES + 3):
        before = SIGMA * step ** (scale - 1)
        _blur(planes[scale - 1], kernel(before * (step**2 - 1) ** 0.5), planes[scale])
    return planes


def halved(plane: Plane) -> Plane:
    """The plane at half its size, each px the mean of four: a mirrored picture then has the mirrored plane."""
    height, width = plane.shape[0] // 2 * 2, plane.shape[1] // 2 * 2
    upper, lower = plane[0:height:2], plane[1:height:2]
    result: Plane = (upper[:, 0:width:2] + upper[:, 1:width:2] + lower[:, 0:width:2] + lower[:, 1:width:2]) * np.float32(0.25)
    return result


def convolved(plane: Plane, half: NDArray[np.float32]) -> Plane:
    """The plane blurred by a symmetric kernel, of which one half is given from its middle; its border is a mirror."""
    result = np.empty_like(plane)
    _blur(plane, half, result)
    return result


@cache
def kernel(sigma: float) -> NDArray[np.float32]:
    """One half of a Gaussian, from its middle, up to three sigma."""
    at = np.arange(ceil(3 * sigma) + 1)
    half = np.exp(-(at**2) / (2 * sigma**2))
    result: NDArray[np.float32] = (half / (half[0] + 2 * half[1:].sum())).astype(np.float32)
    return result


@compiled
def _mirror(at: int, size: int) -> int:
    """The place inside that stands for one outside: the border is a mirror."""
    while at < 0 or at >= size:
        at = -at if at < 0 else 2 * size - 2 - at
        if size == 1:
            return 0
    return at


@compiled
def _blur(plane: Plane, half: NDArray[np.float32], result: Plane) -> None:
    """Convolves rows and columns with a symmetric kernel, of which one half is given from its middle."""
    height, width = plane.shape
    reach = len(half) - 1
    line = np.empty(width + 2 * reach, np.float32)
    for y in range(height):
        middle = line[reach : reach + width]
        for x in range(width):
            middle[x] = half[0] * plane[y, x]
        for k in range(1, reach + 1):
            above, below, weight = plane[_mirror(y - k, height)], plane[_mirror(y + k, height)], half[k]
            for x in range(width):
                middle[x] += weight * (above[x] + below[x])
        for k in range(1, reach + 1):
            line[reach - k] = middle[_mirror(-k, width)]
            line[reach + width - 1 + k] = middle[_mirror(width - 1 + k, width)]
        row = result[y]
        for x in range(width):
            row[x] = half[0] * middle[x]
        for k in range(1, reach + 1):
            left, right, weight = line[reach - k : reach - k + width], line[reach + k : reach + k + width], half[k]
            for x in range(width):
                row[x] += weight * (left[x] + right[x])
