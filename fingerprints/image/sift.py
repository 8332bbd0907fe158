"""Scale-invariant keypoints and their descriptions (Lowe 2004), compiled, and the same to the bit on every machine.

Three things differ from the paper. The picture is not doubled first: it is looked at larger instead. The contrast that a keypoint needs
falls with its scale, as the noise does, so that soft pictures have keypoints too. A description samples its square on a fixed grid turned
with the keypoint, whose weights are tabulated once, and only keypoints that are kept are described.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled

Plane = NDArray[np.float32]

SCALES: Final = 3
"""Scales an octave (Lowe 2004, 3.3)."""
SIGMA: Final = 1.6
"""px of the first scale."""
ASSUMED: Final = 0.5
"""px of blur that any picture has."""
LEAST_SIDE: Final = 12
"""px of the smallest octave's shorter side."""
CONTRAST: Final = 0.125
"""Grey levels of difference between scales that an extremum of the first octave needs; ..."""
LEAST_CONTRAST: Final = 0.1
"""... of the others. Rounding to grey levels gives 0.02; as the best are kept, low ones count only where a picture is soft."""
EDGE_RATIO: Final = 10.0
"""Of the principal curvatures, from which a keypoint lies along an edge (Lowe 2004, 4.1)."""
TENSOR: Final = 2.0
"""Window of the structure tensor, in multiples of the scale."""
CORNER: Final = 0.5
"""Grey levels a px that the weaker of two edges has at a corner."""
CORNER_LEVEL: Final = 2
DIRECTIONS: Final = 36
PEAK: Final = 0.8
"""Of the highest direction, from which another one is a keypoint of its own."""
SAMPLES: Final = 20
"""A side of the grid on which a description samples; four a bin, over the five bins that reach into the square."""
BIN: Final = 3.0
"""Width of a bin in multiples of the keypoint's scale."""
CLIPPED: Final = 0.2
"""Share of a description's length that one bin may have."""

AROUND: Final = 16
"""A side of the grid on which directions are sampled, over 4.5 scales either way (1.5 times three sigma)."""


