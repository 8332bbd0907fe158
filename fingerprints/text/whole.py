"""Whole-work similarity: MinHash (Broder 1997) over shingles of three words, for editions and for items reordered too finely to be aligned.

datasketch gives the permutations, the values (scheme affine32) and the bands of the LSH. What it does value by value in Python is done here
for all at once, with equal results: signatures at 80 (texts of 2 KB) to 280 MB/s instead of 3 to 9, and half a second instead of 30 s until
1e5 works can be asked, in 77 MB instead of 1 GB.
"""

from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

from fingerprints.compiled import compiled, compiled_or
from fingerprints.shard import Array

SHINGLE_WORDS = 3
PERMUTATIONS = 128
MINHASH = "affine32"  # datasketch's permutation scheme
SIMILAR = 0.5
"""Estimated Jaccard similarity of a near-duplicate; the standard error of the estimate is 0.044.

Of 17.3 million pairs of documents of different packages, one of them shorter than EDITION_WORDS, 23 were met: twice a licence's notice,
else related files by their names. At 0.3 the notices are many."""
EDITION = 0.15
"""The same of two texts of EDITION_WORDS or more.

Of 2,399 editions (words changed or misread, prefaces, chapters missing or moved, 40 % kept, and these together: similarity 0.27 to 1)
all are found; at 0.22, two translations of 5,000 words, 9 of 10. Of 4.9 million pairs of documents of different packages 16 were met,
all of related sources by their names (forks, vendored files) or with the same licence in full; of 0.38 million pairs of parts of
different novels and 1.7 million generated pairs none. Whole novels have a similarity of 0.025, two by one author 0.044: by the binomial
distribution one pair in 1e10 and one in 1e6 is met."""
EDITION_WORDS = 1000
"""Of pairs with 200 to 1,000 words 73 reach EDITION, most by a licence's notice of 170 words in both."""
LEAST_WORDS = 50
"""Shorter items are compared by passages alone."""
LSH_THRESHOLD = 0.1
"""Candidates are asked for below EDITION: by 64 bands of two values, which pass over 1 pair in 400 of similarity 0.3, 1 in 10^8 of 0.5."""
MULTIPLIER = 0x9E3779B97F4A7C15
CHUNK = 1 << 14  # shingles permuted at once without numba: 16 MB

Hashes: TypeAlias = NDArray[np.uint32]
Keys: TypeAlias = NDArray[np.uint64]
Numbers: TypeAlias = NDArray[np.int64]


def signature(hashes: Hashes) -> Hashes:
    """The MinHash values of a text's words, (PERMUTATIONS,): those that datasketch gives its shingles."""
    return _minima(shingles(hashes))


def shingles(hashes: Hashes) -> Hashes:
    """One number for each run of SHINGLE_WORDS words, in order; one for a shorter text."""
    words = hashes.astype(np.uint64)
    mixed = np.zeros(max(1, hashes.size - SHINGLE_WORDS + 1), np.uint64)
    for k in range(min(SHINGLE_WORDS, hashes.size)):
        mixed = (mixed ^ words[k : k + mixed.size]) * np.uint64(MULTIPLIER)
        mixed ^= mixed >> np.uint64(32)
    return (mixed >> np.uint64(32)).astype(np.uint32)


def by_datasketch(shingles: Hashes) -> Hashes:
    """What ``_minima`` gives, by datasketch's own loop: 128 values of every shingle are written and read again."""
    minhash = MinHash(PERMUTATIONS, hashfunc=int, scheme=MINHASH)
    unique = np.unique(shingles)
    for start in range(0, unique.size, CHUNK):
        minhash.update_batch(unique[start : start + CHUNK])
    return np.asarray(minhash.hashvalues, np.uint32)


_MULTIPLIERS, _ADDENDS = MinHash(PERMUTATIONS, scheme=MINHASH).permutations


@compiled_or(by_datasketch)
def _minima(shingles: Array) -> Array:
    """The least value in each permutation; a shingle is mixed by the finalizer of MurmurHash3 before, all is modulo 2**32."""
    minima = np.full(PERMUTATIONS, np.uint32(0xFFFFFFFF), np.uint32)
    for shingle in shingles:
        mixed = np.uint32((shingle ^ (shingle >> np.uint32(16))) * np.uint32(0x85EBCA6B))
        mixed = np.uint32((mixed ^ (mixed >> np.uint32(13))) * np.uint32(0xC2B2AE35))
        mixed ^= mixed >> np.uint32(16)
        for k in range(PERMUTATIONS):
            minima[k] = min(minima[k], np.uint32(np.uint32(_MULTIPLIERS[k] * mixed) + _ADDENDS[k]))
    return minima


