"""One work against one item: hypotheses of where the work stands, each tested on pixels."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from fingerprints.image.agreement import Agreement, compare
from fingerprints.image.features import OCTAVE, TURN, Features
from fingerprints.image.geometry import Map, area, box_corners, fit_homography, project, scaling
from fingerprints.image.perceptual import View
from fingerprints.image.views import Grey, shrink

RATIO = 0.88  # of the distances to the nearest and the second nearest feature of the work (Lowe 2004)
MAX_INSTANCES = 4  # of one work in one item
MIN_INLIERS = 6  # distinct; at most three in a thousand unrelated pairs reach it (86 of 26,000), so pixels decide
MIN_SHARE = 0.6  # of the detail in the shown part
MIN_EVIDENCE = 18.0  # agreeing windows times their share; letters of one typeface reach 13, the smallest true crop met had 22
TURN_STEP = 16  # of TURN; three neighbours make a window of 67 degrees
Numbers = NDArray[np.intp]

MIN_OFF_LINES = 0.35  # correlation off rows and columns of even tone; pages of text on one grid have 0.06-0.08, aligned copies from 0.67


@dataclass(frozen=True, slots=True)
class Reference:
    """What verification reads of a registered work: the cold part of the index."""

    width: int
    height: int
    features: Features
    thumbnail: Grey


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
        agreed = self.agreement
        return agreed.share >= MIN_SHARE and agreed.evidence >= MIN_EVIDENCE and agreed.off_lines >= MIN_OFF_LINES

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
    features: Features


def from_views(reference: Reference, item: Item, views: list[View]) -> Sighting | None:
    """The best sighting of the whole work in a view of the item, by pixels alone."""
    found = [s for view in views if (s := _sight(reference, item, view_map(reference, item, view), 0, inverted=False))]
    return max(found, key=lambda s: s.agreement.evidence, default=None)


def from_features(reference: Reference, item: Item, *, mirrored: bool, inverted: bool) -> Iterator[Sighting]:
    """Sightings by feature pairs, the best supported first, each tested on pixels; ends at the first that is not verified."""
    query = item.features.variant(mirrored=mirrored, inverted=inverted)
    free = np.ones(len(query), np.bool_)
    for _ in range(MAX_INSTANCES):
        ours, theirs = pairs(reference.features, query, free)
        alike = consistent(reference.features, query, ours, theirs)
        fit = fit_homography(reference.features.points[ours[alike]], query.points[theirs[alike]], reference.features.size)
        if fit is None or fit.distinct < MIN_INLIERS:
            return
        to_item = scaling(item.width / query.size[0], item.height / query.size[1])
        if mirrored:
            to_item = to_item @ np.array([[-1, 0, query.size[0]], [0, 1, 0], [0, 0, 1]], float)
        from_work = scaling(reference.features.size[0] / reference.width, reference.features.size[1] / reference.height)
        sighting = _sight(reference, item, to_item @ fit.map @ from_work, fit.distinct, inverted=inverted)
        if sighting is None:
            return
        yield sighting
        if not sighting.verified:
            return
        free[theirs[alike][fit.inliers]] = False


def consistent(work: Features, item: Features, ours: Numbers, theirs: Numbers) -> NDArray[np.bool_]:
    """The pairs that turn and scale as most do, within 34 degrees and one and a half octaves either way (after Jégou et al. 2008)."""
    turned = item.angles[theirs].astype(np.int64) - work.angles[ours]
    grown = item.scales[theirs].astype(np.int64) - work.scales[ours]
    votes = np.zeros((TURN // TURN_STEP, 512 // OCTAVE), np.int64)
    rows, columns = (turned % TURN) // TURN_STEP, (grown + 256) // OCTAVE
    np.add.at(votes, (rows, columns), 1)
    summed = sum(np.roll(votes, (-a, -b), (0, 1)) for a in (-1, 0, 1) for b in (-1, 0, 1))
    row, column = divmod(int(np.argmax(summed)), votes.shape[1])
    near_row = (rows - row + 1) % votes.shape[0] <= 2
    return near_row & (np.abs(columns - column) <= 1)


def pairs(work: Features, item: Features, free: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Numbers of like features: each of the item's free ones with the nearest of the work, if no other is about as near.

    Of several that meet one feature of the work the nearest counts: letters beside a picture otherwise all meet its one corner.
    """
    candidates = np.flatnonzero(free)
    if len(work) < 2 or not len(candidates):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    ours, theirs = work.descriptors.astype(np.float32), item.descriptors[candidates].astype(np.float32)
    apart = (theirs * theirs).sum(axis=1)[:, None] + (ours * ours).sum(axis=1)[None] - 2 * (theirs @ ours.T)
    rows = np.arange(len(apart))
    nearest = apart.argmin(axis=1)
    first = apart[rows, nearest].copy()
    returned = apart.argmin(axis=0)[nearest] == rows
    apart[rows, nearest] = np.inf
    good = np.flatnonzero(returned & (first < RATIO**2 * apart.min(axis=1)))
    return nearest[good], candidates[good]


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
    to_thumbnail = scaling(reference.width / width, reference.height / height)
    corners = project(mapping, box_corners(0, 0, reference.width, reference.height))
    seen = sqrt(max(area(corners), 1.0) / (width * height)) * item.grey.shape[1] / item.width  # px of the item a px of the thumbnail
    small = shrink(item.grey, max(1, round(max(item.grey.shape) / max(seen, 1.0))))
    to_small = scaling(small.shape[1] / item.width, small.shape[0] / item.height)
    agreement = compare(reference.thumbnail, small, to_small @ mapping @ to_thumbnail, inverted=inverted, fine=max(1.0, 0.6 / seen))
    if agreement is None:
        return None
    left, top, right, bottom = agreement.box
    part = box_corners(left, top, right, bottom) * [reference.width / width, reference.height / height]
    return Sighting(mapping, part, _inside(project(mapping, part), item), agreement, inliers, inverted)


def _inside(corners: NDArray[np.float64], item: Item) -> NDArray[np.float64]:
    return np.clip(corners, 0, [item.width, item.height])
