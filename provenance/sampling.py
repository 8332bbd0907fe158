"""A sample of the items, chosen by their content alone: the same ones whoever looks and however the data set is cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest, sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from fingerprints.model import MediaBatch, Modality
from provenance.model import Place
from provenance.readers.batch import Batch, Origin

SCALE = 1 << 64


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where the items of a sample stand."""

    origin: Origin
    positions: Sequence[int]

    def place(self, position: int) -> Place:
        """Where the item stands in the data set."""
        return self.origin.place(self.positions[position])

    def metadata(self, position: int) -> Mapping[str, str]:
        """What stands beside the item."""
        return self.origin.metadata(self.positions[position])


def sampled(batch: Batch, share: float) -> Batch:
    """The items whose SHA-256 (its first eight bytes, big-endian, as a fraction of 2**64) lies below ``share``.

    A smaller sample is a part of every larger one, and equal items are in it together or not at all.
    """
    if share >= 1:
        return batch
    below = int(share * SCALE)
    positions = [number for number, head in enumerate(_heads(batch.media)) if head < below]
    content: Any = batch.media.content
    if batch.media.modality is Modality.TEXT:
        chosen = content.take(np.array(positions, np.int64))  # with a type, also where no position is left
    else:
        chosen = tuple(content[number] for number in positions)
    return Batch(MediaBatch(batch.media.modality, chosen), Chosen(batch.origin, positions))


def _heads(media: MediaBatch) -> Sequence[int]:
    content: Any = media.content
    if media.modality is not Modality.TEXT:
        return [_head(_file(entry) if isinstance(entry, Path) else sha256(entry).digest()) for entry in content]
    _, offset_buffer, data_buffer = content.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[content.offset : content.offset + len(content) + 1].tolist()
    data = memoryview(data_buffer) if data_buffer is not None else memoryview(b"")
    return [_head(sha256(data[start:stop]).digest()) for start, stop in pairwise(offsets)]


def _head(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big")


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file_digest(file, "sha256").digest()
