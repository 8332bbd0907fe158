"""Votes: which work, at which offset, shares most pairs of landmarks with a stretch of an item.

Pairs that agree on the offset lie on one diagonal of the plot of work time against item time. Each pair votes with the rarity of its
hash, so that what is common everywhere (silence, drones, a standard beat) weighs little; no list of the index is left out for its length.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.audio.landmarks import BINS
from fingerprints.audio.pairs import LONGEST, SHORTEST, STEP_BITS, STEP_ZERO, Ints, Pairs
from fingerprints.compiled import compiled

GAP = 2048
"""Frames between assets on the index's common time axis: more than a window at any warp, so that diagonals of two assets never meet."""

Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Warp:
    """How an item runs beside the work: ``rate`` times as fast and ``bins`` higher."""

    rate: float = 1.0
    bins: float = 0.0


@dataclass(frozen=True, slots=True)
class Postings:
    """The index: for each hash the places, on the common time axis, where the registered works have it; five bytes a pair."""

    heads: NDArray[np.int64]
    """Where the pairs of each bin and step start; (BINS << STEP_BITS) + 1 of them."""
    gaps: NDArray[np.uint8]
    """Frames between the peaks of each pair, ascending within a bin and step."""
    places: NDArray[np.uint32]
    """The pair's first peak, in frames on the common axis, ascending within equal gaps."""


def diagonals(asked: Pairs, origin: int, warp: Warp, index: Postings, most: int) -> tuple[NDArray[np.int64], Floats]:
    """The ``most`` diagonals with the most votes, best first: the place on the common axis at item frame ``origin``, and the votes."""
    asked_arrays = (asked.times, asked.bins, asked.steps, asked.gaps)
    return _voted(*asked_arrays, origin, warp.rate, warp.bins, index.heads, index.gaps, index.places, most)


@compiled
def _voted(
    times: Ints,
    bins: Ints,
    steps: Ints,
    gaps: Ints,
    origin: int,
    rate: float,
    shift: float,
    heads: NDArray[np.int64],
    stored: NDArray[np.uint8],
    places: NDArray[np.uint32],
    most: int,
) -> tuple[NDArray[np.int64], Floats]:
    firsts, lasts = np.zeros(len(times), np.int64), np.zeros(len(times), np.int64)
    for i in range(len(times)):
        low, gap = round(bins[i] - shift), round(gaps[i] * rate)
        if 0 <= low < BINS and SHORTEST <= gap <= LONGEST:
            head = (low << STEP_BITS) | (steps[i] + STEP_ZERO)
            start, stop = int(heads[head]), int(heads[head + 1])
            firsts[i] = _bound(stored, start, stop, gap)
            lasts[i] = _bound(stored, int(firsts[i]), stop, gap + 1)
    size = 16
    while size < 2 * (lasts - firsts).sum():
        size *= 2
    slots, votes = np.full(size, -1, np.int64), np.zeros(size, np.float32)
    everything = np.log(np.float32(len(places) + 1))
    for i in range(len(times)):
        if firsts[i] == lasts[i]:
            continue
        rarity = np.float32(1.0) - np.log(np.float32(lasts[i] - firsts[i])) / everything
        ahead = round((times[i] - origin) * rate)
        for k in range(firsts[i], lasts[i]):
            diagonal = np.int64(places[k]) - ahead
            slot = _slot(slots, int(diagonal))
            slots[slot] = diagonal
            votes[slot] += rarity
    return _best(slots, votes, most)


@compiled
def _bound(stored: NDArray[np.uint8], start: int, stop: int, gap: int) -> int:
    """The first place between start and stop whose gap is not smaller."""
    while start < stop:
        middle = (start + stop) // 2
        if stored[middle] < gap:
            start = middle + 1
        else:
            stop = middle
    return start


@compiled
def _slot(slots: NDArray[np.int64], key: int) -> int:
    mask = len(slots) - 1
    slot = (key * 0x9E3779B1) & mask  # Fibonacci hashing (Knuth, TAOCP 3, 6.4)
    while slots[slot] >= 0 and slots[slot] != key:
        slot = (slot + 1) & mask
    return slot


@compiled
def _best(slots: NDArray[np.int64], votes: Floats, most: int) -> tuple[NDArray[np.int64], Floats]:
    """Diagonals with their two neighbours' votes; of neighbours the best alone; ties go to the earlier one."""
    places, sums = np.full(most, -1, np.int64), np.zeros(most, np.float32)
    for slot in range(len(slots)):
        key = int(slots[slot])
        if key < 0:
            continue
        before, after = votes[_slot(slots, key - 1)], votes[_slot(slots, key + 1)]
        if before > votes[slot] or after > votes[slot] or (before == votes[slot] and before > 0):
            continue
        total = before + votes[slot] + after
        rank = most
        while rank > 0 and (total > sums[rank - 1] or (total == sums[rank - 1] and key < places[rank - 1])):
            rank -= 1
        if rank < most:
            places[rank + 1 :], sums[rank + 1 :] = places[rank:-1].copy(), sums[rank:-1].copy()
            places[rank], sums[rank] = key, total
    kept = sums > 0
    return places[kept], sums[kept]
