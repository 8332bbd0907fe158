"""Reads data sets: ``plan`` cuts files into units, ``read`` turns a unit into batches of items and a list of what could not be read."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TypeAlias

from fingerprints.model import Modality
from provenance.model import Excluded, Unit, Unread
from provenance.readers.batch import Batch
from provenance.readers.limits import BLOCK, LIMITS, NOTHING, Limits

Part: TypeAlias = Batch | Unread | Excluded
Reader: TypeAlias = Callable[[Unit, Limits], Iterator[Part]]

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


def read(unit: Unit, limits: Limits = LIMITS) -> Iterator[Part]:
    """Everything in a unit, in order, each item once: in a batch, as unread or as excluded; a file with nothing in it is one unread."""
    module, function = READERS[unit.format]
    reader: Reader = getattr(import_module(f"provenance.readers.{module}"), function)
    nothing = True
    try:
        for part in reader(unit, limits):
            nothing = False
            yield part
        if nothing and _is_all(unit):
            yield Unread(unit.source.path, None, *NOTHING, None if unit.format in {"tar", "tar.gz"} else Modality.TEXT)
    except OSError as error:
        yield Unread(unit.source.path, None, "unreadable", error.strerror or str(error))


def _is_all(unit: Unit) -> bool:
    """True if a unit that holds nothing speaks for its file: for all of it, or for its first lines where only blank ones follow."""
    if unit.start is None:
        return True
    if unit.format != "jsonl" or unit.start > 0:
        return False
    with unit.source.file.open("rb") as file:
        file.seek(unit.stop or 0)
        return not any(block.strip() for block in iter(lambda: file.read(BLOCK), b""))
