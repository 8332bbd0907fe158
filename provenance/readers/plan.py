"""Cuts what is to be audited into units: the same ones for the same input, whoever works on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from fingerprints.model import Modality
from provenance.model import Excluded, Source, Unit, Unread
from provenance.readers.limits import BLOCK, HEAD, MB
from provenance.readers.sidecar import is_sidecar
from provenance.readers.sniff import Format, named, sniff
from provenance.readers.walk import Found, walk

RANGE = (
    8 * MB
)  # of a JSON lines file or of packed Parquet: a tenth of a second of text scanning, far above a unit's cost of about a millisecond
EXAMPLES = 5  # paths that are named for each reason of exclusion


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


def plan(paths: Sequence[Path | str], include: Sequence[str] = (), exclude: Sequence[str] = (), *, own: Sequence[Path] = ()) -> Plan:
    """Units of all files under the paths, in the order of the paths and sorted below each; raises UsageError for one that is not there.

    A pattern such as ``*.jpg`` or ``drafts`` is matched against a file's name, against its path below the one given, and against
    the folders on the way; where ``include`` is given, a file must match one of its patterns.

    Excluded whole, and counted, are folders that hold a registry (``registry``) and the files and folders in ``own``: the reports and
    the evidence of an earlier run (``own-output``).
    """
    draft = _Draft()
    for folder in walk(paths, include, exclude, own):
        formats = {found: _format(found) for found in folder if not found.reason}
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
    return draft.finished()


def _format(found: Found) -> Format:
    try:
        with found.file.open("rb") as file:
            return sniff(file.read(HEAD), found.file.name)
    except OSError as error:
        return Format("unreadable", None, named(found.file.name), "unreadable", error.strerror or str(error))


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
        source = Source(found.file, found.path, found.size)
        try:
            if reader == "parquet":
                planned = import_module("provenance.readers.parquet").units(source, RANGE)
                if isinstance(planned, Unread):
                    self.unread.append(planned)
                else:
                    self.units += planned
            elif reader == "jsonl" and found.size > RANGE:
                self.units += _line_ranges(source)
            else:
                self.units.append(Unit(source, reader))
        except OSError as error:
            self.settle(found, "unreadable", error.strerror or str(error))

    def finished(self) -> Plan:
        """The plan."""
        excluded = tuple(Excluded(reason, len(paths), tuple(paths[:EXAMPLES])) for reason, paths in sorted(self.excluded.items()))
        return Plan(tuple(self.units), tuple(self.unread), excluded, self.seen, self.bytes)


def _line_ranges(source: Source) -> list[Unit]:
    """Ranges of whole lines, each at least RANGE bytes but the last; lines are counted, so that each range knows its first record."""
    units, start, first, record, position = list[Unit](), 0, 0, 0, 0
    with source.file.open("rb") as file:
        while block := file.read(BLOCK):
            at = 0
            while (cut := block.find(b"\n", max(at, start + RANGE - position))) >= 0:
                record += block.count(b"\n", at, cut + 1)
                at = cut + 1
                units.append(Unit(source, "jsonl", start, position + at, first))
                start, first = position + at, record
            record += block.count(b"\n", at)
            position += len(block)
    return [*units, Unit(source, "jsonl", start, position, first)] if start < position else units
