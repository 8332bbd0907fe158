"""Planar maps from a work to an item: fitted to feature pairs, checked for sense, and what they do to corners."""

from dataclasses import dataclass
from math import atan2, degrees, hypot
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from fingerprints.model import Quadrilateral

Map: TypeAlias = NDArray[np.float64]
"""3 x 3; takes (x, y, 1) of the work to the item."""
Points: TypeAlias = NDArray[np.float32]

TO_CENTRES: Final[Map] = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
"""From OpenCV's px, counted from the centre of the first, to ours, counted from its corner."""
TOLERANCE = 5.0  # px of the reduced pictures between a feature and where the map takes its partner
ITERATIONS = 1000
MIN_PAIRS = 4
AREA_RATIO = (1 / 400, 400.0)  # of item to work: from a twentieth to twenty times the side
MIN_DEPTH_RATIO = 0.65  # of nearest to farthest corner; a side of 70 % of its opposite, as 15 % off each corner can give, has 0.7
SEED = 1
HYPOTHESES = 400  # pairs of pairs that are tried
LEAST_APART = 16.0  # px of the reduced work between two features that give a map
SLACK, SLACK_SHARE = 6.0, 0.12  # px of the reduced item, and share of the distance, by which others may miss it


@dataclass(frozen=True, slots=True)
class Fit:
    """A map and the pairs that agree with it."""

    map: Map
    inliers: NDArray[np.bool_]
    distinct: int
    """Inliers at places of their own, on either side: many features at one place are one witness."""


def fit_homography(work: Points, item: Points, size: tuple[int, int]) -> Fit | None:
    """The map that most pairs agree on (MAGSAC++, Barath et al. 2020); None when there is none or it makes no sense for a ``size`` work.

    OpenCV's estimators reject reflections, so a mirrored item is to be mirrored before.
    """
    if len(work) < MIN_PAIRS or min(_distinct(work), _distinct(item)) < MIN_PAIRS:
        return None
    cv2.setRNGSeed(SEED)
    try:
        found, mask = cv2.findHomography(work, item, cv2.USAC_MAGSAC, TOLERANCE, maxIters=ITERATIONS, confidence=0.999)
    except cv2.error:  # degenerate input
        return None
    if found is None or mask is None or not sensible(found, size):
        return _fit_similarity(work, item, size)
    inliers = mask.ravel() > 0
    return Fit(found, inliers, min(_distinct(work[inliers]), _distinct(item[inliers])))


def _fit_similarity(work: Points, item: Points, size: tuple[int, int]) -> Fit | None:
    """A turn, scale and shift: what few or crowded pairs can still tell, where a homography bends beyond sense."""
    cv2.setRNGSeed(SEED)
    found, mask = cv2.estimateAffinePartial2D(work, item, method=cv2.RANSAC, ransacReprojThreshold=TOLERANCE, maxIters=ITERATIONS)
    if found is None or mask is None:
        return None
    whole = np.vstack([found, [0, 0, 1]])
    inliers = mask.ravel() > 0
    return Fit(whole, inliers, min(_distinct(work[inliers]), _distinct(item[inliers]))) if sensible(whole, size) else None


def together(work: Points, item: Points) -> NDArray[np.bool_]:
    """The most pairs that one turn, scale and shift brings about: those that may be one sighting.

    Two pairs give the map, which others bear out within ``SLACK`` px and ``SLACK_SHARE`` of their distance, as perspective and stretching
    bend it.
    """
    best = np.zeros(len(work), np.bool_)
    _together(work.astype(np.float64), item.astype(np.float64), best)
    return best


