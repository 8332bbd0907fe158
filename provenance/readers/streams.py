"""Bounded reading: a file's bytes in blocks, unpacked if they are compressed, and blocks cut into lines."""

from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines without their ends, and the number of the first."""

    first: int
    lines: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line that was skipped because it is longer than the limit."""

    record: int


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


def lines(blocks: Chunks, first: int, limit: int) -> Iterator[Lines | LongLine | Fault]:
    """Blocks of whole lines, each block at least a line and at most the limit; a line longer than the limit is skipped in passing."""
    record, parts, held, skipping = first, list[bytes](), 0, False
    for block in blocks:
        if isinstance(block, Fault):
            yield block  # stands for the line in which the stream ends, too
            return
        if skipping:
            end = block.find(b"\n")
            if end < 0:
                continue
            block, skipping, record = block[end + 1 :], False, record + 1  # noqa: PLW2901 - what is left of it
        cut = block.rfind(b"\n")
        if cut < 0:
            parts.append(block)
            held += len(block)
            if held > limit:
                yield LongLine(record)
                parts, held, skipping = [], 0, True
            continue
        whole = b"".join((*parts, block[:cut])).split(b"\n")
        yield from _bounded(record, whole, limit)
        record += len(whole)
        parts, held = [block[cut + 1 :]], len(block) - cut - 1
    if not skipping and any(parts):
        yield from _bounded(record, [b"".join(parts)], limit)


def _bounded(first: int, whole: list[bytes], limit: int) -> Iterator[Lines | LongLine]:
    """The lines, those beyond the limit left out."""
    start = 0
    for number, line in enumerate(whole):
        if len(line) > limit:
            if number > start:
                yield Lines(first + start, whole[start:number])
            yield LongLine(first + number)
            start = number + 1
    if start < len(whole):
        yield Lines(first + start, whole[start:])
