"""The results of one key: found by content, kept in a journal of each run's own."""

import secrets
import weakref
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from provenance import journal
from provenance.cache.folder import SUFFIX, journals, touch, unusable
from provenance.encoding import decode, encode, packed, packed_content
from provenance.journal import JournalError
from provenance.model import PieceResult

PLACE_BITS: Final = 44  # of an entry's place for the byte in its file (16 TB); the other 20 number the file (a million runs)


class Cache:
    """The results of one key; opened when it is first asked, once in each process, and then knows what was there at that moment.

    What cannot be read is as if it were not there. Pickles as its two arguments; not for several threads at once.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder, self._key = folder, key
        self._index: _Index | None = None
        self._open: tuple[Path, journal.Reader, weakref.finalize[[], Cache]] | None = None

    def __reduce__(self) -> tuple[type["Cache"], tuple[Path, str]]:
        return Cache, (self._folder, self._key)

    def find(self, content: str) -> PieceResult | None:
        """The newest result of a content, with what older ones that agree in everything else know of further index shards.

        None if there is none that can be read.
        """
        newest = None
        for result in self._results(content):
            if newest is None:
                newest = result
            elif not result.reuses.keys() <= newest.reuses.keys():
                newest = _united(newest, result)
        return newest

    def writer(self) -> "Writer":
        """Keeps results in a journal of its own; what it keeps is found by caches that are opened afterwards."""
        return Writer(self._folder, self._key)

    def _results(self, content: str) -> Iterator[PieceResult]:
        """Every result of a content that can be read, newest first."""
        if self._index is None:
            self._index = _Index(journals(self._folder / self._key))
        for file, at in self._index.places(content):
            try:
                result = decode(*self._reader(file).frame(at))
            except (OSError, JournalError, ValueError):
                continue  # damaged, deleted or of another version: as if it were not there
            if result.content == content:
                yield result

    def _reader(self, file: Path) -> journal.Reader:
        """The journal; the one that was read last stays open, for what one run kept is asked for in about the same order."""
        if self._open is None or self._open[0] != file:
            if self._open is not None:
                self._open[2]()
                self._open = None
            reader = journal.Reader(file)
            self._open = file, reader, weakref.finalize(self, reader.close)
            touch(file)
        return self._open[1]


class Writer:
    """Keeps the results of one run; a context manager. Where nothing was kept, no file is left."""

    def __init__(self, folder: Path, key: str) -> None:
        """Makes the journal; folders that have to be made are for their owner alone, since results hold excerpts of what was found.

        Raises UsageError where nothing can be written.
        """
        self._folder = folder
        self._path = folder / key / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}{SUFFIX}"
        try:
            for made in (folder, self._path.parent):
                made.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._journal = journal.Writer(self._path)
        except OSError as error:
            raise unusable(folder, error) from error

    def keep(self, result: PieceResult) -> None:
        """Hands a result to the operating system; one of no content, or too large for a frame, is not kept.

        Raises UsageError where it cannot be written.
        """
        if not result.content:
            return
        try:
            with suppress(JournalError):
                self._journal.append(*encode(result))
        except OSError as error:
            raise unusable(self._folder, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(OSError):  # what was kept is kept; without an end mark it is only pruned later
            self._journal.close()
        if not self._journal.frames:
            self._path.unlink(missing_ok=True)


class _Index:
    """Where the results of each content stand, in 16 bytes an entry, so that ten million of them are no burden on each worker."""

    def __init__(self, files: tuple[Path, ...]) -> None:
        self._files = files
        contents, places = array("Q"), array("Q")
        for number, file in enumerate(files):
            with suppress(OSError, JournalError), journal.Reader(file) as reader:
                for at, head in reader.heads():
                    contents.append(_short(packed_content(head)))
                    places.append(number << PLACE_BITS | at)
        order = np.argsort(np.array(contents, np.uint64), kind="stable")
        self._contents = np.array(contents, np.uint64)[order]
        self._places = np.array(places, np.uint64)[order]

    def places(self, content: str) -> Iterator[tuple[Path, int]]:
        """File and byte of each entry that may be of that content, newest first."""
        short = np.uint64(_short(packed(content)))
        first, stop = np.searchsorted(self._contents, short), np.searchsorted(self._contents, short, side="right")
        for place in reversed(self._places[first:stop].tolist()):
            yield self._files[place >> PLACE_BITS], place & ((1 << PLACE_BITS) - 1)


def _short(content: bytes) -> int:
    """The first bytes of a packed content as a number: what the index sorts by, and the content itself is compared on reading."""
    return int.from_bytes(content[:8], "little")


def _united(newest: PieceResult, older: PieceResult) -> PieceResult:
    """The newest result, with the matches and exhibits of further index shards where an older one agrees in everything else.

    Exhibits are known of the whole only where they were asked for in both.
    """
    reuses = {**older.reuses, **newest.reuses}
    if replace(older, reuses=reuses, exhibits=None) != replace(newest, reuses=reuses, exhibits=None):
        return newest
    if newest.exhibits is None or older.exhibits is None:
        return replace(newest, reuses=reuses, exhibits=None)
    exhibits = {each.name: each for each in (*older.exhibits, *newest.exhibits)}
    return replace(newest, reuses=reuses, exhibits=tuple(exhibits.values()))
