"""From sightings to a match: its kind, score, segments, coverage and measures."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from fingerprints import calibration
from fingerprints.image.decode import Picture
from fingerprints.image.geometry import area, box_corners, pose, project, quadrilateral
from fingerprints.image.pdq import LEAST_QUALITY, dihedral
from fingerprints.image.perceptual import View
from fingerprints.image.scheme import SCHEME
from fingerprints.image.verify import Item, Reference, Sighting, view_map
from fingerprints.model import Chance, Kind, Match, Modality, Segment

NEAR_DISTANCE = 60  # bits of 256 between whole pictures; the nearest of 6,480 unrelated pairs in 16 views had 86; see calibration.json
LEAD_DISTANCE = 72
NO_DISTANCE = 257
LEAD_INLIERS = 14  # distinct feature pairs under one map, though the pixels do not agree
_STRENGTH = (Kind.EXACT, Kind.VERIFIED, Kind.NEAR_DUPLICATE, Kind.LEAD)


def rank(match: Match) -> tuple[int, float]:
    """Sorts the strongest first."""
    return _STRENGTH.index(match.kind), -match.score


def exact(picture: Picture, reference: Reference) -> Match:
    """The match of identical bytes or pixels."""
    corners, ours = (quadrilateral(box_corners(0, 0, side.width, side.height)) for side in (picture, reference))
    measures: dict[str, float | str | bool] = {"area": 1.0, "correlation": 1.0, "mirrored": False, "inverted": False, "rotated": 0.0}
    measures |= {"scaled": 1.0, "hash_distance": 0.0, **_frame_of_work(reference)}
    return Match(Modality.IMAGE, Kind.EXACT, SCHEME, 1.0, (Segment("px", corners, ours),), 1.0, 1.0, _chance(Kind.EXACT), measures)


def _frame_of_work(reference: Reference) -> dict[str, float]:
    """The measure that names the work's frame; frame 0 goes without saying."""
    return {"frame_of_work": float(reference.frame)} if reference.frame else {}


def in_frame(match: Match, number: int) -> Match:
    """The match with the number of the item's frame in which it was found; frame 0 goes without saying."""
    return replace(match, measures={**match.measures, "frame": float(number)}) if number else match


def judge(reference: Reference, item: Item, sightings: Sequence[Sighting], distance: int, views: tuple[View, ...]) -> Match | None:
    """The strongest match that the evidence allows, or None."""
    verified = [s for s in sightings if s.verified]
    if verified:
        return _sighted(Kind.VERIFIED, reference, item, _apart(verified), distance)
    if distance <= LEAD_DISTANCE and views:
        kind = Kind.NEAR_DUPLICATE if distance <= NEAR_DISTANCE else Kind.LEAD
        return _whole(kind, reference, item, distance, views[0])
    likely = [s for s in sightings if s.inliers >= LEAD_INLIERS]
    return _sighted(Kind.LEAD, reference, item, likely[:1], distance) if likely else None


def _apart(sightings: list[Sighting]) -> list[Sighting]:
    """The best of those that show the work at one place in the item."""
    kept: list[Sighting] = []
    for one in sorted(sightings, key=lambda s: -s.agreement.evidence):
        if all(_shared(one.item, other.item) < 0.5 * min(area(one.item), area(other.item)) for other in kept):
            kept.append(one)
    return kept


def _shared(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(cv2.intersectConvexConvex(_hull(one), _hull(other))[0])


def _hull(corners: NDArray[np.float64]) -> NDArray[np.float32]:
    """Convex and in one sense, as OpenCV wants it: a mirrored work's corners go round the other way."""
    return np.asarray(cv2.convexHull(corners.astype(np.float32)), np.float32)


def _sighted(kind: Kind, reference: Reference, item: Item, sightings: list[Sighting], distance: int) -> Match:
    best = sightings[0]
    stands = pose(best.map, (reference.width / 2, reference.height / 2))
    of_work = _coverage([s.work for s in sightings], reference.width, reference.height)
    measures: dict[str, float | str | bool] = {
        "area": of_work,
        "inliers": float(best.inliers),
        "correlation": round(best.agreement.correlation, 3),
        "witnesses": round(best.agreement.witnesses, 1),
        "share": round(best.agreement.share, 3),
        "off_lines": round(best.agreement.off_lines, 3),
        "mirrored": stands.mirrored,
        "inverted": best.inverted,
        "rotated": stands.rotated,
        "scaled": stands.scaled,
    }
    if distance < NO_DISTANCE:
        measures["hash_distance"] = float(distance)
    measures |= _frame_of_work(reference)
    return Match(
        Modality.IMAGE,
        kind,
        SCHEME,
        round(min(1.0, best.score), 3),
        tuple(Segment("px", quadrilateral(s.item), quadrilateral(s.work)) for s in sightings),
        of_work,
        _coverage([s.item for s in sightings], item.width, item.height),
        _chance(kind),
        measures,
    )


def _whole(kind: Kind, reference: Reference, item: Item, distance: int, view: View) -> Match:
    mapping = view_map(reference, item, view)
    work = box_corners(0, 0, reference.width, reference.height)
    stands = pose(mapping, (reference.width / 2, reference.height / 2))
    corners = project(mapping, work)
    measures: dict[str, float | str | bool] = {
        "area": 1.0,
        "mirrored": stands.mirrored,
        "rotated": stands.rotated,
        "scaled": stands.scaled,
        "hash_distance": float(distance),
    }
    measures |= _frame_of_work(reference)
    if view.box == (0, 0, item.grey.shape[1], item.grey.shape[0]):
        seen = dihedral(item.grey)[2 * view.quarters + view.mirrored]
        if min(seen.quality, reference.pdq.quality) >= LEAST_QUALITY:
            measures["pdq_distance"] = float(np.bitwise_count(seen.bits ^ reference.pdq.bits).sum())
    segment = Segment("px", quadrilateral(corners), quadrilateral(work))
    covered = _coverage([corners], item.width, item.height)
    return Match(Modality.IMAGE, kind, SCHEME, round(1 - distance / 128, 3), (segment,), 1.0, covered, _chance(kind), measures)


def _coverage(polygons: Sequence[NDArray[np.float64]], width: int, height: int) -> float:
    """Share of the picture's area that the polygons cover together; of several it is counted on a grid of at most 512 px a side."""
    if len(polygons) == 1:
        return round(min(1.0, _shared(polygons[0], box_corners(0, 0, width, height)) / (width * height)), 4)
    factor = min(1.0, 512 / max(width, height))
    mask = np.zeros((max(1, round(height * factor)), max(1, round(width * factor))), np.uint8)
    for polygon in polygons:
        cv2.fillConvexPoly(mask, np.rint(polygon * factor).astype(np.int32), 1)
    return round(float(mask.mean()), 4)


def _chance(kind: Kind) -> Chance:
    return calibration.read("fingerprints.image", SCHEME).chance(kind)
