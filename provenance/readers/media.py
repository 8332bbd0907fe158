"""Image and audio files: one item each; what is decoded is what was hashed, unless the file is too large to be held."""

from collections.abc import Iterator, Mapping
from functools import partial
from hashlib import file_digest, sha256
from pathlib import Path

from fingerprints.model import MediaBatch, Modality
from provenance.model import Unit, Unread
from provenance.readers.batch import Batch, WholeFile
from provenance.readers.limits import MB
from provenance.readers.piece import Part, Piece, ReadSettings, content
from provenance.readers.sidecar import beside

HELD = 64 * MB  # bytes of a file up to which it is read once; a larger local one is handed on as its path


def pieces(unit: Unit, settings: ReadSettings) -> Iterator[Piece | Unread]:
    """The file, unless it is too large."""
    source, modality = unit.source, Modality(unit.format)
    if source.size > settings.limits.media_file:
        yield Unread("", None, "too-large", f"a file of {source.size} bytes; up to {settings.limits.media_file} are read", modality)
        return
    about = beside(source.file, settings.limits)
    with source.file.open("rb") as file:
        if source.size > HELD and isinstance(source.file, Path):
            media: bytes | Path = source.file
            digest = file_digest(file, "sha256").digest()
        else:
            media = file.read(settings.limits.media_file)
            digest = sha256(media).digest()
    yield Piece(content(modality.encode(), digest, about), partial(_item, media, modality, about), size=source.size)


def _item(media: bytes | Path, modality: Modality, about: Mapping[str, str]) -> Iterator[Part]:
    yield Batch(MediaBatch(modality, (media,)), WholeFile("", about))
