"""Parquet: string columns by role, images and sounds in binary columns or in the ``{bytes, path}`` records of Hugging Face.

A piece is a unit: a run of row groups, known by the packed bytes of the columns that are read, which takes no decoding.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fingerprints.model import Modality
from provenance.model import Source, Unit, Unread
from provenance.readers.layout import Layout, distinct, layout_of, unusable
from provenance.readers.limits import BLOCK, MB, Limits
from provenance.readers.piece import Part, Piece, ReadSettings, content
from provenance.readers.table import Table

MAGIC = b"PAR1"
DAMAGED = (pa.ArrowException, OSError, UnicodeDecodeError)  # what Arrow raises of hostile files: the last of names that are no UTF-8
RANGE = 64 * MB  # bytes of a unit as they are unpacked: half a second of text scanning
VALUE = RANGE // 8  # what a value of a column of bytes counts as: an image takes 0.12 seconds, about as long as 8 MB of text
WHOLE = MB  # bytes of a file that is one unit without a look at its footer: a data set may have 100,000 of them
MOST_ROWS = 64
"""Read at a time. A page of a hostile file repeats one entry of its dictionary without end: 800 rows of 1 MB took 1.3 GB at once and take
100 MB so, while prose is read at 1.80 instead of 1.86 GB/s (pyarrow 26)."""
ENOUGH = BLOCK * 3 // 4  # bytes of rows that are handed on: less than one read of long rows gives, so that these need not be joined
ROWS_FROM = 1 << 24  # rows of a row group that are read however few bytes they take; a page of a few bytes can hold 2**31 nulls


def units(source: Source) -> list[Unit] | Unread:
    """Runs of row groups, each about a second of work; why there are none, if the file's footer cannot be read."""
    if source.size <= WHOLE:
        return [Unit(source, "parquet")]
    with source.file.open("rb") as file:
        opened = _opened(file, source.size, None)
        if isinstance(opened, Unread):
            return opened
        try:
            work = _work(opened)
        except DAMAGED:
            return [Unit(source, "parquet")]
    planned, start, size = list[Unit](), 0, 0
    for number, of_group in enumerate(work, 1):
        size += of_group
        if size >= RANGE or number == len(work):
            planned.append(Unit(source, "parquet", start, number))
            start, size = number, 0
    return planned


def pieces(unit: Unit, settings: ReadSettings) -> Iterator[Piece | Unread]:
    """The rows of a range of row groups; a damaged page costs the rest of its row group."""
    with unit.source.file.open("rb") as file:
        opened = _opened(file, unit.source.size, None)
        if isinstance(opened, Unread):
            yield opened
            return
        layout = layout_of(opened.schema_arrow, settings.text_columns)
        if fault := unusable(layout, opened.schema_arrow.names, settings.text_columns):
            if not unit.start:
                yield Unread("", None, *fault)
            return
        groups = range(unit.start or 0, opened.num_row_groups if unit.stop is None else min(unit.stop, opened.num_row_groups))
        found = [opened.metadata.row_group(number) for number in groups]
        rows = sum(group.num_rows for group in found)
        try:
            columns = _columns(opened, found, layout)
        except DAMAGED as error:
            detail = f"the footer's description of a column cannot be read: {error}"
            yield Piece(content(b"parquet", detail.encode()), partial(_refused, detail), rows)
            return
        about = (b"parquet", opened.schema_arrow.serialize().to_pybytes(), repr((layout, [group.num_rows for group in found])).encode())
        digest, size = _digest(file, content(*about), columns)
        yield Piece(digest, partial(_file_parts, unit, opened.metadata, groups, settings), rows, size)


def member(name: str, data: bytes, settings: ReadSettings) -> Iterator[Part]:
    """The rows of a table that is a member of an archive."""
    opened = _opened(pa.BufferReader(data), len(data), None)
    if isinstance(opened, Unread):
        yield Unread("", name, opened.reason, opened.detail, opened.modality)
        return
    layout = layout_of(opened.schema_arrow, settings.text_columns)
    if fault := unusable(layout, opened.schema_arrow.names, settings.text_columns):
        yield Unread("", name, *fault)
        return
    yield from _parts(opened, range(opened.num_row_groups), Table(layout, settings, name))


