"""A stream of bytes as blocks of whole lines, without an object for each line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from provenance.readers.limits import BLOCK
from provenance.readers.lines import HIGHS, NEWLINE, NEWLINES, ONES, Bytes, Places, Words
from provenance.readers.streams import Fault

SHORT = 64  # bytes a line that room is made for at first; blocks of shorter lines are looked at again


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines, and the number of the first."""

    first: int
    data: bytes
    starts: Places
    """Index of each line in ``data``."""
    stops: Places
    """Index behind each line, its newline not counted."""

    def __len__(self) -> int:
        return len(self.starts)

    def line(self, at: int) -> bytes:
        """A line without its end, by its place among these."""
        return self.data[self.starts[at] : self.stops[at]]


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line that was skipped because it is longer than the limit."""

    record: int


def lines(blocks: Iterable[bytes | memoryview | Fault], first: int, limit: int) -> Iterator[Lines | LongLine | Fault]:
    """Blocks of whole lines, of BLOCK bytes or little more; a line longer than the limit is skipped in passing."""
    held, skipping = _Held(first), False
    for block in blocks:
        if isinstance(block, Fault):
            yield from held.lines(limit)
            yield block  # stands for the line in which the stream ends, too
            return
        data = block
        if skipping:
            end = bytes(data).find(b"\n") + 1
            if not end:
                continue
            data, skipping = data[end:], False
        held.add(data)
        if held.open > limit:
            yield from held.lines(limit)
            yield LongLine(held.skip())
            skipping = True
        elif held.size >= BLOCK:
            yield from held.lines(limit)
    if held.open:
        held.add(b"\n")
    yield from held.lines(limit)


class _Held:
    """What was not handed on yet: whole lines and the beginning of the next."""

    def __init__(self, first: int) -> None:
        self._record = first
        self._whole, self._tail = list[bytes | memoryview](), list[bytes | memoryview]()
        self.size = self.open = 0
        """Bytes of the lines, and of what was begun."""

    def add(self, data: bytes | memoryview) -> None:
        """Takes what comes next."""
        cut = len(data) if data[-1:] == b"\n" else bytes(data).rfind(b"\n") + 1
        if cut:
            self._whole += (*self._tail, memoryview(data)[:cut])
            self.size, self.open, self._tail = self.size + self.open + cut, 0, []
        if cut < len(data):
            self._tail.append(memoryview(data)[cut:])
            self.open += len(data) - cut

    def lines(self, limit: int) -> Iterator[Lines | LongLine]:
        """The lines."""
        if self._whole:
            block = _block(self._record, b"".join(self._whole))
            self._record += len(block)
            self._whole, self.size = [], 0
            yield from _bounded(block, limit)

    def skip(self) -> int:
        """Gives up what was begun; the number of its line."""
        self._tail, self.open, self._record = [], 0, self._record + 1
        return self._record - 1


def views(data: bytes) -> tuple[Bytes, Words]:
    """The bytes one by one, and eight at a time as far as there are eight."""
    return np.frombuffer(data, np.uint8), np.frombuffer(data, np.uint64, len(data) >> 3)


def _block(first: int, data: bytes) -> Lines:
    """The lines of a block that ends in a newline."""
    view, words = views(data)
    found: NDArray[np.int64] = np.empty(len(data) // SHORT + 1, np.int64)
    count = _newlines(view, words, found)
    if count > len(found):
        found = np.empty(count, np.int64)
        _newlines(view, words, found)
    stops = found[:count]
    return Lines(first, data, np.concatenate((np.zeros(1, np.int64), stops[:-1] + 1)), stops)


@compiled
def _newlines(data: Bytes, words: Words, found: Places) -> int:
    """Lists newlines as far as there is room; how many there are."""
    count = at = 0
    while at < data.size:
        if at & 7 == 0 and at + 8 <= data.size:  # eight bytes without a newline, as in ``lines.ends``
            word = words[at >> 3] ^ NEWLINES
            if not (word - ONES) & ~word & HIGHS:
                at += 8
                continue
        if data[at] == NEWLINE:
            if count < found.size:
                found[count] = at
            count += 1
        at += 1
    return count


def _bounded(whole: Lines, limit: int) -> Iterator[Lines | LongLine]:
    """The lines, those beyond the limit left out."""
    start = 0
    for number in (*np.flatnonzero(whole.stops - whole.starts > limit).tolist(), len(whole)):
        if number > start:
            yield Lines(whole.first + start, whole.data, whole.starts[start:number], whole.stops[start:number])
        if number < len(whole):
            yield LongLine(whole.first + number)
        start = number + 1
