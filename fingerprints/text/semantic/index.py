"""The registry's embeddings, opened for reading: the windows that are nearest to some vectors, by exact search."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fingerprints import shard
from fingerprints.model import Interval
from fingerprints.text.semantic.encoder import Vectors
from fingerprints.text.semantic.scheme import LEAST_COSINE, MOST_SEGMENTS
from fingerprints.text.semantic.shortlist import Shortlist

BLOCK_ROWS = 1 << 14
"""Registered windows that are compared at once: 25 MB as 32-bit numbers of 384 dimensions."""
DIGITS = 3
"""Of a cosine; on other processors the sixth may differ, so that one in a thousand scores differs by 0.001."""


@dataclass(frozen=True, slots=True)
class Near:
    """A registered window near to a query."""

    query: int
    asset: int
    window: Interval
    cosine: float


class Index:
    """One shard of embeddings, memory-mapped and shared by all workers.

    A search reads all of it: 384 bytes a window, 1 MB a novel.
    """

    def __init__(self, directory: Path, scheme: str) -> None:
        """Opens the shard; raises SchemeError when it is damaged or of another scheme."""
        opened = shard.read(directory, scheme)
        self.assets = opened.assets
        self.characters = opened.cold["characters"].all()
        self.shortlist = Shortlist(opened.hot)
        self._codes, self._scales, self._owners = (opened.hot[name] for name in ("codes", "scales", "owners"))
        self._windows = opened.cold["windows"]

    def near(self, vectors: Vectors, wanted: NDArray[np.bool_]) -> Iterator[Near]:
        """Of each query and each wanted asset the nearest window, if its cosine is LEAST_COSINE or more; the nearest assets first.

        ``vectors`` is (queries, dimensions) float32 of unit length, ``wanted`` (assets,). Up to MOST_SEGMENTS windows of a query count.
        """
        if not len(self._codes):
            return
        found = [self._block(vectors, start, wanted) for start in range(0, len(self._codes), BLOCK_ROWS)]
        queries, rows, cosines = (np.concatenate(column) for column in zip(*found, strict=True))
        owners = self._owners.at(rows)
        order = np.lexsort((rows, -cosines, queries))
        seen: set[tuple[int, int]] = set()
        for place in order.tolist():
            key = int(queries[place]), int(owners[place])
            if key not in seen:
                seen.add(key)
                start, stop = self._windows.at(rows[place : place + 1])[0].tolist()
                yield Near(*key, (start, stop), float(cosines[place]))

    def _block(
        self, vectors: Vectors, start: int, wanted: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Query, window and cosine of the nearest MOST_SEGMENTS of each query in one block."""
        stop = min(start + BLOCK_ROWS, len(self._codes))
        rows = self._codes.rows(start, stop).astype(np.float32) * self._scales.rows(start, stop)[:, None]
        cosines = np.where(wanted[self._owners.rows(start, stop)], np.round((vectors @ rows.T).astype(np.float64), DIGITS), -1.0)
        if cosines.shape[1] > MOST_SEGMENTS:
            bound = np.partition(cosines, -MOST_SEGMENTS, axis=1)[:, -MOST_SEGMENTS]
            cosines[cosines < bound[:, None]] = -1.0
        queries, places = np.nonzero(cosines >= LEAST_COSINE)
        return queries, places + start, np.minimum(cosines[queries, places], 1.0)
