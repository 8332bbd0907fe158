"""One work against one item: hypotheses of where the work stands, each tested on pixels."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.image.agreement import BORDERS_COINCIDE, Agreement, compare
from fingerprints.image.codes import Codes
from fingerprints.image.features import Features
from fingerprints.image.geometry import Map, area, box_corners, fit_homography, project, scaling, sensible, together
from fingerprints.image.inverted import partners
from fingerprints.image.pdq import Pdq
from fingerprints.image.perceptual import View
from fingerprints.image.refinement import refined
from fingerprints.image.views import Grey, shrink

RATIO = 0.88  # of the distances to the nearest and the second nearest feature of the work (Lowe 2004)
MAX_INSTANCES = 4  # of one work in one item
MIN_INLIERS = 4  # distinct feature pairs under one map, from which pixels are asked
SURE_INLIERS = 8  # with fewer, the pixels must agree all but entirely, under the best map that they themselves give: brickwork laid over
FEW_SHARE, FEW_CORRELATION = (
    0.97,
    0.92,
)  # other brickwork by six pairs reached 0.964 and 0.881; true copies have 0.99 and 0.98 in the median
MANY_INLIERS, SOFT_EVIDENCE = 24, 5.0  # no unrelated pair of a million had 14; a soft picture has few windows of detail to agree in
MIN_SHARE = 0.6  # of the detail in the shown part
MIN_EVIDENCE = 18.0  # agreeing windows times their share; letters of one typeface reach 13, the smallest true crop met had 22

MIN_OFF_LINES = 0.35  # correlation off rows and columns of even tone; pages of text on one grid have 0.06-0.08, aligned copies from 0.67

PROMISING = 6.0  # evidence from which a map that is not verified is refined once
Corners: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reference:
    """What verification reads of a registered work: the cold part of the index."""

    width: int
    height: int
    size: tuple[int, int]
    """Width and height of the reduced picture in which its features stand, in px."""
    points: NDArray[np.float32]
    """Of its features, n x 2."""
    codes: NDArray[np.uint64]
    """n x 2."""
    thumbnail: Grey
    pdq: Pdq
    frame: int
    """Number of the frame; 0 of a still work."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A work in an item under one map."""

    map: Map
    """From px of the whole work to px of the whole item."""
    work: NDArray[np.float64]
    """Corners of the shown part in the work, 4 x 2, from its top left, clockwise."""
    item: NDArray[np.float64]
    """The same corners in the item."""
    agreement: Agreement
    inliers: int
    """Distinct feature pairs; 0 when the map came from the whole-picture hash."""
    inverted: bool

    @property
    def verified(self) -> bool:
        """Whether the pixels agree beyond what chance gives; see calibration.json."""
        agreed, few = self.agreement, 0 < self.inliers < SURE_INLIERS
        all_but_entirely = agreed.share >= FEW_SHARE and agreed.correlation >= FEW_CORRELATION
        least = SOFT_EVIDENCE if self.inliers >= MANY_INLIERS and all_but_entirely else MIN_EVIDENCE
        if agreed.evidence < least or agreed.off_lines < MIN_OFF_LINES:
            return False
        return all_but_entirely if few else agreed.share >= MIN_SHARE

    @property
    def score(self) -> float:
        """In [0, 1]: how much of the detail agrees, and how well."""
        return max(0.0, self.agreement.share * self.agreement.correlation)


@dataclass(frozen=True, slots=True)
class Item:
    """An item under audit, ready to be compared."""

    grey: Grey
    """Decoded size, which may be a fraction of the whole picture's."""
    width: int
    height: int
    variants: "tuple[Variant, ...]"


@dataclass(frozen=True, slots=True)
class Variant:
    """An item's features as they are, or would be if it were mirrored, inverted or both."""

    mirrored: bool
    inverted: bool
    features: Features
    codes: Codes


def from_views(reference: Reference, item: Item, views: list[View]) -> Sighting | None:
    """The best sighting of the whole work in a view of the item, by pixels alone."""
    found = [s for view in views if (s := _sight(reference, item, view_map(reference, item, view), 0, inverted=False))]
    return max(found, key=lambda s: s.agreement.evidence, default=None)


