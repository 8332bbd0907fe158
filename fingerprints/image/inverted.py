"""Which works share features with an item: a scan of the cells of the hot index."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from fingerprints.image.codes import CELL_BITS, Codes

MAX_BITS_APART = 20  # of 128: 80 % of true pairs under crop, rotation and JPEG 30, and 8e-5 of others (2,510 and 4e6 pairs)

TURNS = 16  # bins of a whole turn; two neighbours count together, so a window is 45 degrees wide

FULL_WEIGHT = 16  # of the vote of a feature that is like no other of its item


@compiled
def bits(word: np.uint64) -> int:
    """How many bits are set (Warren, Hacker's Delight, 5-1); LLVM makes one instruction of it."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Cells:
    """The coded features of a shard, in order of their cells."""

    starts: NDArray[np.uint32]
    """Of each cell, the place of its first feature; one more than there are cells."""
    codes: NDArray[np.uint64]
    """n x 2."""
    owners: NDArray[np.uint32]
    angles: NDArray[np.uint8]


@compiled
def _count(
    words: NDArray[np.uint64],
    cells: NDArray[np.int32],
    angles: NDArray[np.uint8],
    starts: NDArray[np.uint32],
    codes: NDArray[np.uint64],
    owners: NDArray[np.uint32],
    turns: NDArray[np.uint8],
    weights: NDArray[np.int32],
    counted: NDArray[np.int32],
    limit: int,
) -> None:
    """Adds to ``counted`` (works x turns) the weights of the item's features alike to one of a work's, each once for a work and turn."""
    last = np.full(counted.shape, -1, np.int16)
    width = 256 // counted.shape[1]
    for feature in range(len(words)):
        for probe in range(cells.shape[1]):
            cell = cells[feature, probe]
            for place in range(starts[cell], starts[cell + 1]):
                apart = bits(words[feature, 0] ^ codes[place, 0]) + bits(words[feature, 1] ^ codes[place, 1])
                if apart <= limit:
                    owner = owners[place]
                    turn = ((np.int64(angles[feature]) - np.int64(turns[place])) & 255) // width
                    if last[owner, turn] != feature:
                        last[owner, turn] = feature
                        counted[owner, turn] += weights[feature]


def votes(item: Codes, angles: NDArray[np.uint8], weights: NDArray[np.int32], cells: Cells, works: int) -> NDArray[np.int32]:
    """By work, the weight of the item's features that are alike to one of its own and turned against it by about the same angle."""
    counted = np.zeros((works, TURNS), np.int32)
    if len(cells.codes) and len(item.words):
        _count(item.words, item.cells, angles, cells.starts, cells.codes, cells.owners, cells.angles, weights, counted, MAX_BITS_APART)
    together = counted + np.roll(counted, -1, axis=1)
    result: NDArray[np.int32] = together.max(axis=1) if works else np.zeros(0, np.int32)
    return result


def rarity(item: Codes) -> NDArray[np.int32]:
    """Weight of each feature: ``FULL_WEIGHT`` by how many of the item's own are alike (Jégou, Douze & Schmid 2009, burstiness).

    A blob or a bar looks like every other; it would vote for every work that has one.
    """
    alike = np.zeros(len(item.words), np.int32)
    _count_alike(item.words, alike, MAX_BITS_APART)
    return np.rint(FULL_WEIGHT / np.maximum(alike, 1)).astype(np.int32)


@compiled
def _count_alike(words: NDArray[np.uint64], alike: NDArray[np.int32], limit: int) -> None:
    for one in range(len(words)):
        for other in range(len(words)):
            apart = bits(words[one, 0] ^ words[other, 0]) + bits(words[one, 1] ^ words[other, 1])
            alike[one] += apart <= limit


def by_cell(cells: NDArray[np.uint16]) -> tuple[NDArray[np.intp], NDArray[np.uint32]]:
    """Order that brings features of one cell together, and the place where each cell starts (one more than cells)."""
    order: NDArray[np.intp] = np.argsort(cells, kind="stable")
    counts = np.bincount(cells, minlength=1 << CELL_BITS)
    return order, np.r_[0, np.cumsum(counts)].astype(np.uint32)


@compiled
def partners(work: NDArray[np.uint64], item: NDArray[np.uint64], nearer: float) -> NDArray[np.int64]:
    """For each of the item's features (codes, m x 2) the work's (n x 2) that is its like, or -1.

    Its like is the nearest, if the second nearest is so much farther (``nearer`` of the distances; Lowe 2004, 7.1) and if no other
    feature of the item is nearer to it: letters beside a picture otherwise all meet its one corner.
    """
    found = np.full(len(item), -1, np.int64)
    best, of = np.full(len(work), 129, np.int64), np.full(len(work), -1, np.int64)
    for one in range(len(item)):
        first, second, nearest = 129, 129, -1
        for other in range(len(work)):
            distance = bits(item[one, 0] ^ work[other, 0]) + bits(item[one, 1] ^ work[other, 1])
            if distance < best[other]:
                best[other], of[other] = distance, one
            if distance < first:
                first, second, nearest = distance, first, other
            elif distance < second:
                second = distance
        if nearest >= 0 and first < nearer * second:
            found[one] = nearest
    for one in range(len(item)):
        if found[one] >= 0 and of[found[one]] != one:
            found[one] = -1
    return found
