"""From an item to the stretches of registered works in it: windows, votes, verification, and the pieces further along a line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from fingerprints.audio.alignment import Aligned, Line, Raster, raster
from fingerprints.audio.index import Index
from fingerprints.audio.landmarks import Peaks
from fingerprints.audio.limits import verified
from fingerprints.audio.lookup import Warp, diagonals
from fingerprints.audio.pairs import ITEM_FAN, Pairs, pairs
from fingerprints.audio.verify import HIGHEST_SHARE, LOWEST_SHARE, Sides, aligned, look, measured
from fingerprints.audio.warps import GRID, PLAIN

WINDOW, STEP = 430, 215
"""Frames that vote together, ten seconds, and from one window to the next."""
CANDIDATES = 6
"""Diagonals of a window that are verified."""
WARPED_EACH = 2
"""Diagonals of a window that each warp puts forward."""
FEWEST_VOTES = 2.5
"""Under it a diagonal is not looked at. Unrelated sounds reach 7; the weakest verified ten seconds had 16."""
NEAR_LINE = 2
"""Frames between two candidates that are refined to the same line."""
SAME_LINE = 6
"""Frames between two lines that are one."""
OVERLAP = 0.3
"""Of two stretches of one asset that share more of the item than this, the weaker is dropped: a loop repeats itself."""
WHOLE = 0.8
"""A window of which this part is explained as it stands is not tried under warps; a change of tempo explains less, piece by piece."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item ready to be compared."""

    peaks: Peaks
    pairs: Pairs
    raster: Raster


@dataclass(frozen=True, slots=True)
class Candidate:
    """A diagonal of one window."""

    number: int
    """The asset's, in its index."""
    line: Line
    votes: float
    low: int
    high: int
    """The window, in frames of the item."""


def prepared(found: Peaks) -> Item:
    """An item's peaks with their pairs and grid."""
    return Item(found, pairs(found, ITEM_FAN), raster(found))


def windows(frames: int) -> Iterator[tuple[int, int]]:
    """Overlapping windows over an item, the last one not shorter than half a window unless it is the only one."""
    for low in range(0, max(1, frames - STEP), STEP):
        yield low, min(frames, low + WINDOW)


def candidates(item: Item, index: Index, skipped: frozenset[int], low: int, high: int, warps: Iterable[Warp], each: int) -> list[Candidate]:
    """The diagonals of a window with the most votes under any of the warps, best first; none of the skipped assets."""
    first, last = np.searchsorted(item.pairs.times, (low, high))
    asked = Pairs(item.pairs.times[first:last], item.pairs.bins[first:last], item.pairs.steps[first:last], item.pairs.gaps[first:last])
    found = []
    for warp in warps:
        for number, place, votes in _leading(asked, low, warp, index, skipped, each):
            line = Line(low, float(place) - float(index.bases[number]), warp)
            found.append(Candidate(number, line, votes, low, high))
    return sorted(found, key=lambda one: -one.votes)


def _leading(asked: Pairs, low: int, warp: Warp, index: Index, skipped: frozenset[int], each: int) -> list[tuple[int, int, float]]:
    """Asset, place and votes of the leading diagonals; where skipped assets stand among them, of those that follow them too."""
    most = each
    while True:
        places, votes = diagonals(asked, low, warp, index.postings, most)
        enough = votes >= FEWEST_VOTES
        leading = [(index.owner(place), place, vote) for place, vote in zip(places[enough].tolist(), votes[enough].tolist(), strict=True)]
        kept = [one for one in leading if one[0] not in skipped]
        if len(kept) >= each or len(leading) < most:
            return kept[:each]
        most *= 4


def found(item: Item, index: Index, skipped: frozenset[int]) -> tuple[list[tuple[int, Aligned]], list[tuple[int, Aligned]]]:
    """Verified stretches with the number of their asset, and the best of what could not be verified; by evidence.

    Windows that are not explained as they stand are tried again under every warp.
    """
    verified_ones: list[tuple[int, Aligned]] = []
    weak: list[tuple[int, Aligned]] = []
    for warps, each in (((PLAIN,), CANDIDATES), (GRID, WARPED_EACH)):
        for low, high in windows(item.peaks.frames):
            if _explained(verified_ones, low, high) < WHOLE:
                _search(item, index, candidates(item, index, skipped, low, high, warps, each), verified_ones, weak)
    return _apart(verified_ones), weak


def _search(
    item: Item,
    index: Index,
    tried: list[Candidate],
    verified_ones: list[tuple[int, Aligned]],
    weak: list[tuple[int, Aligned]],
) -> None:
    seen: list[Candidate] = []
    for one in tried:
        if len(seen) == CANDIDATES:
            break
        if any(number == one.number and _on(stretch, one) for number, stretch in verified_ones):
            continue
        if any(other.number == one.number and _same(other, one) for other in seen):
            continue
        seen.append(one)
        sides = Sides(index.work(one.number).peaks, item.peaks, item.raster)
        stretch = aligned(sides, one.line, one.low, one.high)
        if stretch is None:
            continue
        if verified(stretch):
            verified_ones += [(one.number, piece) for piece in (stretch, *_further(sides, stretch))]
        else:
            weak.append((one.number, stretch))


def _same(other: Candidate, one: Candidate) -> bool:
    """Whether two diagonals of a window are one line to the refinement."""
    if abs(other.line.warp.bins - one.line.warp.bins) > 1.0:
        return False
    return all(abs(other.line.work(at) - one.line.work(at)) <= NEAR_LINE for at in (one.low, one.high))


def _on(stretch: Aligned, one: Candidate) -> bool:
    """Whether a candidate lies on a stretch already verified, from end to end of what they share."""
    low, high = max(float(one.low), stretch.start), min(float(one.high), stretch.stop)
    return low < high and all(abs(stretch.line.work(at) - one.line.work(at)) <= SAME_LINE for at in (low, high))


def _further(sides: Sides, stretch: Aligned) -> list[Aligned]:
    """More verified stretches before and after one, on its line."""
    result = []
    for low, high in ((-np.inf, stretch.start - 1), (stretch.stop + 1, np.inf)):
        piece = measured(sides, stretch.line, look(sides, stretch.line, low, high), min(HIGHEST_SHARE, max(LOWEST_SHARE, stretch.share)))
        if piece is not None and verified(piece):
            result.append(piece)
    return result


def _explained(stretches: list[tuple[int, Aligned]], low: int, high: int) -> float:
    """The longest part of a window that one stretch explains."""
    return max(((min(high, one.stop) - max(low, one.start)) / (high - low) for _, one in stretches), default=0.0)


def _apart(stretches: list[tuple[int, Aligned]]) -> list[tuple[int, Aligned]]:
    """Of the stretches of one asset that stand on the same part of the item those with the most evidence."""
    kept: list[tuple[int, Aligned]] = []
    for number, one in sorted(stretches, key=lambda pair: (-pair[1].evidence, pair[0], pair[1].start)):
        shared = (min(one.stop, other.stop) - max(one.start, other.start) for same, other in kept if same == number)
        if all(part <= OVERLAP * (one.stop - one.start) for part in shared):
            kept.append((number, one))
    return kept
