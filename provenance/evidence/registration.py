"""Where a work lies in an item, to a pixel: from the corners of a match's outlines, fitted to the pixels themselves."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from fingerprints.image.geometry import TO_CENTRES, Map, area, pose, project, scaling
from fingerprints.model import Segment
from provenance.evidence.picture import Canvas

Grey = NDArray[np.uint8]
Corners = NDArray[np.float64]
Mask = NDArray[np.bool_]

FITTED_SIDE = 360  # px of the longer side of what is compared
COARSE = 0.25  # of that size, at which the fit begins: it then finds its way from 10 px off
COARSE_STEPS, FINE_STEPS = 60, 15  # at most; both together take 0.01 s of CPU
CHANGE = 1e-5  # of the correlation, at which a fit ends
SMOOTHING = 3  # px; the side of the Gaussian that both pictures pass before they are compared
AT_BORDER = 0.05  # px; a corner this near the item's border may have been moved there, for reports give coordinates within it
LEAST_AREA = 16.0  # px of the item; of less nothing can be said
LEAST_SHARE = 0.5  # of the outline's area that a fit must keep
LEAST_DEPTH = 0.1  # of the farthest corner's, for the nearest; a match has 0.65 at least, and a cut corner may bend it
FAR_OFF, FAR_LEVELS, AROUND = 3.0, 16.0, 5  # times the median, levels of 255, px of the square over which both are taken
FULLY = 250  # of 255; a pixel of the coarse mask that lies wholly within the region


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of the item, as a small picture shows it."""

    map: Map
    """From px of the item to px of the small picture."""
    size: tuple[int, int]
    """Width and height of the small picture."""


def frame_around(item: Canvas, corners: Corners, margin: float, side: int) -> Frame:
    """The part of the item around corners with a margin (a share of the longer side), at most ``side`` px long and never enlarged."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    edge = margin * float((high - low).max())
    whole = np.array([item.width, item.height], np.float64)
    low, high = np.clip(low - edge, 0, whole - 1), np.clip(high + edge, 1, whole)
    high = np.maximum(high, low + 1)
    scale = min(side / float((high - low).max()), item.pixels.shape[1] / item.width)
    width, height = (max(1, round(float(length) * scale)) for length in high - low)
    return Frame(scaling(scale, scale) @ np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]), (width, height))


def laid(canvas: Canvas, mapping: Map, size: tuple[int, int]) -> tuple[NDArray[np.uint8], Mask]:
    """The picture under a map from its px to those of a picture of a size, and where in that it lies; reduced first by area average."""
    pixels = _reduced(canvas, mapping).pixels
    height, width = pixels.shape[:2]
    centred = np.linalg.inv(TO_CENTRES) @ mapping @ scaling(canvas.width / width, canvas.height / height) @ TO_CENTRES
    drawn = cv2.warpPerspective(pixels, centred, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.full(pixels.shape[:2], 255, np.uint8), centred, size, flags=cv2.INTER_LINEAR)
    return np.asarray(drawn, np.uint8), np.asarray(inside > 127)


def _reduced(canvas: Canvas, mapping: Map) -> Canvas:
    """The picture with about as many pixels as it has under the map, by area average; never enlarged."""
    height, width = canvas.pixels.shape[:2]
    grid = mapping @ scaling(canvas.width / width, canvas.height / height)
    factor = min(1.0, pose(grid, (width / 2, height / 2)).scaled)
    smaller = max(1, round(width * factor)), max(1, round(height * factor))
    if smaller == (width, height):
        return canvas
    return replace(canvas, pixels=np.asarray(cv2.resize(canvas.pixels, smaller, interpolation=cv2.INTER_AREA), np.uint8))


def registered(item: Canvas, work: Canvas, segment: Segment) -> Map | None:
    """From px of the work to px of the item, so that the segment's part of the work lies where the segment says, as well as pixels tell.

    The corners give the first map, or, where the item's border may have cut some off, those coordinates that it did not. Each is fitted by
    raising the correlation of the pixels (ECC, Evangelidis & Psarakis 2008); the map under which they agree best is returned, None if the
    outlines have no area. Inverted tones count as agreeing.
    """
    corners, part = np.array(segment.item, np.float64), np.array(segment.work, np.float64)
    if min(area(corners), area(part)) < LEAST_AREA:
        return None
    frame = frame_around(item, corners, 0.0, FITTED_SIDE)
    starts = [start for start in _starts(item, corners, part) if _plain(start, part)]
    if not starts:
        return None
    target, near = grey(laid(item, frame.map, frame.size)[0]), _reduced(work, frame.map @ starts[-1])
    attempt, least = _Attempt(target, near, part, frame), LEAST_SHARE * area(project(frame.map, corners))
    tried = starts + [fit for start in starts if (fit := attempt.fitted(start)) is not None]
    best = max(tried, key=lambda mapping: abs(attempt.agreement(mapping, least)))
    left = attempt.untouched(best)
    polished = attempt.fitted(best, left)
    return polished if polished is not None and attempt.better(polished, best, left) else best


def _starts(item: Canvas, corners: Corners, part: Corners) -> list[Map]:
    exact = np.asarray(cv2.getPerspectiveTransform(part.astype(np.float32), corners.astype(np.float32)), np.float64)
    free = (corners > AT_BORDER) & (corners < np.array([item.width, item.height]) - AT_BORDER)
    similar = None if free.all() else _similarity(corners, part, free)
    return [exact] if similar is None else [exact, similar]


def _similarity(corners: Corners, part: Corners, free: Mask) -> Map | None:
    """The turn, scale and shift (mirrored if the corners go round the other way) that the free coordinates tell, None if too few."""
    sign = np.sign(_turning(corners) * _turning(part))
    rows = [(x, -sign * y, 1, 0) for x, y in part[free[:, 0]]] + [(sign * y, x, 0, 1) for x, y in part[free[:, 1]]]
    places = np.concatenate([corners[free[:, 0], 0], corners[free[:, 1], 1]])
    if len(rows) < 4:
        return None
    (along, across, left, top), _, rank, _ = np.linalg.lstsq(np.array(rows), places, rcond=None)
    return np.array([[along, -sign * across, left], [across, sign * along, top], [0, 0, 1]]) if rank == 4 else None


def _turning(corners: Corners) -> float:
    """Positive for clockwise on a screen."""
    after = np.roll(corners, -1, axis=0)
    return float((corners[:, 0] * after[:, 1] - corners[:, 1] * after[:, 0]).sum())


def _plain(mapping: Map, part: Corners) -> bool:
    """Whether a map takes the part to somewhere without tearing it apart."""
    depth = part @ mapping[2, :2] + mapping[2, 2]
    return bool(np.isfinite(mapping).all() and depth.min() * depth.max() > 0 and np.abs(depth).min() > LEAST_DEPTH * np.abs(depth).max())


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The item's pixels in a frame, and the part of a work that is to be brought onto them."""

    target: Grey
    work: Canvas
    part: Corners
    frame: Frame

    def agreement(self, mapping: Map, least: float) -> float:
        """Correlation of grey levels where the part then lies in the frame, 0 if that is less than ``least`` px."""
        moved, seen = self._moved(mapping)
        return 0.0 if seen.sum() < max(least, 2) else correlation(self.target[seen], moved[seen])

    def untouched(self, mapping: Map) -> Mask:
        """Where in the frame both show about the same, which leaves out what was painted over."""
        moved, seen = self._moved(mapping)
        return seen & ~_far_off(self.target, moved, seen) if seen.any() else seen

    def better(self, one: Map, other: Map, among: Mask) -> bool:
        """Whether the first map agrees better than the other, in that part of the frame."""
        moved = [self._moved(mapping) for mapping in (one, other)]
        both = among & moved[0][1] & moved[1][1]
        if both.sum() < LEAST_SHARE * among.sum():
            return False
        first, second = (abs(correlation(self.target[both], plane[both])) for plane, _ in moved)
        return first > second

    def fitted(self, start: Map, among: Mask | None = None) -> Map | None:
        """The map after the fit, by the pixels of one part of the frame or by all; None where it does not settle."""
        moved, seen = self._moved(start)
        if seen.sum() < 2:
            return None
        if correlation(self.target[seen], moved[seen]) < 0:
            moved = 255 - moved
        try:
            found = np.linalg.inv(_raised(self.target, moved, seen if among is None else seen & among))
        except (cv2.error, np.linalg.LinAlgError):  # no correlation to raise: a flat region, or a step that left the picture
            return None
        fit = np.linalg.inv(self.frame.map) @ TO_CENTRES @ found @ np.linalg.inv(TO_CENTRES) @ self.frame.map @ start
        return fit if _plain(fit, self.part) else None

    def _moved(self, mapping: Map) -> tuple[Grey, Mask]:
        drawn, inside = laid(self.work, self.frame.map @ mapping, self.frame.size)
        return grey(drawn), inside & region(self.frame, mapping, self.part)