class Signatures:
    """The signatures of many works, asked for those near another: datasketch's LSH with its bands as sorted arrays."""

    def __init__(self, signatures: Hashes, sizes: Numbers) -> None:
        """signatures: (works, PERMUTATIONS); sizes: (works,) their words."""
        self._signatures, self._sizes = signatures, sizes
        bands, rows = _bands()
        self._keys = np.empty((bands, len(signatures)), np.uint64)
        self._order = np.empty((bands, len(signatures)), np.uint32)
        for band in range(bands):
            keys = _keys(signatures[:, band * rows : (band + 1) * rows])
            self._order[band] = np.argsort(keys)
            self._keys[band] = keys[self._order[band]]

    def near(self, hashes: Hashes) -> Iterator[tuple[int, float]]:
        """Numbers of works, ascending, and their estimated Jaccard similarity to a text of these words.

        The similarity is at least SIMILAR; where both have EDITION_WORDS, EDITION.
        """
        values = signature(hashes)
        return self._near(values, hashes.size, self.candidates(values))

    def pairs(self) -> Iterator[tuple[int, int, float]]:
        """Pairs of works that are near, the lower number first, in ascending order."""
        for number, values in enumerate(self._signatures):
            numbers = self.candidates(values)
            for other, similarity in self._near(values, int(self._sizes[number]), numbers[numbers > number]):
                yield number, other, similarity

    def candidates(self, values: Hashes) -> Numbers:
        """Numbers of the works, ascending, that have a band in common with this signature."""
        met = np.zeros(len(self._signatures), np.bool_)
        bands, rows = _bands()
        _meet(self._keys, self._order, _keys(values[: bands * rows].reshape(bands, rows)), met)
        return np.flatnonzero(met)

    def _near(self, values: Hashes, size: int, numbers: Numbers) -> Iterator[tuple[int, float]]:
        """Those of the numbers whose work is similar enough to a text of so many words, with the similarity."""
        similarities = _equal_values(self._signatures, numbers, values) / PERMUTATIONS
        kept = similarities >= least_similarity(np.minimum(size, self._sizes[numbers]))
        return zip(numbers[kept].tolist(), similarities[kept].tolist(), strict=True)


def similar(signatures: Hashes, sizes: Numbers) -> Iterator[tuple[int, int, float]]:
    """Pairs of near-duplicates and of editions among many works, with their estimated Jaccard similarity.

    signatures: (works, PERMUTATIONS); sizes: (works,) their words. The lower number comes first, in ascending order. Memory is 1.3 KB a
    work; time grows with the square of their number, as each is compared with those of a similarity of 0.02 and more.
    """
    return Signatures(signatures, sizes).pairs()


def least_similarity(words: "int | Numbers") -> NDArray[np.float64]:
    """From which similarity on two texts are near, by the words of the shorter one."""
    return np.where(np.asarray(words) >= EDITION_WORDS, EDITION, SIMILAR)


def _keys(values: Hashes) -> Keys:
    """(...) one number for the values of each band, (..., values); what two bands have in common by chance is no more than a candidate."""
    keys = np.zeros(values.shape[:-1], np.uint64)
    for row in range(values.shape[-1]):
        keys = keys * np.uint64(MULTIPLIER) ^ values[..., row]
    return keys


@cache
def _bands() -> tuple[int, int]:
    """How many bands of how many values datasketch asks."""
    lsh = MinHashLSH(LSH_THRESHOLD, PERMUTATIONS)
    return lsh.b, lsh.r


@compiled
def _meet(keys: Array, order: Array, wanted: Array, met: Array) -> None:
    """Marks the works that have one of the wanted keys in its band."""
    for band in range(wanted.size):
        k = np.searchsorted(keys[band], wanted[band])
        while k < met.size and keys[band, k] == wanted[band]:
            met[order[band, k]] = True
            k += 1


def _equal_values_numpy(signatures: Hashes, numbers: Numbers, values: Hashes) -> Numbers:
    return np.count_nonzero(signatures[numbers] == values, axis=1)


@compiled_or(_equal_values_numpy)
def _equal_values(signatures: Array, numbers: Array, values: Array) -> Array:
    """How many values of each of the works are equal; without a copy of their signatures."""
    counts = np.zeros(numbers.size, np.int64)
    for n in range(numbers.size):
        work, equal = signatures[numbers[n]], np.uint32(0)
        for k in range(values.size):
            equal += np.uint32(work[k] == values[k])
        counts[n] = equal
    return counts
