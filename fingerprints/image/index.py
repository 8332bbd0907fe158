"""An opened index shard: the questions a scanner asks of it, answered from mapped arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fingerprints import shard
from fingerprints.errors import SchemeError
from fingerprints.image import inverted, perceptual
from fingerprints.image.codes import Codes
from fingerprints.image.pdq import Pdq
from fingerprints.image.record import to_points, unpack_thumbnail
from fingerprints.image.scheme import SCHEME
from fingerprints.image.verify import Reference


@dataclass(frozen=True, slots=True)
class Index:
    """One shard; works are known by their number in it, an animated work by one for each of its frames.

    Raises SchemeError, on opening and in every method, where what is asked for is damaged.
    """

    assets: tuple[str, ...]
    hot: Mapping[str, shard.Array]
    cold: Mapping[str, shard.Checked]
    erased: NDArray[np.bool_]
    """By number of the work."""

    @staticmethod
    def open(directory: Path, erased: frozenset[str]) -> "Index":
        """Maps the shard's files and checks the hot ones; raises SchemeError."""
        opened = shard.read(directory, SCHEME)
        needed = {"hashes", "digests", "digest-owners", "codes", "owners", "angles", "starts"}
        if not needed <= set(opened.hot):
            raise SchemeError(f"the index shard {directory.name} lacks {', '.join(sorted(needed - set(opened.hot)))}; {shard.REBUILD}")
        hot = {name: array.all() for name, array in opened.hot.items()}
        return Index(opened.assets, hot, opened.cold, np.array([asset in erased for asset in opened.assets], np.bool_))

    def asset(self, work: int) -> str:
        """The id under which the work was added."""
        return self.assets[work]

    def identical(self, sha256: str, pixel_digest: str) -> list[int]:
        """Works with the same encoded bytes or the same pixels."""
        found: set[int] = set()
        for digest in {bytes.fromhex(sha256), bytes.fromhex(pixel_digest)}:
            key = np.frombuffer(digest, "<u8")[0]
            first, last = (int(np.searchsorted(self.hot["digests"], key, side)) for side in ("left", "right"))
            for work in self.hot["digest-owners"][first:last].tolist():
                stored = self.cold["digests"].rows(work, work + 1).tobytes()
                if digest in {stored[:32], stored[32:]} and not self.erased[work]:
                    found.add(work)
        return sorted(found)

    def similar(self, hashes: NDArray[np.uint8], limit: int) -> list[tuple[int, int, int]]:
        """(distance, view, work) of works whose hash is at most ``limit`` bits from one of these."""
        return perceptual.nearest(hashes, self.hot["hashes"], limit, self.erased)

    def votes(self, codes: Codes, angles: NDArray[np.uint8], weights: NDArray[np.int32]) -> NDArray[np.int32]:
        """By work, the weight of the item's features that are alike to one of its own and turned by about the same angle."""
        hot = self.hot
        cells = inverted.Cells(hot["starts"], hot["codes"], hot["owners"], hot["angles"])
        counted = inverted.votes(codes, angles, weights, cells, len(self.erased))
        counted[self.erased] = 0
        return counted

    def reference(self, work: int) -> Reference:
        """The cold part of one work; raises SchemeError when it is damaged."""
        cold = self.cold
        width, height, across, down = (int(n) for n in cold["sizes"].rows(work, work + 1)[0])
        first, last = (int(n) for n in cold["feature-starts"].rows(work, work + 2))
        points, codes = to_points(cold["points"].rows(first, last)), cold["codes"].rows(first, last)
        start, stop = (int(n) for n in cold["thumbnail-starts"].rows(work, work + 2))
        frame, (pdq,) = int(cold["frames"].rows(work, work + 1)[0]), cold["pdq"].rows(work, work + 1)
        thumbnail = unpack_thumbnail(cold["thumbnails"].rows(start, stop))
        return Reference(width, height, (across, down), points, codes, thumbnail, Pdq(pdq[:32].copy(), int(pdq[32])), frame)
