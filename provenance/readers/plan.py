"""Cuts what is to be audited into units: the same ones for the same input, whoever works on them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from fingerprints.model import Modality
from provenance.errors import UsageError
from provenance.model import Excluded, Source, Unit, Unread
from provenance.readers import ReadSettings, planner
from provenance.readers.roles import TableRoles, absent, roles_of
from provenance.readers.sidecar import is_sidecar
from provenance.readers.sniff import Format, head_of, named, sniff
from provenance.readers.walk import Found, walk

EXAMPLES = 5  # paths that are named for each reason of exclusion
REQUESTS = 16  # at a time, to remote storage
WHOLE = "sha256"  # format of a unit that reads no items: it gives the digest of a file whose other units are parts of it


@dataclass(frozen=True, slots=True)
class Plan:
    """Every file that was seen: in units, as unread or as excluded."""

    units: tuple[Unit, ...]
    unread: tuple[Unread, ...]
    excluded: tuple[Excluded, ...]
    seen: int
    """Files: those of the units, and the unread and the excluded ones."""
    bytes: int
    """Of all files seen, as they are on disk."""
    tables: tuple[TableRoles, ...] = ()
    """Which field of the tables plays which role."""


def plan(
    paths: Sequence[Path | str],
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    own: Sequence[Path] = (),
    settings: ReadSettings | None = None,
) -> Plan:
    """Units of all files under the paths, in the order of the paths and sorted below each.

    Raises UsageError for a path that is not there, and for a chosen text column that no table has.

    A pattern such as ``*.jpg`` or ``drafts`` is matched against a file's name, against its path below the one given, and against
    the folders on the way; where ``include`` is given, a file must match one of its patterns.

    Excluded whole, and counted, are folders that hold a registry (``registry``) and the files and folders in ``own``: the reports and
    the evidence of an earlier run (``own-output``).
    """
    draft = _Draft()
    for folder in walk(paths, include, exclude, own):
        formats = _formats([found for found in folder if not found.reason])
        described = {found.file.stem for found, kind in formats.items() if kind.reader in {"image", "audio"}}
        for found in folder:
            draft.seen += 1
            draft.bytes += found.size
            kind = formats.get(found)
            if kind is None:
                draft.settle(found, found.reason, found.detail, excluded=found.excluded)
            elif found.file.stem in described and is_sidecar(found.file):
                draft.settle(found, "sidecar", excluded=True)
            elif kind.reader is None:
                draft.settle(found, kind.reason, kind.detail, kind.modality, excluded=kind.excluded)
            else:
                draft.cut(found, kind.reader)
    planned = draft.finished()
    tables = roles_of(planned.units, settings or ReadSettings())
    if settings and (unknown := absent(tables, settings.text_columns)):
        has = "; ".join(map(str, tables)) or "the input has no tables"
        raise UsageError(f"--text-column {', '.join(unknown)}: no table has it", f"what there is: {has}")
    return replace(planned, tables=tables)


def _formats(files: Sequence[Found]) -> dict[Found, Format]:
    """The format of each file; remote ones are asked at the same time, since each is a request."""
    if all(isinstance(found.file, Path) for found in files):
        return {found: _format(found) for found in files}
    with ThreadPoolExecutor(REQUESTS) as pool:
        return dict(zip(files, pool.map(_format, files), strict=True))


def _format(found: Found) -> Format:
    try:
        with found.file.open("rb") as file:
            return sniff(head_of(file), found.file.name)
    except OSError as error:
        return Format("unreadable", None, named(found.file.name), "unreadable", error.strerror or str(error))


def modified(file: object) -> int:
    """When a local file was last written, in ns since 1970; 0 for a remote one. Raises OSError."""
    return file.stat().st_mtime_ns if isinstance(file, Path) else 0


class _Draft:
    """A plan in the making."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.unread: list[Unread] = []
        self.excluded: dict[str, list[str]] = {}
        self.seen = self.bytes = 0

    def settle(self, found: Found, reason: str, detail: str = "", modality: Modality | None = None, *, excluded: bool = False) -> None:
        """Enters a file that is not to be read."""
        if excluded:
            self.excluded.setdefault(reason, []).append(found.path)
        else:
            self.unread.append(Unread(found.path, None, reason, detail, modality))

    def cut(self, found: Found, reader: str) -> None:
        """Enters a file's units."""
        cut = planner(reader)
        try:
            source = Source(cast("Path", found.file), found.path, found.size, modified(found.file))
            planned = cut(source) if cut else [Unit(source, reader)]
        except OSError as error:
            self.settle(found, "unreadable", error.strerror or str(error))
            return
        if isinstance(planned, Unread):
            self.unread.append(replace(planned, path=found.path))
        else:
            self.units += planned
            if isinstance(found.file, Path) and planned[0].start is not None:
                self.units.append(Unit(source, WHOLE))

    def finished(self) -> Plan:
        """The plan."""
        excluded = tuple(Excluded(reason, len(paths), tuple(paths[:EXAMPLES])) for reason, paths in sorted(self.excluded.items()))
        return Plan(tuple(self.units), tuple(self.unread), excluded, self.seen, self.bytes)
