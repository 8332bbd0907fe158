"""Claims as they are gathered: each name once, bounded, and of characters that can be stored anywhere."""

from collections.abc import Mapping

FIELD_CHARS = 1000  # code points that are kept of one claim: of usage terms by the page, the beginning
NAME_CHARS = 100
FIELDS = 100  # of one kind of metadata in one file; the tables of names have 60
VALUES = 20  # of one name, such as creators
BETWEEN = "; "
UNREAD = ":unread"


class Gathered:
    """Claims of one kind of metadata."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._values: dict[str, list[str]] = {}
        self._unread = ""

    def add(self, name: str, value: str) -> None:
        """Takes one value of ``namespace:name``; blank ones and those that were said already are no news."""
        name, value = _storable(name)[:NAME_CHARS], _storable(value)
        if not value:
            return
        if name not in self._values and len(self._values) == FIELDS:
            self.unread(f"more than {FIELDS} fields")
            return
        values = self._values.setdefault(name, [])
        if value not in values and len(values) < VALUES:
            values.append(value)

    def unread(self, why: str) -> None:
        """Notes that something of it could not be read, and why; the first reason is kept."""
        self._unread = self._unread or _storable(why)

    def claims(self) -> dict[str, str]:
        """The claims by name, several values of one separated by ``; ``; ``namespace:unread`` says what is missing."""
        found = {f"{self._namespace}:{name}": BETWEEN.join(values)[:FIELD_CHARS] for name, values in self._values.items()}
        return found | ({f"{self._namespace}{UNREAD}": self._unread} if self._unread else {})


def unread(claims: Mapping[str, str]) -> tuple[str, ...]:
    """Why something could not be read, each reason by its first word (``decoder-timeout``, ``no-library``); empty if everything was."""
    return tuple(why.partition(":")[0] for name, why in claims.items() if name.endswith(UNREAD))


def decoded(data: bytes) -> str:
    """Text of bytes whose encoding nobody states: UTF-8 where it is that, else Latin-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _storable(text: str) -> str:
    """Without NULs, which separate values in EXIF, and without lone surrogates, which neither JSON nor SQLite takes."""
    parts = text[: 4 * FIELD_CHARS].encode("utf-8", "replace").decode().split("\0")
    return BETWEEN.join(part.strip() for part in parts if part.strip())[:FIELD_CHARS]
