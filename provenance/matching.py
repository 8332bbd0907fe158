"""Matches one unit: the one function that every engine runs, a pure function of the unit, the index shards and the settings."""

import importlib.util
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from fingerprints.errors import ModelError, SchemeError
from fingerprints.model import Failure, Hit, Kind, Media, Modality, Scanner
from fingerprints.schemes import SCHEMES, Scheme
from provenance.claims import claims_of
from provenance.errors import AccountingError, CapabilityError, RegistryError
from provenance.files import file_sha256
from provenance.model import Attachment, Excluded, Item, PieceResult, Reuse, Unit, Unread
from provenance.readers import Piece, ReadSettings, pieces
from provenance.readers.batch import Batch
from provenance.readers.plan import WHOLE
from provenance.sampling import sampled

if TYPE_CHECKING:
    from fingerprints.text.semantic import Leads

OTHER = "other"  # what counts are kept under where no modality is known
NAME = 32  # letters of a digest that name a shard in results: 128 bits
EXAMPLES = 5  # names that one piece gives for each reason of exclusion
Shards: TypeAlias = frozenset[str]
"""Index shards, each by its own digest and that of what the registry says of its assets: of a shard in which a work was removed, or a
file changed hands, no earlier result holds."""


class Exhibitor(Protocol):
    """Shows an item with its matches while the item is at hand."""

    def __call__(self, item: Item, media: Media, reuses: Sequence[Reuse], /) -> Sequence[Attachment]:
        """The exhibits' files."""
        ...


class Known(Protocol):
    """Results of earlier runs, by content."""

    def find(self, content: str) -> PieceResult | None:
        """The result of a piece of this content (SHA-256, hexadecimal); None if there is none."""
        ...


@dataclass(slots=True)
class Scanners:
    """One scanner per modality, opened when the first item of its modality comes: an audit of text never loads the image libraries."""

    shards: Mapping[Modality, tuple[Path, ...]]
    """Folders of index shards; the name of a folder is the digest of what is in it."""
    erased: frozenset[str]
    assets: Mapping[str, tuple[str, ...]]
    """The works of each asset."""
    schemes: Mapping[Modality, Scheme] = field(default_factory=lambda: SCHEMES)
    leads: "Leads | None" = None
    """How paraphrases are looked for."""
    _opened: dict[tuple[Modality, Shards], Scanner | str] = field(default_factory=dict)
    _named: dict[Modality, Mapping[str, Path]] = field(default_factory=dict)
    _homes: dict[Modality, Mapping[str, str]] = field(default_factory=dict)

    def names(self, modality: Modality) -> Shards:
        """The modality's shards; raises RegistryError if one is damaged."""
        if modality not in self._named:
            self._name(modality)
        return frozenset(self._named[modality])

    def scanner(self, modality: Modality, shards: Shards) -> Scanner | str:
        """A scanner over these shards, also over none (it still decodes), or how to install what it needs.

        Raises RegistryError if a shard is damaged or of another scheme.
        """
        if (modality, shards) not in self._opened:
            self._opened[modality, shards] = self._open(self.schemes[modality], shards)
        return self._opened[modality, shards]

    def works(self, asset: str) -> tuple[str, ...]:
        """The works that an asset belongs to; raises RegistryError for one that the registry does not know."""
        try:
            return self.assets[asset]
        except KeyError:
            raise RegistryError(
                f"the index knows an asset that the registry does not: {asset}", "run 'provenance registry verify'"
            ) from None

    def home(self, modality: Modality, asset: str) -> str:
        """The shard that an asset is in."""
        if modality not in self._named:
            self._name(modality)
        return self._homes[modality][asset]

    def _name(self, modality: Modality) -> None:
        named, homes = dict[str, Path](), dict[str, str]()
        for path in self.shards.get(modality, ()):
            try:
                held = self.schemes[modality].assets(path)
            except SchemeError as error:
                raise RegistryError(str(error), "run 'provenance registry verify'") from error
            said = "".join(f"{asset} {asset in self.erased} {' '.join(self.assets.get(asset, ()))}\n" for asset in held)
            name = f"{path.name[:NAME]}-{sha256(said.encode()).hexdigest()[:NAME]}"
            named[name] = path
            homes |= dict.fromkeys(held, name)
        self._named[modality], self._homes[modality] = named, homes

    def _open(self, scheme: Scheme, shards: Shards) -> Scanner | str:
        missing = [package for name, package in scheme.requires.items() if importlib.util.find_spec(name) is None]
        if missing:
            return f"install what it needs: pip install {' '.join(missing)}"
        try:
            folders = [path for name, path in self._named.get(scheme.modality, {}).items() if name in shards]
            return self._with_leads(scheme.open(folders, self.erased), scheme.modality, shards)
        except ImportError as error:
            return f"a library cannot be loaded: {error}; pip install {' '.join(scheme.requires.values())}"
        except SchemeError as error:
            raise RegistryError(str(error), "run 'provenance registry verify'") from error

    def _with_leads(self, scanner: Scanner, modality: Modality, shards: Shards) -> Scanner:
        """The scanner, in texts with leads to paraphrases of the assets of these shards."""
        if self.leads is None or modality is not Modality.TEXT:
            return scanner
        homes = self._homes.get(modality, {})
        return self.leads.beside(scanner, {asset for asset in self.assets if homes.get(asset) in shards})