def schema(file: BinaryIO) -> pa.Schema:
    """The schema in a file's footer; raises ``DAMAGED``."""
    return pq.read_schema(file)


def _opened(file: BinaryIO | pa.BufferReader, size: int, metadata: pq.FileMetaData | None) -> pq.ParquetFile | Unread:
    """The file, or why it cannot be read or holds nothing."""
    try:
        opened = pq.ParquetFile(file, metadata=metadata, buffer_size=BLOCK)
        rows = sum(opened.metadata.row_group(number).num_rows for number in range(opened.num_row_groups))
        return opened if rows > 0 and opened.schema_arrow.names else Unread("", None, "empty", "a table without rows", Modality.TEXT)
    except DAMAGED as error:
        file.seek(max(0, size - len(MAGIC)), os.SEEK_SET)
        whole = file.read(len(MAGIC)) == MAGIC
        return Unread("", None, "undecodable" if whole else "truncated", f"no Parquet footer can be read: {error}")


def _work(file: pq.ParquetFile) -> list[int]:
    """What each row group costs, in bytes of text; raises ``DAMAGED``."""
    columns = (file.schema.column(i) for i in range(len(file.schema.names)))
    binary = sum(column.physical_type == "BYTE_ARRAY" and column.logical_type.type == "NONE" for column in columns)  # images and sounds
    groups = (file.metadata.row_group(number) for number in range(file.num_row_groups))
    return [group.total_byte_size + group.num_rows * binary * VALUE for group in groups]


@dataclass(frozen=True, slots=True)
class _Column:
    """The packed bytes of a column in a row group."""

    start: int
    size: int
    about: bytes
    """What the footer says of it, but for its place in the file."""


def _columns(file: pq.ParquetFile, groups: Sequence[pq.RowGroupMetaData], layout: Layout) -> list[_Column]:
    """The columns of row groups that are read; raises ``DAMAGED``, as a column may have another name here than in the schema."""
    every, found = file.schema_arrow.names, list[_Column]()
    names = frozenset(layout.names) if len(set(every)) == len(every) else None
    for group in groups:
        for i in range(group.num_columns):
            column = group.column(i)
            path = column.path_in_schema
            if names is not None and not _is_read(path, names):
                continue
            start = column.data_page_offset
            if column.has_dictionary_page and column.dictionary_page_offset is not None:
                start = min(start, column.dictionary_page_offset)
            # not its codec: Arrow ends the process when it is asked for one that it does not know, and says so only when the pages are read
            about = (path, column.physical_type, column.encodings, column.num_values, column.total_uncompressed_size)
            said = repr((*about, column.total_compressed_size, column.data_page_offset - start))
            found.append(_Column(start, column.total_compressed_size, said.encode()))
    return found


def _digest(file: BinaryIO, about: bytes, columns: Sequence[_Column]) -> tuple[bytes, int]:
    """SHA-256 of what is known of the table and of the packed columns that are read, and how many bytes these are."""
    digest, total = sha256(about), 0
    for column in columns:
        digest.update(column.about)
        total += _hash(file, column.start, column.size, digest.update)
    return digest.digest(), total


def _refused(detail: str) -> Iterator[Part]:
    yield Unread("", 0, "undecodable", detail)


def _is_read(path: str, names: frozenset[str]) -> bool:
    """True for a column of the file that belongs to one of the table's that are read: ``messages.list.element.content``."""
    steps = path.split(".")
    return any(".".join(steps[: i + 1]) in names for i in range(len(steps)))


def _hash(file: BinaryIO, start: int, size: int, update: Callable[[bytes], None]) -> int:
    """Hands on the bytes of a column; how many there are, of those that the footer promises."""
    if start < 0:
        return 0
    file.seek(start)
    left = size
    while left > 0 and (block := file.read(min(BLOCK, left))):
        update(block)
        left -= len(block)
    return size - left


def _file_parts(unit: Unit, metadata: pq.FileMetaData, groups: range, settings: ReadSettings) -> Iterator[Part]:
    with unit.source.file.open("rb") as file:
        opened = _opened(file, unit.source.size, metadata)
        if isinstance(opened, Unread):
            yield opened
        else:
            yield from _parts(opened, groups, Table(layout_of(opened.schema_arrow, settings.text_columns), settings))


