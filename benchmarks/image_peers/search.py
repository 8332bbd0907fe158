"""Question 4: how long a search takes among many works: of 256-bit hashes alone, and of the whole scan."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray
from text_peers.measure import apart, timed

from fingerprints.image import Builder, Scanner
from fingerprints.image.matches import LEAD_DISTANCE
from fingerprints.image.perceptual import nearest
from fingerprints.image.record import Record
from fingerprints.model import MediaBatch, Modality
from image_peers.material import Picture
from image_peers.methods import OURS
from image_peers.processes import decode_here

SIZES: Final = (100_000, 1_000_000, 10_000_000)
QUERIES: Final = 64
"""Hashes that are looked for at once."""
NUMPY_QUERIES: Final = 4
REPEATS: Final = 3
FAISS, NUMPY = "faiss IndexBinaryFlat", "numpy popcount"
WORKS: Final = (1_000, 10_000)
LARGE: Final = 100_000
"""Works: 5 GB of disk, and some minutes to make them."""
SHARD: Final = 25_000
"""Works of a shard at most: while 10,000 were written, the process had 2.9 GB; a registry has at most four shards."""
SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Search:
    """Exact search among random hashes."""

    hashes: int
    milliseconds: dict[str, float]
    """CPU a query, by method, the best of REPEATS."""


@dataclass(frozen=True, slots=True)
class Growth:
    """The whole scan among works that none of the items shows."""

    works: int
    milliseconds: float
    """CPU an item, decoded in this process."""
    build: float
    """CPU seconds of making the fingerprints and writing the shards."""


def searched(sizes: Sequence[int]) -> Iterator[Search]:
    """Each number of hashes in a process of its own."""
    for size in sizes:
        print(f"search: {size:,} hashes", file=sys.stderr)
        yield apart(partial(_search, size))


def _search(size: int) -> Search:
    rng = np.random.default_rng(SEED)
    registered = rng.integers(0, 256, (size, 32), np.uint8)
    queries = rng.integers(0, 256, (QUERIES, 32), np.uint8)
    erased = np.zeros(size, np.bool_)
    flat = faiss.IndexBinaryFlat(256)
    flat.add(registered)
    seconds = {
        OURS: _best(lambda: nearest(queries, registered, LEAD_DISTANCE, erased)) / QUERIES,
        FAISS: _best(lambda: flat.search(queries, 16)) / QUERIES,
        NUMPY: _best(lambda: _popcounts(queries[:NUMPY_QUERIES], registered)) / NUMPY_QUERIES,
    }
    return Search(size, {name: 1000 * value for name, value in seconds.items()})


def _best(search: Callable[[], object]) -> float:
    return min(timed(search)[1] for _ in range(REPEATS))


def _popcounts(queries: NDArray[np.uint8], registered: NDArray[np.uint8]) -> list[NDArray[np.intp]]:
    words = registered.view(np.uint64)
    near = []
    for query in queries.view(np.uint64):
        apart_by = np.bitwise_count(words ^ query).sum(axis=1, dtype=np.uint16)
        near.append(np.flatnonzero(apart_by <= LEAD_DISTANCE))
    return near


def grown(sizes: Sequence[int], works: Sequence[Picture], items: Sequence[Picture]) -> Iterator[Growth]:
    """Each number of works in a process of its own; their features are those of real works, mixed anew."""
    decode_here()
    records = [next(Record.all_from(Builder().fingerprint(work.file))) for work in works]
    for size in sizes:
        print(f"search: a scan of {size:,} works", file=sys.stderr)
        yield apart(partial(_growth, size, records, items))


def _growth(size: int, records: Sequence[Record], items: Sequence[Picture]) -> Growth:
    with tempfile.TemporaryDirectory(prefix="bench-image-") as folder:
        shards, build = timed(partial(_built, size, records, Path(folder)))
        scanner = Scanner(shards)
        batch = MediaBatch(Modality.IMAGE, tuple(item.file for item in items))
        list(scanner.scan(batch))  # compiles, maps and checks
        seconds = min(timed(lambda: list(scanner.scan(batch)))[1] for _ in range(REPEATS))
        return Growth(size, 1000 * seconds / len(items), build)


def _built(size: int, records: Sequence[Record], folder: Path) -> list[Path]:
    """Shards of so many works in all."""
    rng, shards = np.random.default_rng(SEED), []
    for first in range(0, size, SHARD):
        builder = Builder()
        for number, record in enumerate(_dealt(records, min(SHARD, size - first), rng), first):
            builder.add(f"{number}", record.to_bytes())
        shards.append(folder / f"shard-{first}")
        builder.write(shards[-1])
    return shards


def _dealt(records: Sequence[Record], count: int, rng: np.random.Generator) -> Iterator[Record]:
    """Each with features of all records, at the places and with the thumbnail of one, under a random hash and digests."""
    names = ("words", "cells", "angles")
    words, cells, angles = (np.concatenate([getattr(record.marks, name) for record in records]) for name in names)
    for number in range(count):
        record = records[number % len(records)]
        dealt = rng.integers(0, len(words), len(record.marks))
        marks = replace(record.marks, words=words[dealt], cells=cells[dealt], angles=angles[dealt])
        yield replace(record, marks=marks, sha256=rng.bytes(32), pixel_digest=rng.bytes(32), hash=rng.bytes(32))
