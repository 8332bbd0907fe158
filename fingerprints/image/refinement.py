"""A map from a work to an item, brought to where the pixels agree best."""

from typing import Final

import cv2
import numpy as np

from fingerprints.image.geometry import TO_CENTRES, Map
from fingerprints.image.views import Grey

AROUND: Final = 8
"""px of the thumbnail around the part that agrees, which are laid over with it."""
STEPS: Final = 30
CHANGE: Final = 1e-4
"""Of the correlation, below which no further step is made."""
SMOOTHING: Final = 3
"""px, the side of the Gaussian through which both are seen."""


def refined(thumbnail: Grey, item: Grey, mapping: Map, box: tuple[float, float, float, float], *, inverted: bool) -> Map | None:
    """The map that gives the highest correlation near a given one (ECC, Evangelidis & Psarakis 2008); None where steps lead nowhere.

    ``mapping`` takes px of the thumbnail to px of the item, ``box`` (left, top, right, bottom) is the part of the thumbnail that counts.
    Few feature pairs leave a map some px off; where the item shows the work, its pixels tell the rest.
    """
    height, width = thumbnail.shape
    left, top = max(0, int(box[0]) - AROUND), max(0, int(box[1]) - AROUND)
    part = thumbnail[top : min(height, int(box[3]) + AROUND), left : min(width, int(box[2]) + AROUND)]
    offset = np.array([[1, 0, left], [0, 1, top], [0, 0, 1]], float)
    start = np.linalg.inv(TO_CENTRES) @ mapping @ TO_CENTRES @ offset
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, CHANGE)
    try:
        _, found = cv2.findTransformECC(
            np.ascontiguousarray(part),
            255 - item if inverted else item,
            (start / start[2, 2]).astype(np.float32),
            cv2.MOTION_HOMOGRAPHY,
            criteria,
            np.full_like(item, 255),
            SMOOTHING,
        )
    except cv2.error:  # no overlap, or no detail to go by
        return None
    whole: Map = TO_CENTRES @ np.asarray(found, np.float64) @ np.linalg.inv(offset) @ np.linalg.inv(TO_CENTRES)
    return whole
