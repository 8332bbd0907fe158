"""A text shard opened for reading."""

from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints import shard
from fingerprints.errors import SchemeError
from fingerprints.text.alignment import PADDING
from fingerprints.text.scheme import SCHEME
from fingerprints.text.seeds import ARRAYS, LENGTHS, Hashes, Keys, prefix_of
from fingerprints.text.whole import Signatures

Numbers: TypeAlias = NDArray[np.int64]


class Table:
    """One kind of seed; its arrays are checked when they are first used, the filter only if no other is at hand."""

    def __init__(self, length: int, filter_: shard.Checked, buckets: shard.Checked, tags: shard.Checked, places: shard.Checked) -> None:
        self.length = length
        self._filter = filter_
        self.buckets, self.tags, self.places = (array.all() for array in (buckets, tags, places))

    @property
    def filter(self) -> Keys:
        """The shard's own filter; not touched while one over all shards is at hand."""
        return self._filter.all()


class Index:
    """The arrays of one shard by their meaning; memory-mapped, and checked before they are used.

    Raises SchemeError, here and in every method, where what is asked for is damaged.
    """

    def __init__(self, directory: Path, erased: frozenset[str]) -> None:
        opened = shard.read(directory, SCHEME)
        hot, cold = opened.hot, opened.cold
        try:
            self.tables = tuple(
                Table(length, *(hot[f"{prefix_of(length)}{name}"] for name in ARRAYS))
                for length in LENGTHS
                if f"{prefix_of(length)}{ARRAYS[0]}" in hot
            )
            self.first, self.sizes, self.characters = (cold[name].all() for name in ("first", "sizes", "characters"))
            self._words, self._starts, self._letters, self._signatures = (cold[n] for n in ("words", "starts", "letters", "signatures"))
        except KeyError as error:
            raise SchemeError(f"the index shard {directory.name} lacks {error}; {shard.REBUILD}") from error
        self.assets = opened.assets
        self.erased = np.array([asset in erased for asset in self.assets], np.bool_)
        self._closed = np.ones(self._words.block_of(len(self._words)) + 1, np.bool_)

    def words(self, places: Numbers) -> Hashes:
        """The words of all works, checked wherever an alignment can lead from one of these places.

        An alignment never leaves its work, so the works in the blocks of those places are checked, once, and the compiled loops stay
        free of checks.
        """
        words: Hashes = self._words.unchecked()
        blocks = (self._words.offset + places * words.itemsize) // shard.BLOCK_BYTES
        for block in np.unique(blocks[self._closed[blocks]]).tolist():
            self._open(block)
        return words

    def _open(self, block: int) -> None:
        """Checks every work that reaches into the block, with its padding."""
        start, stop = self._words.rows_of(block)
        first, last = np.maximum(0, self.asset_of(np.array([start, stop - 1])))
        self._words.rows(int(self.first[first]) - PADDING, int(self.first[last] + self.sizes[last]) + PADDING)
        self._closed[block] = False

    def asset_of(self, words: Numbers) -> Numbers:
        """The number of the asset that holds each word."""
        return np.searchsorted(self.first, words, side="right") - 1

    def hashes(self, first: int, last: int) -> Hashes:
        """The words from ``first`` to before ``last``."""
        return self._words.rows(first, last)

    def starts(self, words: Numbers) -> Numbers:
        """First code point of each word in its work."""
        return self._starts.at(words).astype(np.int64)

    def stops(self, words: Numbers) -> Numbers:
        """The code point behind each word in its work."""
        return self.starts(words) + self._letters.at(words)

    @cached_property
    def signatures(self) -> Signatures:
        """The works' signatures; made when first asked for."""
        return Signatures(self._signatures.all(), self.sizes)
