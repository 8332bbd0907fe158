"""The registered pictures as this tool and its peers keep them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fingerprints.errors import UnmatchableError
from fingerprints.image import Builder
from image_peers.material import Picture
from image_peers.methods import PEERS, Bits, hashed
from image_peers.processes import decode_here, pool_of, told


@dataclass(frozen=True, slots=True)
class Registry:
    """The works as every method keeps them."""

    works: tuple[Picture, ...]
    """Those that can be matched, in the order of the index and of the peers' hashes."""
    shard: Path
    half: Path
    """A shard of the first half of them, to tell what a work takes from what a shard takes."""
    hashes: Mapping[str, NDArray[np.uint8]]
    """By peer, works x bytes."""
    usable: Mapping[str, NDArray[np.bool_]]
    """Works whose hash the peer does not itself discard."""
    refused: tuple[str, ...]
    """Works that this tool does not register, and why."""
    seconds: float
    """CPU that this tool's fingerprints took."""

    def number(self, name: str) -> int | None:
        """Of the work with this name."""
        return next((number for number, work in enumerate(self.works) if work.name == name), None)


def registered(works: Sequence[Picture], folder: Path, jobs: int) -> Registry:
    """Fingerprints every work for every method."""
    kept, fingerprints, refused, seconds = list[Picture](), list[bytes](), list[str](), 0.0
    hashes: dict[str, list[Bits | None]] = {name: [] for name in PEERS}
    with pool_of(jobs, decode_here) as pool:
        for picture, (fingerprint, by_peer, took) in zip(works, told(pool.imap(_fingerprint, works), "pictures registered"), strict=True):
            seconds += took
            if isinstance(fingerprint, str):
                refused.append(f"{picture.name}: {fingerprint}")
                continue
            kept.append(picture)
            fingerprints.append(fingerprint)
            for name, bits in by_peer.items():
                hashes[name].append(bits)
    shard = _written(kept, fingerprints, folder / "shard")
    half = _written(kept, fingerprints[: len(kept) // 2], folder / "half")
    usable = {name: np.array([bits is not None for bits in of_peer]) for name, of_peer in hashes.items()}
    stacked = {name: _stacked(of_peer) for name, of_peer in hashes.items()}
    return Registry(tuple(kept), shard, half, stacked, usable, tuple(refused), seconds)


def _fingerprint(picture: Picture) -> tuple[bytes | str, dict[str, Bits | None], float]:
    """This tool's fingerprint or why there is none, the peers' hashes, and the CPU seconds of the former."""
    began = time.process_time()
    try:
        fingerprint: bytes | str = Builder().fingerprint(picture.file)
    except UnmatchableError as error:
        fingerprint = str(error)
    took = time.process_time() - began
    return fingerprint, hashed(picture.open()), took


def _written(pictures: Sequence[Picture], fingerprints: Sequence[bytes], shard: Path) -> Path:
    builder = Builder()
    for picture, fingerprint in zip(pictures, fingerprints, strict=False):
        builder.add(picture.name, fingerprint)
    builder.write(shard)
    return shard


def _stacked(hashes: Sequence[Bits | None]) -> NDArray[np.uint8]:
    size = max(len(bits) for bits in hashes if bits is not None)
    return np.stack([np.zeros(size, np.uint8) if bits is None else bits for bits in hashes])