@dataclass(frozen=True, slots=True)
class Extrema:
    """Places where a picture's difference of scales is extreme: n of them, and the planes to describe them from."""

    points: NDArray[np.float32]
    """n x 2, px of the picture, (0, 0) its top left corner."""
    scales: NDArray[np.float32]
    """n, px."""
    contrasts: NDArray[np.float32]
    """n, grey levels between neighbouring scales."""
    octaves: NDArray[np.int64]
    """n, from 0, each half the size of the one before."""
    levels: NDArray[np.int64]
    """n, the scale's number in its octave."""
    pyramid: tuple[NDArray[np.float32], ...]
    """Of each octave, SCALES + 3 planes, which go when this goes."""

    def described(self, chosen: NDArray[np.intp]) -> "Keypoints":
        """The keypoints of some of them, in the order given: one for each main direction around the place."""
        owners, directions, found = [np.zeros(0, np.intp)], [np.zeros(0, np.float32)], [np.zeros((0, 128), np.float32)]
        for octave, planes in enumerate(self.pyramid):
            for level in range(1, SCALES + 1):
                here = np.flatnonzero((self.octaves[chosen] == octave) & (self.levels[chosen] == level))
                if len(here):
                    size = np.float32(1 << octave)
                    centres, scales = self.points[chosen[here]] / size - np.float32(0.5), self.scales[chosen[here]] / size
                    numbers, turned = _directed(planes[level], centres, scales, *_around())
                    owners.append(here[numbers])
                    directions.append(turned)
                    found.append(_describe(planes[level], centres[numbers], scales[numbers], turned, *_grid()))
        order = np.argsort(np.concatenate(owners), kind="stable")
        return Keypoints(chosen[np.concatenate(owners)[order]], np.concatenate(directions)[order], np.concatenate(found)[order])


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Extrema with a direction each, described: m of them."""

    extrema: NDArray[np.intp]
    """m, their numbers."""
    directions: NDArray[np.float32]
    """m, radians clockwise from the x axis, in [0, 2 pi)."""
    descriptors: NDArray[np.float32]
    """m x 128 of L2 norm 1: four rows of four columns of eight directions, turned with the keypoint."""


def extrema(grey: Plane) -> Extrema:
    """All extrema of a picture of grey levels in [0, 255] (rows x columns), octave by octave."""
    pyramid = tuple(_octaves(np.ascontiguousarray(grey, np.float32)))
    tables = [_extrema(planes, LEAST_CONTRAST if octave else CONTRAST) for octave, planes in enumerate(pyramid)]
    numbers = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    found, sizes = np.concatenate([np.zeros((0, 4), np.float32), *tables]), np.exp2(numbers).astype(np.float32)
    scales = np.float32(SIGMA) * np.exp2(found[:, 2] / np.float32(SCALES)) * sizes
    points = (found[:, :2] + np.float32(0.5)) * sizes[:, None]
    return Extrema(points, scales, found[:, 3], numbers, np.rint(found[:, 2]).astype(np.int64), pyramid)


def corners(found: Extrema) -> Extrema:
    """The same with the places added where edges meet, once an octave: what pictures of a few plain shapes have in place of extrema.

    Where the lesser eigenvalue of the structure tensor is greatest (Shi & Tomasi 1994), at ``CORNER_LEVEL``, which is blurred so much that
    every second px tells all.
    """
    tables, octaves = [np.zeros((0, 3), np.float32)], [np.zeros(0, np.int64)]
    for octave, planes in enumerate(found.pyramid):
        tensor = _tensor(_halved(planes[CORNER_LEVEL]))
        window = _kernel(TENSOR * SIGMA * 2 ** (CORNER_LEVEL / SCALES) / 2)
        table = _peaks(np.stack([_convolved(plane, window) for plane in tensor]), np.float32(2 * CORNER))
        table[:, :2] = (table[:, :2] + np.float32(0.5)) * (2 << octave)
        tables.append(table)
        octaves.append(np.full(len(table), octave))
    table, numbers = np.concatenate(tables), np.concatenate(octaves)
    scales = np.float32(SIGMA * 2 ** (CORNER_LEVEL / SCALES)) * np.exp2(numbers).astype(np.float32)
    return Extrema(
        np.concatenate((found.points, table[:, :2])),
        np.concatenate((found.scales, scales)),
        np.concatenate((found.contrasts, table[:, 2] / 2)),
        np.concatenate((found.octaves, numbers)),
        np.concatenate((found.levels, np.full(len(table), CORNER_LEVEL))),
        found.pyramid,
    )


def _halved(plane: Plane) -> Plane:
    """The plane at half its size, each px the mean of four: a mirrored picture then has the mirrored plane."""
    height, width = plane.shape[0] // 2 * 2, plane.shape[1] // 2 * 2
    upper, lower = plane[0:height:2], plane[1:height:2]
    result: Plane = (upper[:, 0:width:2] + upper[:, 1:width:2] + lower[:, 0:width:2] + lower[:, 1:width:2]) * np.float32(0.25)
    return result


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


def _octaves(grey: Plane) -> Iterator[NDArray[np.float32]]:
    base = _convolved(grey, _kernel((SIGMA**2 - ASSUMED**2) ** 0.5))
    while min(base.shape) >= LEAST_SIDE:
        planes = _octave(base)
        yield planes
        base = _halved(planes[SCALES])


def _octave(base: Plane) -> NDArray[np.float32]:
    """The octave's scales, (SCALES + 3) x rows x columns, of which the first is given."""
    planes = np.empty((SCALES + 3, *base.shape), np.float32)
    planes[0] = base
    step = 2 ** (1 / SCALES)
    for scale in range(1, SCALES + 3):
        before = SIGMA * step ** (scale - 1)
        _blur(planes[scale - 1], _kernel(before * (step**2 - 1) ** 0.5), planes[scale])
    return planes


def _convolved(plane: Plane, half: NDArray[np.float32]) -> Plane:
    result = np.empty_like(plane)
    _blur(plane, half, result)
    return result