def from_features(reference: Reference, item: Item, seen: Variant) -> Iterator[Sighting]:
    """Sightings by feature pairs, the best supported first, each tested on pixels; ends at the first that is not verified."""
    query, free = seen.features, np.arange(len(seen.features))
    to_item = scaling(item.width / query.size[0], item.height / query.size[1])
    if seen.mirrored:
        to_item = to_item @ np.array([[-1, 0, query.size[0]], [0, 1, 0], [0, 0, 1]], float)
    from_work = scaling(reference.size[0] / reference.width, reference.size[1] / reference.height)
    for _ in range(MAX_INSTANCES):
        partner = partners(reference.codes, seen.codes.words[free], RATIO)
        theirs = np.flatnonzero(partner >= 0)
        here, there = reference.points[partner[theirs]], query.points[free[theirs]]
        alike = together(here, there)
        if np.count_nonzero(alike) < MIN_INLIERS:
            return
        fit = fit_homography(here[alike], there[alike], reference.size)
        if fit is None or fit.distinct < MIN_INLIERS:
            return
        sighting = _sight(reference, item, to_item @ fit.map @ from_work, fit.distinct, inverted=seen.inverted)
        if sighting is None:
            return
        yield sighting
        if not sighting.verified:
            return
        free = np.delete(free, theirs[alike])


def view_map(reference: Reference, item: Item, view: View) -> Map:
    """From px of the work to px of the item, if the view shows the whole work."""
    unit = scaling(1 / reference.width, 1 / reference.height)
    if view.mirrored:
        unit = np.array([[-1, 0, 1], [0, 1, 0], [0, 0, 1]], float) @ unit
    for _ in range(view.quarters):
        unit = np.array([[0, -1, 1], [1, 0, 0], [0, 0, 1]], float) @ unit
    left, top, right, bottom = view.box
    place = np.array([[right - left, 0, left], [0, bottom - top, top], [0, 0, 1]], float)
    return scaling(item.width / item.grey.shape[1], item.height / item.grey.shape[0]) @ place @ unit


def _sight(reference: Reference, item: Item, mapping: Map, inliers: int, *, inverted: bool) -> Sighting | None:
    """The pixels' word on one map; None when nothing agrees."""
    height, width = reference.thumbnail.shape
    from_thumbnail = scaling(reference.width / width, reference.height / height)
    corners = project(mapping, box_corners(0, 0, reference.width, reference.height))
    seen = sqrt(max(area(corners), 1.0) / (width * height)) * item.grey.shape[1] / item.width  # px of the item a px of the thumbnail
    small = shrink(item.grey, max(1, round(max(item.grey.shape) / max(seen, 1.0))))
    to_item = scaling(item.width / small.shape[1], item.height / small.shape[0])

    def sighted(between: Map) -> Sighting | None:
        agreement = compare(reference.thumbnail, small, between, inverted=inverted, fine=max(1.0, 0.6 / seen))
        if agreement is None:
            return None
        part = box_corners(*agreement.box) * [reference.width / width, reference.height / height]
        whole = to_item @ between @ np.linalg.inv(from_thumbnail)
        return Sighting(whole, *_shown(part, whole, (item.width, item.height)), agreement, inliers, inverted)

    between = np.linalg.inv(to_item) @ mapping @ from_thumbnail
    found = sighted(between)
    if found is None or found.verified or not inliers or found.agreement.evidence < PROMISING:
        return found
    nearer = refined(reference.thumbnail, small, between, found.agreement.box, inverted=inverted)
    upright = np.array([[-1, 0, width], [0, 1, 0], [0, 0, 1]], float) if np.linalg.det(between[:2, :2]) < 0 else np.eye(3)
    again = sighted(nearer) if nearer is not None and sensible(nearer @ upright, (width, height)) else None
    return again if again is not None and again.agreement.evidence > found.agreement.evidence else found


def _shown(part: Corners, mapping: Map, size: tuple[int, int]) -> tuple[Corners, Corners]:
    """Corners of the shown part in the work and the same in the item; of an item that is nothing but a part of the work, the item's own."""
    whole = box_corners(0, 0, *size)
    back = project(np.linalg.inv(mapping).astype(np.float64), whole)
    slack = BORDERS_COINCIDE * (part[2] - part[0])
    if (back < part[0] - slack).any() or (back > part[2] + slack).any():
        return part, project(mapping, part)
    order = _clockwise(back)
    return back[order], whole[order]


def _clockwise(corners: Corners) -> NDArray[np.intp]:
    """The order in which they go clockwise from the one nearest to the top left."""
    around = np.argsort(np.arctan2(*(corners - corners.mean(axis=0)).T[::-1]), kind="stable")
    first = int(corners[around].sum(axis=1).argmin())
    return np.roll(around, -first)
