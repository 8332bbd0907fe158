"""How often each matched stretch of a registered file stands in the data set: memorisation grows with the number of copies.

(Carlini et al. 2023, *Quantifying Memorization Across Neural Language Models*, arXiv 2202.07646.)
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from fingerprints.model import Interval, Kind, Match, Quadrilateral, Segment, Unit
from provenance.sorting import Record, Sorter

STEP: Mapping[Unit, int] = {"char": 16, "ms": 500}
"""Distance of the places of a work at which copies are counted: every finding (20 characters, 1 s) holds one."""
WHOLE: Interval = (0, 1)
"""The one place of a picture."""

Depth: TypeAlias = NDArray[np.int64]
Copies: TypeAlias = Mapping[tuple[str, Interval], int]
"""Of one content: by asset and stretch of its places, how often the data set holds at least half of that stretch."""


class CopyCounter:
    """Counts, over all contents of an audit, the copies of every stretch of a registered file.

    A copy is an occurrence of a match that is no lead: exact, edited, or within a longer or shorter excerpt. The matches go through two
    external sorts, by asset and back by content, so that memory holds the counts of one asset at a time (8 bytes for 16 characters,
    0.3 MB for a novel), whatever the number of works. The order in which contents come changes nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._by_asset, self._by_content = Sorter(folder, "stretches"), Sorter(folder, "copies")

    def add(self, content: bytes, occurrences: int, matches: Iterable[tuple[str, Match]]) -> None:
        """Takes the matches of one content, each with its asset; ``content`` is a key without a zero byte, given once."""
        stretches: dict[str, set[tuple[Interval, Interval | Quadrilateral]]] = defaultdict(set)
        for asset, match in matches:
            if match.kind is not Kind.LEAD:
                stretches[asset].update((_places(segment), _on_item(segment)) for segment in match.segments)
                stretches[asset].update([] if match.segments else [(WHOLE, WHOLE)])
        for asset, found in stretches.items():
            self._by_asset.add(b"%s\0%s" % (asset.encode(), content), orjson.dumps((occurrences, sorted(places for places, _ in found))))

    def copies(self) -> Iterator[tuple[bytes, Copies]]:
        """The contents by key, each with the copies of its stretches; once, after the last ``add``."""
        again = groupby(self._by_asset, key=_first_part)
        for (_, records), (asset, same) in zip(groupby(self._by_asset, key=_first_part), again, strict=True):
            depth = _depth(records)
            for key, payload in same:
                _, stretches = orjson.loads(payload)
                counted = [(start, stop, _median(depth[start:stop])) for start, stop in stretches]
                self._by_content.add(b"%s\0%s" % (key.partition(b"\0")[2], asset), orjson.dumps(counted))
        self._by_asset.clear()
        for content, records in groupby(self._by_content, key=_first_part):
            yield content, _of_content(records)
        self._by_content.clear()


def copies_of(match: Match, asset: str, copies: Copies) -> int:
    """The copies of the most repeated stretch of a match; 0 where none was counted, as of a lead that no finding covers."""
    return max((copies.get((asset, _places(segment)), 0) for segment in match.segments), default=copies.get((asset, WHOLE), 0))


def _places(segment: Segment) -> Interval:
    """The places within the segment on the work's side, at least one."""
    step = STEP.get(segment.unit)
    if step is None or len(segment.work) != 2:
        return WHOLE
    start, stop = (-(-end // step) for end in segment.work)
    return (start, stop) if start < stop else (stop - 1, stop)


def _on_item(segment: Segment) -> Interval | Quadrilateral:
    """What tells two copies in one item apart; a picture holds another once."""
    return WHOLE if segment.unit == "px" else segment.item


def _depth(records: Iterable[Record]) -> Depth:
    """By place of an asset, how many copies cover it."""
    change = np.zeros(1 << 10, np.int64)
    for _, payload in records:
        occurrences, stretches = orjson.loads(payload)
        missing = max(stop for _, stop in stretches) + 1 - change.size
        if missing > 0:
            change = np.concatenate([change, np.zeros(max(missing, change.size), np.int64)])
        for start, stop in stretches:
            change[start] += occurrences
            change[stop] -= occurrences
    return np.cumsum(change)


def _median(depth: Depth) -> int:
    """At least half of the places are covered so often."""
    return int(np.sort(depth)[depth.size // 2])


def _of_content(records: Iterable[Record]) -> Copies:
    return {
        (key.partition(b"\0")[2].decode(), (start, stop)): count for key, payload in records for start, stop, count in orjson.loads(payload)
    }


def _first_part(record: Record) -> bytes:
    """Of the key: what stands before the zero byte."""
    return record[0].partition(b"\0")[0]
