"""A text shard opened for reading."""

from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints import shard
from fingerprints.errors import SchemeError
from fingerprints.text.scheme import SCHEME
from fingerprints.text.seeds import SeedIndex
from fingerprints.text.whole import Signatures

Numbers: TypeAlias = NDArray[np.int64]


class Index:
    """The arrays of one shard by their meaning; memory-mapped."""

    def __init__(self, directory: Path, erased: frozenset[str]) -> None:
        opened = shard.read(directory, SCHEME)
        try:
            # Plain arrays over the same maps: a memmap is slow to slice.
            hot, cold = ({name: np.asarray(array) for name, array in part.items()} for part in (opened.hot, opened.cold))
            self.seeds = SeedIndex(*(hot[name] for name in ("filter", "buckets", "tags", "places")))
            self.words, self._starts, self._letters = cold["words"], cold["starts"], cold["letters"]
            self.first, self.sizes, self.characters = cold["first"], cold["sizes"], cold["characters"]
            self._signatures = cold["signatures"]
        except KeyError as error:
            raise SchemeError(f"the index shard {directory.name} lacks {error}; {shard.REBUILD}") from error
        self.assets = opened.assets
        self.erased = np.array([asset in erased for asset in self.assets], np.bool_)

    def asset_of(self, words: Numbers) -> Numbers:
        """The number of the asset that holds each word."""
        return np.searchsorted(self.first, words, side="right") - 1

    def starts(self, words: Numbers) -> Numbers:
        """First code point of each word in its work."""
        return self._starts[words].astype(np.int64)

    def stops(self, words: Numbers) -> Numbers:
        """The code point behind each word in its work."""
        return self.starts(words) + self._letters[words]

    @cached_property
    def signatures(self) -> Signatures:
        """The works' signatures; made when first asked for."""
        return Signatures(self._signatures)
