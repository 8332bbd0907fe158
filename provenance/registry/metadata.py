"""Works and their rights from a CSV or JSONL file; every bad cell is found before anything is registered."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from provenance.errors import UsageError
from provenance.registry.cells import CellError, did_you_mean
from provenance.registry.description import COLUMN_OF, DESCRIPTIVE, describe

COLUMNS = ("file", "work_id", *DESCRIPTIVE)
_SHOWN = 20  # problems in a message; the rest are counted

Line: TypeAlias = tuple[int, dict[str, str], list[CellError]]
"""Number and cells of a line, and what is wrong with its form; no cells if it says nothing of a work."""


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that keeps the file from being registered."""

    line: int
    """Counted from 1, as editors do."""
    column: str
    reason: str
    remedy: str


class MetadataError(UsageError):
    """A metadata file in which some cell cannot be read; nothing of it was registered."""

    def __init__(self, path: Path, problems: tuple[BadCell, ...]) -> None:
        self.problems = problems
        lines = [f"{path}:{bad.line}: {bad.column}: {bad.reason}; {bad.remedy}" for bad in problems[:_SHOWN]]
        if len(problems) > _SHOWN:
            lines.append(f"… and {len(problems) - _SHOWN} more")
        super().__init__("\n  ".join(["the metadata file has cells that cannot be read:", *lines]), "correct them; nothing was registered")


@dataclass(frozen=True, slots=True)
class Row:
    """What one row says of one file."""

    file: Path
    work: str
    """The work's id; empty where the row gives none."""
    fields: Mapping[str, Any]
    """By field of the work; None is UNKNOWN, an absent field was not mentioned."""
    table: Path
    line: int

    @property
    def source(self) -> str:
        """File and line, such as ``works.csv:17``."""
        return f"{self.table.name}:{self.line}"


def read(path: Path) -> tuple[Row, ...]:
    """The rows of a ``.csv`` or ``.jsonl`` file, files resolved against its folder.

    Raises UsageError if it cannot be read as a table at all, and MetadataError with every bad cell.
    """
    rows: list[Row] = []
    problems: list[BadCell] = []
    for line, cells, of_form in _table(path):
        described = describe(cells)
        name = cells.get("file", "").strip()
        file = path.parent / name
        faults = of_form + described.problems + (_file_faults(name, file) if "file" in cells else [])
        problems += [BadCell(line, fault.column, fault.reason, fault.remedy) for fault in faults]
        if cells:
            rows.append(Row(file.resolve(), cells.get("work_id", "").strip(), described.fields, path, line))
    problems += disagreements(rows)
    if problems:
        raise MetadataError(path, tuple(sorted(problems, key=lambda bad: bad.line)))
    return tuple(rows)


def _table(path: Path) -> Iterator[Line]:
    if path.suffix == ".jsonl":
        yield from _json_lines(_text(path))
    elif path.suffix == ".csv":
        yield from _comma_separated(_text(path))
    else:
        raise UsageError(f"{path} is neither .csv nor .jsonl", "name it for what it is")


def _text(path: Path) -> str:
    """The table's text; raises MetadataError with the line of the first byte that is not UTF-8."""
    try:
        content = path.read_bytes().removeprefix(BOM_UTF8)
        return content.decode()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "give a .csv or .jsonl file that is there") from error
    except UnicodeDecodeError as error:
        line = len(content[: error.start + 1].splitlines())
        remedy = "save the file as CSV UTF-8" if path.suffix == ".csv" else "save the file as UTF-8"
        bad = BadCell(line, "row", f"the byte {content[error.start]:#04x} is not UTF-8", remedy)
        raise MetadataError(path, (bad,)) from error


def _comma_separated(text: str) -> Iterator[Line]:
    """The rows without the columns that are not known: those are named once, with the first line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        yield 1, {}, _header_faults(header)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) != len(header) and any(cell.strip() for cell in cells):
                yield line, {}, [_whole_row(f"{len(cells)} cells where the first line has {len(header)}")]
            elif any(cell.strip() for cell in cells):
                yield line, {name: cell for name, cell in zip(header, cells, strict=True) if name in COLUMNS}, []
            line = reader.line_num + 1
    except csv.Error as error:
        yield reader.line_num, {}, [CellError(str(error), "quote the cell as RFC 4180 has it", "row")]


def _header_faults(header: list[str]) -> list[CellError]:
    missing = []
    if "file" not in header:
        missing.append(CellError("the column is missing", "name the works' files in it; columns are separated by commas", "file"))
    twice = [CellError("the column stands twice", "keep one", name) for name in COLUMNS if header.count(name) > 1]
    return missing + _unknown_columns(header) + twice


def _whole_row(reason: str) -> CellError:
    return CellError(reason, "give every row the columns of the first line", "row")


def _json_lines(text: str) -> Iterator[Line]:
    for line, record in enumerate(text.split("\n"), 1):
        if record.strip():
            try:
                fields = orjson.loads(record)
            except orjson.JSONDecodeError as error:
                yield line, {}, [CellError(f"no JSON: {error}", "write one JSON object in a line", "row")]
                continue
            if isinstance(fields, dict):
                yield line, {"file": ""} | {name: _cell(value) for name, value in fields.items()}, _unknown_columns(fields)
            else:
                yield line, {}, [CellError("no JSON object", "write one JSON object in a line", "row")]


def _cell(value: object) -> str:
    """A JSON value as the cell of a CSV file would have it."""
    if isinstance(value, list):
        return ";".join(_cell(part) for part in value) or "none"
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unknown_columns(cells: Iterable[str]) -> list[CellError]:
    return [CellError(f'"{name}" is no column', did_you_mean(name, COLUMNS), name) for name in cells if name not in COLUMNS]


def _file_faults(cell: str, file: Path) -> list[CellError]:
    if not cell:
        return [CellError("the cell is empty", "name the work's file, relative to the metadata file", "file")]
    if not file.is_file():
        return [CellError(f"there is no file {file}", "name it relative to the metadata file", "file")]
    return []


def disagreements(rows: Iterable[Row]) -> list[BadCell]:
    """Rows of one work that say different things of it."""
    said: dict[tuple[str, str], tuple[int, Any]] = {}
    found = []
    for row in rows:
        for field, value in row.fields.items():
            first, before = said.setdefault((row.work or str(row.file), field), (row.line, value))
            if before != value:
                reason = f'line {first} says something else of the work "{row.work or row.file.name}"'
                found.append(BadCell(row.line, COLUMN_OF[field], reason, "say it once, or give the file a work_id of its own"))
    return found
