"""What an addition would record of each work: from its metadata rows, or from the file's name where there are none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provenance.registry.intake import Examined
from provenance.registry.log import canonical
from provenance.registry.metadata import Row
from provenance.registry.store import Statement

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


def propose(files: Iterable[Examined], rows: Iterable[Row], owners: Mapping[str, tuple[str, ...]]) -> tuple[Proposal, ...]:
    """One proposal per work, in the order of the files.

    A file without a row belongs to the works that own its content already, or else becomes a work of its own.
    """
    by_file: dict[Path, list[Row]] = {}
    for one in rows:
        by_file.setdefault(one.file, []).append(one)
    proposals: dict[str, Proposal] = {}
    for file in files:
        named: list[tuple[str, Row | None]] = [(row.work or content_id(file.asset), row) for row in by_file.get(file.file, ())]
        for work, row in named or [(work, None) for work in owners.get(file.asset, ()) or (content_id(file.asset),)]:
            proposals.setdefault(work, Proposal(work)).take(file, row)
    return tuple(proposals.values())
