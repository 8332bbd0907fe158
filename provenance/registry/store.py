"""Works, rights, assets, fingerprints and the log, as narrow operations on the registry's database."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import orjson
from pydantic import TypeAdapter

from fingerprints.model import Modality
from provenance.errors import RegistryError
from provenance.model import Asset, Rights, Work
from provenance.registry.database import Database, Row
from provenance.registry.log import SALT_BYTES, Log, canonical

EMBEDDINGS: Final = "text/semantic/"  # before every scheme of fingerprints.text.semantic, which is not imported: it takes numba along

CLAIMS: Final = "claims."  # before the asset, in the field of a statement: what that file says of itself
Origin: TypeAlias = Literal["file", "metadata", "set"]
_WORK = TypeAdapter(Work)
_RIGHTS_FIELDS = frozenset(Rights.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Statement:
    """A value that was recorded of a work's field, when, and on whose word."""

    field: str
    value: Any
    """As JSON has it; None is UNKNOWN."""
    origin: Origin
    source: str
    time: str


@dataclass(frozen=True, slots=True)
class Fingerprinted:
    """An asset's fingerprint, or the reason why it has none."""

    value: bytes | None
    reason: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class ChangedAsset:
    """An asset that does not belong to the works that it belonged to before."""

    id: str
    modality: Modality
    works: tuple[str, ...]
    """Ids of its works that were not removed."""


