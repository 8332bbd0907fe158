"""Pairs of landmarks, hashed: what the index is looked up by.

Wang 2003: an anchor's frequency, the step to a later peak's frequency, and the time between them. The registry keeps few pairs per
anchor and the item asks with many, so that the index stays small.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.audio.landmarks import Peaks
from fingerprints.compiled import compiled

WORK_FAN, ITEM_FAN = 2, 16
"""Later peaks that an anchor is paired with, nearest first. Five for works found no more excerpts than two, at 2.3 times the index."""
SHORTEST, LONGEST = 3, 80
"""Frames between the peaks of a pair: 70 ms to 1.9 s."""
WIDEST = 40
"""Bins between the peaks of a pair: a little more than an octave."""
STEP_BITS = 7
STEP_ZERO = 1 << (STEP_BITS - 1)

Ints: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs in order of their anchors; all arrays of one length."""

    times: Ints
    """The anchor's, in frames."""
    bins: Ints
    """The anchor's."""
    steps: Ints
    """Bins from the anchor to the later peak."""
    gaps: Ints
    """Frames from the anchor to the later peak."""


def pairs(peaks: Peaks, fan: int) -> Pairs:
    """Each peak with up to ``fan`` of the peaks that follow it within reach."""
    first, second = _paired(peaks.times, peaks.bins, fan)
    times, bins = peaks.times, peaks.bins
    return Pairs(times[first], bins[first], bins[second] - bins[first], times[second] - times[first])


def buckets(found: Pairs) -> NDArray[np.int64]:
    """The part of each pair's hash by which the index is laid out: the anchor's bin and the step."""
    return (found.bins.astype(np.int64) << STEP_BITS) | (found.steps + STEP_ZERO)


@compiled
def _paired(times: Ints, bins: Ints, fan: int) -> tuple[Ints, Ints]:
    first, second = np.empty(len(times) * fan, np.int32), np.empty(len(times) * fan, np.int32)
    found = 0
    for i in range(len(times)):
        taken = 0
        for j in range(i + 1, len(times)):
            gap = times[j] - times[i]
            if gap > LONGEST or taken == fan:
                break
            if gap >= SHORTEST and abs(bins[j] - bins[i]) <= WIDEST:
                first[found], second[found] = i, j
                found += 1
                taken += 1
    return first[:found], second[:found]
