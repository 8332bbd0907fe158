"""Adding works: their files are fingerprinted, then all of them are registered at once."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final, TypeAlias

from fingerprints.model import Modality
from fingerprints.schemes import SCHEMES
from provenance.claims import unread
from provenance.files import file_sha256
from provenance.model import Asset
from provenance.registry import claimed
from provenance.registry.intake import CHANGED, CRASHED, UNREADABLE, Examined, Skipped, fingerprint_all, require
from provenance.registry.metadata import Row
from provenance.registry.proposal import Proposal, assigned, propose
from provenance.registry.store import Fingerprinted, Store

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many files have been fingerprinted, of how many."""

_PASSING: Final = frozenset({CHANGED, CRASHED, UNREADABLE})
"""Reasons that may not hold next time, so that they are not stored."""
_KEEP_SECONDS = 1.0  # a commit waits for the disk, some 5 ms: once a second that is half a percent, once a file it was most of the time


@dataclass(frozen=True, slots=True)
class Unmatchable:
    """A file that is registered, or was to be, and that no audit can find."""

    file: str
    reason: str
    detail: str
    works: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """What an addition changed."""

    works: tuple[str, ...]
    """Ids of the works that are new."""
    assets: tuple[str, ...]
    """Ids of the files that are new to their work."""
    updated: tuple[str, ...]
    """Ids of known works of which the metadata says something new."""
    unchanged: int
    """Files that were registered before, or twice in this addition."""
    undescribed: int
    """Files that have no row in the metadata that was given; their works' rights are UNKNOWN."""
    unmatchable: tuple[Unmatchable, ...]
    skipped: tuple[Skipped, ...]


