"""The registry as the command line and the audit see it: a folder with the truth in SQLite and an index in snapshots."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from fingerprints.model import Modality
from provenance.errors import RegistryError, UsageError
from provenance.model import Asset, Work
from provenance.registry import snapshot
from provenance.registry.addition import Added, Addition, Progress, Unmatchable, outdated
from provenance.registry.database import FILE
from provenance.registry.description import DESCRIPTIVE, describe
from provenance.registry.embedding import Embedded, embed
from provenance.registry.intake import Examined, Skipped, examine_all, find, require
from provenance.registry.metadata import Row, read
from provenance.registry.publish import publish
from provenance.registry.snapshot import Snapshot
from provenance.registry.store import Statement, Store
from provenance.registry.verification import problems

if TYPE_CHECKING:
    from fingerprints.text.semantic import Model

MODE: Final = 0o700  # whoever reads the index can rebuild much of a registered text from it


class Registry:
    """Registered works, what is recorded of their rights, and the index that finds them.

    Use it as a context manager. Writing methods hold the registry for themselves and raise RegistryError if another process does.
    ``add`` and ``verify(rebuild=True)`` start processes: a script that calls them needs the usual ``if __name__ == "__main__":``.
    """

    def __init__(self, path: Path, store: Store) -> None:
        self.path = path.resolve()
        self._store = store

    @classmethod
    def init(cls, path: Path) -> "Registry":
        """A new, empty registry in a folder that is empty or not there yet; raises RegistryError otherwise."""
        try:
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                there = "a registry already" if (path / FILE).exists() else "no empty folder"
                raise RegistryError(f"{path} is {there}", "choose another folder, or add to the registry that is there")
            path.mkdir(mode=MODE, parents=True, exist_ok=True)
            registry = cls(path, Store.create(path))
            publish(registry._store, registry.path)
        except OSError as error:
            remedy = "choose a folder that you may write to, on a disk that is not full"
            raise RegistryError(f"no registry can be made in {path}: {error.strerror or error}", remedy) from error
        return registry

    @classmethod
    def open(cls, path: Path) -> "Registry":
        """The registry in a folder; raises RegistryError if there is none, or if it is damaged or of another version."""
        try:
            there = (path / FILE).is_file()
        except OSError as error:
            raise RegistryError(f"the registry {path} cannot be read: {error.strerror}", "see who may read its folder") from error
        if not there:
            remedy = "check the folder given with --registry; a new registry is made with: provenance registry init PATH"
            raise RegistryError(f"there is no registry in {path}", remedy)
        return cls(path, Store.open(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the database."""
        self._store.close()

    # --- reading ---

    def works(self) -> Iterator[Work]:
        """Every registered work, by id; the removed ones are left out."""
        return self._store.works()

    def work(self, work_id: str) -> Work:
        """The work of this id; raises RegistryError if there is none or if it was removed."""
        work = self._store.work(work_id)
        if work is None:
            removal = self.removal(work_id)
            state = f"was {removal}" if removal else "is not in the registry"
            raise RegistryError(f"the work {work_id!r} {state}", f"provenance registry list {self.path}")
        return work

    def removal(self, work_id: str) -> str | None:
        """When and why the work was removed, as "removed on … because: …"; None if it was not, or if there is no such work."""
        return self._store.removal(work_id)

    def history(self, work_id: str) -> tuple[Statement, ...]:
        """Everything that was ever recorded of the work, oldest first; the newest statement of a field holds."""
        return self._store.history(work_id)

    def asset_path(self, asset: Asset) -> Path:
        """Where the asset's file was when it was registered."""
        return Path(os.path.normpath(self.path / asset.file))

    def unmatchable(self) -> tuple[Unmatchable, ...]:
        """Registered files that no audit can find, and why."""
        return tuple(Unmatchable(file, reason, detail, self._store.owners(asset)) for asset, file, reason, detail in self._store.refused())

    def snapshot(self) -> Snapshot:
        """The index to audit against, pinned; raises RegistryError if it is damaged.

        Whether files are there and whole is looked at; their digests only by ``verify``.
        """
        return snapshot.read(self.path)

    # --- writing ---

    def add(
        self, paths: Sequence[Path], metadata: Path | None = None, *, jobs: int | None = None, progress: Progress | None = None
    ) -> Added:
        """Registers the works in files and folders, and those that a metadata file describes.

        All of them are registered at once or, after any error, none. What is registered already stays as it is. Raises MetadataError
        with every bad cell before anything is fingerprinted. Folders that hold a registry are left out.
        """
        rows = read(metadata) if metadata is not None else ()
        if not paths and not rows:
            raise UsageError("there is nothing to add", "name files or folders, or a metadata file that does")
        jobs = jobs or os.cpu_count() or 1
        described = dict.fromkeys(row.file for row in rows)
        apart = {self.path} | ({metadata.resolve()} if metadata is not None else set())
        below, registries = find(paths, apart)
        found = examine_all([*described, *(file for file in below if file not in described)], jobs)
        files = [one for one in found if isinstance(one, Examined)]
        addition = Addition(self._store, self._place, jobs, progress)
        addition.skipped += [*registries, *(one for one in found if isinstance(one, Skipped))]
        with self._store.only_writer():
            return self._add(addition, files, rows)

    def _add(self, addition: Addition, files: list[Examined], rows: Sequence[Row]) -> Added:
        rows = addition.assign(files, rows)
        modalities = addition.fingerprint(files)
        addition.read_claims(files)
        with self._store.transaction():
            addition.register(files, rows)
        absent = self._catch_up(modalities, addition.jobs)
        publish(self._store, self.path, modalities)
        return addition.result(files, rows, absent)

    def _catch_up(self, modalities: Collection[Modality], jobs: int) -> list[Unmatchable]:
        """Reads files again that another version of a scheme has read; gives those that are not there any more."""
        present, absent = outdated(self._store, modalities, self.asset_path)
        Addition(self._store, self._place, jobs).fingerprint(present)
        return absent

    def embed(self, model: "Model", *, jobs: int | None = None, progress: Progress | None = None) -> Embedded:
        """Embeds the text works that are not yet, so that audits can look for paraphrases of them; needs their files.

        The embeddings are fingerprints of the model's scheme and go where fingerprints go: removal hides them, ``compact(purge=True)``
        erases them. A registry has those of one model: another one's are replaced. Raises CapabilityError for a model that cannot
        be loaded.
        """
        with self._store.only_writer():
            done = embed(self._store, model, self.asset_path, jobs or os.cpu_count() or 1, progress)
            publish(self._store, self.path, embed=True)
            return done

    def set(self, work_id: str, source: str, **cells: str) -> Work:
        """Records rights or a description of a work, in the words of a metadata file's columns, and gives the work as it is then.

        ``unknown`` withdraws a value. Earlier values remain in the history. Raises UsageError for a cell that cannot be read, and for a
        blank source.
        """
        if not source.strip():
            raise UsageError("--source is blank", "say on whose word: a contract's number, a letter, a catalogue")
        unknown = cells.keys() - set(DESCRIPTIVE)
        if unknown:
            raise UsageError(f"{', '.join(sorted(unknown))}: no such column", f"the columns are {', '.join(DESCRIPTIVE)}")
        with self._store.only_writer():
            described = describe(cells, self.work(work_id).rights)
            if described.problems:
                first = described.problems[0]
                raise UsageError(f"{first.column}: {first.reason}", first.remedy)
            if not described.fields:
                raise UsageError("there is nothing to record", "give at least one value")
            with self._store.transaction():
                self._store.record(work_id, "set", fields=described.fields, origin="set", source=source.strip())
            publish(self._store, self.path)
            return self.work(work_id)

    def remove(self, work_id: str, reason: str) -> None:
        """Hides a work from now on: audits that begin later do not find it. Its records stay. Raises UsageError for a blank reason."""
        if not reason.strip():
            raise UsageError("--reason is blank", "say why: a takedown notice's number, the end of a contract")
        with self._store.only_writer():
            self.work(work_id)
            with self._store.transaction():
                self._store.remove(work_id, reason.strip())
            publish(self._store, self.path)

    def verify(self, *, rebuild: bool = False, jobs: int | None = None) -> tuple[str, ...]:
        """What is wrong with the registry; empty if nothing is.

        With ``rebuild`` the index is made again first, from the truth:
        what is damaged is replaced, and each modality is one shard.
        """
        with self._store.only_writer():
            if rebuild:
                modalities = self._store.modalities()
                with self._store.transaction():
                    for asset, scheme in tuple(self._store.damaged_fingerprints()):
                        self._store.drop_fingerprint(asset, scheme)
                self._catch_up(modalities, jobs or os.cpu_count() or 1)
                publish(self._store, self.path, modalities, into_one=True)
            return tuple(problems(self._store, self.path))

    def compact(self, *, purge: bool = False, jobs: int | None = None) -> int:
        """Makes the index of each modality one shard without removed works; gives the number of works that were purged.

        ``purge`` also erases everything that is recorded of removed works: their files, fingerprints, descriptions and rights, and every
        shard and manifest in which they stood, at once, so that an audit which has not opened its shards yet must begin again. The log
        keeps its entries, which nobody can tie to a work any more. A file of a purged work that is added again is a new work.
        """
        with self._store.only_writer():
            modalities = self._store.modalities()
            require(modalities)
            self._catch_up(modalities, jobs or os.cpu_count() or 1)
            purged = 0
            if purge:
                with self._store.transaction():
                    purged = self._store.purge()
            publish(self._store, self.path, modalities, into_one=True, keep_replaced=not purge)
            if purge:
                self._store.shrink()
            return purged

    def _place(self, file: Path) -> str:
        """A path as it is stored: relative to the registry if both lie in the registry's parent folder, so that they can move together."""
        return os.path.relpath(file, self.path) if file.is_relative_to(self.path.parent) else str(file)
