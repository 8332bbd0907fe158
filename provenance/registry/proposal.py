"""What an addition would record of each work: from its metadata rows, or from the file's name where there are none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from provenance.registry.intake import Examined
from provenance.registry.log import canonical
from provenance.registry.metadata import BadCell, MetadataError, Row, disagreements
from provenance.registry.store import Statement

Owners: TypeAlias = Mapping[str, tuple[str, ...]]
"""Ids of works by asset."""

_ID_DIGITS = 16  # 64 bits of the content's digest: two of a million works share an id with a chance of 3e-8


@dataclass(slots=True)
class Proposal:
    """A work as an addition found it."""

    work: str
    fields: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    """Where the fields come from; empty if there is no metadata."""
    files: dict[str, Examined] = field(default_factory=dict)
    """By asset; of equal files the first."""
    copies: int = 0
    """Further files with the same content."""

    def take(self, file: Examined, row: Row | None) -> None:
        """Adds a file and what its row says."""
        self.copies += file.asset in self.files
        self.files.setdefault(file.asset, file)
        if row is not None:
            self.fields |= row.fields
            self.source = self.source or row.source

    @property
    def first(self) -> Path:
        """The first file; its name without the ending is the title until somebody gives one."""
        return next(iter(self.files.values())).file

    def news(self, history: Iterable[Statement]) -> dict[str, Any]:
        """The fields that metadata has not stated in these words before.

        What was set by hand stays until the metadata says something new; that a field is UNKNOWN is news only if it was known.
        """
        stated = {one.field: canonical(one.value) for one in history if one.origin == "metadata"}
        return {name: value for name, value in self.fields.items() if canonical(value) != stated.get(name, canonical(None))}


def content_id(asset: str) -> str:
    """The id of a work to which nobody gave one."""
    return f"W-{asset[:_ID_DIGITS]}"


def assigned(files: Iterable[Examined], rows: Sequence[Row], owners: Owners) -> tuple[Row, ...]:
    """The rows with the id of a work in each: where one gives none, that of the work which owns the file's content already.

    ``owners`` are those on record; rows that give an id make an owner too. Raises MetadataError where several works own the file, and
    where rows that mean the same work contradict each other.
    """
    assets = {file.file: file.asset for file in files}
    owners = _with_named(assets, rows, owners)
    without = {row.line: assets[row.file] for row in rows if not row.work and row.file in assets}  # the others' files cannot be opened
    ambiguous = [_ambiguous(row, works) for row in rows if row.line in without and len(works := owners.get(without[row.line], ())) > 1]
    result = tuple(replace(row, work=_owner(without[row.line], owners)) if row.line in without else row for row in rows)
    if problems := ambiguous or disagreements(result):
        raise MetadataError(rows[0].table, tuple(problems))
    return result


def _with_named(assets: Mapping[Path, str], rows: Iterable[Row], owners: Owners) -> Owners:
    """By asset, the works on record and those that the rows name."""
    found = {asset: dict.fromkeys(works) for asset, works in owners.items()}
    for row in rows:
        if row.work and row.file in assets:
            found.setdefault(assets[row.file], {}).setdefault(row.work)
    return {asset: tuple(works) for asset, works in found.items()}


def _ambiguous(row: Row, works: tuple[str, ...]) -> BadCell:
    reason = f"the file {row.file.name} belongs to several works: {', '.join(works)}"
    return BadCell(row.line, "work_id", reason, "name the one that the row describes in work_id")


def _owner(asset: str, owners: Owners) -> str:
    return next(iter(owners.get(asset, ())), content_id(asset))


def propose(files: Sequence[Examined], rows: Iterable[Row], owners: Owners) -> tuple[Proposal, ...]:
    """One proposal per work, in the order of the files; every row has its work's id (see ``assigned``).

    A file without a row belongs to the works that own its content, on record or by the row of a copy, or else becomes a work of its own.
    """
    rows = tuple(rows)
    owners = _with_named({file.file: file.asset for file in files}, rows, owners)
    by_file: dict[Path, list[Row]] = {}
    for one in rows:
        by_file.setdefault(one.file, []).append(one)
    proposals: dict[str, Proposal] = {}
    for file in files:
        named: list[tuple[str, Row | None]] = [(row.work, row) for row in by_file.get(file.file, ())]
        for work, row in named or [(work, None) for work in owners.get(file.asset, ()) or (content_id(file.asset),)]:
            proposals.setdefault(work, Proposal(work)).take(file, row)
    return tuple(proposals.values())
