"""Do the pixels agree? Local correlation of a work's thumbnail with an item laid over it, and the part of the work where it holds.

Both pictures are band-passed first, so that what agrees is detail: two skies that darken upwards agree in every window otherwise.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fingerprints.image.geometry import TO_CENTRES, Map, box_corners, project
from fingerprints.image.views import Grey

Plane = NDArray[np.float32]

FINE, COARSE = 1.0, 6.0  # px of the thumbnail; the band that is compared lies between these Gaussians
WINDOW = 13  # px; the side of the square in which correlation is taken
DETAIL = 2.5  # grey levels of standard deviation in the band; a window with less is flat and is no witness
AGREES = 0.5  # local correlation from which a window is a witness for
LINE = 21  # px of a row or column over which an even tone is taken out
MIN_LEFT = 4.0  # windows with detail off the lines, from which their correlation counts
STEP = 4  # px; grid on which the shown part is looked for
FLAT_WEIGHT = 0.04  # of a flat window that is as flat in the item: joins a part, never makes one
OUTSIDE_WEIGHT = -0.02  # of what the item does not show: a part does not grow into it for nothing
OVERLAID = 0.3  # share of a side that an overlay may hide at an edge of an item that is nothing but the work
SAME_TONE = 6.0  # grey levels by which a pixel may differ where tones are matched by one line
DIFFERING = 0.2  # share of a row or column that may differ more
BORDERS_COINCIDE = 0.025  # of the work's side


@dataclass(frozen=True, slots=True)
class Agreement:
    """Where, and how well, an item shows a work under one map."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom of the shown part, in px of the thumbnail."""
    correlation: float
    """Mean local correlation of the windows with detail in the box, in [-1, 1] before the sign of inversion is taken off."""
    share: float
    """Of the detail in the box, how much agrees."""
    witnesses: float
    """Agreeing area in windows: about how many independent places agree."""
    off_lines: float
    """Mean local correlation when rows and columns of even tone are taken out; 1 where next to nothing is left."""

    @property
    def evidence(self) -> float:
        """Witnesses, weighed by their share."""
        return self.witnesses * self.share


