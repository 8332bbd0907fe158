"""Places where edges meet: what pictures of a few plain shapes have in place of extrema."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from fingerprints.image.pyramid import SCALES, SIGMA, Plane, Planes, convolved, halved, kernel

LEVEL: Final = 2
"""The scale of an octave at which corners are looked for: blurred so much that every second px tells all."""
TENSOR: Final = 2.0
"""Window of the structure tensor, in multiples of the scale."""
LEAST: Final = 0.5
"""Grey levels a px that the weaker of two edges has at a corner."""


def corners(planes: Planes) -> NDArray[np.float32]:
    """Where the lesser eigenvalue of the structure tensor is greatest (Shi & Tomasi 1994), n x 4: x, y, scale and the weaker edge.

    As ``extrema`` gives its places, so that both can be ranked together.
    """
    tensor = _tensor(halved(planes[LEVEL]))
    window = kernel(TENSOR * SIGMA * 2 ** (LEVEL / SCALES) / 2)
    peaks = _peaks(np.stack([convolved(plane, window) for plane in tensor]), np.float32(2 * LEAST))
    found = np.full((len(peaks), 4), LEVEL, np.float32)
    found[:, :2] = 2 * peaks[:, :2] + np.float32(0.5)
    found[:, 3] = peaks[:, 2] / 2
    return found


@compiled
def _tensor(plane: Plane) -> NDArray[np.float32]:
    """The products of a plane's gradients: across x across, across x down, down x down; nothing on its border."""
    height, width = plane.shape
    result = np.zeros((3, height, width), np.float32)
    half = np.float32(0.5)
    for y in range(1, height - 1):
        left, right, above, below = plane[y], plane[y][2:], plane[y - 1][1:], plane[y + 1][1:]
        one, two, three = result[0, y][1:], result[1, y][1:], result[2, y][1:]
        for x in range(width - 2):
            across, down = half * (right[x] - left[x]), half * (below[x] - above[x])
            one[x], two[x], three[x] = across * across, across * down, down * down
    return result


@compiled
def _peaks(tensor: NDArray[np.float32], least: np.float32) -> NDArray[np.float32]:
    """Places where the root of the lesser eigenvalue is greatest, n x 3: x and y to a fraction of a px, and the root."""
    _, height, width = tensor.shape
    roots = np.empty((height, width), np.float32)
    for y in range(height):
        across, both, down, row = tensor[0, y], tensor[1, y], tensor[2, y], roots[y]
        for x in range(width):
            middle, apart = np.float32(0.5) * (across[x] + down[x]), np.float32(0.5) * (across[x] - down[x])
            row[x] = np.sqrt(max(middle - np.sqrt(apart * apart + both[x] * both[x]), np.float32(0)))
    found = np.empty((height * width // 9 + 1, 3), np.float32)
    size = 0
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            here = roots[y, x]
            if here >= least and _is_peak(roots, y, x) and size < len(found):
                left, right, above, below = roots[y, x - 1], roots[y, x + 1], roots[y - 1, x], roots[y + 1, x]
                found[size, 0] = x + (right - left) / (2 * max(2 * here - left - right, np.float32(1e-6)))
                found[size, 1] = y + (below - above) / (2 * max(2 * here - above - below, np.float32(1e-6)))
                found[size, 2] = here
                size += 1
    return found[:size].copy()


@compiled
def _is_peak(plane: Plane, y: int, x: int) -> bool:
    """Whether none of the eight neighbours exceeds it; of equals the first."""
    here = plane[y, x]
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            there = plane[y + dy, x + dx]
            if there > here or (there == here and (dy < 0 or (dy == 0 and dx < 0))):
                return False
    return True
