"""Matches one unit: the one function that every engine runs, a pure function of the unit, the scanners and the limits."""

import importlib.util
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TypeAlias

from fingerprints.errors import SchemeError
from fingerprints.model import Failure, Hit, Kind, Media, Modality, Scanner
from fingerprints.schemes import SCHEMES, Scheme
from provenance.errors import AccountingError, RegistryError
from provenance.files import file_sha256
from provenance.model import Excluded, Item, Reuse, Unit, UnitResult, Unread
from provenance.readers import read
from provenance.readers.batch import Batch
from provenance.readers.limits import LIMITS, Limits

Exhibitor: TypeAlias = Callable[[Item, Media, Sequence[Reuse]], None]
"""Shows an item with its matches while the item is at hand."""
OTHER = "other"  # what counts are kept under where no modality is known
EXAMPLES = 5  # names that one unit gives for each reason of exclusion


@dataclass(slots=True)
class Scanners:
    """One scanner per modality, opened when the first item of its modality comes: an audit of text never loads the image libraries."""

    shards: Mapping[Modality, tuple[Path, ...]]
    erased: frozenset[str]
    assets: Mapping[str, tuple[str, ...]]
    """The works of each asset."""
    schemes: Mapping[Modality, Scheme] = field(default_factory=lambda: SCHEMES)
    _opened: dict[Modality, Scanner | str] = field(default_factory=dict)

    def scanner(self, modality: Modality) -> Scanner | str:
        """The modality's scanner, also without shards (it still decodes), or how to install what it needs.

        Raises RegistryError if a shard is damaged or of another scheme.
        """
        if modality not in self._opened:
            self._opened[modality] = self._open(self.schemes[modality])
        return self._opened[modality]

    def works(self, asset: str) -> tuple[str, ...]:
        """The works that an asset belongs to; raises RegistryError for one that the registry does not know."""
        try:
            return self.assets[asset]
        except KeyError:
            raise RegistryError(
                f"the index knows an asset that the registry does not: {asset}", "run 'provenance registry verify'"
            ) from None

    def _open(self, scheme: Scheme) -> Scanner | str:
        missing = [package for name, package in scheme.requires.items() if importlib.util.find_spec(name) is None]
        if missing:
            return f"install what it needs: pip install {' '.join(missing)}"
        try:
            return scheme.open(self.shards.get(scheme.modality, ()), self.erased)
        except ImportError as error:
            return f"a library cannot be loaded: {error}; pip install {' '.join(scheme.requires.values())}"
        except SchemeError as error:
            raise RegistryError(str(error), "run 'provenance registry verify'") from error


def scan_unit(unit: Unit, scanners: Scanners, exhibit: Exhibitor | None = None, limits: Limits = LIMITS) -> UnitResult:
    """Everything found in a unit, and an account of every item in it.

    Unread entries are listed up to ``limits.listed``, then summed up in one; the counts are exact: of a modality,
    unread = seen - scanned (of ``other``: seen - scanned - excluded). Raises AccountingError if a scanner accounts for an item twice.
    """
    tally = _Tally(unit, scanners, exhibit, limits)
    for part in read(unit, limits):
        if isinstance(part, Batch):
            tally.batch(part)
        elif isinstance(part, Unread):
            tally.unread(part)
        else:
            tally.exclude(part)
    return tally.result()


