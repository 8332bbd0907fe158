"""Sorts more records than memory holds: sorted runs on disk, merged as they are read (Knuth, TAOCP vol. 3, 5.4)."""

import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING, TypeAlias

from provenance.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

Record: TypeAlias = tuple[bytes, bytes]
"""A key, by which records are sorted as bytes are, and what it stands for."""

HELD_BYTES = 32 << 20  # of memory before a run is written: 40,000 matches of 700 bytes; 35 MB measured
OVERHEAD = 130  # bytes of Python objects around a record: a tuple of two bytes objects
FAN_IN = 64  # runs that are merged at once: each needs an open file and one block, 64 x 256 kB
BLOCK_BYTES = 256 << 10  # compressed and read at a time
LENGTHS = Struct("<II")


class Sorter:
    """Takes records in any order and gives them by key, as often as asked; within ``HELD_BYTES`` no file is written.

    Keys are unique. A folder that cannot be written raises UsageError.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._held: list[Record] = []
        self._bytes = 0
        self._levels: list[list[Path]] = []  # a run of level n holds FAN_IN ** n times what memory held
        self._written = 0

    def add(self, key: bytes, payload: bytes) -> None:
        """Takes a record."""
        self._held.append((key, bytes(memoryview(payload))))  # a copy: orjson's own takes up 8 kB, however short it is
        self._bytes += len(key) + len(payload) + OVERHEAD
        if self._bytes > HELD_BYTES:
            self._held.sort()
            self._keep(self._held, 0)
            self._held, self._bytes = [], 0

    def clear(self) -> None:
        """Forgets every record, on disk too."""
        for run in (run for level in self._levels for run in level):
            run.unlink()
        self._held, self._bytes, self._levels = [], 0, []

    def __iter__(self) -> Iterator[Record]:
        """Every record, by key."""
        self._held.sort()
        runs = [run for level in self._levels for run in level]
        return heapq.merge(self._held, *map(_read, runs)) if runs else iter(self._held)

    def _keep(self, records: Iterable[Record], level: int) -> None:
        """Writes a run; as many runs of a level as can be merged at once become one of the next."""
        if level == len(self._levels):
            self._levels.append([])
        run = self._folder / f"{self._name}-{self._written:06}.run"
        self._written += 1
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(run, records)
        except OSError as error:
            raise UsageError(
                f"{self._folder} cannot be written: {error.strerror or error}", "name a folder with room for what is found"
            ) from error
        self._levels[level].append(run)
        if len(self._levels[level]) == FAN_IN:
            full, self._levels[level] = self._levels[level], []
            self._keep(heapq.merge(*map(_read, full)), level + 1)
            for merged in full:
                merged.unlink()


def _write(run: Path, records: Iterable[Record]) -> None:
    """Blocks of records, each compressed by itself: reading a run takes the memory of one block."""
    codec = _codec()
    with run.open("xb") as file:
        for block in _blocks(records):
            packed: bytes = codec.compress(block, asbytes=True)
            file.write(LENGTHS.pack(len(packed), len(block)) + packed)


def _blocks(records: Iterable[Record]) -> Iterator[bytes]:
    parts: list[bytes] = []
    size = 0
    for key, payload in records:
        parts += (LENGTHS.pack(len(key), len(payload)), key, payload)
        size += len(key) + len(payload)
        if size >= BLOCK_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def _read(run: Path) -> Iterator[Record]:
    codec = _codec()
    with run.open("rb") as file:
        while head := file.read(LENGTHS.size):
            packed, size = LENGTHS.unpack(head)
            yield from _records(codec.decompress(file.read(packed), decompressed_size=size, asbytes=True))


def _records(block: bytes) -> Iterator[Record]:
    place = 0
    while place < len(block):
        key, payload = LENGTHS.unpack_from(block, place)
        place += LENGTHS.size
        yield block[place : place + key], block[place + key : place + key + payload]
        place += key + payload


def _codec() -> "pa.Codec":
    import pyarrow as pa

    return pa.Codec("zstd", compression_level=1)
