"""One hostile thing of the corpus: how it is made, and what an audit must say of it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tests.laws.material import prose

Content: TypeAlias = bytes | Iterable[bytes]
MB = 1 << 20
WORK = prose(1)
"""The registered text."""
PASSAGE = WORK[WORK.index(" ", 3000) + 1 : WORK.index(" ", 3600)]
FILLER = prose(2, 120)


@dataclass(frozen=True, slots=True)
class Hostile:
    """An entry of the corpus."""

    name: str
    """Path below the corpus's folder."""
    make: Callable[[Path, str], None]
    """Puts it at a path; the text, which holds the registered passage, stands where it can still be found."""
    unread: frozenset[str] = frozenset()
    """Every reason for which something in it must be unread; no other may be given."""
    found: tuple[str, ...] = ()
    """Behind the path, the locators of all items in which a registered work must be found."""
    scanned: int | None = None
    """Items; None where the limit at which reading stops decides."""
    excluded: str = ""
    """The reason for which all of it is left out."""

    @property
    def text(self) -> str:
        """The passage between other words; of this entry alone, so that no other entry has an item of this content."""
        return f"Entry {self.name!r}. {FILLER} {PASSAGE} {FILLER}"


def file(name: str, content: Callable[[str], Content], unread: str = "", found: str = "", scanned: int | None = -1) -> Hostile:
    """An ordinary file; ``unread`` and ``found`` are words with spaces between them, a dot for the file itself.

    Where ``scanned`` is not given, the items that are found are all that is scanned.
    """
    places = tuple("" if place == "." else place for place in found.split())

    def make(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = content(text)
        with path.open("wb") as out:
            out.writelines((made,) if isinstance(made, bytes) else made)

    return Hostile(name, make, frozenset(unread.split()), places, len(places) if scanned == -1 else scanned)


def line(text: str, **others: object) -> bytes:
    """A record of JSON lines."""
    return json.dumps({**others, "text": text}).encode() + b"\n"
