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

CODE_BITS = 128
CELL_BITS = 14
PROBES = 24  # cells looked into a feature: its own and those that differ in the bits nearest to their threshold
_MEAN = (  # of RootSIFT x 512 over 18,000 features of photographs, drawings and textures, symmetric under mirroring and inversion
    38, 29, 22, 24, 29, 20, 16, 22, 69, 41, 24, 24, 28, 21, 20, 37, 69, 37, 20, 21, 28, 24, 24, 41, 38, 22, 16, 20, 29, 24, 22, 29,
    47, 30, 23, 29, 36, 25, 18, 26, 88, 47, 27, 31, 37, 27, 23, 47, 88, 47, 23, 27, 37, 31, 27, 47, 47, 26, 18, 25, 36, 29, 23, 30,
    47, 26, 18, 25, 36, 29, 23, 30, 88, 47, 23, 27, 37, 31, 27, 47, 88, 47, 27, 31, 37, 27, 23, 47, 47, 30, 23, 29, 36, 25, 18, 26,
    38, 22, 16, 20, 29, 24, 22, 29, 69, 37, 20, 21, 28, 24, 24, 41, 69, 41, 24, 24, 28, 21, 20, 37, 38, 29, 22, 24, 29, 20, 16, 22,
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
    sums = (descriptors.astype(np.float32) - np.array(_MEAN, np.float32)) @ _directions()
    packed = np.packbits(sums[:, :CODE_BITS] > 0, axis=1).view(np.uint64)
    return Codes(packed, _cells(sums[:, CODE_BITS:], probes))


def _cells(sums: NDArray[np.float32], probes: int) -> NDArray[np.int32]:
    weights = (1 << np.arange(CELL_BITS)).astype(np.int32)
    own = ((sums > 0) @ weights).astype(np.int32)
    if probes == 1:
        return own[:, None]
    order = np.argsort(np.abs(sums), axis=1, kind="stable")
    flips = np.zeros((len(own), len(_patterns())), np.int32)
    for column, pattern in enumerate(_patterns()[:probes]):
        for rank in pattern:
            flips[:, column] |= weights[order[:, rank]]
    return own[:, None] ^ flips[:, :probes]


@cache
def _patterns() -> tuple[tuple[int, ...], ...]:
    """Sets of bits to flip, by rank of nearness to the threshold, likeliest first (Lv et al. 2007, multi-probe)."""
    ranks = range(9)
    sets = [()] + [(a,) for a in ranks] + [(a, b) for a in ranks for b in ranks if a < b] + [(0, 1, c) for c in range(2, 6)]
    return tuple(sorted(sets, key=lambda s: (sum((rank + 1) ** 2 for rank in s), s))[:PROBES])


@cache
def _directions() -> NDArray[np.float32]:
    """128 x (code + cell) entries of -1 and 1; orthogonal within the code and within the cell."""
    hadamard = np.ones((1, 1), np.float32)
    while len(hadamard) < 128:
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    signs = np.unpackbits(np.frombuffer(hashlib.sha256(_SEED).digest(), np.uint8)).astype(np.float32).reshape(2, 128) * 2 - 1
    return np.hstack([hadamard * signs[0][:, None], (hadamard * signs[1][:, None])[:, 1 : CELL_BITS + 1]])
