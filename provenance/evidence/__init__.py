"""What an exhibit shows: both sides of a match with context, made by the worker that has the item at hand, bounded in size."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from fingerprints.errors import FingerprintError
from fingerprints.model import Kind, Media, Modality
from provenance.document import dumps, read_exhibit
from provenance.evidence import picture, sound, text
from provenance.files import file_sha256, write_atomically
from provenance.model import Exhibit, Finding, Item, PictureSide, Reuse, SoundSide, TextSide, finding_id, strength

NOT_AT_HAND = "The registered file was not at hand, or is no longer the one that was registered; only the audited side is shown."
MOST_SEGMENTS = 6  # shown of one match, the same ones on both sides
_digest = cache(file_sha256)  # of a registered file, read once per worker: a work is matched by many items
UNREADABLE = "The registered file could not be shown: "
Side = TextSide | PictureSide | SoundSide


@dataclass(frozen=True, slots=True)
class ExhibitMaker:
    """Writes an exhibit per item and work into a folder: ``F-….json`` and, beside it, the pictures it names."""

    directory: Path
    files: Mapping[str, Path]
    """Where the registered file of each asset is, by the asset's id (the SHA-256 of its bytes)."""

    def __call__(self, item: Item, media: Media, reuses: Sequence[Reuse]) -> None:
        """Makes the exhibits of one item; a lead has none, and of several matches with a work the strongest is shown."""
        shown: dict[str, Reuse] = {}
        for reuse in reuses:
            best = shown.get(reuse.work)
            if reuse.match.kind is not Kind.LEAD and (best is None or strength(reuse) < strength(best)):
                shown[reuse.work] = reuse
        for reuse in shown.values():
            with suppress(
                FingerprintError, OSError
            ):  # an item that cannot be shown has a finding without an exhibit, and the report says so
                write_atomically(self.directory / f"{_name(reuse)}.json", dumps(self._exhibit(item, media, reuse)))

    def settled(self, finding: Finding) -> str | None:
        """The exhibit's name in the audit, if one was made; of an item in several places it then names the first."""
        file = self.directory / f"{finding.id}.json"
        if finding.match.kind is Kind.LEAD or not file.is_file():
            return None
        exhibit = read_exhibit(file)
        if exhibit.item.label != finding.item.locator:
            write_atomically(file, dumps(replace(exhibit, item=replace(exhibit.item, label=finding.item.locator))))
        return f"evidence/{file.name}"

    def _exhibit(self, item: Item, media: Media, reuse: Reuse) -> Exhibit:
        audited = self._side(item.locator, media, reuse, "item")
        registered, note = None, NOT_AT_HAND
        if file := self._unchanged(reuse.asset):
            try:
                registered, note = self._side(file.name, file, reuse, "work"), ""
            except (FingerprintError, OSError) as error:
                note = f"{UNREADABLE}{error}"
        if isinstance(audited, TextSide) and isinstance(registered, TextSide):
            audited, registered = text.compared(audited, registered)
        left_out = len(reuse.match.segments) - MOST_SEGMENTS
        if left_out > 0:
            note = f"{note} {left_out} further passages are not shown; the finding lists where they stand.".strip()
        return Exhibit(_name(reuse), item.modality, audited, registered, note)

    def _unchanged(self, asset: str) -> Path | None:
        """The registered file, if it still is what was registered and can be read."""
        file = self.files.get(asset)
        with suppress(OSError):
            return file if file and file.is_file() and _digest(file) == asset else None
        return None

    def _side(self, label: str, media: Media, reuse: Reuse, side: str) -> Side:
        regions = [getattr(segment, side) for segment in reuse.match.segments[:MOST_SEGMENTS]]
        stem = f"{_name(reuse)}-{side}"
        if reuse.item.modality is Modality.TEXT:
            return text.excerpt(label, media, regions)
        if reuse.item.modality is Modality.IMAGE:
            return picture.reduced(label, media, regions, self.directory / f"{stem}.jpg")
        return sound.spectrum(label, media, regions, self.directory / f"{stem}.png")


def _name(reuse: Reuse) -> str:
    return finding_id(reuse.work, reuse.item.sha256, reuse.item.modality)
