"""Texts as sequences of word hashes where numba cannot be loaded: the words of ``tokens``, by numpy.

ASCII words are found and hashed all at once, by columns of eight bytes. What needs a closer look is spelt by ``tokens.spell`` as Python,
one run of bytes after the other; short runs, such as "don't", are remembered.
"""

import re
from typing import Any, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from fingerprints.text import tokens
from fingerprints.text.characters import CODE_POINTS
from fingerprints.text.vectorised import ALPHANUMERIC, KINDS, Bytes, Flags, Hashes, Places
from fingerprints.text.vectorised_runs import code_points, hashes, runs, unspaced

STRETCH: Final = 1 << 18
"""Bytes that are worked on at once, each with some 30 bytes of memory."""
LONGEST: Final = 40
"""Bytes of a run that is remembered."""
MOST: Final = 1 << 16
"""Runs that are remembered, 20 MB; then all are forgotten."""
JOINED: Final = re.compile(rb"(?:['`-]?[0-9A-Za-z\x80-\xff]++)++")
"""A run of word bytes with what apostrophes and hyphens join to it."""
HYPHEN: Final = ord("-")
LAST: Final = 1 << 10
"""Bytes of a stretch without ASCII separators in which a character that is a word of its own is looked for."""
NOWHERE: Final = np.empty(0, np.int64)

Placed: TypeAlias = tuple[Hashes, NDArray[np.int64]]
"""Words, and the first byte of each and the byte behind it."""

_remembered: dict[bytes, Placed] = {}
"""Of a run, the hashes of its words and their bounds, counted from its first byte."""
_of_character = np.zeros(CODE_POINTS, np.uint32)
"""Of a character that is a word of its own, the hash; 0 until it is met."""


def tokenise_texts(
    data: Bytes,
    offsets: Places,
    text: int,
    codes: Bytes,
    entries: Hashes,
    folded: Bytes,
    unknown: Hashes,
    words: Hashes,
    bounds: Places | None,
    texts: Places,
) -> tuple[int, int]:
    """As ``tokens.tokenise_texts``, but that no text is done as long as one has characters that ``codes`` does not know."""
    first, end, count = int(offsets[text]), int(offsets[-1]), int(texts[text])
    missing = _unknown(data, first, end, codes, unknown)
    if missing:
        return text, missing
    texts[text + 1 :] = count
    speller = _Speller(data, offsets, codes, entries, folded, unknown)
    while first < end:
        stop = _cut(data, offsets, codes, first)
        found, places = speller.words(first, stop) if stop > first else speller.run(first)
        following = max(stop, speller.done)
        words[count : count + found.size] = found
        if bounds is not None:
            bounds[count : count + found.size] = places
        ended = slice(*np.searchsorted(offsets, (first, following), side="right"))
        texts[ended] = count + np.searchsorted(places[:, 0], offsets[ended])
        first, count = following, count + found.size
    return offsets.size - 1, 0


def _unknown(data: Bytes, first: int, end: int, codes: Bytes, unknown: Hashes) -> int:
    """Notes characters that the table does not know; gives how many are noted."""
    found = {tokens.REPLACEMENT} if codes[tokens.REPLACEMENT] == tokens.UNKNOWN else set[int]()
    for start in range(first, end, STRETCH):
        points, _ = code_points(data, start + np.flatnonzero(data[start : min(end, start + STRETCH)] >= 0xC0))
        found.update(points[codes[points] == tokens.UNKNOWN].tolist())
        if len(found) >= unknown.size:
            break
    noted = sorted(found)[: unknown.size]
    unknown[: len(noted)] = noted
    return len(noted)


def _cut(data: Bytes, offsets: Places, codes: Bytes, first: int) -> int:
    """Where a stretch may end; ``first`` within a run that is longer.

    Between texts, or else before an ASCII separator, or before a character that is a word of its own.
    """
    limit = first + STRETCH
    stop = int(offsets[np.searchsorted(offsets, limit, side="right") - 1])
    if stop > first:
        return stop
    window = data[first:limit]
    separators = np.flatnonzero((window < 0x80) & (KINDS[window] & ALPHANUMERIC == 0))
    if separators.size:
        return first + max(int(separators[-1]), 1)
    last = unspaced(data, offsets, codes, limit - LAST, limit).starts
    return int(last[-1]) if last.size else first


