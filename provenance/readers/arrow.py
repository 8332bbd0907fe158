"""Arrow IPC: files (Feather version 2), streams, and what Hugging Face's ``save_to_disk`` writes.

A piece is a run of record batches, each read from memory as a stream of its own. A batch is looked at in full before its buffers are
used: those of a hostile file point anywhere.
"""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from provenance.model import Source, Unit, Unread
from provenance.readers.ipc import (
    BATCH,
    BITS,
    BODY,
    DICTIONARY,
    MAGIC,
    SCHEMA,
    START,
    Block,
    DamagedError,
    Exact,
    Message,
    footer,
    messages,
)
from provenance.readers.layout import Layout, distinct, layout_of, unusable
from provenance.readers.leaves import inner_types, is_bytes, storage
from provenance.readers.limits import BLOCK, MB, Limits
from provenance.readers.piece import Part, Piece, ReadSettings, content
from provenance.readers.streams import Chunks, Fault, chunks
from provenance.readers.table import Table

DAMAGED = (pa.ArrowException, OSError, UnicodeDecodeError, MemoryError)  # the last: what Arrow raises of sizes that are not to be had
RANGE = 64 * MB  # bytes of a unit: half a second of text scanning
RANGE_OF_MEDIA = MB  # the same of a table with a column of bytes: about eight images of 0.12 seconds
MEAN = 8 * MB  # bytes of a piece, unpacked: a tenth of a second of text scanning
WHOLE = MB  # bytes of a file that is one unit without a look at its footer
END = b"\xff\xff\xff\xff\0\0\0\0"


@dataclass(slots=True)
class _Run:
    """Batches of a piece, and what is needed to read them."""

    layout: Layout
    schema: bytes
    dictionaries: tuple[Message, ...]
    """Those that came before the first batch."""
    messages: list[Message] = field(default_factory=list)
    unpacked: int = 0

    @property
    def rows(self) -> int:
        return sum(message.rows for message in self.messages if message.kind == BATCH)


def units(source: Source) -> list[Unit] | Unread:
    """Runs of record batches of a file, each about a second of work; a stream is one unit."""
    with source.file.open("rb") as file:
        if source.size <= WHOLE or file.read(len(MAGIC)) != MAGIC:
            return [Unit(source, "arrow")]
        try:
            _, batches = footer(file, source.size)
            file.seek(START)
            first = next(messages(Exact(iter(lambda: file.read(BLOCK), b""))), None)
            range_ = RANGE_OF_MEDIA if isinstance(first, Message) and _has_bytes(schema_of(first)) else RANGE
        except (DamagedError, *DAMAGED):
            return [Unit(source, "arrow")]
    planned, start, size = list[Unit](), 0, 0
    for number, block in enumerate(batches, 1):
        size += block.size
        if size >= range_ or number == len(batches):
            planned.append(Unit(source, "arrow", start, number))
            start, size = number, 0
    return planned or [Unit(source, "arrow")]


def pieces(unit: Unit, settings: ReadSettings) -> Iterator[Piece | Unread]:
    """The rows of a range of batches, or of a stream; a damaged batch costs that batch."""
    if "." in unit.format:
        yield from _cut(_stream(chunks(unit, settings.limits)), settings, first=True)
        return
    with unit.source.file.open("rb") as file:
        found = _messages(file, unit.source.size, unit.start or 0, unit.stop)
        yield from _cut(found, settings, first=not unit.start)


def member(name: str, data: bytes, settings: ReadSettings) -> Iterator[Part]:
    """The rows of a table that is a member of an archive."""
    first = 0
    for found in _runs(_messages(io.BytesIO(data), len(data), 0, None), settings, first=True):
        if isinstance(found, Unread):
            yield Unread("", name, found.reason, found.detail, found.modality)
        else:
            yield from _parts(found, settings, name, first)
            first += found.rows


