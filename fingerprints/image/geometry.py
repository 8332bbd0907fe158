"""Planar maps from a work to an item: fitted to feature pairs, checked for sense, and what they do to corners."""

from dataclasses import dataclass
from math import atan2, degrees, hypot
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fingerprints.model import Quadrilateral

Map: TypeAlias = NDArray[np.float64]
"""3 x 3; takes (x, y, 1) of the work to the item."""
Points: TypeAlias = NDArray[np.float32]

TOLERANCE = 4.0  # px of the reduced pictures between a feature and where the map takes its partner
ITERATIONS = 1000
MIN_PAIRS = 5
AREA_RATIO = (1 / 400, 400.0)  # of item to work: from a twentieth to twenty times the side
MIN_DEPTH_RATIO = 0.65  # of nearest to farthest corner; a side of 70 % of its opposite, as 15 % off each corner can give, has 0.7
SEED = 1


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
