"""CSV, TSV and their like (RFC 4180), separated by commas, tabs, semicolons or bars.

Rows count from 0 behind the header; blank lines are no rows. Cells that a row lacks at its end are as if they were null, and empty ones
that it has too many are let pass; any other row with a wrong number of fields is unread.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
from numpy.typing import NDArray

from fingerprints.model import Modality
from provenance.model import Unit, Unread
from provenance.readers.layout import distinct, layout_of, unusable
from provenance.readers.limits import BLOCK
from provenance.readers.names import visible
from provenance.readers.piece import Part, Piece, ReadSettings, content
from provenance.readers.quoting import BROKEN, RECORDS, Run, runs, scan
from provenance.readers.streams import Chunks, Fault, chunks
from provenance.readers.table import Table

DELIMITERS = b",\t;|"
NONE = 0x1F  # the unit separator of ASCII: what a table of one column, which has no delimiter, is parsed with
LOOKED_AT = 1 << 16  # bytes by which the delimiter is decided
NAME = 60  # characters: a passage shorter than that is no finding, so that none is lost in a header
MOST_COLUMNS = 16_384  # a sheet of Excel has no more
SURPLUS = 16  # empty fields too many that a row may have
SHAPES = 16  # different wrong numbers of fields that rows of one piece may have and be read; each is parsed by itself
NUMBER = re.compile(r"[-+]?[\d.,]+(e[-+]?\d+)?", re.IGNORECASE)
UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written."""

    delimiter: int
    names: tuple[str, ...]
    """Of the columns; their numbers if there is no header."""
    header: int
    """Bytes that the header takes up; 0 if there is none."""


def pieces(unit: Unit, settings: ReadSettings) -> Iterator[Piece | Unread]:
    """The rows of a file, or of a compressed stream; a bad row costs that row."""
    for found in _runs(chunks(unit, settings.limits), settings):
        if isinstance(found, Unread):
            yield found
        else:
            dialect, run = found
            digest = content(b"csv", bytes([dialect.delimiter]), "\0".join(dialect.names).encode(), run.digest)
            yield Piece(digest, partial(_parts, run, dialect, settings), run.rows, run.size)


def member(name: str, data: bytes, settings: ReadSettings) -> Iterator[Part]:
    """The rows of a table that is a member of an archive."""
    first = 0
    for found in _runs((data[start : start + BLOCK] for start in range(0, len(data), BLOCK)), settings):
        if isinstance(found, Unread):
            yield Unread("", name, found.reason, found.detail, found.modality)
        else:
            yield from _parts(found[1], found[0], settings, name, first)
            first += found[1].rows


def dialect_of(head: bytes) -> Dialect | None:
    """The delimiter and the columns of what begins so, by the first 64 KiB behind the header; None if the first record does not end in it.

    The delimiter is the one that cuts most records into as many fields as the first. The first record is the header unless
    a cell of it is so long that a passage could stand in it, or all are numbers.
    """
    data, best = np.frombuffer(head, np.uint8), (0.0, 0, NONE)
    looked_at = max(LOOKED_AT, 2 * head.find(b"\n") + 2)
    for delimiter in DELIMITERS:
        ends, fields = _records(data[:looked_at], delimiter)
        if len(ends) and fields[0] > 1:
            best = max(best, (float(np.mean(fields == fields[0])), int(fields[0]), delimiter))
    delimiter = best[2]
    ends, fields = _records(data, delimiter)
    if not len(ends):
        return None
    cells = _cells(head[: ends[0]], delimiter)
    if cells is not None and all(len(cell) < NAME for cell in cells) and not all(map(NUMBER.fullmatch, cells)):
        return Dialect(delimiter, tuple(distinct(cells)), int(ends[0]))
    return Dialect(delimiter, tuple(map(str, range(int(fields[0])))), 0)


def schema(names: Sequence[str]) -> pa.Schema:
    """Of a table of delimited text: all columns are strings."""
    return pa.schema([(name, pa.large_string()) for name in names])