class Store:
    """The truth of a registry.

    Writing methods belong inside ``transaction()``, and that inside ``only_writer()``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = database.rows
        self._log = Log(database)

    @classmethod
    def create(cls, folder: Path) -> "Store":
        """A new store in the folder, its log begun."""
        store = cls(Database.create(folder))
        with store.transaction():
            store._log.append("init")
        return store

    @classmethod
    def open(cls, folder: Path) -> "Store":
        """The store of the folder; raises RegistryError when it is damaged or of another version."""
        return cls(Database(folder))

    def close(self) -> None:
        """Lets go of the files."""
        self._database.close()

    def transaction(self) -> AbstractContextManager[None]:
        """All that is written inside is kept, or none of it."""
        return self._database.transaction()

    def only_writer(self) -> AbstractContextManager[None]:
        """Keeps other writers out; raises RegistryError when one of them is at work."""
        return self._database.only_writer()

    # --- works ---

    def works(self) -> Iterator[Work]:
        """Every work that was not removed, in the order of registration."""
        with self._database.transaction("DEFERRED"):
            assets = _grouped(self._rows("SELECT * FROM placed ORDER BY work, file, asset"))
            fields = _grouped(self._rows("SELECT * FROM newest ORDER BY work"))
            works = self._rows("SELECT id FROM works WHERE removed IS NULL ORDER BY rowid")
        for (work,) in works:
            yield _assemble(work, fields.get(work, ()), assets.get(work, ()))

    def work(self, work: str) -> Work | None:
        """The work of this id, unless there is none or it was removed."""
        if self.removal(work) is not None or not self._rows("SELECT 1 FROM works WHERE id = ?", (work,)):
            return None
        fields = self._rows("SELECT * FROM newest WHERE work = ?", (work,))
        return _assemble(work, fields, self._rows("SELECT * FROM placed WHERE work = ? ORDER BY file, asset", (work,)))

    def history(self, work: str) -> tuple[Statement, ...]:
        """Everything that was ever recorded of the work, oldest first."""
        query = "SELECT field, value, origin, source, time FROM statements s JOIN log USING (entry) WHERE s.work = ? ORDER BY key"
        return tuple(Statement(field, orjson.loads(value), *rest) for field, value, *rest in self._rows(query, (work,)))

    def claims(self, work: str, asset: str) -> Mapping[str, str] | None:
        """What the asset's file was found to say of itself when it came to the work; None if nobody has looked."""
        query = "SELECT value FROM newest WHERE work = ? AND field = ?"
        return next((orjson.loads(value) for (value,) in self._rows(query, (work, f"{CLAIMS}{asset}"))), None)

    def removal(self, work: str) -> str | None:
        """When and why the work was removed, as "removed on … because: …"; None if it was not."""
        query = "SELECT 'removed on ' || time || ' because: ' || reason FROM works JOIN log ON entry = removed WHERE id = ?"
        return next((said for (said,) in self._rows(query, (work,))), None)

    def owners(self, asset: str) -> tuple[str, ...]:
        """Ids of all works that the asset belongs to, the removed ones too."""
        return tuple(work for (work,) in self._rows("SELECT work FROM files WHERE asset = ? ORDER BY work", (asset,)))

    def record(
        self,
        work: str,
        action: Literal["add", "set"],
        *,
        fields: Mapping[str, Any] | None = None,
        origin: Origin = "set",
        source: str = "",
        files: Mapping[str, str] | None = None,
    ) -> None:
        """Adds statements and files (place by asset) to a work, which is made if it is new, as one entry of the log."""
        self._rows("INSERT INTO works (id, salt) VALUES (?, ?) ON CONFLICT DO NOTHING", (work, secrets.token_bytes(SALT_BYTES)))
        entry = self._log.next()
        statement = "INSERT INTO statements (work, entry, field, value, origin, source) VALUES (?, ?, ?, ?, ?, ?)"
        for field, value in (fields or {}).items():
            self._rows(statement, (work, entry, field, canonical(value).decode(), origin, source))
        for asset, place in (files or {}).items():
            self._rows("INSERT INTO files (work, asset, entry, file) VALUES (?, ?, ?, ?)", (work, asset, entry, place))
        self._log.append(action, work)

    def move(self, work: str, asset: str, place: str) -> None:
        """Notes that a registered file is found elsewhere now; this is no entry of the log."""
        self._rows("UPDATE files SET file = ? WHERE work = ? AND asset = ?", (place, work, asset))

    def remove(self, work: str, reason: str) -> None:
        """Marks the work as removed."""
        self._rows("UPDATE works SET removed = ?, reason = ? WHERE id = ?", (self._log.next(), reason, work))
        self._log.append("remove", work)

    # --- assets and fingerprints ---

    def keep_asset(self, asset: str, modality: Modality, size: int) -> None:
        """Notes a file's content, whether or not a work has it yet."""
        self._rows("INSERT INTO assets VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (asset, modality, size))

    def keep_fingerprint(self, asset: str, scheme: str, made: Fingerprinted) -> None:
        """Stores a fingerprint, or why there is none, in place of an earlier one of the same scheme."""
        digest = None if made.value is None else hashlib.sha256(made.value).hexdigest()
        self._rows(
            "INSERT OR REPLACE INTO fingerprints (asset, scheme, digest, reason, detail, value) VALUES (?, ?, ?, ?, ?, ?)",
            (asset, scheme, digest, made.reason, made.detail, made.value),
        )

    def fingerprint(self, asset: str, scheme: str) -> bytes:
        """The asset's fingerprint under the scheme; raises RegistryError if it is not what was stored."""
        value, digest = self._rows("SELECT value, digest FROM fingerprints WHERE asset = ? AND scheme = ?", (asset, scheme))[0]
        if hashlib.sha256(value).hexdigest() != digest:
            raise RegistryError(f"the stored fingerprint of the asset {asset} is damaged", "provenance registry verify REGISTRY --rebuild")
        return bytes(value)

    def damaged_fingerprints(self) -> Iterator[tuple[str, str]]:
        """Asset and scheme of each fingerprint that is not what was stored; one at a time is in memory."""
        for asset, scheme in self._rows("SELECT asset, scheme FROM fingerprints WHERE reason IS NULL ORDER BY asset, scheme"):
            try:
                self.fingerprint(asset, scheme)
            except RegistryError:
                yield asset, scheme

    def drop_fingerprint(self, asset: str, scheme: str) -> None:
        """Forgets a fingerprint, so that the file is read again."""
        self._rows("DELETE FROM fingerprints WHERE asset = ? AND scheme = ?", (asset, scheme))

    def outcome(self, asset: str, scheme: str) -> Fingerprinted | None:
        """What came of fingerprinting, without the fingerprint: ``value`` is None here in any case; None if it was never tried."""
        query = "SELECT reason, detail FROM fingerprints WHERE asset = ? AND scheme = ?"
        return next((Fingerprinted(None, reason, detail) for reason, detail in self._rows(query, (asset, scheme))), None)

    def refused(self) -> tuple[tuple[str, str, str, str], ...]:
        """Asset, file, reason and detail of every live asset that has no fingerprint of any scheme."""
        query = """
            SELECT asset, file, coalesce(reason, 'pending'), coalesce(detail, '') FROM placed LEFT JOIN fingerprints USING (asset)
            WHERE asset IN (SELECT id FROM live) GROUP BY asset HAVING count(value) = 0 ORDER BY file, asset"""
        return tuple((asset, file, reason, detail) for asset, file, reason, detail in self._rows(query))

    def live(self, modality: Modality) -> frozenset[str]:
        """Ids of the assets of works that were not removed."""
        return frozenset(asset for (asset,) in self._rows("SELECT id FROM live WHERE modality = ?", (modality,)))

    def matchable(self, modality: Modality, scheme: str) -> tuple[str, ...]:
        """Sorted ids of the live assets that have a fingerprint of this scheme: those that its index must hold."""
        query = """
            SELECT id FROM live JOIN fingerprints ON asset = id
            WHERE modality = ? AND scheme = ? AND reason IS NULL ORDER BY id"""
        return tuple(asset for (asset,) in self._rows(query, (modality, scheme)))

    def embedding_scheme(self) -> str | None:
        """The scheme of the stored embeddings, of which there is one at most; None if there are none."""
        query = "SELECT scheme FROM fingerprints WHERE substr(scheme, 1, ?) = ? LIMIT 1"
        return next((str(scheme) for (scheme,) in self._rows(query, (len(EMBEDDINGS), EMBEDDINGS))), None)

    def drop_embeddings(self) -> None:
        """Forgets the embeddings of all assets."""
        self._rows("DELETE FROM fingerprints WHERE substr(scheme, 1, ?) = ?", (len(EMBEDDINGS), EMBEDDINGS))

    def is_matchable(self, asset: str) -> bool:
        """Whether there is a fingerprint of the asset, of any scheme."""
        return bool(self._rows("SELECT 1 FROM fingerprints WHERE asset = ? AND reason IS NULL", (asset,)))

    def pending(self, modality: Modality, scheme: str) -> tuple[Asset, ...]:
        """The live assets for which this scheme was never tried, as after a change of scheme, by id."""
        query = """
            SELECT asset, modality, min(file), size FROM placed WHERE modality = ? AND asset IN (SELECT id FROM live)
            AND NOT EXISTS (SELECT 1 FROM fingerprints p WHERE p.asset = placed.asset AND scheme = ?) GROUP BY asset ORDER BY asset"""
        return tuple(_asset(row) for row in self._rows(query, (modality, scheme)))

    def due(self) -> frozenset[str]:
        """Ids of the live assets that belong into an index: all but those of which it is known that they cannot be fingerprinted."""
        query = "SELECT id FROM live WHERE id NOT IN (SELECT asset FROM fingerprints GROUP BY asset HAVING count(value) = 0)"
        return frozenset(asset for (asset,) in self._rows(query))

    def modalities(self) -> tuple[Modality, ...]:
        """Those of which there are live assets, in the order of ``Modality``."""
        query = "SELECT EXISTS (SELECT 1 FROM live WHERE modality = ?)"
        return tuple(modality for modality in Modality if self._rows(query, (modality,)) == [(1,)])

    def works_by_asset(self) -> Mapping[str, tuple[str, ...]]:
        """Ids of the works that were not removed, by the id of each of their assets."""
        query = "SELECT asset, work FROM files JOIN works ON id = work WHERE removed IS NULL ORDER BY asset, work"
        return {asset: tuple(work for _, work in rows) for asset, rows in _grouped(self._rows(query)).items()}

    def changed_assets(self, since: int) -> tuple[ChangedAsset, ...]:
        """The assets that came to a work, or of which a work was removed, after this entry of the log, by id."""
        query = """
            WITH changed AS (
                SELECT asset FROM files WHERE entry > ? UNION SELECT asset FROM works JOIN files ON work = works.id WHERE removed > ?)
            SELECT asset, modality, works.id FROM changed JOIN assets ON assets.id = asset JOIN files USING (asset)
            LEFT JOIN works ON works.id = work AND removed IS NULL ORDER BY asset, works.id"""
        rows = _grouped(self._rows(query, (since, since)))
        return tuple(
            ChangedAsset(asset, Modality(found[0][1]), tuple(work for *_, work in found if work is not None))
            for asset, found in rows.items()
        )

    def drop_unowned(self) -> None:
        """Forgets assets and fingerprints that were read by a run which ended before it registered them."""
        self._rows("DELETE FROM fingerprints WHERE asset NOT IN (SELECT asset FROM files)")
        self._rows("DELETE FROM assets WHERE id NOT IN (SELECT asset FROM files)")

    def purge(self) -> int:
        """Erases everything that is recorded of the removed works, and gives their number.

        The log keeps its entries; without the works' salts nobody can tie them to a work any more.
        """
        removed = [work for (work,) in self._rows("SELECT id FROM works WHERE removed IS NOT NULL ORDER BY id")]
        for work in removed:
            self._log.append("purge", work)
            self._rows("DELETE FROM statements WHERE work = ?", (work,))
            self._rows("DELETE FROM files WHERE work = ?", (work,))
            self._rows("DELETE FROM works WHERE id = ?", (work,))
        self.drop_unowned()
        return len(removed)

    def purged_since(self, entry: int) -> bool:
        """Whether a work was purged after this entry of the log."""
        return self._rows("SELECT EXISTS (SELECT 1 FROM log WHERE entry > ? AND action = 'purge')", (entry,)) == [(1,)]

    def shrink(self) -> None:
        """Leaves nothing in the database's files of what was deleted; raises RegistryError while another process reads."""
        self._database.shrink()

    # --- the log ---

    def entry(self) -> int:
        """Number of the newest entry of the log."""
        return self._log.next() - 1

    def head(self) -> str:
        """Digest of the newest entry of the log: it stands for everything that was ever recorded."""
        return self._log.head()

    def problems(self) -> tuple[str, ...]:
        """What is wrong with the database, the log's chain, or what the log's entries vouch for; empty if nothing is."""
        try:
            return (*self._database.problems(), *self._log.problems())
        except RegistryError as error:
            return (str(error),)


def _grouped(rows: Sequence[Row]) -> dict[str, tuple[Row, ...]]:
    """Rows by their first column, by which they are sorted."""
    return {first: tuple(group) for first, group in groupby(rows, lambda row: row[0])}


def _assemble(work: str, fields: Sequence[Row], files: Sequence[Row]) -> Work:
    """A work from its newest statements, those that are null left out, and its files."""
    content: dict[str, Any] = {"id": work, "title": work, "rights": {}, "identifiers": {}, "claims": {}}
    for _, field, value, _ in fields:
        if (known := orjson.loads(value)) is not None:
            parent, _, name = field.rpartition(".")
            (content[parent] if parent else content["rights"] if field in _RIGHTS_FIELDS else content)[name] = known
    content["assets"] = tuple(_asset(row[1:]) for row in files)
    return _WORK.validate_python(content)


def _asset(row: Row) -> Asset:
    asset, modality, file, size = row
    return Asset(asset, Modality(modality), file, size)
