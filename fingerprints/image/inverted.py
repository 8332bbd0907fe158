"""Which works share features with an item: a scan of the cells of the hot index."""

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from fingerprints.image.codes import CELL_BITS, Codes

MAX_BITS_APART = 20  # of 128: 80 % of true pairs under crop, rotation and JPEG 30, and 8e-5 of others (2,510 and 4e6 pairs)


@compiled
def _bits(word: np.uint64) -> int:
    """How many bits are set (Warren, Hacker's Delight, 5-1); LLVM makes one instruction of it."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)  # type: ignore[return-value]


@compiled
def _count(
    words: NDArray[np.uint64],
    cells: NDArray[np.int32],
    starts: NDArray[np.uint32],
    codes: NDArray[np.uint64],
    owners: NDArray[np.uint32],
    votes: NDArray[np.int32],
    limit: int,
) -> None:
    """Adds to ``votes`` of each work the number of item features that are alike to one of its own, each counted once."""
    last = np.full(len(votes), -1, np.int32)
    for feature in range(len(words)):
        for probe in range(cells.shape[1]):
            cell = cells[feature, probe]
            for place in range(starts[cell], starts[cell + 1]):
                owner = owners[place]
                if last[owner] == feature:
                    continue
                apart = _bits(words[feature, 0] ^ codes[place, 0]) + _bits(words[feature, 1] ^ codes[place, 1])
                if apart <= limit:
                    votes[owner] += 1
                    last[owner] = feature


def votes(item: Codes, starts: NDArray[np.uint32], codes: NDArray[np.uint64], owners: NDArray[np.uint32], works: int) -> NDArray[np.int32]:
    """Alike features of the item by work; ``codes`` and ``owners`` stand by cell, of which ``starts`` gives the places."""
    result = np.zeros(works, np.int32)
    if len(codes):
        _count(item.words, item.cells, starts, codes, owners, result, MAX_BITS_APART)
    return result


def by_cell(cells: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.uint32]]:
    """Order that brings features of one cell together, and the place where each cell starts (one more than cells)."""
    order: NDArray[np.intp] = np.argsort(cells, kind="stable")
    counts = np.bincount(cells, minlength=1 << CELL_BITS)
    return order, np.r_[0, np.cumsum(counts)].astype(np.uint32)
