"""The strings and the bytes in a column of an Arrow table, however deep: whole arrays with the row and the field of each value.

A column of chats is walked in a few calls for all of its messages. Encodings of which one value can stand in many places (views, runs,
dictionaries of records), unions and maps are not walked so: ``is_walkable`` tells.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from provenance.readers.columns import DEPTH, NAME_CHARS, NESTED

TYPE_DEPTH = 64  # as deep as Arrow itself lets types be (``max_recursion_depth``); what is deeper counts as content that cannot be walked


@dataclass(frozen=True, slots=True)
class Leaf:
    """Values of one field of a type."""

    name: str
    """The nearest field that has a name: it decides what the values are for."""
    path: str
    """The field without the numbers of list entries: ``messages/content``."""
    values: pa.Array
    """Strings or bytes with 64-bit offsets; what lies ``DEPTH`` levels deep and holds any is as it was."""
    rows: NDArray[np.int64]
    """The row of each value, ascending."""
    fields: tuple[str, ...]
    codes: NDArray[np.int64] | None = None
    """Index in ``fields`` per value; None if all stand in the first."""

    @property
    def is_string(self) -> bool:
        """True for text."""
        return bool(self.values.type == pa.large_string())

    @property
    def is_deep(self) -> bool:
        """True for what is nested too deeply to be read."""
        return not self.is_string and self.values.type != pa.large_binary()


def leaves(column: pa.Array, name: str) -> Iterator[Leaf]:
    """The strings and bytes in a column whose type ``is_walkable``, null ones included."""
    field = name[:NAME_CHARS]
    yield from _walk(Leaf(name, field, column, np.arange(len(column)), (field,)), DEPTH)


def _walk(leaf: Leaf, depth: int) -> Iterator[Leaf]:
    kind = storage(leaf.values.type)
    values = leaf.values.storage if isinstance(leaf.values, pa.ExtensionArray) else leaf.values
    if not holds_content(kind):
        return
    if is_string(kind) or is_bytes(kind):
        wide = pa.large_string() if is_string(kind) else pa.large_binary()
        yield replace(leaf, values=values if kind == wide else values.cast(wide))
    elif not depth:
        yield replace(leaf, values=values)
    elif pa.types.is_struct(kind):
        for field, child in zip(kind, values.flatten(), strict=True):
            yield from _walk(_child(leaf, field.name, child), depth - 1)
    else:
        yield from _walk(_entries(leaf, values), depth - 1)


def _child(leaf: Leaf, name: str, values: pa.Array) -> Leaf:
    """A field of a record."""
    under = leaf.name if leaf.name.casefold() in NESTED else name
    step = name[:NAME_CHARS]
    return Leaf(under, f"{leaf.path}/{step}", values, leaf.rows, tuple(f"{field}/{step}" for field in leaf.fields), leaf.codes)


def _entries(leaf: Leaf, values: pa.Array) -> Leaf:
    """The entries of lists, each with its number."""
    counts = pc.fill_null(pc.list_value_length(values), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    total, most = int(counts.sum()), int(counts.max(initial=1))
    numbers = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    above = np.zeros(len(values), np.int64) if leaf.codes is None else leaf.codes
    found, codes = np.unique(np.repeat(above, counts) * most + numbers, return_inverse=True)
    fields = tuple(f"{leaf.fields[code // most]}/{code % most}" for code in found.tolist())
    return Leaf(leaf.name, leaf.path, values.flatten(), np.repeat(leaf.rows, counts), fields, codes.astype(np.int64))


def storage(kind: pa.DataType) -> pa.DataType:
    """The type in which values of an extension type are kept; any other type itself."""
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def is_string(kind: pa.DataType) -> bool:
    """True for every encoding of strings."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_bytes(kind: pa.DataType) -> bool:
    """True for every encoding of bytes of any length."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def holds_content(kind: pa.DataType, depth: int = TYPE_DEPTH) -> bool:
    """True if strings or bytes stand anywhere in values of a type."""
    kind = storage(kind)
    return is_string(kind) or is_bytes(kind) or depth == 0 or any(holds_content(inner, depth - 1) for inner in inner_types(kind))


def is_walkable(kind: pa.DataType, depth: int = TYPE_DEPTH) -> bool:
    """True if ``leaves`` reads values of a type: wherever strings or bytes stand in it, they stand in records and lists alone."""
    kind = storage(kind)
    if is_string(kind) or is_bytes(kind) or not holds_content(kind, depth):
        return True
    walked = pa.types.is_struct(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(walked and depth and all(is_walkable(inner, depth - 1) for inner in inner_types(kind)))


def inner_types(kind: pa.DataType) -> list[pa.DataType]:
    """The types of a nested type's children, of the values of a dictionary."""
    if pa.types.is_dictionary(kind):
        return [kind.value_type]
    return [kind.field(i).type for i in range(kind.num_fields)] if pa.types.is_nested(kind) else []


def repeats(kind: pa.DataType, depth: int = TYPE_DEPTH) -> bool:
    """True if one value can stand in many places of a walkable type, so that reading it takes more memory than it has."""
    kind = storage(kind)
    view = pa.types.is_string_view(kind) or pa.types.is_binary_view(kind)
    return bool(view or pa.types.is_dictionary(kind) or (depth and any(repeats(inner, depth - 1) for inner in inner_types(kind))))


def unpacked_size(column: pa.Array) -> int:
    """Bytes that the dictionary-encoded strings and the views in a column of a walkable type take when each value is written out."""
    column = column.storage if isinstance(column, pa.ExtensionArray) else column
    kind = column.type
    if not (holds_content(kind) and repeats(kind)):
        return 0
    if pa.types.is_dictionary(kind):
        wide = pa.large_string() if is_string(kind) else pa.large_binary()
        lengths = pc.binary_length(column.dictionary.cast(wide))
        return int(pc.sum(lengths.take(column.indices)).as_py() or 0)
    if is_string(kind) or is_bytes(kind):  # 16 bytes a view, its length first (Arrow columnar format, version 1.4)
        views = np.frombuffer(column.buffers()[1], np.int32).reshape(-1, 4)
        return int(views[column.offset : column.offset + len(column), 0].sum(dtype=np.int64))
    return sum(map(unpacked_size, column.flatten())) if pa.types.is_struct(kind) else unpacked_size(column.flatten())
