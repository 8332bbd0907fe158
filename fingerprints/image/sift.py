"""Scale-invariant keypoints (Lowe 2004) of our own, so that no version of an imaging library decides what is found.

Four things differ from the paper. The picture is not doubled first: it is looked at larger instead. Extrema count down to about the noise
of rounded grey levels, strongest first, so that soft pictures have keypoints too; so do corners, for pictures of plain shapes. And only
places that are kept are given directions and described.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fingerprints.image.corners import corners
from fingerprints.image.descriptors import described, directed
from fingerprints.image.extrema import extrema
from fingerprints.image.pyramid import SCALES, SIGMA, Plane, Planes, octaves

CONTRAST: Final = 0.125
"""Grey levels of difference between scales that an extremum of the first octave needs; ..."""
LEAST_CONTRAST: Final = 0.1
"""... of the others. Rounding to grey levels gives 0.02; as the best are kept, low ones count only where a picture is soft."""


@dataclass(frozen=True, slots=True)
class Places:
    """Salient places of a picture, n of them, and the planes to describe them from."""

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
    pyramid: tuple[Planes, ...]
    """Of each octave."""

    def described(self, chosen: NDArray[np.intp]) -> "Keypoints":
        """The keypoints of some of them, in the order given: one for each main direction around the place."""
        owners, directions, found = [np.zeros(0, np.intp)], [np.zeros(0, np.float32)], [np.zeros((0, 128), np.float32)]
        for octave, planes in enumerate(self.pyramid):
            for level in range(1, SCALES + 1):
                here = np.flatnonzero((self.octaves[chosen] == octave) & (self.levels[chosen] == level))
                if len(here):
                    size = np.float32(1 << octave)
                    centres, scales = self.points[chosen[here]] / size - np.float32(0.5), self.scales[chosen[here]] / size
                    numbers, turned = directed(planes[level], centres, scales)
                    owners.append(here[numbers])
                    directions.append(turned)
                    found.append(described(planes[level], centres[numbers], scales[numbers], turned))
        order = np.argsort(np.concatenate(owners), kind="stable")
        return Keypoints(chosen[np.concatenate(owners)[order]], np.concatenate(directions)[order], np.concatenate(found)[order])


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Places with a direction each, described: m of them."""

    places: NDArray[np.intp]
    """m, their numbers."""
    directions: NDArray[np.float32]
    """m, radians clockwise from the x axis, in [0, 2 pi)."""
    descriptors: NDArray[np.float32]
    """m x 128 of L2 norm 1: four rows of four columns of eight directions, turned with the place."""


def salient(grey: Plane) -> Places:
    """The extrema and corners of a picture of grey levels in [0, 255] (rows x columns), octave by octave."""
    pyramid = tuple(octaves(np.ascontiguousarray(grey, np.float32)))
    tables = [np.concatenate((extrema(planes, LEAST_CONTRAST if k else CONTRAST), corners(planes))) for k, planes in enumerate(pyramid)]
    numbers = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    found, sizes = np.concatenate([np.zeros((0, 4), np.float32), *tables]), np.exp2(numbers).astype(np.float32)
    scales = np.float32(SIGMA) * np.exp2(found[:, 2] / np.float32(SCALES)) * sizes
    points = (found[:, :2] + np.float32(0.5)) * sizes[:, None]
    return Places(points, scales, found[:, 3], numbers, np.rint(found[:, 2]).astype(np.int64), pyramid)
