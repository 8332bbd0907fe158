"""Whole-work similarity: MinHash (Broder 1997) over shingles of three words, for items reordered too finely to be aligned."""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

SHINGLE_WORDS = 3
PERMUTATIONS = 128
MINHASH = "affine32"  # datasketch's permutation scheme
SIMILAR = 0.5
"""Estimated Jaccard similarity of a near-duplicate; the standard error of the estimate is 0.044."""
LSH_THRESHOLD = 0.4  # candidates are asked for below SIMILAR, so that few at the limit are lost
LEAST_WORDS = 50
"""Shorter items are compared by passages alone."""
CHUNK = 1 << 14  # shingles permuted at once: 16 MB

Hashes: TypeAlias = NDArray[np.uint32]


def signature(hashes: Hashes) -> Hashes:
    """The MinHash values of a text's words, (PERMUTATIONS,)."""
    minhash = MinHash(PERMUTATIONS, hashfunc=int, scheme=MINHASH)
    words = hashes.astype(np.uint64)
    shingles = np.zeros(max(1, hashes.size - SHINGLE_WORDS + 1), np.uint64)
    for k in range(min(SHINGLE_WORDS, hashes.size)):
        shingles = (shingles ^ words[k : k + shingles.size]) * np.uint64(0x9E3779B97F4A7C15)
        shingles ^= shingles >> np.uint64(32)
    unique = np.unique((shingles >> np.uint64(32)).astype(np.uint32))
    for start in range(0, unique.size, CHUNK):
        minhash.update_batch(unique[start : start + CHUNK])
    return minhash.hashvalues.astype(np.uint32)


class Signatures:
    """The signatures of a shard's works, asked for those near an item's."""

    def __init__(self, signatures: Hashes) -> None:
        self._signatures = signatures
        self._lsh = MinHashLSH(LSH_THRESHOLD, PERMUTATIONS)
        for number, values in enumerate(signatures):
            self._lsh.insert(number, _minhash(values))

    def near(self, hashes: Hashes) -> Iterator[tuple[int, float]]:
        """Numbers of works, ascending, and their estimated Jaccard similarity to a text of these words, at least SIMILAR."""
        values = signature(hashes)
        for number in sorted(self._lsh.query(_minhash(values))):
            similarity = float(np.mean(self._signatures[number] == values))
            if similarity >= SIMILAR:
                yield number, similarity


def _minhash(values: Hashes) -> MinHash:
    return MinHash(hashvalues=values, permutations=_PERMUTATIONS, scheme=MINHASH)


_PERMUTATIONS = MinHash(PERMUTATIONS, scheme=MINHASH).permutations
