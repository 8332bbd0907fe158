"""Bounded reading: a file's bytes in blocks, unpacked if they are compressed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from provenance.model import Unit
from provenance.readers.limits import BLOCK, Limits

COMPRESSIONS = frozenset({"gz", "zst", "bz2", "xz"})
"""Suffixes of formats that ``chunks`` unpacks."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a stream ends before its time; always the last thing that it yields."""

    reason: str
    detail: str


Chunks: TypeAlias = Iterator[bytes | Fault]


def chunks(unit: Unit, limits: Limits) -> Chunks:
    """The unit's bytes, unpacked if its format ends in a compression, then a fault if they end too early."""
    compression = unit.format.rpartition(".")[2]
    with unit.source.file.open("rb") as file:
        if compression in COMPRESSIONS:
            from provenance.readers.compression import unpack

            yield from unpack(file, compression, limits)
        else:
            file.seek(unit.start or 0)
            yield from _plain(file, unit)


def _plain(file: BinaryIO, unit: Unit) -> Chunks:
    left = (unit.source.size if unit.stop is None else unit.stop) - (unit.start or 0)
    while left > 0:
        block = file.read(min(BLOCK, left))
        if not block:
            yield Fault("truncated", f"the file became {left} bytes shorter while it was audited")
            return
        left -= len(block)
        yield block
