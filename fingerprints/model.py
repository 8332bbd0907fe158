"""The types every modality shares: a batch of media in, aligned matches out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from fingerprints.errors import FingerprintError

if TYPE_CHECKING:
    import pyarrow as pa

Interval: TypeAlias = tuple[int, int]
"""Half-open, ``start < stop``."""
Point: TypeAlias = tuple[float, float]
Quadrilateral: TypeAlias = tuple[Point, Point, Point, Point]
"""Corners from the work's top left, clockwise as the work stands upright."""
Unit: TypeAlias = Literal["char", "px", "ms"]
Media: TypeAlias = str | bytes | Path
"""One work or item: text as ``str``; an image or a sound as its encoded bytes or the path of a file of them."""


class Modality(StrEnum):
    """A kind of media that has a scheme of its own."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"


class Kind(StrEnum):
    """What a match rests on, strongest first."""

    EXACT = "exact"  # identical content
    VERBATIM = "verbatim"  # text: an aligned passage, word for word
    NEAR_VERBATIM = "near-verbatim"  # text: an aligned passage with edits
    VERIFIED = "verified"  # image or sound: geometry or spectrum checked
    NEAR_DUPLICATE = "near-duplicate"  # whole-item similarity within a calibrated distance
    LEAD = "lead"  # a person must look


@dataclass(frozen=True, slots=True)
class Segment:
    """Where a match stands, on both sides.

    Units: ``char`` is Unicode code points of the original text, ``ms`` milliseconds (both half-open intervals), ``px`` pixels of
    the upright image as a quadrilateral.
    """

    unit: Unit
    item: Interval | Quadrilateral
    work: Interval | Quadrilateral


@dataclass(frozen=True, slots=True)
class Chance:
    """How often one trial gives such a score where nothing was reused.

    ``observed`` is the upper 95 % bound from ``n`` trials (zero of n is 3/n, the rule of three: Hanley & Lippman-Hand 1983);
    ``modelled`` extrapolates beyond what n trials can show.
    """

    per_trial: float
    trial: str
    """What one trial is, such as "one image against one work"."""
    basis: Literal["observed", "modelled"]
    n: int


@dataclass(frozen=True, slots=True)
class Match:
    """One registered asset reused in one item: how surely, where, and how much."""

    modality: Modality
    kind: Kind
    scheme: str
    score: float
    """In [0, 1]; 1 when the item is the work."""
    segments: tuple[Segment, ...]
    coverage_of_work: float
    coverage_of_item: float
    chance: Chance
    measures: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    """Further measurements by name. Text: words, chars, equal_words. Image: area, inliers, mirrored, rotated, scaled. Audio: seconds."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A match together with the item's place in the batch and the asset's id."""

    position: int
    asset: str
    match: Match


@dataclass(frozen=True, slots=True)
class Failure:
    """An item of a batch that could not be scanned, and why."""

    position: int
    error: FingerprintError


@dataclass(frozen=True, slots=True)
class MediaBatch:
    """Items of one modality: an Arrow ``large_string`` column of texts, or a tuple of images or sounds."""

    modality: Modality
    content: "pa.LargeStringArray | tuple[bytes | Path, ...]"

    def __len__(self) -> int:
        return len(self.content)


class IndexBuilder(Protocol):
    """Registry side: makes one fingerprint per asset and writes an index shard of many."""

    modality: Modality
    scheme: str

    def fingerprint(self, media: Media) -> bytes:
        """Everything the index needs of one asset; the same media give the same bytes in every process.

        Raises FingerprintError when the media cannot be read or cannot be matched.
        """
        ...

    def add(self, asset: str, fingerprint: bytes) -> None:
        """Takes an asset's fingerprint into the shard; ``asset`` is the id that hits will carry."""
        ...

    def write(self, directory: Path) -> None:
        """Writes the shard's files into an empty directory; equal input in equal order gives equal bytes."""
        ...


class Scanner(Protocol):
    """Audit side: finds registered assets in batches of items."""

    scheme: str

    def scan(self, batch: MediaBatch) -> Iterator[Hit | Failure]:
        """Yields every match, in order of position; a failure for each item that cannot be read."""
        ...
