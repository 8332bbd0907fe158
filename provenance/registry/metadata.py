"""Works and their rights from a CSV or JSONL file; every bad cell is found before anything is registered."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from provenance.errors import UsageError
from provenance.registry.cells import CellError, did_you_mean
from provenance.registry.description import COLUMN_OF, DESCRIPTIVE, describe

COLUMNS = ("file", "work_id", *DESCRIPTIVE)
_SHOWN = 20  # problems in a message; the rest are counted


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
    source: str
    """File and line, such as ``works.csv:17``."""


def read(path: Path) -> tuple[Row, ...]:
    """The rows of a ``.csv`` or ``.jsonl`` file, files resolved against its folder.

    Raises UsageError if it cannot be read as a table at all, and MetadataError with every bad cell.
    """
    rows: list[tuple[int, Row]] = []
    problems: list[BadCell] = []
    for line, cells in _table(path):
        if "" in cells:
            problems.append(BadCell(line, "row", cells[""], "give every row the columns of the first line"))
            continue
        described = describe(cells)
        file = path.parent / cells.get("file", "").strip()
        faults = described.problems + _unknown_columns(cells) + _file_faults(cells.get("file", "").strip(), file)
        problems += [BadCell(line, fault.column, fault.reason, fault.remedy) for fault in faults]
        rows.append((line, Row(file.resolve(), cells.get("work_id", "").strip(), described.fields, f"{path.name}:{line}")))
    problems += _disagreements(rows)
    if problems:
        raise MetadataError(path, tuple(sorted(problems, key=lambda bad: bad.line)))
    return tuple(row for _, row in rows)


def _table(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells of each row; under the empty name, what is wrong with the row as a whole."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "give a UTF-8 file that is there") from error
    if path.suffix == ".jsonl":
        yield from _json_lines(text)
    elif path.suffix == ".csv":
        yield from _comma_separated(path, text)
    else:
        raise UsageError(f"{path} is neither .csv nor .jsonl", "name it for what it is")


def _comma_separated(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header)
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                wrong = {} if len(cells) == len(header) else {"": f"{len(cells)} cells where the first line has {len(header)}"}
                yield line, dict(zip(header, cells, strict=False)) | wrong
            line = reader.line_num + 1
    except csv.Error as error:
        raise MetadataError(path, (BadCell(reader.line_num, "row", str(error), "quote the cell as RFC 4180 has it"),)) from error


def _check_header(path: Path, header: list[str]) -> None:
    unknown = [BadCell(1, name, f'"{name}" is no column', did_you_mean(name, COLUMNS)) for name in header if name not in COLUMNS]
    twice = [BadCell(1, name, "the column stands twice", "keep one") for name in COLUMNS if header.count(name) > 1]
    missing = []
    if "file" not in header:
        missing.append(BadCell(1, "file", "the column is missing", "name the works' files in it; columns are separated by commas"))
    if unknown or twice or missing:
        raise MetadataError(path, (*missing, *unknown, *twice))


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    for line, record in enumerate(text.split("\n"), 1):
        if record.strip():
            try:
                fields = orjson.loads(record)
            except orjson.JSONDecodeError as error:
                yield line, {"": f"no JSON: {error}"}
                continue
            yield line, {name: _cell(value) for name, value in fields.items()} if isinstance(fields, dict) else {"": "no JSON object"}


def _cell(value: object) -> str:
    """A JSON value as the cell of a CSV file would have it."""
    if isinstance(value, list):
        return ";".join(_cell(part) for part in value) or "none"
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unknown_columns(cells: Mapping[str, str]) -> list[CellError]:
    return [CellError(f'"{name}" is no column', did_you_mean(name, COLUMNS), name) for name in cells if name not in COLUMNS]


def _file_faults(cell: str, file: Path) -> list[CellError]:
    if not cell:
        return [CellError("the cell is empty", "name the work's file, relative to the metadata file", "file")]
    if not file.is_file():
        return [CellError(f"there is no file {file}", "name it relative to the metadata file", "file")]
    return []


def _disagreements(rows: list[tuple[int, Row]]) -> list[BadCell]:
    """Rows of one work that say different things of it."""
    said: dict[tuple[str, str], tuple[int, Any]] = {}
    found = []
    for line, row in rows:
        for field, value in row.fields.items():
            first, before = said.setdefault((row.work or str(row.file), field), (line, value))
            if before != value:
                reason = f'line {first} says something else of the work "{row.work or row.file.name}"'
                found.append(BadCell(line, COLUMN_OF[field], reason, "say it once, or give the file a work_id of its own"))
    return found