@dataclass(slots=True)
class Addition:
    """One addition while it is under way."""

    store: Store
    place: Callable[[Path], str]
    """How the registry writes down where a file is."""
    jobs: int
    progress: Progress | None = None
    works: list[str] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: dict[str, Fingerprinted] = field(default_factory=dict)
    """By asset, why it has no fingerprint."""
    skipped: list[Skipped] = field(default_factory=list)
    owners: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By asset, the works of this addition that it belongs to."""
    claims: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """By asset, what each picture of this addition says of itself."""

    def fingerprint(self, files: Iterable[Examined]) -> frozenset[Modality]:
        """Stores the fingerprint of every file that has none yet, and gives the modalities concerned.

        They are kept every second: an addition that was interrupted goes on where it was.
        """
        known = {file.asset: file for file in files if file.modality is not None}
        modalities = frozenset(file.modality for file in known.values() if file.modality is not None)
        require(sorted(modalities))
        schemes = {modality: SCHEMES[modality].name for modality in modalities}
        missing = [file for file in known.values() if file.modality and not self._is_known(file.asset, schemes[file.modality])]
        made: list[tuple[Examined, Fingerprinted]] = []
        kept = monotonic()
        try:
            for done, pair in enumerate(zip(missing, fingerprint_all(missing, self.jobs), strict=True), 1):
                made.append(pair)
                if monotonic() - kept >= _KEEP_SECONDS:
                    self._keep(made, schemes)
                    kept = monotonic()
                if self.progress is not None:
                    self.progress(done, len(missing))
        finally:
            self._keep(made, schemes)
        return modalities

    def read_claims(self, files: Iterable[Examined]) -> None:
        """Reads what pictures say of themselves: those of which nobody has read it whole before."""
        pictures = {file.asset: file for file in files if file.modality is Modality.IMAGE}
        for asset in pictures:
            for known in (self.store.claims(work, asset) for work in self.store.owners(asset)):
                if known is not None and not unread(known):
                    self.claims[asset] = known
        missing = [file for asset, file in pictures.items() if asset not in self.claims]
        self.claims |= zip((file.asset for file in missing), claimed.read_all(missing, self.jobs), strict=True)

    def assign(self, files: Sequence[Examined], rows: Sequence[Row]) -> tuple[Row, ...]:
        """The rows with the id of a work in each; raises MetadataError where that is in doubt."""
        return assigned(files, rows, self._owners(files))

    def _owners(self, files: Iterable[Examined]) -> dict[str, tuple[str, ...]]:
        """By asset, the works that it belongs to; a removed one only where there is no other, so that it does not come back."""
        found = {}
        for asset in {file.asset for file in files}:
            works = self.store.owners(asset)
            found[asset] = tuple(work for work in works if self.store.removal(work) is None) or works[:1]
        return found

    def _keep(self, made: list[tuple[Examined, Fingerprinted]], schemes: Mapping[Modality, str]) -> None:
        """Stores what was made and empties the list."""
        with self.store.transaction():
            for file, result in made:
                if result.value is None:
                    self.refused[file.asset] = result
                if file.modality is not None and result.reason not in _PASSING:
                    self.store.keep_asset(file.asset, file.modality, file.size)
                    self.store.keep_fingerprint(file.asset, schemes[file.modality], result)
        made.clear()

    def register(self, files: Sequence[Examined], rows: Sequence[Row]) -> None:
        """Records every work, within a transaction of the caller."""
        described = {row.file for row in rows}
        unstable = {asset for asset, made in self.refused.items() if made.reason == CHANGED}
        registered = [file for file in files if file.asset not in unstable and (file.modality is not None or file.file in described)]
        for proposal in propose(registered, rows, self._owners(files)):
            if removal := self.store.removal(proposal.work):
                detail = f"the work {proposal.work} was {removal}"
                self.skipped += [Skipped(file.file, "removed", detail) for file in proposal.files.values()]
            else:
                self._record(proposal)
                for asset in proposal.files:
                    self.owners[asset] = (*self.owners.get(asset, ()), proposal.work)
        self.store.drop_unowned()

    def _record(self, proposal: Proposal) -> None:
        store, work, known = self.store, proposal.work, self.store.work(proposal.work)
        held = {asset.id: asset.file for asset in known.assets} if known else {}
        for file in proposal.files.values():
            if file.modality is not None:
                store.keep_asset(file.asset, file.modality, file.size)
        places = {asset: self.place(file.file) for asset, file in proposal.files.items() if file.modality is not None}
        new = {asset: place for asset, place in places.items() if asset not in held}
        news = proposal.news(store.history(work))
        if known is None and "title" not in news:
            store.record(work, "add", fields={"title": proposal.first.stem}, origin="file", source=proposal.first.name)
        if new or news:
            store.record(work, "add", fields=news, origin="metadata", source=proposal.source, files=new)
        for asset in places.keys() & held.keys():
            store.move(work, asset, places[asset])
        self._record_claims(proposal, news)
        self._count(proposal, is_new=known is None, news=bool(news), files=list(new))

    def _record_claims(self, proposal: Proposal, news: Collection[str]) -> None:
        """Records what the work's pictures say of themselves, after the metadata: a row's word is not replaced, a reservation is added."""
        for file in proposal.files.values():
            known = self.store.work(proposal.work)
            if known is not None and file.asset in self.claims:
                for said in claimed.statements(file, self.claims[file.asset], known, proposal.fields, news):
                    self.store.record(proposal.work, "add", fields={said.field: said.value}, origin="file", source=said.source)

    def _count(self, proposal: Proposal, *, is_new: bool, news: bool, files: list[str]) -> None:
        self.works += [proposal.work] * is_new
        self.updated += [proposal.work] * (news and not is_new)
        self.assets += files
        self.unchanged += proposal.copies + len(proposal.files) - len(files)

    def _is_known(self, asset: str, scheme: str) -> bool:
        """Whether the asset need not be read; why it has no fingerprint is told again."""
        made = self.store.outcome(asset, scheme)
        if made is not None and made.reason is not None:
            self.refused[asset] = made
        return made is not None

    def result(self, files: Sequence[Examined], rows: Sequence[Row], absent: Sequence[Unmatchable]) -> Added:
        """What was changed, and what cannot be found by an audit."""
        described = {row.file for row in rows}
        unmatchable = []
        for file in files:
            made = Fingerprinted(None, file.reason, file.detail) if file.modality is None else self.refused.get(file.asset)
            if made is not None:
                owners = self.owners.get(file.asset, ())
                unmatchable.append(Unmatchable(str(file.file), made.reason or "", made.detail or "", owners))
        undescribed = sum(file.file not in described for file in files) if rows else 0
        counts = (tuple(self.works), tuple(self.assets), tuple(self.updated), self.unchanged, undescribed)
        return Added(*counts, (*unmatchable, *absent), tuple(self.skipped))


def outdated(store: Store, modalities: Iterable[Modality], path_of: Callable[[Asset], Path]) -> tuple[list[Examined], list[Unmatchable]]:
    """Registered files that the scheme in use has not read yet: those that are still in their place, and those that are not."""
    present, absent = [], []
    for modality in sorted(modalities):
        for asset in store.pending(modality, SCHEMES[modality].name):
            path = path_of(asset)
            if path.is_file() and file_sha256(path) == asset.id:
                present.append(Examined(path, asset.id, asset.size, modality))
            else:
                detail = f"it has no fingerprint of this version, and its file is not there unchanged: {path}"
                absent.append(Unmatchable(str(path), "scheme", detail, store.owners(asset.id)))
    return present, absent