def _messages(file: BinaryIO, size: int, start: int, stop: int | None) -> Iterator[Message | Fault]:
    """The schema, the dictionaries and a range of batches of a file; all of a stream, and of a file that lost its footer."""
    try:
        dictionaries, batches = footer(file, size)
        file.seek(0)
        if file.read(len(MAGIC)) == MAGIC:
            return chain.from_iterable(_at(file, block) for block in (Block(START, BODY), *dictionaries, *batches[start:stop]))
    except DamagedError:
        pass  # a stream has none
    file.seek(0)
    return _stream(iter(lambda: file.read(BLOCK), b""))


def schema_of(message: Message) -> pa.Schema:
    """The schema in the first message; raises ``DAMAGED``."""
    return pa.ipc.read_schema(pa.py_buffer(message.raw or b""))


def schema_in(head: bytes) -> pa.Schema | None:
    """The schema of a file or stream that begins so; None if it does not end in it. Raises ``DAMAGED``."""
    first = next(_stream(iter((head,))), None)
    return schema_of(first) if isinstance(first, Message) and first.kind == SCHEMA else None


def _has_bytes(schema: pa.Schema) -> bool:
    waiting = list(schema.types)
    while waiting:
        kind = storage(waiting.pop())
        if is_bytes(kind):
            return True
        waiting += inner_types(kind)
    return False


def _stream(blocks: Chunks) -> Iterator[Message | Fault]:
    """The messages of a stream, or of a file whose footer is not looked at."""
    source = Exact(blocks)
    head = source.read(START)
    rest = Exact(chain((head,), _remaining(source))) if head[: len(MAGIC)] != MAGIC else source
    ended = True
    for message in messages(rest):
        ended = not isinstance(message, Fault)
        yield message
    if ended and rest is not source and rest.read(1):
        yield Fault("trailing-data", f"data after the end mark, at byte {rest.offset - 1}: streams joined into one?")
    if ended and rest is source:
        tail = b""
        while block := source.read(BLOCK):
            tail = (tail + block)[-len(MAGIC) :]
        if tail != MAGIC:
            yield source.fault or Fault("truncated", "an Arrow file without its footer")


def _remaining(source: Exact) -> Chunks:
    while block := source.read(BLOCK):
        yield block
    if source.fault:
        yield source.fault


def _at(file: BinaryIO, block: Block) -> Iterator[Message | Fault]:
    """The message at a place in a file."""
    file.seek(block.offset, os.SEEK_SET)
    left = [block.size]

    def read() -> bytes:
        data = file.read(min(BLOCK, left[0]))
        left[0] -= len(data)
        return data

    found = next(messages(Exact(iter(read, b""))), None)
    yield found if found is not None else Fault("undecodable", f"no message at byte {block.offset}, where the footer has one")


def _cut(found: Iterator[Message | Fault], settings: ReadSettings, *, first: bool) -> Iterator[Piece | Unread]:
    for run in _runs(found, settings, first=first):
        if isinstance(run, Unread):
            yield run
        else:
            raw = [message.raw or b"%d bytes" % message.size for message in (*run.dictionaries, *run.messages)]
            size = sum(message.size for message in run.messages)
            yield Piece(content(b"arrow", run.schema, *raw), partial(_parts, run, settings), run.rows, size)


def _runs(found: Iterator[Message | Fault], settings: ReadSettings, *, first: bool) -> Iterator[_Run | Unread]:
    """Batches in runs of about ``MEAN`` bytes, and why there are no more; ``first`` is False where a unit before speaks for the table."""
    head = next(found, None)
    if not isinstance(head, Message) or head.kind != SCHEMA:
        fault = head if isinstance(head, Fault) else Fault("undecodable", "an Arrow table without its schema")
        yield Unread("", None, fault.reason, fault.detail)
        return
    try:
        schema = schema_of(head)
        layout = layout_of(schema, settings.text_columns)
    except DAMAGED as error:
        yield Unread("", None, "undecodable", f"no Arrow schema can be read: {error}")
        return
    if why := unusable(layout, schema.names, settings.text_columns):
        if first:
            yield Unread("", None, *why)
        return
    yield from _grouped(found, layout, head.raw or b"")


