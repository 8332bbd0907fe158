"""What an extractor makes of a document's bytes: its text, what it says of its origin, and what could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from provenance.readers.limits import METADATA_CHARS, Limits

Fault: TypeAlias = tuple[str, str]
"""Reason and detail, as in ``Unread``."""

PAGE_BREAK = "\f"
"""Between the pages of a PDF, the parts of an EPUB or a docx: a word separator to every reader, and the page can be counted from it."""
NAMED_AT_MOST = 20  # names or numbers that one fault lists; the rest is a count


@dataclass(frozen=True, slots=True)
class Extract:
    """A document as read; a text and faults together mean that a part of it was read."""

    text: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Title, author, licence and their like, verbatim, by field."""
    faults: tuple[Fault, ...] = ()


class Gathering:
    """Text in the making, up to ``Limits.document_text`` bytes of UTF-8."""

    def __init__(self, limits: Limits) -> None:
        self._limit = self._left = limits.document_text
        self._parts: list[str] = []

    @property
    def full(self) -> bool:
        """True once something did not fit."""
        return self._left < 0

    @property
    def fault(self) -> Fault:
        """What to say of a text that did not fit."""
        return "too-large", f"more than {self._limit} bytes of text; what follows them is not read"

    def add(self, text: str) -> bool:
        """Takes the text, or as much of it as fits; False once it is full."""
        if self.full:
            return False
        data = text.encode("utf-8", "replace")
        if len(data) > self._left:
            text = data[: self._left].decode("utf-8", "ignore")
        self._left -= len(data)
        self._parts.append(text)
        return not self.full

    def text(self, separator: str = "") -> str:
        """What was gathered, joined."""
        return separator.join(self._parts)


class Notes:
    """A document's metadata in the making: a field that is given several times holds its different values, joined by ``; ``."""

    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {}

    def add(self, name: str, value: str | None) -> None:
        """Takes one value of a field, of none where the name is empty; space around the value and inside it counts once."""
        text = " ".join((value or "")[: 4 * METADATA_CHARS].split()) if name else ""
        held = self._values.setdefault(name, []) if text else []
        if text and text not in held and len(held) < NAMED_AT_MOST:
            held.append(text)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def fields(self) -> dict[str, str]:
        """The metadata, each value at most METADATA_CHARS code points."""
        return {name: "; ".join(values)[:METADATA_CHARS] for name, values in self._values.items()}


def some_of(names: list[str]) -> str:
    """The names in one line, a long list cut and counted."""
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
