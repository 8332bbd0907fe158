"""Parquet: string columns by role, images and sounds in binary columns or in the ``{bytes, path}`` records of Hugging Face."""

import os
import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from provenance.model import Source, Unit, Unread
from provenance.readers.batch import Batch
from provenance.readers.columns import Role
from provenance.readers.limits import BLOCK, Limits
from provenance.readers.table import Layout, Table, layout_of

MAGIC = b"PAR1"
DAMAGED = (pa.ArrowException, OSError, UnicodeDecodeError)  # what Arrow raises of hostile files: the last of names that are no UTF-8
LINK = re.compile(r"ur[li]|link")
MOST_ROWS = 64
"""Read at a time. A page of a hostile file repeats one entry of its dictionary without end: 800 rows of 1 MB took 1.3 GB at once and take
100 MB so, while prose is read at 1.80 instead of 1.86 GB/s (pyarrow 26)."""


def units(source: Source, size: int) -> list[Unit] | Unread:
    """Runs of row groups, each at least so many packed bytes but the last; why there are none, if the file's footer cannot be read."""
    try:
        with pq.ParquetFile(source.file) as file:
            groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
            counts = [(group.num_rows, sum(group.column(i).total_compressed_size for i in range(group.num_columns))) for group in groups]
    except DAMAGED as error:
        whole = _ends_as_it_begins(source)
        return Unread(source.path, None, "undecodable" if whole else "truncated", f"no Parquet footer can be read: {error}")
    if not sum(rows for rows, _ in counts):
        return Unread(source.path, None, "empty", "a table without rows")
    planned, start, first, record, packed = list[Unit](), 0, 0, 0, 0
    for number, (rows, bytes_) in enumerate(counts, 1):
        record, packed = record + rows, packed + bytes_
        if packed >= size or number == len(counts):
            planned.append(Unit(source, "parquet", start, number, first))
            start, first, packed = number, record, 0
    return planned


def _ends_as_it_begins(source: Source) -> bool:
    """True if the file ends with Parquet's magic bytes: then it was not cut."""
    with source.file.open("rb") as file:
        file.seek(-min(len(MAGIC), source.size), os.SEEK_END)
        return file.read() == MAGIC


def read(unit: Unit, limits: Limits) -> Iterator[Batch | Unread]:
    """The rows of a range of row groups; a damaged page costs the rest of its row group."""
    path, row = unit.source.path, unit.first_record
    try:
        file = pq.ParquetFile(unit.source.file)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        yield Unread(path, None, "undecodable", f"the file changed after it was planned: {error}")
        return
    with file:
        layout = layout_of(file.schema_arrow)
        if fault := _unusable(layout, file.schema_arrow.names):
            yield Unread(path, None, *fault)
            return
        for number in range(unit.start or 0, file.num_row_groups if unit.stop is None else unit.stop):
            group = file.metadata.row_group(number)
            yield from _group(file, number, Table(path, row, limits, layout))
            row += group.num_rows


def _unusable(layout: Layout, columns: list[str]) -> tuple[str, str] | None:
    """Why nothing of a table can be audited: reason and detail."""
    if len(set(columns)) < len(columns):
        return "unsupported-format", f"two columns of one name: {', '.join(columns[:12])}"
    if layout.audited:
        return None
    links = any(kind is Role.SOURCE and LINK.search(name.casefold()) for name, kind in layout.strings.items())
    return "no-bytes" if links else "no-content", f"no column of text, images or sounds; columns: {', '.join(columns[:12])}"


def _group(file: pq.ParquetFile, number: int, rows: Table) -> Iterator[Batch | Unread]:
    """One row group in blocks of a few megabytes."""
    group, limits = file.metadata.row_group(number), rows.limits
    if bomb := _bomb(group, limits):
        yield Unread(rows.path, rows.first, "too-large", f"row group {number}: {bomb}")
        return
    held, size, end = list[pa.RecordBatch](), 0, rows.first + group.num_rows
    try:
        for batch in file.iter_batches(_rows_at_a_time(group, limits), [number], rows.layout.names, use_threads=False):
            held.append(batch)
            size += batch.nbytes
            if size >= BLOCK:
                yield from rows.block(held)
                held, size = [], 0
        yield from rows.block(held)
    except DAMAGED as error:
        yield from rows.block(held)
        lost = f"{rows.first} to {end - 1}"
        yield Unread(rows.path, rows.first, "undecodable", f"row group {number} cannot be read in rows {lost}: {error}")


def _bomb(group: pq.RowGroupMetaData, limits: Limits) -> str:
    """What is wrong with a row group that grows beyond measure; pages are unpacked whole, so it must be seen before."""
    for i in range(group.num_columns):
        column = group.column(i)
        size = column.total_uncompressed_size
        if size > max(limits.ratio_from, limits.ratio * column.total_compressed_size):
            return f"column {column.path_in_schema!r} grows from {column.total_compressed_size} to {size} bytes"
    return ""


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
