"""What an exhibit shows: both sides of a match with context, made by the worker that has the item at hand, bounded in size."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from fingerprints.errors import FingerprintError
from fingerprints.model import Kind, Media, Modality
from provenance.document import dumps
from provenance.evidence import picture, sound, text
from provenance.files import file_sha256
from provenance.model import Alignment, Attachment, Exhibit, Item, PictureSide, Reuse, SoundSide, TextSide, strength

NOT_AT_HAND = "The registered file was not at hand, or is no longer the one that was registered; only the audited side is shown."
MOST_SEGMENTS = 6  # shown of one match, the same ones on both sides
_digest = cache(file_sha256)  # of a registered file, read once per worker: a work is matched by many items
UNREADABLE = "The registered file could not be shown: "
Side = TextSide | PictureSide | SoundSide


def name_of(item_sha256: str, asset: str) -> str:
    """The name under which a worker makes the exhibit of an item and an asset; findings are named later, when works are known."""
    return "E-" + sha256(f"{asset}\0{item_sha256}".encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class ExhibitMaker:
    """Makes an exhibit per item and asset: ``E-….json`` and, beside it, the pictures it names."""

    files: Mapping[str, Path]
    """Where the registered file of each asset is, by the asset's id (the SHA-256 of its bytes)."""

    def __call__(self, item: Item, media: Media, reuses: Sequence[Reuse]) -> Sequence[Attachment]:
        """The exhibits of one item; a lead has none."""
        made: list[Attachment] = []
        shown = [reuse for reuse in reuses if reuse.match.kind is not Kind.LEAD and "background" not in reuse.match.measures]
        for asset, reuse in {reuse.asset: reuse for reuse in sorted(shown, key=strength, reverse=True)}.items():
            with suppress(FingerprintError, OSError):  # the finding then has no exhibit, and the report says so
                made += self._exhibit(name_of(item.sha256, asset), item, media, reuse)
        return made

    def _exhibit(self, name: str, item: Item, media: Media, reuse: Reuse) -> list[Attachment]:
        audited, attached = _side(name, item.locator, media, reuse, "item")
        registered, note = None, NOT_AT_HAND
        alignments: tuple[Alignment, ...] = ()
        if file := self._unchanged(reuse.asset):
            try:
                registered, more = _side(name, file.name, file, reuse, "work")
                alignments, laid = _aligned(name, media, file, reuse)
                attached, note = [*attached, *more, *laid], ""
            except (FingerprintError, OSError) as error:
                note = f"{UNREADABLE}{error}"
        if isinstance(audited, TextSide) and isinstance(registered, TextSide):
            audited, registered = text.compared(audited, registered)
        left_out = len(reuse.match.segments) - MOST_SEGMENTS
        if left_out > 0:
            note = f"{note} {left_out} further passages are not shown; the finding lists where they stand.".strip()
        exhibit = Exhibit("", item.modality, audited, registered, note, alignments)
        return [Attachment(f"{name}.json", dumps(exhibit)), *attached]

    def _unchanged(self, asset: str) -> Path | None:
        """The registered file, if it still is what was registered and can be read."""
        file = self.files.get(asset)
        with suppress(OSError):
            return file if file and file.is_file() and _digest(file) == asset else None
        return None


def _side(name: str, label: str, media: Media, reuse: Reuse, side: str) -> tuple[Side, list[Attachment]]:
    """One side, and the picture that it names."""
    regions = [getattr(segment, side) for segment in reuse.match.segments[:MOST_SEGMENTS]]
    if reuse.item.modality is Modality.TEXT:
        return text.excerpt(label, media, regions), []
    if reuse.item.modality is Modality.IMAGE:
        shown, jpeg = picture.reduced(label, media, regions, f"{name}-{side}.jpg", _frames(reuse)[side == "work"])
        return shown, [Attachment(shown.file, jpeg)]
    heard, png = sound.spectrum(label, media, regions, f"{name}-{side}.png")
    return heard, [Attachment(heard.file, png)]


def _aligned(name: str, media: Media, file: Path, reuse: Reuse) -> tuple[tuple[Alignment, ...], list[Attachment]]:
    """The work laid over the item, region by region, and the pictures of it; nothing for what is no picture, or is identical."""
    if reuse.item.modality is not Modality.IMAGE or reuse.match.kind is Kind.EXACT:
        return (), []
    from provenance.evidence.alignment import aligned

    made = list(aligned(media, file, reuse.match.segments[:MOST_SEGMENTS], name, _frames(reuse)))
    return tuple(alignment for alignment, _ in made), [attachment for _, attachments in made for attachment in attachments]


def _frames(reuse: Reuse) -> tuple[int, int]:
    """Numbers of the frames of the item and of the work that match; 0 of a still picture."""
    return int(reuse.match.measures.get("frame", 0)), int(reuse.match.measures.get("frame_of_work", 0))