@cache
def _kernel(sigma: float) -> NDArray[np.float32]:
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


def _extrema(planes: NDArray[np.float32], contrast: float) -> NDArray[np.float32]:
    """Sub-pixel extrema of the differences of an octave's neighbouring scales, n x 4: x, y, scale (a real number) and contrast."""
    found = np.empty((2048, 4), np.float32)
    while (size := _find(planes, np.float32(contrast), found)) > len(found):
        found = np.empty((size, 4), np.float32)
    return found[:size]


@compiled
def _find(planes: NDArray[np.float32], contrast: np.float32, found: NDArray[np.float32]) -> int:
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
def _likely(planes: NDArray[np.float32], layer: int, y: int, least: np.float32, likely: NDArray[np.uint8]) -> None:
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
def _difference(planes: NDArray[np.float32], layer: int, y: int, x: int) -> np.float32:
    result: np.float32 = planes[layer + 1, y, x] - planes[layer, y, x]
    return result


@compiled
def _is_extreme(planes: NDArray[np.float32], layer: int, y: int, x: int) -> bool:
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
def _neighbours(planes: NDArray[np.float32], layer: int, y: int, x: int, cube: NDArray[np.float64]) -> None:
    for down in range(3):
        for dy in range(3):
            for dx in range(3):
                cube[down, dy, dx] = _difference(planes, layer + down - 1, y + dy - 1, x + dx - 1)


@compiled
def _refined(planes: NDArray[np.float32], layer: int, y: int, x: int, contrast: np.float32) -> tuple[float, float, float, float]:
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


@compiled
def _angle(y: float, x: float) -> float:
    """Of a vector, in [0, 2 pi), to 1e-5: a polynomial, so that every machine gives the same (Abramowitz & Stegun 1964, 4.4.49)."""
    across, along = abs(x), abs(y)
    if across == 0.0 and along == 0.0:
        return 0.0
    ratio = min(across, along) / max(across, along)
    square = ratio * ratio
    angle = ratio * (0.9998660 + square * (-0.3302995 + square * (0.1801410 + square * (-0.0851330 + square * 0.0208351))))
    if along > across:
        angle = np.pi / 2 - angle
    if x < 0:
        angle = np.pi - angle
    return 2 * np.pi - angle if y < 0 else angle