def _grouped(found: Iterator[Message | Fault], layout: Layout, schema: bytes) -> Iterator[_Run | Unread]:
    """The batches behind the schema."""
    known: dict[int, tuple[Message, ...]] = {}
    run = _Run(layout, schema, ())
    for message in found:
        if isinstance(message, Fault):
            if run.messages:
                yield run
            yield Unread("", 0, message.reason, message.detail)
            return
        run.messages.append(message)
        run.unpacked += message.unpacked
        if message.kind == DICTIONARY:
            known[message.key] = (*known[message.key], message) if message.delta and message.key in known else (message,)
            if sum(entry.unpacked for entries in known.values() for entry in entries) > BODY or message.raw is None:
                run.messages.pop()
                if run.rows:
                    yield run
                yield Unread("", 0, "too-large", f"dictionaries of more than {BODY} bytes: the rows behind them are not read")
                return
        elif run.unpacked >= MEAN or message.raw is None:
            yield run
            run = _Run(layout, run.schema, tuple(entry for entries in known.values() for entry in entries))
    if run.rows or any(message.kind == BATCH for message in run.messages):
        yield run


def _parts(run: _Run, settings: ReadSettings, name: str | None = None, first: int = 0) -> Iterator[Part]:
    """The rows of a piece."""
    rows, before = Table(run.layout, settings, name), [message.raw or b"" for message in run.dictionaries]
    for message in run.messages:
        if message.kind == DICTIONARY:
            before.append(message.raw or b"")
            continue
        if bomb := _bomb(message, settings.limits):
            yield rows.unread(first, "too-large", bomb)
        else:
            yield from _batch(rows, b"".join((run.schema, *before, message.raw or b"", END)), first, message.rows)
        first += message.rows


def _bomb(message: Message, limits: Limits) -> str:
    """What is wrong with a batch that takes more memory than its size lets one expect."""
    if message.raw is None or message.unpacked > max(
        BODY if message.unpacked == message.size else 0, limits.ratio_from, limits.ratio * message.size
    ):
        return f"a batch of {message.size} bytes, {message.unpacked} unpacked"
    if not 0 <= message.rows <= BITS * max(1, message.unpacked):
        return f"a batch of {message.rows} rows in {message.unpacked} bytes"
    return ""


def _batch(rows: Table, stream: bytes, first: int, count: int) -> Iterator[Part]:
    """The rows of the one batch in a stream, in blocks of a few megabytes."""
    try:
        with pa.ipc.open_stream(pa.BufferReader(stream)) as reader:
            batch = reader.read_next_batch()
        batch = pa.RecordBatch.from_arrays(batch.columns, distinct(batch.schema.names)).select(rows.layout.names)
        _validate(batch)
    except DAMAGED as error:
        yield rows.unread(first, "undecodable", f"a batch of {count} rows cannot be read: {error}")
        return
    step = max(1, BLOCK * batch.num_rows // max(1, batch.nbytes))
    for start in range(0, batch.num_rows, step):
        part = batch.slice(start, step)
        yield from rows.block([part], np.arange(first + start, first + start + part.num_rows))


def _validate(batch: pa.RecordBatch) -> None:
    """Raises pa.ArrowInvalid if a buffer points outside of its values; strings that are no UTF-8 are left to whoever reads them."""
    batch.validate()
    for column in batch.columns:
        kind = _as_bytes(column.type)
        (column if kind == column.type else column.view(kind)).validate(full=True)


def _as_bytes(kind: pa.DataType) -> pa.DataType:
    """The type of the same buffers with bytes in place of strings, as far as records and lists are concerned."""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pa.binary() if pa.types.is_string(kind) else pa.large_binary()
    if pa.types.is_struct(kind):
        return pa.struct([inner.with_type(_as_bytes(inner.type)) for inner in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = kind.value_field.with_type(_as_bytes(kind.value_type))
        return pa.list_(inner) if pa.types.is_list(kind) else pa.large_list(inner)
    return kind
