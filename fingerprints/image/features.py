"""Local features of a grey picture: RootSIFT (Lowe 2004; Arandjelović & Zisserman 2012), spread over the picture, in 8 bits.

A mirrored or inverted picture has the same features with their 128 bins in another order, so neither is computed twice.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fingerprints.image.sift import Places, salient
from fingerprints.image.views import Grey, fit_side

WORK_SIDE, WORK_COUNT = 720, 240  # px of the longer side and features kept of a registered work
ITEM_SIDE, ITEM_COUNT = 720, 500
GRID = 6  # cells a side: the best of each cell go first, so that page text around a picture cannot take the whole budget
TURN = 256  # steps of a whole turn in which orientations are kept
SCALE = 512.0  # RootSIFT in [0, 1] to 8 bits; entries above 0.5 are very rare and saturate

_BINS = np.arange(128, dtype=np.intp).reshape(4, 4, 8)  # row, column, orientation
MIRRORED: NDArray[np.intp] = _BINS[::-1, :, [0, 7, 6, 5, 4, 3, 2, 1]].reshape(-1)
INVERTED: NDArray[np.intp] = _BINS[::-1, ::-1, :].reshape(-1)


@dataclass(frozen=True, slots=True)
class Features:
    """Places and descriptions of the salient points of one picture."""

    points: NDArray[np.float32]
    """n x 2; x and y in [0, width] and [0, height] of the picture at ``size``."""
    descriptors: NDArray[np.uint8]
    """n x 128; RootSIFT times ``SCALE``."""
    angles: NDArray[np.uint8]
    """Orientation, clockwise, in steps of 1/``TURN``."""
    size: tuple[int, int]
    """Width and height of the grey picture that was looked at, in px."""

    def __len__(self) -> int:
        return len(self.points)

    def variant(self, *, mirrored: bool, inverted: bool) -> "Features":
        """The features that the mirrored or inverted picture would have."""
        order = _BINS.reshape(-1)
        if mirrored:
            order = order[MIRRORED]
        if inverted:
            order = order[INVERTED]
        points, angles = self.points, self.angles
        if mirrored:
            points = points * np.array([-1, 1], np.float32) + np.array([self.size[0], 0], np.float32)
            angles = np.uint8(TURN // 2) - angles
        if inverted:
            angles = angles + np.uint8(TURN // 2)
        return Features(points, np.ascontiguousarray(self.descriptors[:, order]), angles, self.size)


def extract(grey: Grey, side: int, count: int) -> Features:
    """At most ``count`` features of the picture reduced to ``side`` px, best spread first."""
    small = fit_side(grey, side)
    height, width = small.shape
    found = salient(small)
    kept = found.described(_spread(found, (width, height))[:count])
    angles = (np.rint(kept.directions * (TURN / (2 * np.pi))).astype(np.int64) % TURN).astype(np.uint8)
    return Features(found.points[kept.places][:count], _root(kept.descriptors[:count]), angles[:count], (width, height))


def _root(described: NDArray[np.float32]) -> NDArray[np.uint8]:
    shares = described / np.maximum(described.sum(axis=1, keepdims=True), 1e-7)
    return np.minimum(np.rint(np.sqrt(shares) * SCALE), 255).astype(np.uint8)


def _spread(found: Places, size: tuple[int, int]) -> NDArray[np.intp]:
    """Order in which every cell of the grid gives its best, then its second best, and so on; stable under equal contrasts."""
    points, response = found.points, found.contrasts * np.sqrt(found.scales)  # coarse ones are still there in a copy that is shown small
    cells = np.minimum((points * GRID / np.array(size, np.float32)).astype(np.int64), GRID - 1) @ np.array([1, GRID])
    order = np.lexsort((points[:, 1], points[:, 0], -response, cells))
    first = np.flatnonzero(np.r_[True, np.diff(cells[order]) != 0])
    rank = np.arange(len(order)) - np.repeat(first, np.diff(np.r_[first, len(order)]))
    result: NDArray[np.intp] = order[np.lexsort((-response[order], rank))]
    return result
