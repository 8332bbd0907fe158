"""Rows of an Arrow table become items: string columns whole, without an object per row; everything else value by value."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fingerprints.model import MediaBatch, Modality
from provenance.model import Unread
from provenance.readers.batch import Batch, Rows
from provenance.readers.columns import NAME_CHARS, NESTED, Role, metadata, role
from provenance.readers.limits import METADATA_CHARS, Limits
from provenance.readers.names import visible
from provenance.readers.records import About, Gathering, nothing_in


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file by what is done with them."""

    strings: Mapping[str, Role]
    mixed: tuple[str, ...]
    """Binary columns, and records and lists that hold strings or bytes."""
    about: tuple[str, ...]
    """Numbers, dates and records that are metadata."""

    @property
    def audited(self) -> bool:
        """True if there is something to audit."""
        return bool(self.mixed) or Role.TEXT in self.strings.values()

    @property
    def names(self) -> list[str]:
        """All columns that are read; others, such as embeddings and token numbers, are not."""
        return [*self.strings, *self.mixed, *self.about]


def layout_of(schema: pa.Schema) -> Layout:
    """What is done with each column, by its type first and by its name second."""
    strings, mixed, about = dict[str, Role](), list[str](), list[str]()
    for column in schema:
        name, kind = column.name, column.type
        found = role(name)
        if is_string(kind):
            strings[name] = found
        elif pa.types.is_struct(kind) and name.casefold() in NESTED:
            about.append(name)
        elif _holds_content(kind):
            mixed.append(name)
        elif found is Role.SOURCE and not pa.types.is_nested(kind) and not pa.types.is_fixed_size_binary(kind):
            about.append(name)
    return Layout(strings, tuple(mixed), tuple(about))


def is_string(kind: pa.DataType) -> bool:
    """True for every encoding of strings."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _inner(kind: pa.DataType) -> list[pa.DataType]:
    return [kind.field(i).type for i in range(kind.num_fields)] if pa.types.is_nested(kind) else []


def _holds_content(kind: pa.DataType) -> bool:
    return is_string(kind) or _is_bytes(kind) or any(map(_holds_content, _inner(kind)))


class Table:
    """Turns consecutive blocks of rows into items; ``first`` is the number of the next row."""

    def __init__(self, path: str, first: int, limits: Limits, layout: Layout) -> None:
        self.path, self.first, self.limits, self.layout = path, first, limits, layout

    def block(self, held: Sequence[pa.RecordBatch]) -> Iterator[Batch | Unread]:
        """The items of the next rows, column by column; a row without any is unread."""
        if not held:
            return
        columns = {name: _joined([batch.column(name) for batch in held]) for name in self.layout.names}
        first, count = self.first, sum(batch.num_rows for batch in held)
        self.first += count
        about = partial(_about, {name: columns[name] for name in (*self.layout.strings, *self.layout.about)}, first)
        filled = np.zeros(count, dtype=np.bool_)
        for name, kind in self.layout.strings.items():
            yield from self._strings(name, kind, columns[name], first, about, filled)
        yield from self._mixed(columns, first, about, filled)
        for row in np.flatnonzero(~filled):
            yield Unread(self.path, first + int(row), *_why_empty(about(first + int(row))), Modality.TEXT)

    def _strings(
        self, name: str, kind: Role, column: pa.LargeStringArray, first: int, about: About, filled: NDArray[np.bool_]
    ) -> Iterator[Batch | Unread]:
        """A column's texts; of a metadata column those that are too long to be metadata."""
        sizes = pc.binary_length(column).fill_null(-1).to_numpy(zero_copy_only=False)
        wanted = sizes >= 0 if kind is Role.TEXT else sizes > METADATA_CHARS
        filled |= wanted
        for row in np.flatnonzero(wanted & (sizes > self.limits.line)):
            yield Unread(self.path, first + int(row), "too-large", f"field {name!r} holds {sizes[row]} bytes", Modality.TEXT)
        wanted &= sizes <= self.limits.line
        if not _is_unicode(column):
            for row in np.flatnonzero(wanted):
                if not _is_unicode(column[int(row) : int(row) + 1]):
                    wanted[row] = False
                    yield Unread(self.path, first + int(row), "bad-record", f"field {name!r} is not UTF-8", Modality.TEXT)
        if wanted.all():
            records: Sequence[int] = range(first, first + len(column))
        else:
            records = array("q", (np.flatnonzero(wanted) + first).tobytes())
            column = column.filter(pa.array(wanted))
        if len(column):
            yield Batch(MediaBatch(Modality.TEXT, column), Rows(self.path, records, (name[:NAME_CHARS],), about))

    def _mixed(self, columns: Mapping[str, pa.Array], first: int, about: About, filled: NDArray[np.bool_]) -> Iterator[Batch | Unread]:
        """What stands in binary and nested columns."""
        if not self.layout.mixed:
            return
        gathering = Gathering(self.path, None, self.limits)
        for row in range(len(filled)):
            before = gathering.taken
            for name in self.layout.mixed:
                try:
                    value = columns[name][row].as_py()
                except ValueError as error:  # a string that is no UTF-8, a date before the year 1
                    filled[row] = True
                    yield Unread(self.path, first + row, "bad-record", f"field {name!r}: {error}", Modality.TEXT)
                else:
                    yield from gathering.add(first + row, {name: value} if value is not None else {})
            filled[row] |= gathering.taken > before
        yield from gathering.batches(about)


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    """One array of several; strings with 64-bit offsets, whatever their encoding was."""
    wide = pa.large_string()
    return pa.concat_arrays([part.cast(wide) if is_string(part.type) and part.type != wide else part for part in parts])


def _is_unicode(column: pa.LargeStringArray) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _about(columns: Mapping[str, pa.Array], first: int, record: int) -> Mapping[str, str]:
    """A row's metadata."""
    return metadata({name: _value(column, record - first) for name, column in columns.items()})


def _value(column: pa.Array, row: int) -> object:
    if not is_string(column.type):
        try:
            return column[row].as_py()
        except ValueError:  # Python has no date before the year 1 and no nanoseconds
            return None
    data = column[row].as_buffer()
    return None if data is None else visible(data.to_pybytes())


def _why_empty(about: Mapping[str, str]) -> tuple[str, str]:
    reason, detail = nothing_in(about)
    return reason, detail if reason == "no-bytes" else "every column of text, images or sounds is null in this row"
