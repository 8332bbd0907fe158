"""Image and audio files: one item, handed on as its path; the scanner's decoder opens it."""

from collections.abc import Iterator

from fingerprints.model import MediaBatch, Modality
from provenance.model import Unit, Unread
from provenance.readers.batch import Batch, WholeFile
from provenance.readers.limits import Limits
from provenance.readers.sidecar import beside


def read(unit: Unit, limits: Limits) -> Iterator[Batch | Unread]:
    """The file, unless it is too large."""
    source, modality = unit.source, Modality(unit.format)
    if source.size > limits.media_file:
        yield Unread(source.path, None, "too-large", f"a file of {source.size} bytes; up to {limits.media_file} are read", modality)
        return
    with source.file.open("rb"):
        pass  # an unreadable file is unread for that reason, not for one that a decoder makes of it
    yield Batch(MediaBatch(modality, (source.file,)), WholeFile(source.path, source.path, lambda: beside(source.file, limits)))
