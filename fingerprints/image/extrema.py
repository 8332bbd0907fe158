"""Extrema of the differences between neighbouring scales (Lowe 2004, 3 and 4), to a fraction of a px and of a scale."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from fingerprints.image.pyramid import Planes

EDGE_RATIO: Final = 10.0
"""Of the principal curvatures, from which a place lies along an edge (Lowe 2004, 4.1)."""


def extrema(planes: Planes, contrast: float) -> NDArray[np.float32]:
    """Sub-pixel extrema of the differences of an octave's neighbouring scales, n x 4: x, y, scale (a real number) and contrast."""
    found = np.empty((2048, 4), np.float32)
    while (size := _find(planes, np.float32(contrast), found)) > len(found):
        found = np.empty((size, 4), np.float32)
    return found[:size]


@compiled
def _find(planes: Planes, contrast: np.float32, found: NDArray[np.float32]) -> int:
    """How many extrema there are; as many as fit are written."""
    count, height, width = planes.shape
    likely = np.zeros(width, np.uint8)
    size = 0
    for layer in range(1, count - 2):
        for y in range(1, height - 1):
            _likely(planes, layer, y, np.float32(0.5) * contrast, likely)
            for x in range(width - 2):
                if likely[x] and _is_extreme(planes, layer, y, x + 1):
                    place = _refined(planes, layer, y, x + 1, contrast)
                    if place[3] > 0:
                        if size < len(found):
                            found[size, 0], found[size, 1], found[size, 2], found[size, 3] = place
                        size += 1
    return size


@compiled
def _likely(planes: Planes, layer: int, y: int, least: np.float32, likely: NDArray[np.uint8]) -> None:
    """Which places of a row, from its second on, exceed their six nearest neighbours, one way or the other: many at a time."""
    upper, lower, over, under = planes[layer + 1, y], planes[layer, y], planes[layer + 2, y][1:], planes[layer - 1, y][1:]
    size = len(upper) - 2
    middle, middle_, right, right_ = upper[1:], lower[1:], upper[2:], lower[2:]
    above, above_ = planes[layer + 1, y - 1][1:], planes[layer, y - 1][1:]
    below, below_ = planes[layer + 1, y + 1][1:], planes[layer, y + 1][1:]
    for x in range(size):
        value = middle[x] - middle_[x]
        a, b, c, d = upper[x] - lower[x], right[x] - right_[x], above[x] - above_[x], below[x] - below_[x]
        e, f = over[x] - middle[x], middle_[x] - under[x]
        high = (value >= least) & (value >= a) & (value >= b) & (value >= c) & (value >= d) & (value >= e) & (value >= f)
        low = (value <= -least) & (value <= a) & (value <= b) & (value <= c) & (value <= d) & (value <= e) & (value <= f)
        likely[x] = high | low


@compiled
def _difference(planes: Planes, layer: int, y: int, x: int) -> np.float32:
    result: np.float32 = planes[layer + 1, y, x] - planes[layer, y, x]
    return result


@compiled
def _is_extreme(planes: Planes, layer: int, y: int, x: int) -> bool:
    """Whether none of the 26 neighbours exceeds it."""
    value = _difference(planes, layer, y, x)
    sign = np.float32(1) if value > 0 else np.float32(-1)
    value *= sign
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            for down in range(-1, 2):
                if sign * _difference(planes, layer + down, y + dy, x + dx) > value:
                    return False
    return True


@compiled
def _neighbours(planes: Planes, layer: int, y: int, x: int, cube: NDArray[np.float64]) -> None:
    for down in range(3):
        for dy in range(3):
            for dx in range(3):
                cube[down, dy, dx] = _difference(planes, layer + down - 1, y + dy - 1, x + dx - 1)


@compiled
def _refined(planes: Planes, layer: int, y: int, x: int, contrast: np.float32) -> tuple[float, float, float, float]:
    """x, y, scale and contrast of the extremum of a quadratic through the neighbours; no contrast where there is none, or on an edge."""
    nothing = (0.0, 0.0, 0.0, 0.0)
    count, height, width = planes.shape
    cube = np.empty((3, 3, 3))
    for _ in range(5):
        _neighbours(planes, layer, y, x, cube)
        below, here, above = cube[0], cube[1], cube[2]
        value = here[1, 1]
        dx, dy, ds = (here[1, 2] - here[1, 0]) / 2, (here[2, 1] - here[0, 1]) / 2, (above[1, 1] - below[1, 1]) / 2
        xx, yy = here[1, 2] + here[1, 0] - 2 * value, here[2, 1] + here[0, 1] - 2 * value
        ss = above[1, 1] + below[1, 1] - 2 * value
        xy = (here[2, 2] - here[2, 0] - here[0, 2] + here[0, 0]) / 4
        xs = (above[1, 2] - above[1, 0] - below[1, 2] + below[1, 0]) / 4
        ys = (above[2, 1] - above[0, 1] - below[2, 1] + below[0, 1]) / 4
        first, second, third = yy * ss - ys * ys, xy * ss - ys * xs, xy * ys - yy * xs
        fourth, curved = xx * ys - xy * xs, xx * yy - xy * xy
        determinant = xx * first - xy * second + xs * third
        if determinant == 0.0:
            return nothing
        to_x = (second * dy - first * dx - third * ds) / determinant
        to_y = (second * dx - (xx * ss - xs * xs) * dy + fourth * ds) / determinant
        to_s = (fourth * dy - third * dx - curved * ds) / determinant
        if abs(to_x) < 0.5 and abs(to_y) < 0.5 and abs(to_s) < 0.5:
            there = abs(value + (dx * to_x + dy * to_y + ds * to_s) / 2)
            if there < contrast or curved <= 0 or (xx + yy) ** 2 * EDGE_RATIO >= (EDGE_RATIO + 1) ** 2 * curved:
                return nothing
            return x + to_x, y + to_y, layer + to_s, there
        if abs(to_x) > width or abs(to_y) > height or abs(to_s) > count:
            return nothing
        x, y, layer = x + int(np.rint(to_x)), y + int(np.rint(to_y)), layer + int(np.rint(to_s))
        if not (1 <= layer < count - 2 and 1 <= y < height - 1 and 1 <= x < width - 1):
            return nothing
    return nothing
