"""The evidence folder: exhibits wait beside it until it is known which of them belong to a finding."""

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from fingerprints.model import Kind
from provenance.document import dumps, read_exhibit
from provenance.errors import UsageError
from provenance.evidence import Side, name_of
from provenance.files import write_atomically
from provenance.model import LAID, Alignment, Attachment, Finding, PictureSide, SoundSide


@dataclass(frozen=True, slots=True)
class EvidenceFolder:
    """Takes what workers made and keeps what findings show; use it as a context manager."""

    directory: Path
    waiting: Path

    @classmethod
    def opened(cls, directory: Path) -> "EvidenceFolder":
        """The folder, made if it is not there; raises UsageError where nothing can be written."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            return cls(directory, Path(tempfile.mkdtemp(prefix=".waiting-", dir=directory)))
        except OSError as error:
            raise UsageError(f"{directory} cannot be written: {error.strerror or error}", "name another folder with --evidence") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.waiting, ignore_errors=True)

    def take(self, attachments: Iterable[Attachment]) -> None:
        """Keeps exhibits until it is known whether a finding shows them; equal items make equal ones, of which the first stays."""
        for attachment in attachments:
            file = self.waiting / Path(attachment.name).name
            try:
                if not file.exists():
                    file.write_bytes(attachment.content)
            except OSError as error:
                raise UsageError(f"{file} cannot be written: {error.strerror or error}", "make room, or name another --evidence") from error

    def settled(self, finding: Finding) -> str | None:
        """The exhibit's name in the audit, if one was made; it is then of this finding, in the name of its first occurrence."""
        name = name_of(finding.item.sha256, finding.work.asset)
        waiting = self.waiting / f"{name}.json"
        if finding.match.kind is Kind.LEAD or not waiting.is_file():
            return None
        exhibit = read_exhibit(waiting)
        if not all(self._is_there(side, f"{name}-{which}") for side, which in ((exhibit.item, "item"), (exhibit.work, "work")) if side):
            return None
        if not all(self._are_there(alignment, name) for alignment in exhibit.alignments):
            return None
        item = replace(self._placed(exhibit.item, f"{finding.id}-item"), label=finding.item.locator)
        work = self._placed(exhibit.work, f"{finding.id}-work") if exhibit.work else None
        alignments = tuple(self._placed_over(one, finding.id) for one in exhibit.alignments)
        settled = replace(exhibit, finding=finding.id, item=item, work=work, alignments=alignments)
        write_atomically(self.directory / f"{finding.id}.json", dumps(settled))
        return f"evidence/{finding.id}.json"

    def _is_there(self, side: Side, stem: str) -> bool:
        """True if the picture that a side names is the one that was made for it: a part may come from elsewhere, and name any file."""
        if not isinstance(side, PictureSide | SoundSide):
            return True
        return side.file in {f"{stem}.jpg", f"{stem}.png"} and self._waits(side.file)

    def _are_there(self, alignment: Alignment, stem: str) -> bool:
        """The same of an alignment's pictures."""
        names = tuple(f"{stem}-{alignment.region}-{part}.jpg" for part in LAID)
        return alignment.files == names and all(map(self._waits, names))

    def _waits(self, name: str) -> bool:
        return (self.waiting / name).is_file()

    def _placed(self, side: Side, stem: str) -> Side:
        """The side with its picture in the folder."""
        if not isinstance(side, PictureSide | SoundSide):
            return side
        name = stem + Path(side.file).suffix
        self._place(side.file, name)
        return replace(side, file=name)

    def _placed_over(self, alignment: Alignment, stem: str) -> Alignment:
        """The alignment with its pictures in the folder."""
        names = [f"{stem}-{alignment.region}-{part}.jpg" for part in LAID]
        for file, name in zip(alignment.files, names, strict=True):
            self._place(file, name)
        item, work, overlay, difference = names
        return replace(alignment, item=item, work=work, overlay=overlay, difference=difference)

    def _place(self, waiting: str, name: str) -> None:
        write_atomically(self.directory / name, (self.waiting / waiting).read_bytes())
