"""The registry side: the embeddings of works, collected for one shard."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fingerprints import shard
from fingerprints.errors import TooLargeError
from fingerprints.text.semantic.embeddings import Embeddings, unpack
from fingerprints.text.semantic.shortlist import postings

MOST_WINDOWS = np.iinfo(np.uint32).max
"""Windows have 32-bit numbers."""


class Builder:
    """Collects the embeddings of works, all in memory, for the one shard of a model: 0.9 GB for a thousand novels."""

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme
        self._assets: list[str] = []
        self._works: list[Embeddings] = []

    def add(self, asset: str, fingerprint: bytes) -> None:
        """Takes what ``pack`` packed into the shard; raises SchemeError when it is of another scheme or damaged."""
        self._works.append(unpack(self.scheme, fingerprint))
        self._assets.append(asset)

    def write(self, directory: Path) -> None:
        """Writes the shard; equal input in equal order gives equal bytes."""
        works = self._works
        counts = np.array([len(work.windows) for work in works], np.int64)
        if counts.sum() > MOST_WINDOWS:
            raise TooLargeError(f"the shard would hold {counts.sum():,} windows, the limit is {MOST_WINDOWS:,}")
        dimensions = max((work.codes.shape[1] for work in works), default=0)
        sizes = _joined([work.counts for work in works], np.zeros(0, np.uint32))
        hot: dict[str, shard.Array] = {
            "codes": _joined([work.codes for work in works if len(work.codes)], np.zeros((0, dimensions), np.int8)),
            "scales": _joined([work.scales for work in works], np.zeros(0, np.float32)),
            "owners": np.repeat(np.arange(counts.size, dtype=np.uint32), counts),
            **postings(_joined([work.stems for work in works], np.zeros(0, np.uint32)), sizes),
        }
        cold: dict[str, shard.Array] = {
            "windows": _joined([work.windows for work in works], np.zeros((0, 2), np.uint32)),
            "characters": np.array([work.size for work in works], np.int64),
        }
        shard.write(directory, self.scheme, self._assets, hot, cold)


def _joined(arrays: Sequence[shard.Array], empty: shard.Array) -> shard.Array:
    return np.concatenate(arrays) if arrays else empty
