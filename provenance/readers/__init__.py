"""Reads data sets: ``plan`` cuts files into units, ``pieces`` turns a unit into pieces with their items and what cannot be read."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import TypeAlias

from fingerprints.model import Modality
from provenance.model import Excluded, Source, Unit, Unread
from provenance.readers.piece import Part, Piece, ReadSettings

Cut: TypeAlias = Iterator[Piece | Unread | Excluded]
Planner: TypeAlias = Callable[[Source], list[Unit] | Unread]

READERS: Mapping[str, str] = {
    "text": "text",
    "json": "json",
    "jsonl": "jsonl",
    "csv": "csv",
    "tsv": "csv",
    "parquet": "parquet",
    "arrow": "arrow",
    "html": "documents",
    "pdf": "documents",
    "epub": "documents",
    "docx": "documents",
    "tar": "tar",
    "zip": "zip",
    "warc": "warc",
    "image": "media",
    "audio": "media",
}
"""Format of a unit, without its compression -> module that reads it; imported when used, since Arrow takes a fifth of a second."""
ARCHIVES = frozenset({"tar", "zip", "warc"})
MODALITIES = {"image": Modality.IMAGE, "audio": Modality.AUDIO}


def pieces(unit: Unit, settings: ReadSettings) -> Cut:
    """Everything in a unit, in order, each item once; a file that cannot be opened is one unread."""
    reader: Callable[[Unit, ReadSettings], Cut] = module_of(unit.format).pieces
    try:
        yield from reader(unit, settings)
    except OSError as error:
        yield Unread("", None, "unreadable", error.strerror or str(error))


def planner(reader: str) -> Planner | None:
    """What cuts a file of this format into several units; None if such a file is one unit."""
    return None if "." in reader else getattr(module_of(reader), "units", None)


def modality_of(reader: str) -> Modality | None:
    """What an empty file of this format would have held; None for an archive, which may hold anything."""
    base = reader.split(".", maxsplit=1)[0]
    return None if base in ARCHIVES else MODALITIES.get(base, Modality.TEXT)


def module_of(reader: str) -> ModuleType:
    """The module that reads a format, compressed or not: ``pieces`` of files, ``member`` of an archive's members."""
    return import_module(f"provenance.readers.{READERS[reader.split('.', maxsplit=1)[0]]}")


__all__ = ["Cut", "Part", "Piece", "ReadSettings", "modality_of", "pieces", "planner"]
