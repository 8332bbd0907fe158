"""The reduced grey pictures that everything else looks at, made in one frozen way.

Hashes drift between versions of an imaging library when its own resize is used; these come from OpenCV's area average alone.
"""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

cv2.setNumThreads(1)  # workers are processes; results must not depend on a thread count

Grey: TypeAlias = NDArray[np.uint8]
MOST_ENLARGED = 3.0  # times, so that a postage stamp has features too
THUMBNAIL_SIDE = 256  # px; the longer side of what verification compares
MARGIN_LEVELS = 12  # grey levels; rows and columns that vary less count as a uniform border
MARGIN_KEPT = 0.3  # share of a side that must remain, or the picture is all border and is left as it is


def grey_of(pixels: NDArray[np.uint8]) -> Grey:
    """Luma (ITU-R BT.601) of an RGB picture."""
    result: Grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    return result


def shrink(grey: Grey, side: int) -> Grey:
    """The picture with its longer side at most ``side`` px, by area average; never enlarged, never less than 1 px."""
    height, width = grey.shape
    factor = side / max(height, width)
    return grey if factor >= 1 else fit(grey, max(1, round(width * factor)), max(1, round(height * factor)))


def fit_side(grey: Grey, side: int) -> NDArray[np.float32]:
    """The picture with its longer side ``side`` px, unrounded: by area average downwards, by cubic interpolation upwards to three times."""
    height, width = grey.shape
    factor = min(side / max(height, width), MOST_ENLARGED)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    result: NDArray[np.float32] = cv2.resize(grey.astype(np.float32), size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    return result


def fit(grey: Grey, width: int, height: int) -> Grey:
    """The picture at exactly this size: area average downwards, linear interpolation upwards."""
    if (height, width) == grey.shape:
        return grey
    smaller = width <= grey.shape[1] and height <= grey.shape[0]
    result: Grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return result


def content_box(grey: Grey) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what a uniform border leaves; the whole picture when it has none."""
    height, width = grey.shape
    rows = np.flatnonzero(np.ptp(grey, axis=1) > MARGIN_LEVELS)
    if not len(rows):
        return 0, 0, width, height
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(np.ptp(grey[top:bottom], axis=0) > MARGIN_LEVELS)
    left, right = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, width)
    kept = (right - left) >= MARGIN_KEPT * width and (bottom - top) >= MARGIN_KEPT * height
    return (left, top, right, bottom) if kept else (0, 0, width, height)
