"""Rows of a table become items: strings as whole columns, without an object per row; images and sounds one by one."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fingerprints.model import MediaBatch, Modality
from provenance.model import Unread
from provenance.readers.batch import Batch, Rows
from provenance.readers.columns import ENCODED_FROM, is_chosen, is_text, metadata, nothing_in
from provenance.readers.encoded import begins_encoded
from provenance.readers.layout import Layout
from provenance.readers.leaves import Leaf, is_string, leaves, unpacked_size
from provenance.readers.limits import BLOCK, METADATA_CHARS
from provenance.readers.names import visible
from provenance.readers.piece import ReadSettings
from provenance.readers.records import About, Gathering, too_deep

UNPACKED = 16 * BLOCK  # bytes that repeated values may take when they are written out; a block that would take more is read in halves


class Table:
    """Turns blocks of rows into items; ``member`` is the archive's member that holds the table, if one does."""

    def __init__(self, layout: Layout, settings: ReadSettings, member: str | None = None) -> None:
        self.layout, self.limits, self.chosen, self.member = layout, settings.limits, settings.text_columns, member

    def unread(self, number: int, reason: str, detail: str) -> Unread:
        """A row that cannot be audited; in an archive the record is the member."""
        return Gathering("", self.member, self.limits).unread(number, reason, detail)

    def block(self, held: Sequence[pa.RecordBatch], numbers: NDArray[np.int64]) -> Iterator[Batch | Unread]:
        """The items of some rows, whose numbers ascend, column by column; a row without any is unread.

        Columns of the layout that a block does not have are as if they were null.
        """
        if not held:
            return
        present = [name for name in self.layout.names if held[0].schema.get_field_index(name) >= 0]
        try:
            columns = {name: _joined([batch.column(name) for batch in held]) for name in present}
        except pa.ArrowException:  # lists of strings are more than 2 GB together
            for batch in held:
                yield from self.block([batch], numbers[: batch.num_rows])
                numbers = numbers[batch.num_rows :]
            return
        yield from self._columns(columns, numbers)

    def _columns(self, columns: Mapping[str, pa.Array], numbers: NDArray[np.int64]) -> Iterator[Batch | Unread]:
        count = len(numbers)
        if count > 1 and sum(unpacked_size(columns[name]) for name in self.layout.repeated if name in columns) > UNPACKED:
            for part in (slice(count // 2), slice(count // 2, count)):
                yield from self._columns({name: column[part] for name, column in columns.items()}, numbers[part])
            return
        filled = np.zeros(count, dtype=np.bool_)
        about = partial(_about, {name: columns[name] for name in self.layout.about if name in columns}, numbers)
        gathering = Gathering("", self.member, self.limits, self.chosen)
        for name in self.layout.walked:
            if name in columns:
                yield from self._walked(name, columns[name], numbers, about, filled, gathering)
        yield from self._mixed(columns, numbers, filled, gathering)
        yield from gathering.batches(about)
        for row in np.flatnonzero(~filled).tolist():
            yield self.unread(int(numbers[row]), *self._why_empty(columns, row))

    def _walked(
        self, name: str, column: pa.Array, numbers: NDArray[np.int64], about: About, filled: NDArray[np.bool_], gathering: Gathering
    ) -> Iterator[Batch | Unread]:
        """A column's strings and bytes."""
        if name in self.layout.repeated and unpacked_size(column) > self.limits.member:
            filled[:] = True
            for number in numbers.tolist():
                yield self.unread(number, "too-large", f"field {name!r} repeats its values beyond {self.limits.member} bytes")
            return
        for leaf in leaves(column, name):
            if leaf.is_string:
                yield from self._strings(leaf, numbers, about, filled, gathering)
            elif leaf.is_deep:
                yield from self._deep(leaf, numbers, filled, gathering)
            else:
                yield from self._bytes(leaf, numbers, filled, gathering)

    def _strings(
        self, leaf: Leaf, numbers: NDArray[np.int64], about: About, filled: NDArray[np.bool_], gathering: Gathering
    ) -> Iterator[Batch | Unread]:
        """The texts of a field; under a name of metadata those that are too long for it; images and sounds in base64."""
        values = leaf.values
        sizes = pc.binary_length(values).fill_null(-1).to_numpy(zero_copy_only=False)
        is_wanted = is_chosen(leaf.path, self.chosen) if self.chosen else is_text(leaf.name)
        wanted = sizes >= (0 if is_wanted else ENCODED_FROM if self.chosen else METADATA_CHARS + 1)
        if not wanted.any():
            return
        text = wanted.copy() if is_wanted or not self.chosen else np.zeros_like(wanted)
        for at, fault in self._faults(leaf, sizes, text):
            text[at] = wanted[at] = False
            filled[leaf.rows[at]] = True
            yield self.unread(int(numbers[leaf.rows[at]]), *fault)
        for at in begins_encoded(values, np.flatnonzero(wanted & (sizes >= ENCODED_FROM))):
            field = leaf.fields[leaf.codes[at] if leaf.codes is not None else 0]
            if sizes[at] <= self.limits.line and gathering.encoded(int(numbers[leaf.rows[at]]), field, visible(_bytes_at(values, at))):
                text[at], filled[leaf.rows[at]] = False, True
        filled[leaf.rows[text]] = True
        if text.any():
            yield self._texts(leaf, text, numbers, about)

    def _texts(self, leaf: Leaf, wanted: NDArray[np.bool_], numbers: NDArray[np.int64], about: About) -> Batch:
        """The values wanted, as one batch."""
        column, records, codes = leaf.values, numbers[leaf.rows], leaf.codes
        if not wanted.all():
            column, records = column.filter(pa.array(wanted)), records[wanted]
            codes = None if codes is None else codes[wanted]
        places = None if codes is None else array("q", codes.tobytes())
        origin = Rows("", array("q", records.tobytes()), leaf.fields, about, places, self.member)
        return Batch(MediaBatch(Modality.TEXT, column), origin)

    def _faults(self, leaf: Leaf, sizes: NDArray[np.int64], text: NDArray[np.bool_]) -> Iterator[tuple[int, tuple[str, str]]]:
        """Texts that are too large or no UTF-8, and why."""
        for at in np.flatnonzero(text & (sizes > self.limits.line)).tolist():
            yield at, ("too-large", f"field {leaf.path!r} holds {sizes[at]} bytes")
        if text.any() and not _is_unicode(leaf.values):
            for at in np.flatnonzero(text).tolist():
                if not _is_unicode(leaf.values[at : at + 1]):
                    yield at, ("bad-record", f"field {leaf.path!r} is not UTF-8")

    def _bytes(self, leaf: Leaf, numbers: NDArray[np.int64], filled: NDArray[np.bool_], gathering: Gathering) -> Iterator[Unread]:
        """The images, sounds and texts of a field of bytes."""
        for at in np.flatnonzero(leaf.values.is_valid().to_numpy(zero_copy_only=False)).tolist():
            before, row = gathering.taken, leaf.rows[at]
            field = leaf.fields[leaf.codes[at] if leaf.codes is not None else 0]
            yield from gathering.binary(int(numbers[row]), field, _bytes_at(leaf.values, at))
            filled[row] |= gathering.taken > before

    def _deep(self, leaf: Leaf, numbers: NDArray[np.int64], filled: NDArray[np.bool_], gathering: Gathering) -> Iterator[Unread]:
        """One entry for each row that holds something too deep."""
        valid = leaf.values.is_valid().to_numpy(zero_copy_only=False)
        for row in np.unique(leaf.rows[valid]).tolist():
            filled[row] = True
            if gathering.deep < numbers[row]:
                gathering.deep = int(numbers[row])
                yield self.unread(gathering.deep, *too_deep(leaf.path))

    def _mixed(
        self, columns: Mapping[str, pa.Array], numbers: NDArray[np.int64], filled: NDArray[np.bool_], gathering: Gathering
    ) -> Iterator[Batch | Unread]:
        """What stands in columns that are read value by value."""
        present = [name for name in self.layout.mixed if name in columns]
        for row in range(len(filled) if present else 0):
            before, number = gathering.taken, int(numbers[row])
            for name in present:
                try:
                    value = columns[name][row].as_py()
                except (ValueError, RecursionError, pa.ArrowException) as error:  # no UTF-8, a date before the year 1, lists without end
                    filled[row] = True
                    yield self.unread(number, "bad-record", f"field {name!r}: {error}")
                else:
                    yield from gathering.add(number, {name: value} if value is not None else {})
            filled[row] |= gathering.taken > before

    def _why_empty(self, columns: Mapping[str, pa.Array], row: int) -> tuple[str, str]:
        record = {name: _value(columns[name], row) for name in self.layout.about if name in columns}
        record |= {f"{name}/path": _value(paths, row) for name, paths in _paths(columns)}
        reason, detail = nothing_in({name: value for name, value in record.items() if value}, self.chosen)
        return reason, detail if reason == "no-bytes" else "every column of text, images or sounds is null in this row"


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    """One array of several; plain strings and bytes of 2 GB and more with 64-bit offsets."""
    try:
        return pa.concat_arrays(parts) if len(parts) > 1 else parts[0]
    except pa.ArrowInvalid:  # too many for 32-bit offsets; where they are not, no part needs a cast of its own
        wide = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}
        return pa.concat_arrays([part.cast(wide.get(part.type, part.type)) for part in parts])


def _bytes_at(column: pa.Array, row: int) -> bytes:
    return bytes(column[row].as_buffer())


def _is_unicode(column: pa.LargeStringArray) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _about(columns: Mapping[str, pa.Array], numbers: NDArray[np.int64], record: int) -> Mapping[str, str]:
    """A row's metadata."""
    row = int(np.searchsorted(numbers, record))
    return metadata({name: _value(column, row) for name, column in columns.items()})


def _value(column: pa.Array, row: int) -> object:
    value = column[row]
    if is_string(column.type) and not pa.types.is_dictionary(column.type):
        data = value.as_buffer()
        return None if data is None else visible(data.to_pybytes())
    try:
        return value.as_py()
    except (ValueError, pa.ArrowException):  # Python has no date before the year 1 and no nanoseconds; a string may be no UTF-8
        return None


def _paths(columns: Mapping[str, pa.Array]) -> Iterator[tuple[str, pa.Array]]:
    """The paths of files beside the table in records of ``{bytes, path}``."""
    for name, column in columns.items():
        kind = column.type
        if pa.types.is_struct(kind) and kind.get_field_index("path") >= 0 and is_string(kind.field("path").type):
            yield name, column.field("path")