class _Tally:
    """What a unit has given so far."""

    def __init__(self, unit: Unit, scanners: Scanners, exhibit: Exhibitor | None, limits: Limits) -> None:
        self._unit, self._scanners, self._exhibit, self._limits = unit, scanners, exhibit, limits
        self._seen, self._scanned = Counter[str](), Counter[str]()
        self._bytes = 0
        self._reuses: list[Reuse] = []
        self._unread: list[Unread] = []
        self._refused = 0
        self._excluded: dict[str, tuple[tuple[str, ...], int]] = {}

    def batch(self, batch: Batch) -> None:
        """Scans a batch and enters what comes of it."""
        modality, count, last = batch.media.modality, len(batch.media), -1
        self._seen[modality.value] += count
        scanner = self._scanners.scanner(modality)
        if isinstance(scanner, str):
            for position in range(count):
                self._refuse(batch, position, "no-library", scanner)
            return
        refused = 0
        for position, group in groupby(scanner.scan(batch.media), key=attrgetter("position")):
            found = list(group)
            failures = [entry for entry in found if isinstance(entry, Failure)]
            if not last < position < count or (failures and len(found) > 1):
                raise AccountingError(f"{scanner.scheme} accounts twice for item {position} of {count} in {self._unit.source.path}")
            last = position
            for failure in failures:
                refused += 1
                self._refuse(batch, position, failure.error.reason, str(failure.error))
            self._match(batch, position, [entry for entry in found if isinstance(entry, Hit)])
        self._scanned[modality.value] += count - refused
        self._bytes += _size(batch)

    def unread(self, unread: Unread) -> None:
        """Enters something that no batch holds."""
        self._seen[unread.modality.value if unread.modality else OTHER] += 1
        self._list(unread)

    def exclude(self, excluded: Excluded) -> None:
        """Enters something that is not to be audited."""
        self._seen[OTHER] += excluded.count
        examples, count = self._excluded.get(excluded.reason, ((), 0))
        self._excluded[excluded.reason] = ((*examples, *excluded.examples)[:EXAMPLES], count + excluded.count)

    def result(self) -> UnitResult:
        """The account of the unit."""
        excluded = tuple(Excluded(reason, count, examples) for reason, (examples, count) in sorted(self._excluded.items()))
        lost = self._seen.total() - self._scanned.total() - self._refused - sum(entry.count for entry in excluded)
        if lost:
            raise AccountingError(f"{lost} items of {self._unit.source.path} are neither scanned nor unread nor excluded")
        listed = self._unread[: self._limits.listed]
        if self._refused > len(listed):
            detail = f"{self._refused - len(listed)} more in this part of the file are not listed one by one; the counts hold them"
            listed.append(Unread(self._unit.source.path, None, "more-unread", detail))
        return UnitResult(self._unit, dict(self._seen), dict(self._scanned), self._bytes, tuple(self._reuses), tuple(listed), excluded)

    def _match(self, batch: Batch, position: int, hits: Sequence[Hit]) -> None:
        """Enters an item's matches, one for each work of each asset."""
        if not hits:
            return
        place, media = batch.place(position), batch.item(position)
        digest = media_sha256(media)
        item = Item(place.path, place.record, place.field, place.locator, batch.media.modality, digest, batch.metadata(position))
        reuses = [Reuse(item, work, hit.asset, hit.match) for hit in hits for work in self._scanners.works(hit.asset)]
        self._reuses += reuses
        if self._exhibit and any(reuse.match.kind is not Kind.LEAD for reuse in reuses):
            self._exhibit(item, media, reuses)

    def _refuse(self, batch: Batch, position: int, reason: str, detail: str) -> None:
        """Enters an item of a batch that could not be scanned."""
        place = batch.place(position)
        where = "" if place.field is None else f"{place.locator}: "
        self._list(Unread(place.path, place.record, reason, where + detail, batch.media.modality))

    def _list(self, unread: Unread) -> None:
        self._refused += 1
        if len(self._unread) < self._limits.listed:
            self._unread.append(unread)


def media_sha256(media: Media) -> str:
    """SHA-256 of a text's UTF-8, of other media's encoded bytes: the digest by which an item is known."""
    if isinstance(media, Path):
        return file_sha256(media)
    return sha256(media.encode() if isinstance(media, str) else media).hexdigest()


def _size(batch: Batch) -> int:
    """Bytes of the items: of UTF-8 text, of encoded media."""
    if batch.media.modality is Modality.TEXT:
        compute = importlib.import_module("pyarrow.compute")
        return int(compute.sum(compute.binary_length(batch.media.content)).as_py() or 0)
    return sum(entry.stat().st_size if isinstance(entry, Path) else len(entry) for entry in batch.media.content)
