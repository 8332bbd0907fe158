"""Lengths and areas that matches have in common, on the side of the item."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypeAlias

from fingerprints.model import Interval, Quadrilateral, Segment

Box: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
"""The corner with the lowest x and y, and the one with the highest."""


class Extent:
    """Where segments stand in an item, ready to be asked how much of others lies within: of thousands only those nearby are looked at."""

    def __init__(self, segments: Sequence[Segment], frame: float = 0) -> None:
        """``frame`` is that of the item in which they stand."""
        self._frame = frame
        self._boxes = sorted(_box(segment.item) for segment in segments)
        self._starts = [low[0] for low, _ in self._boxes]
        self._longest = max((high[0] - low[0] for low, high in self._boxes), default=0.0)

    def share(self, inner: Sequence[Segment]) -> float:
        """How much of the inner segments lies within, in [0, 1]; a whole-item match (no segments) covers all and is covered."""
        total = sum(size(segment.item) for segment in inner)
        if not self._boxes or not total:
            return 1.0
        return min(1.0, sum(self._shared(_box(segment.item)) for segment in inner) / total)

    def same(self, inner: Sequence[Segment], frame: float = 0) -> float:
        """How much of a passage is the same passage, in [0, 1].

        In a text whatever holds more than the passage holds the passage. A picture pasted over another, or a sound mixed with one, stands
        in the same place and is another: there, only what stands in about the same region or stretch of the same frame, and no larger
        one, can be the same.
        """
        if frame != self._frame:
            return 0.0
        if all(segment.unit == "char" for segment in inner) or not self._boxes:
            return self.share(inner)
        return min(self._alike(_box(segment.item)) for segment in inner)

    def _alike(self, box: Box) -> float:
        """What the box and the one most like it here have in common, as a share of the larger."""
        return max((_shared(box, other) / max(_area(box), _area(other), 1e-9) for other in self._nearby(box)), default=0.0)

    def _shared(self, box: Box) -> float:
        return sum(_shared(box, other) for other in self._nearby(box))

    def _nearby(self, box: Box) -> Sequence[Box]:
        (left, _), (right, _) = box
        return self._boxes[bisect_left(self._starts, left - self._longest) : bisect_right(self._starts, right)]


def size(region: Interval | Quadrilateral) -> float:
    """The length of an interval, or the area of the upright box around a quadrilateral."""
    return _area(_box(region))


def _area(box: Box) -> float:
    low, high = box
    return (high[0] - low[0]) * (high[1] - low[1])


def _shared(one: Box, other: Box) -> float:
    """Area that two boxes share."""
    (low_a, high_a), (low_b, high_b) = one, other
    sides = [max(0.0, min(high_a[axis], high_b[axis]) - max(low_a[axis], low_b[axis])) for axis in (0, 1)]
    return sides[0] * sides[1]


def _box(region: Interval | Quadrilateral) -> Box:
    """The upright box around a quadrilateral; an interval is a box of height one."""
    if len(region) == 2:
        start, stop = region
        return (start, 0.0), (stop, 1.0)
    xs, ys = zip(*region, strict=True)
    return (min(xs), min(ys)), (max(xs), max(ys))
