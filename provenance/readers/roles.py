"""Which field of the tables under audit plays which role, looked up before anything is scanned, so that a person can object."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePosixPath

import pyarrow as pa

from provenance.model import Source, Unit
from provenance.readers import arrow, csv, parquet
from provenance.readers.columns import FILE_ENDING, NAME_CHARS, NESTED, Role, is_chosen, is_text, role
from provenance.readers.layout import distinct, fields_of
from provenance.readers.leaves import holds_content, is_string, is_walkable, storage
from provenance.readers.parsing import BadRecordError, parse
from provenance.readers.piece import ReadSettings
from provenance.readers.streams import Fault, chunks

TABLES = frozenset({"jsonl", "csv", "tsv", "parquet", "arrow"})
LOOKS = 64  # files that are opened, one for each folder and format: half a second in all
HEAD = 1 << 16  # bytes that are looked at, of a Parquet file its footer
RECORDS = 64  # lines of JSON whose fields are looked at
SHOWN = 12  # fields of a role that are named; a table may have 10,000 columns
STEPS = 4  # names inside one another that are looked at: chats and their parts take three
ENTRIES = 8  # of a list that are looked at


@dataclass(frozen=True, slots=True)
class TableRoles:
    """The fields of tables of one layout, by what is done with them; nested ones as ``messages/content``."""

    tables: str
    """The file, or a pattern that all of them match: ``data/*.jsonl``."""
    files: int
    text: tuple[str, ...] = ()
    """Audited as text."""
    media: tuple[str, ...] = ()
    """Bytes: images and sounds, known by their content."""
    source: tuple[str, ...] = ()
    """Kept as the item's metadata: ids, URLs, licences, authors, titles, dates."""
    paths: tuple[str, ...] = ()
    """Names of files, which are audited where they lie if they are among the input."""
    unread: tuple[str, ...] = ()
    """Not looked at: numbers, labels; a string among them that is too long for a label is audited as text all the same."""
    known: bool = True
    """False if no file of these could be looked at, or none in time."""

    def __str__(self) -> str:
        files = f"{self.tables} ({self.files} files, as the first of a folder)" if self.files > 1 else self.tables
        if not self.known:
            return f"{files}: fields not looked at"
        named = {
            "text": self.text,
            "images and sounds": self.media,
            "source": self.source,
            "names of files": self.paths,
            "not read": self.unread,
        }
        return f"{files}: " + ("; ".join(f"{what}: {_listed(fields)}" for what, fields in named.items() if fields) or "no fields")


def roles_of(units: Iterable[Unit], settings: ReadSettings) -> tuple[TableRoles, ...]:
    """The tables among what is to be read, grouped by equal layout, in the order in which they come.

    Only the first file of each folder and format is looked at, and of that its beginning; what comes later may have other fields.
    """
    groups: dict[tuple[str, str], tuple[Unit, set[str]]] = {}
    for unit in units:
        if unit.format.split(".", 1)[0] in TABLES:
            folder = unit.source.path.rpartition("/")[0]
            groups.setdefault((folder, unit.format), (unit, set()))[1].add(unit.source.path)
    found: dict[tuple[str, TableRoles], set[str]] = {}
    for number, (unit, paths) in enumerate(groups.values()):
        roles = _roles(unit, settings) if number < LOOKS else None
        found.setdefault((unit.format, roles or TableRoles("", 0, known=False)), set()).update(paths)
    return tuple(replace(roles, tables=_pattern(paths), files=len(paths)) for (_, roles), paths in found.items())


def absent(roles: Iterable[TableRoles], chosen: Iterable[str]) -> tuple[str, ...]:
    """Those of the fields chosen as text that no table has; none if not every table was looked at, of many files the first alone is."""
    tables = tuple(roles)
    if not all(table.known and table.files == 1 for table in tables):
        return ()
    has = {field for table in tables for field in (*table.text, *table.media)}
    return tuple(name for name in chosen if not any(is_chosen(field, (name,)) for field in has))


def _roles(unit: Unit, settings: ReadSettings) -> TableRoles | None:
    """The roles in one file; None if its beginning does not tell."""
    try:
        fields = _FIELDS[unit.format.split(".", 1)[0]](unit, settings)
    except (*parquet.DAMAGED, *arrow.DAMAGED):
        return None
    return _sorted(fields, settings.text_columns) if fields else None


Fields = Mapping[str, tuple[str, str]]
"""Field -> nearest name, and what it holds: ``string``, ``bytes``, ``source`` (a number, a date or a record of metadata) or nothing."""


def _sorted(fields: Fields, chosen: tuple[str, ...]) -> TableRoles:
    text, media, source, paths, unread = list[str](), list[str](), list[str](), list[str](), list[str]()
    for field, (name, kind) in fields.items():
        picked = kind == "string" and (is_chosen(field, chosen) if chosen else is_text(name))
        found = role(name) is Role.SOURCE
        if picked:
            text.append(field)
        elif kind == "bytes":
            media.append(field)
        elif kind == "source" or (found and kind == "string" and "/" not in field):
            source.append(field)
        elif kind == "string" and FILE_ENDING.search(field.casefold()):
            paths.append(field)
        else:
            unread.append(field)
    return TableRoles("", 0, tuple(text), tuple(media), tuple(source), tuple(paths), tuple(unread))


def _of_schema(schema: pa.Schema) -> Fields:
    fields: dict[str, tuple[str, str]] = {}
    for column, kind in zip(distinct(schema.names), schema.types, strict=True):
        if pa.types.is_struct(storage(kind)) and column.casefold() in NESTED:
            fields[column[:NAME_CHARS]] = (column, "source")
        elif not holds_content(kind):
            kept = role(column) is Role.SOURCE and not (pa.types.is_nested(storage(kind)) or pa.types.is_fixed_size_binary(storage(kind)))
            fields[column[:NAME_CHARS]] = (column, "source" if kept else "")
        else:
            for field, name, inner in fields_of(column, kind):
                fields[field] = (name, "string" if is_string(inner) or not is_walkable(inner) else "bytes")
    return fields


def _parquet(unit: Unit, _settings: ReadSettings) -> Fields:
    with unit.source.file.open("rb") as file:
        return _of_schema(parquet.schema(file))


def _arrow(unit: Unit, settings: ReadSettings) -> Fields:
    schema = arrow.schema_in(_head(unit, settings))
    return _of_schema(schema) if schema else {}


def _csv(unit: Unit, settings: ReadSettings) -> Fields:
    head = b"".join(block for block in csv.utf8(iter((_head(unit, settings),))) if isinstance(block, bytes))
    dialect = csv.dialect_of(head if head.endswith(b"\n") or len(head) >= HEAD else head + b"\n")
    return {name[:NAME_CHARS]: (name, "string") for name in dialect.names} if dialect else {}


def _jsonl(unit: Unit, settings: ReadSettings) -> Fields:
    fields: dict[str, tuple[str, str]] = {}
    head = _head(unit, settings)
    lines = head.split(b"\n") if len(head) < HEAD else head.split(b"\n")[:-1]
    for line in lines[:RECORDS]:
        try:
            record = parse(line)
        except BadRecordError:
            continue
        for name, value in record.items():
            for field, nearest, kind in _inside(name[:NAME_CHARS], name, value, STEPS):
                if kind or field not in fields:  # a field that is null once may hold a text later
                    fields[field] = (nearest, kind)
    return fields


def _inside(field: str, name: str, value: object, steps: int) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, dict) and name.casefold() in NESTED:
        yield field, name, "source"
    elif isinstance(value, dict) and value and steps:
        for key, inner in islice(value.items(), RECORDS):
            yield from _inside(f"{field}/{key[:NAME_CHARS]}", key, inner, steps - 1)
    elif isinstance(value, list) and value and steps:
        for inner in value[:ENTRIES]:
            yield from _inside(field, name, inner, steps - 1)
    else:
        number = isinstance(value, int | float) and not isinstance(value, bool) and role(name) is Role.SOURCE
        yield field, name, "string" if isinstance(value, str) else "source" if number else ""


def _head(unit: Unit, settings: ReadSettings) -> bytes:
    """The first bytes of a file, unpacked, as many as are looked at."""
    source: Source = unit.source
    held = b""
    for block in chunks(Unit(source, unit.format), settings.limits):
        if isinstance(block, Fault):
            break
        held += block
        if len(held) >= HEAD:
            break
    return held[:HEAD]


def _pattern(paths: set[str]) -> str:
    """A pattern that files match, such as ``data/*.jsonl``, or ``data/**/*.jsonl`` where they lie in several folders."""
    first, *others = sorted(paths)
    if not others:
        return first
    folders = {path.rpartition("/")[0] for path in paths}
    ending = (
        "".join(PurePosixPath(first).suffixes[-2:])
        if first.rpartition(".")[2] in {"gz", "zst", "bz2", "xz"}
        else PurePosixPath(first).suffix
    )
    if len(folders) == 1:
        return str(PurePosixPath(folders.pop()) / f"*{ending}")
    parts = [folder.split("/") for folder in sorted(folders)]

    return "/".join([*_shared(parts), "**", f"*{ending}"])


def _shared(parts: list[list[str]]) -> list[str]:
    """The steps with which all paths begin."""
    shared = list[str]()
    for steps in zip(*parts, strict=False):
        if len(set(steps)) > 1:
            break
        shared.append(steps[0])
    return shared


def _listed(fields: tuple[str, ...]) -> str:
    more = f" and {len(fields) - SHOWN} more" if len(fields) > SHOWN else ""
    return ", ".join(fields[:SHOWN]) + more


_FIELDS = {"parquet": _parquet, "arrow": _arrow, "csv": _csv, "tsv": _csv, "jsonl": _jsonl}
