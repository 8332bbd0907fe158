"""The messages of an Arrow IPC file or stream, with what they say of their size, before anything of them is unpacked.

Format: Arrow columnar format 1.5, "Serialization and Interprocess Communication"; ``Message.fbs`` and ``File.fbs``, whose FlatBuffers are
read here as far as sizes and numbers of rows go. Files before Arrow 0.15 lack the continuation mark; they are read, too.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from provenance.readers.limits import MB
from provenance.readers.streams import Chunks, Fault

MAGIC = b"ARROW1"
START = 8  # bytes of the magic and its padding before the first message of a file
CONTINUED = 0xFFFFFFFF
SCHEMA, DICTIONARY, BATCH = 1, 2, 3
METADATA = 64 * MB  # bytes of a message's header, of a footer: a table of 10,000 columns has one of about 2 MB
BODY = 1024 * MB  # bytes of a message, packed or unpacked: writers make batches of 1,000 to 65,536 rows
BITS = 8  # rows that a byte can hold, of one column of bits


class DamagedError(Exception):
    """A message that is none; says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``raw`` is all of it, or None where it is larger than what is held."""

    kind: int
    rows: int
    """Of a batch of records."""
    key: int
    """Of a dictionary."""
    delta: bool
    """True for a dictionary that continues one."""
    unpacked: int
    """Bytes of the body when its buffers are unpacked."""
    size: int
    raw: bytes | None
    offset: int = 0
    """Index of the body in ``raw``."""


Messages: TypeAlias = Iterator[Message | Fault]


class Exact:
    """Exact reads from a stream of blocks."""

    def __init__(self, blocks: Chunks) -> None:
        self._blocks, self._block, self._at = blocks, b"", 0
        self.offset = 0
        self.fault: Fault | None = None

    def read(self, size: int) -> bytes:
        """So many bytes, or fewer at the end."""
        return b"".join(self._some(size))

    def skip(self, size: int) -> int:
        """Passes over so many bytes; how many there were."""
        return sum(map(len, self._some(size)))

    def _some(self, size: int) -> Iterator[bytes]:
        while size > 0:
            if self._at == len(self._block):
                block = None if self.fault else next(self._blocks, None)
                if block is None or isinstance(block, Fault):
                    self.fault = block or self.fault
                    return
                self._block, self._at = block, 0
            part = self._block[self._at : self._at + size]
            self._at += len(part)
            self.offset += len(part)
            size -= len(part)
            yield part


def messages(source: Exact) -> Messages:
    """The messages to the end mark; a fault last where there is none, or where the stream is damaged."""
    while True:
        at = source.offset
        try:
            message = _next(source)
        except DamagedError as error:
            yield source.fault or Fault("undecodable", f"damaged at byte {at}: {error}")
            return
        if message is None:
            return
        if isinstance(message, Fault):
            yield message
            return
        yield message


def _next(source: Exact) -> Message | Fault | None:
    """The next message; None at the end mark."""
    prefix = source.read(4)
    if len(prefix) == 4 and int.from_bytes(prefix, "little") == CONTINUED:
        prefix = source.read(4)
    if len(prefix) < 4:
        return source.fault or Fault("truncated", f"the stream ends without its end mark, after {source.offset} bytes")
    size = int.from_bytes(prefix, "little")
    if not size:
        return None
    if size > METADATA:
        raise DamagedError(f"a message's header of {size} bytes")
    metadata = source.read(size)
    message = FlatTable.root(metadata) if len(metadata) == size else None
    body = message.number(3, "<q") if message else 0
    if body < 0:
        raise DamagedError(f"a message of {body} bytes")
    if message is None or (body <= BODY and len(data := source.read(body)) < body) or (body > BODY and source.skip(body) < body):
        return source.fault or Fault("truncated", f"the stream ends in a message, after {source.offset} bytes")
    return _message(message, metadata, data if body <= BODY else None, body)


def _message(message: "FlatTable", metadata: bytes, body: bytes | None, size: int) -> Message:
    kind, header = message.number(1, "<B"), message.table(2)
    raw = None if body is None else b"".join((CONTINUED.to_bytes(4, "little"), len(metadata).to_bytes(4, "little"), metadata, body))
    if kind == SCHEMA:
        return Message(kind, 0, 0, False, 0, size, raw, 8 + len(metadata))
    if kind not in {DICTIONARY, BATCH}:
        raise DamagedError(f"a message of kind {kind}")
    batch = header if kind == BATCH else header.table(1)
    key, delta = (header.number(0, "<q"), bool(header.number(2, "<B"))) if kind == DICTIONARY else (0, False)
    return Message(kind, batch.number(0, "<q"), key, delta, _unpacked(batch, body), size, raw, 8 + len(metadata))


def _unpacked(batch: "FlatTable", body: bytes | None) -> int:
    """Bytes of a body's buffers when they are unpacked: each packed one begins with its size, or with -1 if it is not packed."""
    if body is None or not batch.has(3):
        return len(body or b"")
    total = 0
    for offset, length in batch.structs(2, "<qq"):
        if length:
            (size,) = _read("<q", body, offset)
            total += length if size == -1 else size
            if size < -1 or length < 0:
                raise DamagedError(f"a buffer of {min(size, length)} bytes")
    return total


