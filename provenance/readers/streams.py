"""Bounded reading: a file's bytes in blocks, a gzip stream unpacked in blocks, a block cut into lines."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from provenance.model import Unit
from provenance.readers.limits import BLOCK, MB, Limits

PACKED = MB // 4  # bytes of a gzip stream read at a time
GZIP = 31  # zlib's window bits that ask for a gzip header


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
    """The unit's bytes, unpacked if they are gzip, then a fault if they end too early."""
    with unit.source.file.open("rb") as file:
        if unit.format.endswith(".gz"):
            yield from inflate(file, limits)
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


def inflate(file: BinaryIO, limits: Limits) -> Chunks:
    """A gzip stream (RFC 1952, of any number of members) unpacked, to the byte at which it is cut or damaged."""
    stream, begun, pending, packed, unpacked = zlib.decompressobj(wbits=GZIP), False, b"", 0, 0
    while pending or (pending := file.read(PACKED)):
        pending = pending if begun else pending.lstrip(b"\0")  # members may be padded with zeros
        if not pending:
            continue
        try:
            block = stream.decompress(pending, BLOCK)
        except zlib.error as error:
            yield Fault("undecodable", f"the gzip stream is damaged after {unpacked} unpacked bytes: {error}")
            return
        packed += len(pending) - len(stream.unconsumed_tail) - len(stream.unused_data)
        unpacked += len(block)
        yield block
        if unpacked > max(limits.ratio_from, limits.ratio * packed):
            yield Fault("too-large", f"a gzip stream that grows more than {limits.ratio} times; given up after {unpacked} unpacked bytes")
            return
        begun, pending = not stream.eof, stream.unused_data if stream.eof else stream.unconsumed_tail
        if stream.eof:
            stream = zlib.decompressobj(wbits=GZIP)
    if begun:
        yield Fault("truncated", f"the gzip stream ends in the middle, after {unpacked} unpacked bytes")


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
