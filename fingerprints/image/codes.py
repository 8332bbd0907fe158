"""Features as 128 bits and a cell: what the hot index holds of each, the same for every registry.

Each bit is the sign of the centred RootSIFT along one direction of a randomised Walsh-Hadamard transform (Charikar 2002; the pairing of
a cell with a binary code follows Jégou, Douze & Schmid 2008). Nothing is trained on the registry, so whether a feature of an item meets
a feature of a work never depends on the other works, nor on how they are divided into shards. All sums are of small integers: exact.
"""

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled

CODE_BITS = 128
CELL_BITS = 14
PROBES = 24  # cells looked into a feature: its own and those that differ in the bits nearest to their threshold
_MEAN = (  # of RootSIFT x 512 over 33,147 features of 160 photographs, drawings and textures, symmetric under mirroring and inversion
    32, 20, 15, 17, 23, 21, 23, 25, 59, 38, 23, 20, 23, 23, 28, 39, 59, 39, 28, 23, 23, 20, 23, 38, 32, 25, 23, 21, 23, 17, 15, 20,
    43, 26, 19, 22, 29, 26, 25, 27, 84, 54, 32, 28, 31, 31, 34, 52, 84, 52, 34, 31, 31, 28, 32, 54, 43, 27, 25, 26, 29, 22, 19, 26,
    43, 27, 25, 26, 29, 22, 19, 26, 84, 52, 34, 31, 31, 28, 32, 54, 84, 54, 32, 28, 31, 31, 34, 52, 43, 26, 19, 22, 29, 26, 25, 27,
    32, 25, 23, 21, 23, 17, 15, 20, 59, 39, 28, 23, 23, 20, 23, 38, 59, 38, 23, 20, 23, 23, 28, 39, 32, 20, 15, 17, 23, 21, 23, 25,
)  # fmt: skip
_SEED = b"image/features/1"


@dataclass(frozen=True, slots=True)
class Codes:
    """n features, each as two 64-bit words and the cells it may stand in."""

    words: NDArray[np.uint64]
    """n x 2."""
    cells: NDArray[np.int32]
    """n x probes, nearest first; the first is the feature's own."""


def encode(descriptors: NDArray[np.uint8], probes: int = 1) -> Codes:
    """Codes of RootSIFT descriptors (n x 128), with the ``probes`` likeliest cells of each."""
    words, cells = np.empty((len(descriptors), CODE_BITS // 64), np.uint64), np.empty((len(descriptors), probes), np.int32)
    _encode(np.ascontiguousarray(descriptors), np.array(_MEAN, np.int32), _signs(), _flipped()[:probes], words, cells)
    return Codes(words, cells)


@compiled
def _encode(
    descriptors: NDArray[np.uint8],
    mean: NDArray[np.int32],
    signs: NDArray[np.int32],
    flipped: NDArray[np.int64],
    words: NDArray[np.uint64],
    cells: NDArray[np.int32],
) -> None:
    code, cell, order = np.empty(128, np.int32), np.empty(128, np.int32), np.empty(CELL_BITS, np.int64)
    for number in range(len(descriptors)):
        for k in range(128):
            centred = np.int32(descriptors[number, k]) - mean[k]
            code[k], cell[k] = centred * signs[0, k], centred * signs[1, k]
        _transform(code)
        _transform(cell)
        for word in range(CODE_BITS // 64):
            bits = np.uint64(0)
            for k in range(64):
                bits |= np.uint64(code[64 * word + k] > 0) << np.uint64(k)
            words[number, word] = bits
        own = np.int64(0)
        for k in range(CELL_BITS):
            own |= np.int64(cell[k + 1] > 0) << k
            at = k  # by insertion: how near each bit is to its threshold
            while at > 0 and abs(cell[order[at - 1] + 1]) > abs(cell[k + 1]):
                order[at] = order[at - 1]
                at -= 1
            order[at] = k
        for probe in range(len(flipped)):
            other = own
            for rank in flipped[probe]:
                if rank >= 0:
                    other ^= 1 << order[rank]
            cells[number, probe] = other


@compiled
def _transform(values: NDArray[np.int32]) -> None:
    """The Walsh-Hadamard transform of 128 numbers, in place, in Hadamard's order."""
    step = 1
    while step < len(values):
        for first in range(0, len(values), 2 * step):
            for k in range(first, first + step):
                one, other = values[k], values[k + step]
                values[k], values[k + step] = one + other, one - other
        step *= 2


@cache
def _patterns() -> tuple[tuple[int, ...], ...]:
    """Sets of bits to flip, by rank of nearness to the threshold, likeliest first (Lv et al. 2007, multi-probe)."""
    ranks = range(9)
    sets = [()] + [(a,) for a in ranks] + [(a, b) for a in ranks for b in ranks if a < b] + [(0, 1, c) for c in range(2, 6)]
    return tuple(sorted(sets, key=lambda s: (sum((rank + 1) ** 2 for rank in s), s))[:PROBES])


@cache
def _flipped() -> NDArray[np.int64]:
    """The patterns as a table, PROBES x 3, filled up with -1."""
    return np.array([[*pattern, -1, -1, -1][:3] for pattern in _patterns()], np.int64)


@cache
def _signs() -> NDArray[np.int32]:
    """2 x 128 entries of -1 and 1: of the code and of the cell."""
    return np.unpackbits(np.frombuffer(hashlib.sha256(_SEED).digest(), np.uint8)).astype(np.int32).reshape(2, 128) * 2 - 1
