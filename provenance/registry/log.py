"""The append-only log: each entry holds the digest of the one before, and vouches for what it recorded."""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from provenance.registry.database import Database, Row

NOTHING_BEFORE: Final = "0" * 64
"""What the first entry of a log holds in place of a digest."""
SALT_BYTES: Final = 32


def canonical(value: object) -> bytes:
    """The one JSON form of a value: sorted keys, no white space, sets as sorted lists, dates in ISO 8601."""
    plain = orjson.loads(orjson.dumps(value, default=_sorted))  # orjson sorts the keys of dictionaries, not the fields of dataclasses
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def _sorted(value: object) -> list[Any]:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def digest(entry: Row) -> str:
    """SHA-256 of a row of the log, as the next row holds it."""
    return hashlib.sha256(canonical(entry)).hexdigest()


def commitment(salt: bytes, value: object) -> str:
    """A digest that proves what was recorded to whoever has the salt, and tells nothing to anybody else (HMAC, RFC 2104)."""
    return hmac.digest(salt, canonical(value), "sha256").hex()


class Log:
    """The log of a registry's database; it names works by commitments only, so that nobody learns from it which works there are."""

    def __init__(self, database: Database) -> None:
        self._rows = database.rows

    def next(self) -> int:
        """The number of the entry that is going to be written."""
        entry: int = self._rows("SELECT coalesce(max(entry), 0) + 1 FROM log")[0][0]
        return entry

    def head(self) -> str:
        """Digest of the newest entry."""
        return digest(self._rows("SELECT * FROM log ORDER BY entry DESC LIMIT 1")[0])

    def append(self, action: str, work: str | None = None) -> None:
        """Writes the next entry; what it is to vouch for must have been recorded under its number."""
        entry = self.next()
        name = content = None
        if work is not None:
            salt = self._rows("SELECT salt FROM works WHERE id = ?", (work,))[0][0]
            name, content = commitment(salt, work), commitment(salt, self._content(work, entry))
        previous = self.head() if entry > 1 else NOTHING_BEFORE
        time = datetime.now(UTC).isoformat(timespec="seconds")
        self._rows("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", (entry, time, action, name, content, previous))

    def problems(self) -> Iterator[str]:
        """Where the chain is broken, and where what was recorded is not what the log vouches for."""
        yield from self._broken_links()
        yield from self._broken_promises()

    def _broken_links(self) -> Iterator[str]:
        previous = NOTHING_BEFORE
        for position, row in enumerate(self._rows("SELECT * FROM log ORDER BY entry"), 1):
            if row[0] != position or row[-1] != previous:
                yield f"log entry {row[0]}: it does not continue the entry before"
            previous = digest(row)

    def _broken_promises(self) -> Iterator[str]:
        salts = {work: (name, salt) for name, salt in self._rows("SELECT id, salt FROM works") for work in (commitment(salt, name),)}
        query = """
            SELECT entry, work, content FROM log
            WHERE work IS NOT NULL AND work NOT IN (SELECT work FROM log WHERE action = 'purge') ORDER BY entry"""
        for entry, work, content in self._rows(query):
            if work not in salts:
                yield f"log entry {entry}: its work is not in the registry any more, or its id was changed"
            elif commitment(salts[work][1], self._content(salts[work][0], entry)) != content:
                yield f"log entry {entry}: what it recorded of the work {salts[work][0]!r} was changed afterwards"

    def _content(self, work: str, entry: int) -> Sequence[object]:
        """Everything that the entry recorded."""
        statements = "SELECT field, value, origin, source FROM statements WHERE work = ? AND entry = ? ORDER BY key"
        files = "SELECT asset FROM files WHERE work = ? AND entry = ? ORDER BY asset"
        removal = "SELECT reason FROM works WHERE id = ? AND removed = ?"
        return tuple(self._rows(query, (work, entry)) for query in (statements, files, removal))