@cache
def _around() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where directions are sampled (n x 2, in scales from the middle), and the Gaussian weight of each."""
    steps = (np.arange(AROUND) + 0.5) * (9 / AROUND) - 4.5
    places = np.array([(x, y) for y in steps for x in steps if x * x + y * y <= 4.5**2])
    return places.astype(np.float32), np.exp(-(places**2).sum(axis=1) / (2 * 1.5**2)).astype(np.float32)


@compiled
def _directed(
    plane: Plane, points: NDArray[np.float32], scales: NDArray[np.float32], places: NDArray[np.float32], weights: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The main directions around each of the points of a plane, and whose they are."""
    owners, directions = np.empty(DIRECTIONS // 2 * len(points), np.int64), np.empty(DIRECTIONS // 2 * len(points), np.float32)
    size = 0
    histogram, smooth = np.empty(DIRECTIONS), np.empty(DIRECTIONS)
    for number in range(len(points)):
        _histogram(plane, points[number], scales[number], places, weights, histogram, smooth)
        least = PEAK * histogram.max()
        for k in range(DIRECTIONS):
            before, here, after = histogram[k - 1], histogram[k], histogram[(k + 1) % DIRECTIONS]
            if here > before and here > after and here >= least:
                at = k + 0.5 * (before - after) / (before - 2 * here + after)
                owners[size], directions[size] = number, (at * (2 * np.pi / DIRECTIONS)) % (2 * np.pi)
                size += 1
    return owners[:size].copy(), directions[:size].copy()


@compiled
def _histogram(
    plane: Plane,
    point: NDArray[np.float32],
    scale: float,
    places: NDArray[np.float32],
    weights: NDArray[np.float32],
    histogram: NDArray[np.float64],
    smooth: NDArray[np.float64],
) -> None:
    """The smoothed histogram of gradient directions around a place."""
    height, width = plane.shape
    histogram[:] = 0
    for sample in range(len(places)):
        x, y = int(np.rint(point[0] + scale * places[sample, 0])), int(np.rint(point[1] + scale * places[sample, 1]))
        if 1 <= x < width - 1 and 1 <= y < height - 1:
            across, down = plane[y, x + 1] - plane[y, x - 1], plane[y + 1, x] - plane[y - 1, x]
            at = _angle(down, across) * (DIRECTIONS / (2 * np.pi))
            low = int(at)
            length = weights[sample] * np.sqrt(across * across + down * down)
            histogram[low % DIRECTIONS] += (1 - (at - low)) * length
            histogram[(low + 1) % DIRECTIONS] += (at - low) * length
    for _ in range(3):
        for k in range(DIRECTIONS):
            smooth[k] = 0.25 * histogram[k - 1] + 0.5 * histogram[k] + 0.25 * histogram[(k + 1) % DIRECTIONS]
        histogram[:] = smooth


@cache
def _grid() -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Where a description samples (n x 2, in bins from the middle), the up to four spatial bins of each sample, and its weight in each."""
    steps = (np.arange(SAMPLES) + 0.5) * (5 / SAMPLES) - 2.5
    places = np.array([(x, y) for y in steps for x in steps], np.float32)
    bins, weights = np.zeros((len(places), 4), np.int64), np.zeros((len(places), 4), np.float32)
    for number, (x, y) in enumerate(places.tolist()):
        column, row = int(np.floor(x + 1.5)), int(np.floor(y + 1.5))
        for k, (down, right) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
            share = (1 - abs(y + 1.5 - (row + down))) * (1 - abs(x + 1.5 - (column + right)))
            if 0 <= row + down < 4 and 0 <= column + right < 4:
                bins[number, k] = (row + down) * 4 + column + right
                weights[number, k] = share * np.exp(-(x * x + y * y) / 8)
    return places, bins, weights


@compiled
def _describe(
    plane: Plane,
    points: NDArray[np.float32],
    scales: NDArray[np.float32],
    directions: NDArray[np.float32],
    places: NDArray[np.float32],
    bins: NDArray[np.int64],
    weights: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Descriptions of keypoints of one plane, whose px they are in."""
    height, width = plane.shape
    result = np.zeros((len(points), 128), np.float32)
    turn = 8 / (2 * np.pi)
    for number in range(len(points)):
        into = result[number]
        cosine, sine = np.cos(directions[number]) * BIN * scales[number], np.sin(directions[number]) * BIN * scales[number]
        for sample in range(len(places)):
            x = int(np.rint(points[number, 0] + cosine * places[sample, 0] - sine * places[sample, 1]))
            y = int(np.rint(points[number, 1] + sine * places[sample, 0] + cosine * places[sample, 1]))
            if not (1 <= x < width - 1 and 1 <= y < height - 1):
                continue
            across, down = plane[y, x + 1] - plane[y, x - 1], plane[y + 1, x] - plane[y - 1, x]
            length = np.sqrt(across * across + down * down)
            at = (_angle(down, across) - directions[number]) * turn
            at += 8 if at < 0 else 0
            low = int(at)
            share = at - low
            low %= 8
            high = (low + 1) % 8
            for k in range(4):
                weight = weights[sample, k] * length
                into[bins[sample, k] * 8 + low] += weight * (1 - share)
                into[bins[sample, k] * 8 + high] += weight * share
        _normalise(into)
    return result


@compiled
def _normalise(into: NDArray[np.float32]) -> None:
    """To length 1, twice, large entries clipped between (Lowe 2004, 6.1)."""
    for _ in range(2):
        length = np.float32(0)
        for k in range(len(into)):
            length += into[k] * into[k]
        scale = np.float32(1) / max(np.sqrt(length), np.float32(1e-12))
        for k in range(len(into)):
            into[k] = min(into[k] * scale, np.float32(CLIPPED))