def _records(data: NDArray[np.uint8], delimiter: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the first records end, and how many fields they have."""
    ends, fields, cuts = np.empty(RECORDS, np.int64), np.empty(RECORDS, np.int64), np.empty(RECORDS, np.bool_)
    count, _, _ = scan(data, 0, delimiter, 0, False, ends, fields, cuts)
    return ends[:count], fields[:count]


def _cells(record: bytes, delimiter: int) -> list[str] | None:
    """The cells of the first record; None if they are too long for a header."""
    try:
        return next(csv.reader(io.StringIO(visible(record).strip("\r\n"), newline=""), delimiter=chr(delimiter)), None)
    except csv.Error:  # a cell of more than 131,072 characters
        return None


def utf8(blocks: Chunks) -> Chunks:
    """The bytes of a text as UTF-8 without its byte order mark; halves of surrogate pairs become bytes that are no UTF-8."""
    decoder, begun = None, False
    for block in blocks:
        if isinstance(block, Fault) or not block:
            if block:
                yield block
            continue
        if not begun:
            begun, encoding = True, UTF16.get(block[:2])
            decoder = codecs.getincrementaldecoder(encoding)("surrogatepass") if encoding else None
            block = block[2:] if encoding else block.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901 - what is left of it
        yield decoder.decode(block).encode("utf-8", "surrogatepass") if decoder else block


def _runs(blocks: Chunks, settings: ReadSettings) -> Iterator[tuple[Dialect, Run] | Unread]:
    """The records behind the header in pieces, or why there are none."""
    plain, head, fault = utf8(blocks), b"", None
    while len(head) < BLOCK and (block := next(plain, None)) is not None:
        if isinstance(block, Fault):
            fault = block
            break
        head += block
    ended = len(head) < BLOCK
    dialect = dialect_of(head if not ended or head.endswith(b"\n") else head + b"\n")
    if dialect is None or len(dialect.names) > MOST_COLUMNS:
        if head.strip():
            what = f"{len(dialect.names)} columns" if dialect else f"no end of the first row within {len(head)} bytes"
            yield Unread("", None, "too-large" if dialect or not ended else "bad-record", what, Modality.TEXT)
        elif fault:
            yield Unread("", None, fault.reason, fault.detail, Modality.TEXT)
        return
    layout = layout_of(schema(dialect.names), settings.text_columns)
    if why := unusable(layout, dialect.names, settings.text_columns):
        yield Unread("", None, *why)
        return
    rows = _after(head[dialect.header :], plain, fault)
    nothing = True
    for run in runs(rows, dialect.delimiter, len(dialect.names), settings.limits.line):
        nothing = False
        yield Unread("", 0, run.reason, run.detail, Modality.TEXT) if isinstance(run, Fault) else (dialect, run)
    if nothing:
        yield Unread("", None, "empty", "a header and no rows", Modality.TEXT)


def _after(head: bytes, rest: Chunks, fault: Fault | None) -> Chunks:
    yield head
    if fault:
        yield fault
    else:
        yield from rest


def _parts(run: Run, dialect: Dialect, settings: ReadSettings, name: str | None = None, first: int = 0) -> Iterator[Part]:
    """The rows of a piece: those with as many fields as the header as one table, each other number as one of its own."""
    rows = Table(layout_of(schema(dialect.names), settings.text_columns), settings, name)
    if run.data is None:
        yield rows.unread(first, "too-large", f"a row of more than {settings.limits.line} bytes")
        return
    columns = len(dialect.names)
    shapes = sorted({int(count) for count in np.unique(run.fields)} - {columns, BROKEN})
    readable = [count for count in shapes if count <= columns + SURPLUS][:SHAPES]
    for count in (columns, *readable):
        yield from _shape(run, dialect, np.flatnonzero(run.fields == count), count, rows, first)
    for at in np.flatnonzero(~np.isin(run.fields, (columns, *readable))).tolist():
        count = int(run.fields[at])
        why = "a quote is not closed" if count == BROKEN else f"{count} fields, the header has {columns}"
        yield rows.unread(first + at, "bad-record", why)


def _shape(run: Run, dialect: Dialect, which: NDArray[np.int64], count: int, rows: Table, first: int) -> Iterator[Part]:
    """The records of one number of fields."""
    if not len(which) or run.data is None:
        return
    surplus = [f"surplus {number}" for number in range(count - len(dialect.names))]
    names = (*dialect.names[:count], *surplus) if not surplus else (*dialect.names, *distinct([*dialect.names, *surplus])[-len(surplus) :])
    try:
        batch = _parsed(_taken(run, which), names, dialect.delimiter)
        if batch.num_rows != len(which):
            raise pa.ArrowInvalid(f"{batch.num_rows} rows in place of {len(which)}")
    except pa.ArrowException as error:
        if len(which) == 1:
            yield rows.unread(first + int(which[0]), "bad-record", str(error))
        else:
            for half in np.array_split(which, 2):
                yield from _shape(run, dialect, half, count, rows, first)
        return
    if surplus:
        empty = np.ones(len(which), np.bool_)
        for name in names[len(dialect.names) :]:
            empty &= pc.binary_length(batch.column(name)).to_numpy() == 0
        for at in which[~empty].tolist():
            yield rows.unread(first + at, "bad-record", f"{count} fields, the header has {len(dialect.names)}")
        batch, which = batch.filter(pa.array(empty)), which[empty]
    yield from rows.block([batch] if len(which) else [], which + first)


def _taken(run: Run, which: NDArray[np.int64]) -> bytes:
    """The bytes of some records."""
    data, starts = run.data or b"", np.concatenate(([0], run.ends[:-1]))
    if len(which) == len(run.ends):
        return data
    steps = np.flatnonzero(np.diff(which) != 1) + 1
    stretches = zip(
        starts[which[np.concatenate(([0], steps))]], run.ends[which[np.concatenate((steps - 1, [len(which) - 1]))]], strict=True
    )
    return b"".join(data[start:end] for start, end in stretches)


def _parsed(data: bytes, names: Sequence[str], delimiter: int) -> pa.RecordBatch:
    """Records that have one field for each name, all as strings; raises pa.ArrowException."""
    whole = len(data) + 1024  # one block, and one chunk for each column
    table = pcsv.read_csv(
        pa.BufferReader(data),
        pcsv.ReadOptions(use_threads=False, block_size=whole, column_names=list(names)),
        pcsv.ParseOptions(delimiter=chr(delimiter), newlines_in_values=True),
        pcsv.ConvertOptions(check_utf8=False, column_types=schema(names), null_values=[], strings_can_be_null=False),
    )
    return table.combine_chunks().to_batches()[0]