class _Speller:
    """The words of a column's texts, stretch by stretch."""

    def __init__(self, data: Bytes, offsets: Places, codes: Bytes, entries: Hashes, folded: Bytes, unknown: Hashes) -> None:
        self._data, self._offsets = data, offsets
        self._bytes: Any = data.data  # of which Python reads a number in half the time
        self._codes = codes
        self._tables: tuple[Any, Any, Any, Any] = codes.data, entries.data, folded.data, unknown.data
        room = int(offsets[-1] - offsets[0]) // 2 + 1  # taken from the system as it is used
        self._hashes, self._bounds = np.empty(room, np.uint32), np.empty((room, 2), np.int64)
        self._count = 0
        self.done = 0
        """The byte behind what was spelt last."""

    def words(self, first: int, stop: int) -> Placed:
        """The words that begin in data[first:stop], which begins and ends where no run goes on."""
        lone = unspaced(self._data, self._offsets, self._codes, first, stop)
        starts, stops, closer = runs(self._data, self._offsets, first, stop, lone.parting)
        limits = np.append(lone.starts, stop)  # where no separator stands at its end, such a character does
        self._count = 0
        begins, ends = list[int](), list[int]()
        for start in starts[closer].tolist():
            if start >= self.done:
                self._spell(start, limits if self._bytes[stop] >= 0x80 else lone.starts)
                begins.append(start)
                ends.append(self.done)
        plain = _outside(starts, begins, ends)
        starts, stops = starts[plain], stops[plain]
        return _in_order(
            (hashes(self._data, starts, stops - starts), np.stack((starts, stops), axis=1)),
            (self._of_characters(lone.points), np.stack((lone.starts, lone.stops), axis=1)),
            (self._hashes[: self._count], self._bounds[: self._count]),
        )

    def run(self, start: int) -> Placed:
        """The words of the run that begins there."""
        self._count = 0
        self._spell(start, NOWHERE)
        return self._hashes[: self._count], self._bounds[: self._count]

    def _spell(self, start: int, lone: Places) -> None:
        """Adds the words of the run that begins there, and ends at the next character that is a word of its own."""
        end = int(self._offsets[np.searchsorted(self._offsets, start, side="right")])
        if (following := np.searchsorted(lone, start)) < lone.size:
            end = min(end, int(lone[following]))
        joined = JOINED.match(self._bytes, start, min(end, start + LONGEST + 2))  # an apostrophe and what it joins
        run = joined.group() if joined else b""
        follows = start + len(run)
        lasting = 0 < len(run) <= LONGEST and (follows == end or self._bytes[follows] != HYPHEN)
        if lasting and run in _remembered:
            self._add(*_remembered[run], start, follows)
            return
        first = self._count
        self.done, self._count, _ = tokens.spell(self._bytes, start, end, *self._tables, 0, self._hashes, self._bounds, first)
        wordless = self._count == first
        if lasting and self.done == follows and (wordless or self._bounds[self._count - 1, 1] == follows):  # no hyphen beyond ASCII, either
            if len(_remembered) == MOST:
                _remembered.clear()
            _remembered[run] = self._hashes[first : self._count].copy(), self._bounds[first : self._count] - start

    def _add(self, found: Hashes, bounds: Places, start: int, done: int) -> None:
        last = self._count + found.size
        self._hashes[self._count : last], self._bounds[self._count : last] = found, bounds + start
        self._count, self.done = last, done

    def _of_characters(self, points: Places) -> Hashes:
        """The hashes of characters that are words of their own."""
        for point in np.unique(points[_of_character[points] == 0]).tolist():
            data, word = chr(point).encode(), [0]
            tokens.spell(cast("Any", data), 0, len(data), *self._tables, 0, cast("Any", word), None, 0)
            _of_character[point] = word[0]
        return _of_character[points]


def _outside(starts: Places, begins: list[int], ends: list[int]) -> Flags:
    """Which of the places are not within one of the intervals; all in order, the intervals disjoint."""
    depth = np.zeros(starts.size + 1, np.int64)
    depth[np.searchsorted(starts, begins)] += 1
    np.subtract.at(depth, np.searchsorted(starts, ends), 1)
    return np.cumsum(depth[:-1]) == 0


def _in_order(*parts: Placed) -> Placed:
    """The words of all parts, each of them in order."""
    found = [part for part in parts if part[0].size]
    if len(found) == 1:
        return found[0]
    words, bounds = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = np.argsort(bounds[:, 0], kind="stable")
    return words[order], bounds[order]
