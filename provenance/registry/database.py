"""A connection to ``registry.sqlite``: opened with every guarantee on, one writer at a time, SQLite's errors in our words."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

from provenance.errors import RegistryError
from provenance.readers.walk import REGISTRY_FILE
from provenance.registry.schema import APPLICATION, LOG, TABLES, UPGRADE_AFTER_LOG, UPGRADE_BEFORE_LOG, VERSION

FILE = REGISTRY_FILE
LOCK = "writer.lock"
BUSY_SECONDS = 5.0  # how long a writer waits for another one before it gives up

Row: TypeAlias = tuple[Any, ...]


class Database:
    """The open database of a registry's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writable = os.access(folder, os.W_OK)
        self._connection = _connect(folder / FILE, writable=self.writable)

    @classmethod
    def create(cls, folder: Path) -> "Database":
        """A new one with empty tables."""
        try:
            with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                ids = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}"
                connection.executescript(f"BEGIN; {LOG} {TABLES} {ids}; COMMIT")
        except sqlite3.OperationalError as error:
            remedy = "choose a folder that you may write to, on a disk that is not full"
            raise RegistryError(f"no registry can be made in {folder}: {error}", remedy) from error
        return cls(folder)

    def close(self) -> None:
        """Lets go of the files."""
        self._connection.close()

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a query; raises RegistryError where the database is damaged, locked or cannot be written."""
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
                raise  # a query of ours is wrong: a bug
            remedy = "see that no other process is writing to it, that its folder can be written and that the disk is not full"
            raise RegistryError(f"the registry {self.folder} cannot be used: {error}", remedy) from error
        except sqlite3.IntegrityError:
            raise  # a constraint of ours: a bug
        except sqlite3.DatabaseError as error:
            raise _damaged(self.folder / FILE, error) from error

    def shrink(self) -> None:
        """Leaves nothing in the files of what was deleted; raises RegistryError while another process reads an older state."""
        self.rows("VACUUM")
        ((busy, _, _),) = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        if busy:
            remedy = "the works are erased; when the other process has ended, do this again to erase them from that file too"
            raise RegistryError(f"another process reads the registry {self.folder}, so that {FILE}-wal could not be emptied", remedy)

    def problems(self) -> Iterator[str]:
        """What SQLite itself finds wrong."""
        yield from (f"{FILE}: {said}" for (said,) in self.rows("PRAGMA integrity_check") if said != "ok")
        for table, _, other, _ in self.rows("PRAGMA foreign_key_check"):
            yield f"{FILE}: a row of {table} names a row of {other} that is not there"

    @contextmanager
    def transaction(self, kind: Literal["IMMEDIATE", "DEFERRED"] = "IMMEDIATE") -> Iterator[None]:
        """Keeps all that is written inside, or, after any exception, none of it; a deferred one only reads, and sees one state."""
        self.rows(f"BEGIN {kind}")
        try:
            yield
        except BaseException:
            self.rows("ROLLBACK")
            raise
        self.rows("COMMIT")

    @contextmanager
    def only_writer(self) -> Iterator[None]:
        """Holds the registry against other writers for as long as it takes; readers go on.

        The lock is SQLite's own, on an empty database beside: the same on every platform, and gone with the process that held it.
        Where the folder cannot be written there is nothing to hold.
        Raises RegistryError after BUSY_SECONDS.
        """
        if not self.writable:
            yield
            return
        with closing(sqlite3.connect(self.folder / LOCK, timeout=BUSY_SECONDS, isolation_level=None)) as lock:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                    remedy = "wait until it has ended, then try again"
                    raise RegistryError(f"another process is writing to the registry {self.folder}", remedy) from error
                raise RegistryError(f"the registry {self.folder} cannot be written: {error}", "see who may write to its folder") from error
            yield


def _connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    """Opens an existing database; one in a folder that cannot be written is read as immutable, since WAL would need to make files."""
    mode = "mode=rw" if writable else "mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        application, version = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        if (application, version) == (APPLICATION, 1):
            version = _upgraded(connection) if writable else VERSION  # what reads version 2 reads version 1
        for setting in ("synchronous = FULL", "secure_delete = ON", "foreign_keys = ON", "cell_size_check = ON"):
            connection.execute(f"PRAGMA {setting}")
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error
    if (application, version) != (APPLICATION, VERSION):
        connection.close()
        found = f"version {version}" if application == APPLICATION else "another program's database"
        raise RegistryError(f"{path} is {found}, this program reads version {VERSION}", "use the version that made it")
    return connection


def _upgraded(connection: sqlite3.Connection) -> int:
    """The version after a registry of version 1 was brought to this one, by this process or by another one at the same time."""
    try:
        upgrade = f"{UPGRADE_BEFORE_LOG} {LOG} {UPGRADE_AFTER_LOG} PRAGMA user_version = {VERSION}"
        connection.executescript(f"BEGIN IMMEDIATE; {upgrade}; COMMIT")
    except sqlite3.OperationalError:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _damaged(path: Path, error: Exception) -> RegistryError:
    return RegistryError(f"{path} is damaged or cannot be read: {error}", "restore it from a backup; the index is made again from it")
