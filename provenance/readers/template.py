"""How the lines of a data set are written, told from one of them: which names in which order, and which of the values are texts.

Most data sets write all records alike. Their texts are then found by ``scanned`` in the bytes; what is written otherwise goes to a parser,
with the same result.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import orjson
from numpy.typing import NDArray

from provenance.readers import scanned
from provenance.readers.columns import NAME_CHARS, NESTED, Role, is_chosen, is_text, role
from provenance.readers.lines import Bytes, Places

DEPTH = 6  # of records in one another: content in them is never too deep (``columns.DEPTH``)
MOST_OPS = 1000  # a record of 250 fields


@dataclass(frozen=True, slots=True)
class Template:
    """The order in which a line's parts come, as ``scanned.match`` takes it."""

    ops: NDArray[np.int8]
    ends: Places
    names: Bytes
    fields: tuple[str, ...]
    """The field of each text."""


@dataclass(slots=True)
class _Draft:
    """A template in the making."""

    chosen: tuple[str, ...]
    ops: list[int] = field(default_factory=list)
    names: list[bytes] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)

    def record(self, entries: Iterator[tuple[str, bytes, str, object]], depth: int) -> bool:
        """Enters a record of (field, name as written, nearest name, value); False if there is something in it that only a parser reads."""
        self.ops.append(scanned.OPEN)
        for number, (path, written, name, value) in enumerate(entries):
            if number:
                self.ops.append(scanned.COMMA)
            self.ops.append(scanned.KEY)
            self.names.append(written)
            if len(self.ops) > MOST_OPS or not self._value(path, name, value, depth):
                return False
        self.ops.append(scanned.CLOSE)
        return True

    def _value(self, path: str, name: str, value: object, depth: int) -> bool:
        text = is_chosen(path, self.chosen) if self.chosen else role(name) is Role.TEXT if depth == DEPTH else is_text(name)
        if isinstance(value, str):
            self.ops.append(scanned.TEXT if text else scanned.SHORT)
            self.fields += [path] if text else []
        elif isinstance(value, dict):
            return depth > 0 and self.record(_inside(path, name, value), depth - 1)
        elif isinstance(value, list):
            flat = not any(isinstance(entry, dict | list) for entry in value)
            strings = any(isinstance(entry, str) for entry in value)
            audited = is_chosen(path, self.chosen) if self.chosen else is_text(name)
            self.ops.append(scanned.SCALARS if audited else scanned.SHORTS)
            return flat and not (audited and strings)
        else:
            self.ops.append(scanned.SCALAR if text else scanned.SHORT)
        return True


def template_of(record: Mapping[str, object], chosen: tuple[str, ...]) -> Template | None:
    """How a line with this record is written; None if it holds no text, or some that are not found without parsing."""
    draft = _Draft(chosen)
    if not draft.record(((key[:NAME_CHARS], orjson.dumps(key), key, value) for key, value in record.items()), DEPTH) or not draft.fields:
        return None
    ends = np.cumsum([len(name) for name in draft.names], dtype=np.int64)
    return Template(np.array(draft.ops, np.int8), ends, np.frombuffer(b"".join(draft.names), np.uint8), tuple(draft.fields))


def _inside(path: str, name: str, record: Mapping[str, object]) -> Iterator[tuple[str, bytes, str, object]]:
    """The fields of a record inside another, named as ``columns.contents`` names them."""
    under = name if name.casefold() in NESTED else None
    for key, value in record.items():
        yield f"{path}/{key[:NAME_CHARS]}", orjson.dumps(key), under or key, value