def _parts(file: pq.ParquetFile, groups: range, rows: Table) -> Iterator[Part]:
    """The row groups, one after another."""
    first = 0
    for number in groups:
        yield from _group(file, number, first, rows)
        first += file.metadata.row_group(number).num_rows


def _group(file: pq.ParquetFile, number: int, first: int, rows: Table) -> Iterator[Part]:
    """One row group in blocks of a few megabytes; its first row has the number ``first``.

    What is said of it holds wherever the same row group stands: it names no place but that of the entry.
    """
    group = file.metadata.row_group(number)
    try:
        bomb = _bomb(group, rows.limits)
    except DAMAGED as error:
        yield rows.unread(first, "undecodable", f"the footer's description of a column cannot be read: {error}")
        return
    if bomb:
        yield rows.unread(first, "too-large", f"a row group is not read: {bomb}")
        return
    names, end = file.schema_arrow.names, first + group.num_rows
    twice = len(set(names)) < len(names)
    held, size, grown = list[pa.RecordBatch](), 0, 0
    most = max(rows.limits.ratio_from, rows.limits.ratio * sum(group.column(i).total_compressed_size for i in range(group.num_columns)))
    for batch in _batches(file, number, _rows_at_a_time(group, rows.limits), None if twice else rows.layout.names):
        if isinstance(batch, Exception):
            yield from _block(rows, held, first)
            first += _count(held)
            yield rows.unread(first, "undecodable", f"the last {end - first} rows of a row group cannot be read: {batch}")
            return
        held.append(pa.RecordBatch.from_arrays(batch.columns, distinct(names)) if twice else batch)
        size += batch.nbytes
        if size >= ENOUGH:
            yield from _block(rows, held, first)
            first, grown = first + _count(held), grown + size
            held, size = [], 0
        if grown > most:  # a dictionary's entry repeated without end; the footer tells its size packed, and once
            yield rows.unread(first, "too-large", f"a row group grows beyond {most} bytes: its last {end - first} rows are not read")
            return
    yield from _block(rows, held, first)


def _batches(file: pq.ParquetFile, group: int, rows: int, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch | Exception]:
    """So many rows at a time, and the error with which they end."""
    try:
        yield from file.iter_batches(rows, [group], columns, use_threads=False)
    except DAMAGED as error:
        yield error


def _count(held: Sequence[pa.RecordBatch]) -> int:
    return sum(batch.num_rows for batch in held)


def _block(rows: Table, held: Sequence[pa.RecordBatch], first: int) -> Iterator[Part]:
    yield from rows.block(held, np.arange(first, first + _count(held)))


def _bomb(group: pq.RowGroupMetaData, limits: Limits) -> str:
    """What is wrong with a row group that grows beyond measure; pages are unpacked whole, so it must be seen before."""
    packed = 0
    for i in range(group.num_columns):
        column = group.column(i)
        size = column.total_uncompressed_size
        packed += column.total_compressed_size
        if size > max(limits.ratio_from, limits.ratio * column.total_compressed_size):
            return f"column {column.path_in_schema!r} grows from {column.total_compressed_size} to {size} bytes"
    return f"{group.num_rows} rows in {packed} bytes" if group.num_rows > max(ROWS_FROM, limits.ratio * packed) else ""


def _rows_at_a_time(group: pq.RowGroupMetaData, limits: Limits) -> int:
    """Few enough that neither rows of average size nor rows that all repeat a dictionary's entry take much memory."""
    dictionary = 1
    for i in range(group.num_columns):
        column = group.column(i)
        if column.has_dictionary_page and column.dictionary_page_offset is not None:
            packed = column.data_page_offset - column.dictionary_page_offset
            dictionary = max(dictionary, packed * column.total_uncompressed_size // max(1, column.total_compressed_size))
    average = group.total_byte_size // max(1, group.num_rows) + 1
    rows: int = min(MOST_ROWS, BLOCK // average, limits.member // dictionary)
    return max(1, rows)
