"""What every worker of every engine is told once, before the first unit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from fingerprints.model import Modality
from fingerprints.schemes import SCHEMES, Scheme
from provenance.matching import Exhibitor, Scanners, scan_unit
from provenance.model import Unit, UnitResult
from provenance.readers.limits import LIMITS, Limits


@dataclass(frozen=True, slots=True)
class ScanTask:
    """The index shards to scan with, and how; it travels to the workers, so that every field must be picklable."""

    shards: Mapping[Modality, tuple[Path, ...]]
    assets: Mapping[str, tuple[str, ...]]
    """The works of each registered asset."""
    erased: frozenset[str] = frozenset()
    """Assets that are not reported any more."""
    exhibit: Exhibitor | None = None
    """Shows what a match rests on, while the item is at hand."""
    limits: Limits = LIMITS
    schemes: Mapping[Modality, Scheme] = field(default_factory=lambda: dict(SCHEMES))

    def opened(self) -> Callable[[Unit], UnitResult]:
        """The function from a unit to its result; scanners are opened as they are needed and kept."""
        scanners = Scanners(self.shards, self.erased, self.assets, self.schemes)
        return partial(scan_unit, scanners=scanners, exhibit=self.exhibit, limits=self.limits)
