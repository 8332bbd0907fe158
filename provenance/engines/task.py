"""What every worker of every engine is told once, before the first unit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fingerprints.model import Modality
from fingerprints.schemes import SCHEMES, Scheme
from provenance.matching import Exhibitor, Known, Scan, Scanners
from provenance.model import PieceResult, Unit
from provenance.readers import ReadSettings

if TYPE_CHECKING:
    from fingerprints.text.semantic import Leads


@dataclass(frozen=True, slots=True)
class ScanTask:
    """The index shards to scan with, and how; it travels to the workers, so that every field must be picklable."""

    shards: Mapping[Modality, tuple[Path, ...]]
    assets: Mapping[str, tuple[str, ...]]
    """The works of each registered asset."""
    erased: frozenset[str] = frozenset()
    """Assets that are not reported any more."""
    exhibitor: Exhibitor | None = None
    """Shows what a match rests on, while the item is at hand."""
    settings: ReadSettings = field(default_factory=ReadSettings)
    share: float = 1.0
    """Of the items by content, those that are looked at."""
    known: Known | None = None
    """Results of earlier runs."""
    schemes: Mapping[Modality, Scheme] = field(default_factory=lambda: dict(SCHEMES))
    leads: "Leads | None" = None
    """How paraphrases are looked for."""

    def opened(self) -> Callable[[Unit], Iterator[tuple[PieceResult, bool]]]:
        """The function from a unit to the results of its pieces, each with whether it was known; scanners are opened as needed and kept."""
        scanners = Scanners(self.shards, self.erased, self.assets, self.schemes, self.leads)
        return Scan(scanners, self.settings, self.share, self.exhibitor, self.known).unit
