"""An opened index shard: the questions a scanner asks of it, answered from mapped arrays."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fingerprints import shard
from fingerprints.errors import SchemeError
from fingerprints.image import inverted, perceptual
from fingerprints.image.codes import Codes
from fingerprints.image.features import Features
from fingerprints.image.record import to_points, unpack_thumbnail
from fingerprints.image.scheme import SCHEME
from fingerprints.image.verify import Reference


@dataclass(frozen=True, slots=True)
class Index:
    """One shard; works are known by their number in it."""

    shard: shard.Shard
    erased: NDArray[np.bool_]
    """By number of the work."""

    @staticmethod
    def open(directory: Path, erased: frozenset[str]) -> "Index":
        """Maps the shard's files without reading them; raises SchemeError."""
        opened = shard.read(directory, SCHEME)
        needed = {"hashes", "digests", "digest-owners", "codes", "owners", "angles", "starts"}
        if not needed <= set(opened.hot):
            raise SchemeError(f"the index shard {directory.name} lacks {', '.join(sorted(needed - set(opened.hot)))}; {shard.REBUILD}")
        return Index(opened, np.array([asset in erased for asset in opened.assets], np.bool_))

    def asset(self, work: int) -> str:
        """The id under which the work was added."""
        return self.shard.assets[work]

    def identical(self, sha256: str, pixel_digest: str) -> list[int]:
        """Works with the same encoded bytes or the same pixels."""
        found: set[int] = set()
        for digest in {bytes.fromhex(sha256), bytes.fromhex(pixel_digest)}:
            key = np.frombuffer(digest, "<u8")[0]
            first, last = np.searchsorted(self.shard.hot["digests"], key, "left"), np.searchsorted(self.shard.hot["digests"], key, "right")
            for work in self.shard.hot["digest-owners"][first:last].tolist():
                stored = self.shard.cold["digests"][work].tobytes()
                if digest in {stored[:32], stored[32:]} and not self.erased[work]:
                    found.add(work)
        return sorted(found)

    def similar(self, hashes: NDArray[np.uint8], limit: int) -> list[tuple[int, int, int]]:
        """(distance, view, work) of works whose hash is at most ``limit`` bits from one of these."""
        found = perceptual.nearest(hashes, self.shard.hot["hashes"], limit)
        return [entry for entry in found if not self.erased[entry[2]]]

    def votes(self, codes: Codes, angles: NDArray[np.uint8], weights: NDArray[np.int32]) -> NDArray[np.int32]:
        """By work, the weight of the item's features that are alike to one of its own and turned by about the same angle."""
        hot = self.shard.hot
        cells = inverted.Cells(hot["starts"], hot["codes"], hot["owners"], hot["angles"])
        counted = inverted.votes(codes, angles, weights, cells, len(self.erased))
        counted[self.erased] = 0
        return counted

    def reference(self, work: int) -> Reference:
        """The cold part of one work; raises SchemeError when it is damaged."""
        cold = self.shard.cold
        width, height, across, down = (int(n) for n in cold["sizes"][work])
        first, last = (int(n) for n in cold["feature-starts"][work : work + 2])
        descriptors, angles, scales = (np.asarray(cold[name][first:last]) for name in ("descriptors", "angles", "scales"))
        features = Features(to_points(cold["points"][first:last]), descriptors, angles, scales, (across, down))
        start, stop = (int(n) for n in cold["thumbnail-starts"][work : work + 2])
        return Reference(width, height, features, unpack_thumbnail(cold["thumbnails"][start:stop]))
