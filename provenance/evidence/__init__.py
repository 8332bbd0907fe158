"""What an exhibit shows: both sides of a match with context, made by the worker that has the item at hand, bounded in size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import file_digest
from pathlib import Path

from fingerprints.errors import FingerprintError
from fingerprints.model import Kind, Media, Modality
from provenance.document import dumps
from provenance.evidence import picture, sound, text
from provenance.files import write_atomically
from provenance.model import Exhibit, Item, PictureSide, Reuse, SoundSide, TextSide, finding_id

NOT_AT_HAND = "The registered file was not at hand, or is no longer the one that was registered; only the audited side is shown."
UNREADABLE = "The registered file could not be shown: "
Side = TextSide | PictureSide | SoundSide


@dataclass(frozen=True, slots=True)
class ExhibitMaker:
    """Writes an exhibit per item and work into a folder: ``F-….json`` and, beside it, the pictures it names."""

    directory: Path
    files: Mapping[str, Path]
    """Where the registered file of each asset is, by the asset's id (the SHA-256 of its bytes)."""

    def __call__(self, item: Item, media: Media, reuses: Sequence[Reuse]) -> None:
        """Makes the exhibits of one item; a lead has none, and of several matches with a work the longest is shown."""
        shown: dict[str, Reuse] = {}
        for reuse in reuses:
            best = shown.get(reuse.work)
            if reuse.match.kind is not Kind.LEAD and (best is None or reuse.match.coverage_of_item > best.match.coverage_of_item):
                shown[reuse.work] = reuse
        for reuse in shown.values():
            write_atomically(self.directory / f"{_name(reuse)}.json", dumps(self._exhibit(item, media, reuse)))

    def _exhibit(self, item: Item, media: Media, reuse: Reuse) -> Exhibit:
        audited = self._side(item.locator, media, reuse, "item")
        registered, note = None, NOT_AT_HAND
        if file := self._unchanged(reuse.asset):
            try:
                registered, note = self._side(file.name, file, reuse, "work"), ""
            except FingerprintError as error:
                note = f"{UNREADABLE}{error}"
        if isinstance(audited, TextSide) and isinstance(registered, TextSide):
            audited, registered = text.compared(audited, registered)
        return Exhibit(_name(reuse), item.modality, audited, registered, note)

    def _unchanged(self, asset: str) -> Path | None:
        """The registered file, if it still is what was registered."""
        file = self.files.get(asset)
        if file is None or not file.is_file():
            return None
        return file if _digest(file) == asset else None

    def _side(self, label: str, media: Media, reuse: Reuse, side: str) -> Side:
        regions = [getattr(segment, side) for segment in reuse.match.segments]
        stem = f"{_name(reuse)}-{side}"
        if reuse.item.modality is Modality.TEXT:
            return text.excerpt(label, media, regions)
        if reuse.item.modality is Modality.IMAGE:
            return picture.reduced(label, media, regions, self.directory / f"{stem}.jpg")
        return sound.spectrum(label, media, regions, self.directory / f"{stem}.png")


@cache
def _digest(file: Path) -> str:
    """SHA-256 of a registered file, read once per worker: a work is matched by many items."""
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _name(reuse: Reuse) -> str:
    return finding_id(reuse.work, reuse.item.sha256, reuse.item.modality)