@dataclass(frozen=True, slots=True)
class FlatTable:
    """A table of a FlatBuffer (https://flatbuffers.dev/internals); raises DamagedError where it points outside."""

    data: bytes
    at: int

    @classmethod
    def root(cls, data: bytes) -> "FlatTable":
        """The table that a buffer begins with."""
        return cls(data, _read("<I", data, 0)[0])

    def has(self, field: int) -> bool:
        """True if the field is there."""
        return self._place(field) > 0

    def number(self, field: int, layout: str) -> int:
        """A number, 0 if it is not there."""
        place = self._place(field)
        return int(_read(layout, self.data, place)[0]) if place else 0

    def table(self, field: int) -> "FlatTable":
        """A table that the field refers to."""
        place = self._place(field)
        if not place:
            raise DamagedError("a message without its content")
        return FlatTable(self.data, place + int(_read("<I", self.data, place)[0]))

    def structs(self, field: int, layout: str) -> Iterator[tuple[int, ...]]:
        """The entries of a vector."""
        place = self._place(field)
        if place:
            start = place + int(_read("<I", self.data, place)[0])
            for number in range(int(_read("<I", self.data, start)[0])):
                yield _read(layout, self.data, start + 4 + number * struct.calcsize(layout))

    def _place(self, field: int) -> int:
        offsets = self.at - int(_read("<i", self.data, self.at)[0])
        inside = 4 + 2 * field < int(_read("<H", self.data, offsets)[0])
        place = int(_read("<H", self.data, offsets + 4 + 2 * field)[0]) if inside else 0
        return self.at + place if place else 0


def _read(layout: str, data: bytes, at: int) -> tuple[int, ...]:
    if at < 0:  # Python would count from the end
        raise DamagedError("it points before its beginning")
    try:
        return struct.unpack_from(layout, data, at)
    except struct.error as error:
        raise DamagedError("it points behind its end") from error


@dataclass(frozen=True, slots=True)
class Block:
    """Where a message stands in a file."""

    offset: int
    size: int


def footer(file: BinaryIO, size: int) -> tuple[list[Block], list[Block]]:
    """Where the dictionaries and the batches of a file stand; raises DamagedError if it has no footer."""
    tail = 4 + len(MAGIC)  # the footer's length in 4 bytes, then the magic
    file.seek(max(0, size - tail))
    end = file.read(tail)
    length = int.from_bytes(end[:4], "little", signed=True)
    if not end.endswith(MAGIC) or not 0 < length <= min(METADATA, size - tail):
        raise DamagedError("no footer")
    file.seek(size - tail - length)
    table = FlatTable.root(file.read(length))
    found = [[Block(at, header + body) for at, header, body in table.structs(field, "<qi4xq")] for field in (2, 3)]
    if any(block.offset < START or block.size < 0 or block.offset + block.size > size for blocks in found for block in blocks):
        raise DamagedError("its footer points outside of the file")
    return found[0], found[1]
