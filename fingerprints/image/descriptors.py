"""What the surroundings of a place look like, turned with their main direction (Lowe 2004, 5 and 6).

Both are sampled on a fixed grid that turns and grows with the place; its weights are tabulated once.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from fingerprints.image.pyramid import Plane

DIRECTIONS: Final = 36
PEAK: Final = 0.8
"""Of the highest direction, from which another one is a keypoint of its own."""
AROUND: Final = 16
"""A side of the grid on which directions are sampled, over 4.5 scales either way (1.5 times three sigma)."""
SAMPLES: Final = 20
"""A side of the grid on which a description samples; four a bin, over the five bins that reach into the square."""
BIN: Final = 3.0
"""Width of a bin in multiples of the place's scale."""
CLIPPED: Final = 0.2
"""Share of a description's length that one bin may have."""


def directed(plane: Plane, points: NDArray[np.float32], scales: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The main directions around each of the points (n x 2) of a plane, m in radians clockwise, and whose they are."""
    return _directed(plane, points, scales, *_around())


def described(
    plane: Plane, points: NDArray[np.float32], scales: NDArray[np.float32], directions: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Descriptions of points (m x 2) with a direction each, m x 128 of L2 norm 1: four rows of four columns of eight directions."""
    return _describe(plane, points, scales, directions, *_grid())


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
