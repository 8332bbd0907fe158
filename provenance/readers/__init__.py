"""Reads data sets: ``plan`` cuts files into units, ``read`` turns a unit into batches of items and a list of what could not be read."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TypeAlias

from provenance.model import Excluded, Unit, Unread
from provenance.readers.batch import Batch
from provenance.readers.limits import LIMITS, Limits

Part: TypeAlias = Batch | Unread | Excluded
Reader: TypeAlias = Callable[[Unit, Limits, frozenset[str]], Iterator[Part]]

READERS: Mapping[str, tuple[str, str]] = {
    "text": ("text", "read"),
    "text.gz": ("text", "read"),
    "json": ("jsonl", "read_document"),
    "jsonl": ("jsonl", "read"),
    "jsonl.gz": ("jsonl", "read"),
    "parquet": ("parquet", "read"),
    "tar": ("tar", "read"),
    "tar.gz": ("tar", "read"),
    "image": ("media", "read"),
    "audio": ("media", "read"),
}
"""Format of a unit -> module and function that read it; imported when used, since Arrow takes a fifth of a second."""


def read(unit: Unit, limits: Limits = LIMITS, text_columns: frozenset[str] = frozenset()) -> Iterator[Part]:
    """Everything in a unit, in order, each item once: in a batch, as unread or as excluded.

    ``text_columns`` names the fields of records that are text; if it is empty they are found by type and name.
    """
    module, function = READERS[unit.format]
    reader: Reader = getattr(import_module(f"provenance.readers.{module}"), function)
    try:
        yield from reader(unit, limits, text_columns)
    except OSError as error:
        yield Unread(unit.source.path, None, "unreadable", error.strerror or str(error))