@dataclass(frozen=True, slots=True)
class Scan:
    """How pieces are scanned."""

    scanners: Scanners
    settings: ReadSettings = field(default_factory=ReadSettings)
    share: float = 1.0
    """Of the items by content, those that are looked at."""
    exhibitor: Exhibitor | None = None
    known: Known | None = None

    def unit(self, unit: Unit) -> Iterator[tuple[PieceResult, bool]]:
        """The result of each piece of a unit, and whether it was known already.

        What stands outside of pieces is a result without content. Unread entries are listed up to ``limits.listed``, then summed up in
        one; the counts are exact. Raises AccountingError if a scanner accounts for an item twice.
        """
        if isinstance(unit.source.file, Path) and not _is_a_file(unit.source.file):
            yield (
                self._apart(Unread("", None, "changed", "a pipe, a device or a folder stands where a file was when the audit began")),
                False,
            )
            return
        for part in pieces(unit, self.settings) if unit.format != WHOLE else ():
            yield self.piece(part) if isinstance(part, Piece) else (self._apart(part), False)
        if isinstance(unit.source.file, Path):
            yield from self._whole(unit)

    def _whole(self, unit: Unit) -> Iterator[tuple[PieceResult, bool]]:
        """The digest of the file, from the unit that stands for all of it; that the file is not the one any more that was planned."""
        source = unit.source
        try:
            if unit.start is None:
                yield PieceResult("", 0, 0, {}, {}, 0, file=file_sha256(source.file)), False
            status = source.file.stat()
            changed = (status.st_size, status.st_mtime_ns) != (source.size, source.modified)
        except OSError:
            changed = True
        if changed and source.modified:
            where = "" if unit.start is None else f"; this concerns {unit.start} to {unit.stop} of it"
            unread = Unread("", None, "changed", f"the file was written to or removed while it was audited{where}")
            yield self._apart(unread), False

    def _apart(self, part: Unread | Excluded) -> PieceResult:
        """What stands outside of pieces."""
        tally = _Tally(self, "", 0, 0, {})
        tally.enter(part)
        return tally.result()

    def piece(self, piece: Piece) -> tuple[PieceResult, bool]:
        """The result of a piece: the known one, compared with those index shards only that it was not compared with before."""
        digest = piece.content.hex()
        known = self._usable(self.known.find(digest)) if self.known else None
        wanted = {modality: self.scanners.names(modality) for modality in Modality}
        if known:
            compared = frozenset(known.reuses)
            missing = {modality: names - compared for modality, names in wanted.items() if modality.value in known.seen}
            if not any(missing.values()):
                return self._cut(known, piece), True
            wanted = {**dict.fromkeys(Modality, frozenset()), **missing}
        tally = _Tally(self, digest, piece.rows, piece.size, wanted)
        for part in piece.parts():
            tally.enter(part)
        result = tally.result()
        return (_united(self._cut(known, piece), result) if known else result), False

    def _usable(self, known: PieceResult | None) -> PieceResult | None:
        """An earlier result, unless exhibits are wanted that it does not have."""
        if known is None or known.exhibits is not None or not self.exhibitor:
            return known
        return known if all(reuse.match.kind is Kind.LEAD for reuses in known.reuses.values() for reuse in reuses) else None

    def _cut(self, known: PieceResult, piece: Piece) -> PieceResult:
        """The known result without shards that are not in this registry any more."""
        current = {name for modality in Modality for name in self.scanners.names(modality)}
        reuses = {name: known.reuses[name] for name in sorted(current & known.reuses.keys())}
        return replace(known, rows=piece.rows, size=piece.size, reuses=reuses)