def compare(thumbnail: Grey, item: Grey, mapping: Map, *, inverted: bool, fine: float = FINE) -> Agreement | None:
    """The part of a work that the item shows; ``mapping`` takes thumbnail px to px of ``item``. None where nothing agrees."""
    height, width = thumbnail.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    grid = np.linalg.inv(TO_CENTRES) @ mapping @ TO_CENTRES
    laid = cv2.warpPerspective(item, grid, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    shown = cv2.warpPerspective(np.full_like(item, 255), grid, (width, height), flags=flags) > 127
    ours, theirs = _band(thumbnail, fine), _band(laid, fine) * np.float32(-1 if inverted else 1)
    correlation, detail, flat = _local(ours, theirs)
    weight = _weights(correlation, detail, flat, shown)
    box = _best_box(weight)
    if box is None:
        return None
    left, top, right, bottom = box
    inside = np.zeros_like(shown)
    inside[top:bottom, left:right] = True
    seen = inside & shown & detail
    count = int(seen.sum())
    if not count:
        return None
    agreeing = seen & (correlation >= AGREES)
    grown = _grow(box, thumbnail.astype(np.float32), laid.astype(np.float32), shown)
    return Agreement(
        _to_borders(grown, shown, mapping, item),
        float(correlation[seen].mean()),
        float(agreeing.sum()) / count,
        float(agreeing.sum()) / WINDOW**2,
        _off_lines(ours, theirs, agreeing),
    )


def _band(grey: Grey, fine: float) -> Plane:
    values = grey.astype(np.float32)
    low = cv2.GaussianBlur(values, (0, 0), COARSE)
    return cv2.GaussianBlur(values, (0, 0), fine) - low


def _local(work: Plane, item: Plane) -> tuple[Plane, NDArray[np.bool_], NDArray[np.bool_]]:
    """Correlation in the window around each pixel; where the work has detail; where neither has."""
    size = (WINDOW, WINDOW)
    mean_w, mean_i = cv2.blur(work, size), cv2.blur(item, size)
    var_w = np.maximum(cv2.blur(work * work, size) - mean_w**2, 0)
    var_i = np.maximum(cv2.blur(item * item, size) - mean_i**2, 0)
    covariance = cv2.blur(work * item, size) - mean_w * mean_i
    correlation = covariance / np.sqrt(var_w * var_i + 0.25)
    detail = var_w > DETAIL**2
    return correlation, detail, ~detail & (var_i < (2 * DETAIL) ** 2)


def _off_lines(work: Plane, item: Plane, agreeing: NDArray[np.bool_]) -> float:
    """Mean correlation where windows agree, of what differs from its row and its column.

    Two pages of text with equal spacing agree in every window, line on line, though no letter does; so do bricks and blinds.
    """
    correlation, detail, _ = _local(_unlined(work), _unlined(item))
    left = agreeing & detail
    return float(correlation[left].mean()) if left.sum() >= MIN_LEFT * WINDOW**2 else 1.0


def _unlined(band: Plane) -> Plane:
    upright = band - cv2.blur(band, (LINE, 1))
    result: Plane = upright - cv2.blur(upright, (1, LINE))
    return result


def _weights(correlation: Plane, detail: NDArray[np.bool_], flat: NDArray[np.bool_], shown: NDArray[np.bool_]) -> Plane:
    """What each pixel says for its being part of the shown region."""
    weight = np.where(flat, np.float32(FLAT_WEIGHT), np.float32(-0.5))
    weight = np.where(detail, np.clip((correlation - AGREES) * 2.5, -1, 1), weight)
    return np.where(shown, weight, np.float32(OUTSIDE_WEIGHT)).astype(np.float32)


def _best_box(weight: Plane) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of the box with the greatest sum on the grid; None when no sum is positive."""
    height, width = weight.shape
    xs, ys = _ticks(width), _ticks(height)
    total = np.zeros((height + 1, width + 1))
    total[1:, 1:] = weight.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    corners = total[np.ix_(ys, xs)]
    best, box = 0.0, None
    for top in range(len(ys) - 1):
        strips = corners[top + 1 :] - corners[top]  # sums of the strip from the left edge, by bottom and right
        lowest = np.minimum.accumulate(strips, axis=1)
        gains = strips - lowest
        place = int(gains.argmax())
        bottom, right = divmod(place, len(xs))
        if gains[bottom, right] > best:
            best = float(gains[bottom, right])
            left = int(strips[bottom, : right + 1].argmin())
            box = (int(xs[left]), int(ys[top]), int(xs[right]), int(ys[top + 1 + bottom]))
    return box


def _ticks(length: int) -> NDArray[np.intp]:
    return np.unique(np.r_[np.arange(0, length, STEP), length])


def _grow(box: tuple[int, int, int, int], work: Plane, laid: Plane, shown: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """The box grown by the rows and columns beside it in which the pixels are the same, tones apart, though they have no detail."""
    left, top, right, bottom = box
    inside = (slice(top, bottom), slice(left, right))
    seen = shown[inside]
    wrong = np.abs(_match_tones(laid, laid[inside][seen], work[inside][seen]) - work)
    bad = (wrong > max(SAME_TONE, 3 * float(np.median(wrong[inside][seen])))) | ~shown
    height, width = work.shape
    for _ in range(2):  # the second round sees the corners that the first has opened
        while top > 0 and bad[top - 1, left:right].mean() < DIFFERING:
            top -= 1
        while bottom < height and bad[bottom, left:right].mean() < DIFFERING:
            bottom += 1
        while left > 0 and bad[top:bottom, left - 1].mean() < DIFFERING:
            left -= 1
        while right < width and bad[top:bottom, right].mean() < DIFFERING:
            right += 1
    return left, top, right, bottom


def _match_tones(laid: Plane, seen: Plane, wanted: Plane) -> Plane:
    """The item's tones on the line that brings what is seen of it nearest to the work's."""
    spread = float(seen.var())
    slope = float(((seen - seen.mean()) * (wanted - wanted.mean())).mean()) / spread if spread > 1e-3 else 0.0
    result: Plane = (laid - seen.mean()) * np.float32(slope) + wanted.mean()
    return result


def _to_borders(box: tuple[int, int, int, int], shown: NDArray[np.bool_], mapping: Map, item: Grey) -> tuple[float, float, float, float]:
    """The box grown to the edges of what is shown, past what an overlay hides, if the item is nothing but the work or a part of it."""
    height, width = shown.shape
    left, top, right, bottom = box
    corners = project(np.linalg.inv(mapping).astype(np.float64), box_corners(0, 0, item.shape[1], item.shape[0]))
    size = np.array([width, height], np.float64)
    slack = BORDERS_COINCIDE * size
    if (corners < -slack).any() or (corners > size + slack).any():
        return float(left), float(top), float(right), float(bottom)
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    x0, x1, y0, y1 = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
    hidden_x, hidden_y = OVERLAID * (x1 - x0), OVERLAID * (y1 - y0)
    left, right = x0 if left - x0 <= hidden_x else left, x1 if x1 - right <= hidden_x else right
    top, bottom = y0 if top - y0 <= hidden_y else top, y1 if y1 - bottom <= hidden_y else bottom
    return float(left), float(top), float(right), float(bottom)
