"""The first of very many, in bounded memory, and how many there were: what a hostile data set can have a million of."""

from collections.abc import Mapping
from itertools import islice
from operator import itemgetter
from typing import Any, Generic, TypeVar

from provenance.model import Counts, Unread

T = TypeVar("T")

MOST_UNREAD = 10_000  # entries in audit.json, 2 MB of it; a person reads the first page and the counts
MOST_FILES = 10_000  # files that the coverage names one by one, 1.4 MB of audit.json


class Shortlist(Generic[T]):
    """Keeps the ``most`` entries with the smallest keys, in whatever order they come, and counts all; keys are comparable."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[tuple[Any, T]] = []
        self.count = 0
        """Of all entries that were added."""

    def add(self, key: Any, entry: T) -> None:  # noqa: ANN401 - whatever can be compared
        """Takes an entry."""
        self.count += 1
        self._kept.append((key, entry))
        if len(self._kept) >= 2 * self._most:
            self._cut()

    def listed(self) -> tuple[T, ...]:
        """The first ones, by key."""
        self._cut()
        return tuple(entry for _, entry in self._kept)

    def _cut(self) -> None:
        self._kept.sort(key=itemgetter(0))
        del self._kept[self._most :]


class UnreadList:
    """Takes unread entries as they come; lists the first by path and record, and sums up the rest in one."""

    def __init__(self) -> None:
        self._list: Shortlist[Unread] = Shortlist(MOST_UNREAD)

    def add(self, entry: Unread) -> None:
        """Takes an entry whose path is the file's."""
        row = entry.record if isinstance(entry.record, int) else -1
        named = isinstance(entry.record, str)
        self._list.add((entry.path, named, row, str(entry.record or ""), entry.reason, entry.detail, str(entry.modality)), entry)

    def listed(self) -> tuple[Unread, ...]:
        """By path, then rows by number, then members by name; the last entry (``more-unread``) says how many are not listed."""
        listed = self._list.listed()
        rest = self._list.count - len(listed)
        detail = f"{rest:,} further entries are not listed one by one; the counts of the coverage hold them"
        return (*listed, Unread("", None, "more-unread", detail)) if rest else listed


def shortened(by_file: Mapping[str, Counts]) -> Mapping[str, Counts]:
    """The counts of the first files by path; those of all others are summed under one name that says how many they are."""
    if len(by_file) <= MOST_FILES:
        return dict(sorted(by_file.items()))
    paths = sorted(by_file)
    listed = {path: by_file[path] for path in paths[:MOST_FILES]}
    rest = [by_file[path] for path in islice(paths, MOST_FILES, None)]
    columns = zip(*((c.seen, c.scanned, c.unread, c.excluded) for c in rest), strict=True)
    return {**listed, f"({len(rest):,} further files)": Counts(*map(sum, columns))}