def _united(known: PieceResult, fresh: PieceResult) -> PieceResult:
    """One result of a piece that was compared with some shards earlier and with the others now."""
    exhibits = None if fresh.exhibits is None else (*(known.exhibits or ()), *fresh.exhibits)
    return replace(fresh, reuses=dict(sorted({**known.reuses, **fresh.reuses}.items())), exhibits=exhibits)


class _Tally:
    """What a piece has given so far."""

    def __init__(self, scan: Scan, content: str, rows: int, size: int, shards: Mapping[Modality, Shards]) -> None:
        self._scan, self._content, self._rows, self._size, self._shards = scan, content, rows, size, shards
        self._seen, self._scanned = Counter[str](), Counter[str]()
        self._bytes = self._items = 0
        self._reuses: dict[str, list[Reuse]] = {}
        self._exhibits: list[Attachment] = []
        self._unread: list[Unread] = []
        self._refused = 0
        self._excluded: dict[tuple[str, Modality | None], tuple[tuple[str, ...], int]] = {}

    def enter(self, part: Batch | Unread | Excluded) -> None:
        """Enters a part: scans a batch, counts the rest."""
        if isinstance(part, Batch):
            self._batch(part)
        elif isinstance(part, Unread):
            self._seen[part.modality.value if part.modality else OTHER] += 1
            self._list(part)
        else:
            self._exclude(part)

    def result(self) -> PieceResult:
        """The account of the piece."""
        excluded = tuple(Excluded(*key[:1], count, examples, key[1]) for key, (examples, count) in sorted(self._excluded.items(), key=str))
        lost = self._seen.total() - self._scanned.total() - self._refused - sum(entry.count for entry in excluded)
        if lost:
            raise AccountingError(f"{lost} items are neither scanned nor unread nor excluded")
        listed = list(self._unread)
        if self._refused > len(listed):
            detail = f"{self._refused - len(listed)} more in this part of the file are not listed one by one; the counts hold them"
            listed.append(Unread("", None, "more-unread", detail))
        return PieceResult(
            content=self._content,
            rows=self._rows,
            size=self._size,
            seen=dict(sorted(self._seen.items())),
            scanned=dict(sorted(self._scanned.items())),
            bytes=self._bytes,
            unread=tuple(listed),
            excluded=excluded,
            reuses={name: tuple(reuses) for name, reuses in sorted(self._reuses.items())},
            exhibits=tuple(self._exhibits) if self._scan.exhibitor else None,
        )

    def _batch(self, whole: Batch) -> None:
        """Scans a batch, or the sample of it, and enters what comes of it."""
        modality = whole.media.modality
        self._seen[modality.value] += len(whole.media)
        first, self._items = self._items, self._items + len(whole.media)
        batch = sampled(whole, self._scan.share)
        if left_out := len(whole.media) - len(batch.media):
            self._leave_out(Excluded("sample", left_out, (), modality))
        shards, count, last = self._shards[modality], len(batch.media), -1
        for name in shards:
            self._reuses.setdefault(name, [])
        scanner = self._scan.scanners.scanner(modality, shards)
        if isinstance(scanner, str):
            for position in range(count):
                self._refuse(batch, position, "no-library", scanner)
            return
        refused = 0
        for position, group in groupby(_entries(scanner, batch), key=attrgetter("position")):
            found = list(group)
            failures = [entry for entry in found if isinstance(entry, Failure)]
            if not last < position < count or (failures and len(found) > 1):
                raise AccountingError(f"{scanner.scheme} accounts twice for item {position} of {count}")
            last = position
            for failure in failures:
                refused += 1
                self._refuse(batch, position, failure.error.reason, str(failure.error))
            self._match(batch, position, first, [entry for entry in found if isinstance(entry, Hit)])
        self._scanned[modality.value] += count - refused
        self._bytes += _size(batch)

    def _exclude(self, excluded: Excluded) -> None:
        """Enters something that is not to be audited."""
        self._seen[excluded.modality.value if excluded.modality else OTHER] += excluded.count
        self._leave_out(excluded)

    def _leave_out(self, excluded: Excluded) -> None:
        examples, count = self._excluded.get((excluded.reason, excluded.modality), ((), 0))
        self._excluded[excluded.reason, excluded.modality] = ((*examples, *excluded.examples)[:EXAMPLES], count + excluded.count)

    def _match(self, batch: Batch, position: int, first: int, hits: Sequence[Hit]) -> None:
        """Enters an item's matches, one for each work of each asset."""
        if not hits:
            return
        scanners, modality = self._scan.scanners, batch.media.modality
        place, media = batch.place(position), batch.item(position)
        digest = media_sha256(media)
        about = {**batch.metadata(position), **(claims_of(media) if isinstance(media, bytes | Path) and modality is Modality.IMAGE else {})}
        item = Item(place.path, place.record, place.field, place.locator, modality, digest, about)
        reuses = list[Reuse]()
        for hit in hits:
            of_asset = [Reuse(item, work, hit.asset, hit.match, first + position) for work in scanners.works(hit.asset)]
            self._reuses.setdefault(scanners.home(modality, hit.asset), []).extend(of_asset)
            reuses += of_asset
        if self._scan.exhibitor and any(reuse.match.kind is not Kind.LEAD for reuse in reuses):
            self._exhibits += self._scan.exhibitor(item, media, reuses)

    def _refuse(self, batch: Batch, position: int, reason: str, detail: str) -> None:
        """Enters an item of a batch that could not be scanned."""
        place = batch.place(position)
        within = place.locator if isinstance(place.record, str) else f"field {place.field!r}"
        where = "" if place.field is None else f"{within}: "
        self._list(Unread(place.path, place.record, reason, where + detail, batch.media.modality))

    def _list(self, unread: Unread) -> None:
        self._refused += 1
        if len(self._unread) < self._scan.settings.limits.listed:
            self._unread.append(unread)


def media_sha256(media: Media) -> str:
    """SHA-256 of a text's UTF-8, of other media's encoded bytes: the digest by which an item is known."""
    if isinstance(media, Path):
        return file_sha256(media)
    return sha256(media.encode() if isinstance(media, str) else media).hexdigest()


def _is_a_file(path: Path) -> bool:
    """False for what could be read without end; True for what is gone, which the reader says."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _entries(scanner: Scanner, batch: Batch) -> Iterator[Hit | Failure]:
    """What a scanner yields; a damaged block of the index, met on the way, stops the run, as does a model that is gone."""
    try:
        yield from scanner.scan(batch.media)
    except ModelError as error:
        raise CapabilityError(str(error), error.remedy) from error
    except SchemeError as error:
        raise RegistryError(str(error), "run 'provenance registry verify'") from error


def _size(batch: Batch) -> int:
    """Bytes of the items: of UTF-8 text, of encoded media."""
    if batch.media.modality is Modality.TEXT:
        compute = importlib.import_module("pyarrow.compute")
        return int(compute.sum(compute.binary_length(batch.media.content)).as_py() or 0)
    return sum(entry.stat().st_size if isinstance(entry, Path) else len(entry) for entry in batch.media.content)