def _far_off(target: Grey, moved: Grey, seen: Mask) -> Mask:
    """Where the tones differ far more than they mostly do, once one line has brought them as near as it can."""
    ours, theirs = moved[seen].astype(np.float64), target[seen].astype(np.float64)
    slope = float(np.cov(ours, theirs, bias=True)[0, 1]) / max(float(ours.var()), 1.0)
    apart = cv2.blur(np.abs(slope * (moved - ours.mean()) + theirs.mean() - target).astype(np.float32), (AROUND, AROUND))
    return np.asarray(apart > max(FAR_OFF * float(np.median(apart[seen])), FAR_LEVELS))


def _raised(target: Grey, moved: Grey, mask: Mask) -> Map:
    """From px of the target to px of what is to be moved there, between centres of pixels; coarse first, then fine."""
    height, width = target.shape
    size = max(1, round(COARSE * width)), max(1, round(COARSE * height))
    smaller = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (target, moved, mask.astype(np.uint8) * 255)]
    coarse = np.linalg.inv(TO_CENTRES) @ scaling(size[0] / width, size[1] / height) @ TO_CENTRES
    found = _stepped(smaller[0], smaller[1], smaller[2] > FULLY, np.eye(3), COARSE_STEPS)
    return _stepped(target, moved, mask, np.linalg.inv(coarse) @ found @ coarse, FINE_STEPS)


def _stepped(target: Grey, moved: Grey, mask: Mask, start: Map, steps: int) -> Map:
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, steps, CHANGE)
    first, weights = (start / start[2, 2]).astype(np.float32), mask.astype(np.uint8)
    _, found = cv2.findTransformECC(target, moved, first, cv2.MOTION_HOMOGRAPHY, criteria, weights, SMOOTHING)
    return np.asarray(found, np.float64)


def correlation(one: Grey, other: Grey) -> float:
    """Pearson's, in [-1, 1]; 0 where either is flat."""
    first, second = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum()) / spread if spread > 0 else 0.0


def region(frame: Frame, mapping: Map, part: Corners) -> Mask:
    """Where in the frame a part of the work lies."""
    mask = np.zeros(frame.size[::-1], np.uint8)
    corners = project(frame.map @ mapping, part) - 0.5
    cv2.fillConvexPoly(mask, np.rint(np.clip(corners, -30_000, 30_000)).astype(np.int32), 1)
    return mask > 0


def grey(pixels: NDArray[np.uint8]) -> Grey:
    """Luma of sRGB."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
