"""What a unit is scanned, cached and resumed in: pieces, each a run of the unit that its content alone decides.

A piece knows neither its file nor its place in it, so that a result of it holds wherever the same content is met again: in its parts a
path is empty, a locator begins behind the path (``#17/text``), and rows count from the first row of the piece.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

import orjson

from provenance.model import Excluded, Unread
from provenance.readers.batch import Batch
from provenance.readers.limits import LIMITS, Limits

Part: TypeAlias = Batch | Unread | Excluded


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a unit."""

    content: bytes
    """SHA-256 (32 bytes) over everything that decides what the parts are: the bytes, the names of members, a table's schema."""
    parts: Callable[[], Iterator[Part]]
    """Reads the piece: every item in it once, in a batch, as unread or as excluded."""
    rows: int = 0
    """Rows of the file that it takes up, those included that are blank or unread; 0 where records have names instead of numbers."""
    size: int = 0
    """Bytes of input, for the progress."""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What shapes the items of an input beside the input itself; part of the key under which results are cached."""

    limits: Limits = LIMITS
    text_columns: tuple[str, ...] = ()
    """Fields of records that are text to audit, in place of those that are found by name and type; nested ones as ``messages/content``."""


def content(*parts: bytes | Mapping[str, str]) -> bytes:
    """SHA-256 over several parts, none of which can be taken for a piece of another."""
    digest = sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else orjson.dumps(part, option=orjson.OPT_SORT_KEYS)
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.digest()
