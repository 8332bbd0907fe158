"""Votes: which work, at which offset, shares most pairs of landmarks with a stretch of an item.

Pairs that agree on the offset lie on one diagonal of the plot of work time against item time. Each pair votes with the rarity of its
hash, so that what is common everywhere (silence, drones, a standard beat) weighs little; no list of the index is left out for its length.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.audio.pairs import LONGEST, SHORTEST, STEP_BITS, STEP_ZERO, TIME_BITS, Ints, Pairs
from fingerprints.compiled import compiled

GAP = 4096
"""Frames between assets on the index's common time axis: more than a window at any warp, so that diagonals of two assets never meet."""

Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Warp:
    """How an item runs beside the work: ``rate`` times as fast and ``bins`` higher."""

    rate: float = 1.0
    bins: float = 0.0


@dataclass(frozen=True, slots=True)
class Postings:
    """The index: for each hash the places, on the common time axis, where the registered works have it."""

    keys: NDArray[np.uint32]
    """Hashes that occur, ascending."""
    starts: NDArray[np.uint32]
    """Where each hash's places start; one more than keys."""
    places: NDArray[np.uint32]
    """Frames on the common axis, ascending within a hash."""
    heads: NDArray[np.int64]
    """For each leading part of a hash (bin and step) where its keys start: a search then touches a few neighbouring keys."""

    @classmethod
    def over(cls, keys: NDArray[np.uint32], starts: NDArray[np.uint32], places: NDArray[np.uint32]) -> "Postings":
        """An index over its stored arrays."""
        leading = np.arange((1 << (8 + STEP_BITS)) + 1, dtype=np.uint32) << np.uint32(TIME_BITS)
        return cls(keys, starts, places, np.searchsorted(keys, leading))


def diagonals(asked: Pairs, origin: int, warp: Warp, index: Postings, most: int) -> tuple[NDArray[np.int64], Floats]:
    """The ``most`` diagonals with the most votes, best first: the place on the common axis at item frame ``origin``, and the votes."""
    asked_arrays = (asked.times, asked.bins, asked.steps, asked.gaps)
    return _voted(*asked_arrays, origin, warp.rate, warp.bins, index.keys, index.heads, index.starts, index.places, most)


@compiled
def _voted(
    times: Ints,
    bins: Ints,
    steps: Ints,
    gaps: Ints,
    origin: int,
    rate: float,
    shift: float,
    keys: NDArray[np.uint32],
    heads: NDArray[np.int64],
    starts: NDArray[np.uint32],
    places: NDArray[np.uint32],
    most: int,
) -> tuple[NDArray[np.int64], Floats]:  # pragma: no cover - compiled
    found = np.empty(len(times), np.int64)
    total = 0
    for i in range(len(times)):
        found[i] = -1
        low, gap = round(bins[i] - shift), round(gaps[i] * rate)
        if low < 0 or low > 255 or gap < SHORTEST or gap > LONGEST:
            continue
        head = (low << STEP_BITS) | (steps[i] + STEP_ZERO)
        wanted = (head << TIME_BITS) | gap
        at, end = heads[head], heads[head + 1]
        while at < end:
            middle = (at + end) // 2
            if np.int64(keys[middle]) < wanted:
                at = middle + 1
            else:
                end = middle
        if at < heads[head + 1] and np.int64(keys[at]) == wanted:
            found[i] = at
            total += np.int64(starts[at + 1]) - np.int64(starts[at])
    size = 16
    while size < 2 * total:
        size *= 2
    slots, votes = np.full(size, -1, np.int64), np.zeros(size, np.float32)
    everything = np.log(np.float32(len(places) + 1))
    for i in range(len(times)):
        if found[i] < 0:
            continue
        first, last = np.int64(starts[found[i]]), np.int64(starts[found[i] + 1])
        rarity = np.float32(1.0) - np.log(np.float32(last - first)) / everything
        ahead = np.int64(round((times[i] - origin) * rate))
        for k in range(first, last):
            diagonal = np.int64(places[k]) - ahead
            slot = _slot(slots, diagonal)
            slots[slot] = diagonal
            votes[slot] += rarity
    return _best(slots, votes, most)


@compiled
def _slot(slots: NDArray[np.int64], key: int) -> int:  # pragma: no cover - compiled
    mask = len(slots) - 1
    slot = (key * 0x9E3779B1) & mask
    while slots[slot] >= 0 and slots[slot] != key:
        slot = (slot + 1) & mask
    return slot


@compiled
def _best(slots: NDArray[np.int64], votes: Floats, most: int) -> tuple[NDArray[np.int64], Floats]:  # pragma: no cover - compiled
    """Diagonals with their two neighbours' votes; of neighbours the best alone; ties go to the earlier one."""
    places, sums = np.full(most, -1, np.int64), np.zeros(most, np.float32)
    for slot in range(len(slots)):
        key = slots[slot]
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