@compiled
def _together(work: NDArray[np.float64], item: NDArray[np.float64], best: NDArray[np.bool_]) -> None:
    count, most = len(work), 0
    state = np.uint64(SEED)
    exhaustive = count * (count - 1) // 2 <= HYPOTHESES
    one, other = np.int64(0), np.int64(0)
    for _ in range(HYPOTHESES):
        if exhaustive:
            other += 1
            if other >= count:
                one += 1
                other = one + 1
            if other >= count:
                return
        else:
            state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            one = np.int64((state >> np.uint64(33)) % np.uint64(count))
            state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            other = np.int64((state >> np.uint64(33)) % np.uint64(count))
        x, y = work[other, 0] - work[one, 0], work[other, 1] - work[one, 1]
        square = x * x + y * y
        if square < LEAST_APART * LEAST_APART:
            continue
        u, v = item[other, 0] - item[one, 0], item[other, 1] - item[one, 1]
        cosine, sine = (x * u + y * v) / square, (x * v - y * u) / square
        support = 0
        for k in range(count):
            x, y = work[k, 0] - work[one, 0], work[k, 1] - work[one, 1]
            u, v = cosine * x - sine * y, sine * x + cosine * y
            across, down = item[k, 0] - item[one, 0] - u, item[k, 1] - item[one, 1] - v
            support += np.sqrt(across * across + down * down) <= SLACK + SLACK_SHARE * np.sqrt(u * u + v * v)
        if support > most:
            most = support
            for k in range(count):
                x, y = work[k, 0] - work[one, 0], work[k, 1] - work[one, 1]
                u, v = cosine * x - sine * y, sine * x + cosine * y
                across, down = item[k, 0] - item[one, 0] - u, item[k, 1] - item[one, 1] - v
                best[k] = np.sqrt(across * across + down * down) <= SLACK + SLACK_SHARE * np.sqrt(u * u + v * v)


def sensible(candidate: Map, size: tuple[int, int]) -> bool:
    """Whether the work's corners stay convex and in order, at a scale within ``AREA_RATIO`` and in weak perspective."""
    if candidate.shape != (3, 3) or not np.isfinite(candidate).all() or abs(candidate[2, 2]) < 1e-9:
        return False
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    depth = corners @ candidate[2, :2] + candidate[2, 2]
    if depth.min() * depth.max() <= 0 or np.abs(depth).min() < MIN_DEPTH_RATIO * np.abs(depth).max():
        return False
    moved = project(candidate, corners)
    sides = np.roll(moved, -1, axis=0) - moved
    after = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0]
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    across, down = (lengths[0] + lengths[2]) / width, (lengths[1] + lengths[3]) / height
    squeezed = max(across, down) > 3 * min(across, down)
    return bool((turns > 0).all() and AREA_RATIO[0] < area(moved) / (width * height) < AREA_RATIO[1] and not squeezed)


def project(mapping: Map, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points (n x 2) on the other side."""
    moved = points @ mapping[:, :2].T + mapping[:, 2]
    result: NDArray[np.float64] = moved[:, :2] / moved[:, 2:]
    return result


def area(polygon: NDArray[np.float64]) -> float:
    """Of a polygon without crossings (the shoelace formula)."""
    x, y = polygon[:, 0], polygon[:, 1]
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def box_corners(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    """From the top left, clockwise."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def scaling(x: float, y: float) -> Map:
    """The map that multiplies coordinates."""
    return np.diag([x, y, 1.0])


def quadrilateral(corners: NDArray[np.float64]) -> Quadrilateral:
    """Corners rounded to a tenth of a pixel, which is beyond what any of this can tell."""
    a, b, c, d = ((round(float(x), 1) + 0.0, round(float(y), 1) + 0.0) for x, y in corners)
    return a, b, c, d


@dataclass(frozen=True, slots=True)
class Pose:
    """How a work stands in an item."""

    mirrored: bool
    rotated: float
    """Degrees clockwise, after mirroring, in (-180, 180]."""
    scaled: float
    """Length in the item over length in the work, in px of the full pictures."""


def pose(mapping: Map, centre: tuple[float, float]) -> Pose:
    """Read from the map's derivative at one point of the work."""
    x, y = centre
    depth = mapping[2, 0] * x + mapping[2, 1] * y + mapping[2, 2]
    at = (mapping[:2, 0] * x + mapping[:2, 1] * y + mapping[:2, 2]) / depth
    slope = (mapping[:2, :2] - np.outer(at, mapping[2, :2])) / depth
    determinant = float(np.linalg.det(slope))
    mirrored = determinant < 0
    along = slope[:, 0] * (-1 if mirrored else 1)
    turned = degrees(atan2(along[1], along[0])) if hypot(*along) > 0 else 0.0
    return Pose(mirrored, round(turned, 1) + 0.0, round(abs(determinant) ** 0.5, 3))


def _distinct(points: Points) -> int:
    """Places at least about ``TOLERANCE`` apart."""
    return len(np.unique((points / TOLERANCE).astype(np.int32), axis=0)) if len(points) else 0
