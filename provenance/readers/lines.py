"""Lines cut into pieces by their content, so that one inserted line changes one piece and leaves all others as they were.

A line of L bytes ends a piece with probability L / MEAN, decided by a hash of the line alone (content-defined chunking, Muthitacharoen,
Chen & Mazières 2001; weighing by length makes pieces equally large whatever the lines). Whether a line ends a piece can be told without
knowing what went before it, so that every range of a file finds the same pieces without reading the file from its beginning.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from provenance.readers.limits import BLOCK, MB
from provenance.readers.streams import Chunks, Fault

MEAN = 4 * MB  # bytes: 40 ms of text scanning, against about a millisecond for looking a piece up
MOST = 32 * MB  # bytes of a piece, but for a single line; reached by one piece in three thousand, or where all lines are equal
ANY = 1 << 62  # no bound on a piece: a range that cut where content does not could begin behind the one after it
NEWLINE = 10
RULES = 256  # ends of pieces that one call of the kernel lists
ONES, HIGHS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
NEWLINES = np.uint64(NEWLINE) * ONES
Bytes: TypeAlias = NDArray[np.uint8]
Words: TypeAlias = NDArray[np.uint64]
Places: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """Whole lines."""

    digest: bytes
    """SHA-256 of all bytes."""
    blocks: tuple[bytes | memoryview, ...] | None
    """The lines, in blocks cut anywhere; None for one line that is longer than the limit, which was passed over."""
    rows: int
    size: int


@compiled
def ends(
    data: Bytes, words: Words, scanned: int, line: int, piece: int, mean: int, most: int, found: Places, rows: Places
) -> tuple[int, int, int]:
    """Writes the ends of pieces to ``found`` and the newlines of each to ``rows``.

    Gives the number of pieces, the start of the line that is still open, and the newlines behind the last piece. ``words`` are the bytes
    eight at a time, ``line`` the start of the line open at ``scanned``, ``piece`` that of the piece; an end is the index behind a newline.
    """
    count = newlines = 0
    at = scanned
    while at < data.size:
        if at & 7 == 0 and at + 8 <= data.size:  # eight bytes without a newline: Warren, Hacker's Delight (2013), 6-1
            word = words[at >> 3] ^ NEWLINES
            if not (word - ONES) & ~word & HIGHS:
                at += 8
                continue
        if data[at] == NEWLINE:
            newlines += 1
            length = at + 1 - line
            line = at + 1
            if length * np.uint64(0xFFFFFFFF) >= np.uint64(mean) * line_hash(data, line - length, at) or line - piece >= most:
                found[count], rows[count] = line, newlines
                count += 1
                piece, newlines = line, 0
                if count == found.size:
                    break
        at += 1
    return count, line, newlines


@compiled
def line_hash(data: Bytes, start: int, stop: int) -> np.uint64:
    """32 bits from the length and from four samples of a line: lines of one data set begin and end alike."""
    if start == stop:
        return np.uint64(0xFFFFFFFF)  # a blank line ends no piece: hashed to 0, each of a million would end one
    value = np.uint64(stop - start)
    for quarter in range(4):
        at = start + (stop - start) * quarter // 4
        for place in range(at, min(at + 8, stop)):
            value = (value ^ np.uint64(data[place])) * np.uint64(0x9E3779B97F4A7C15)
            value ^= value >> np.uint64(32)
    return value & np.uint64(0xFFFFFFFF)


def runs(blocks: Chunks, limit: int) -> Iterator[Run | Fault]:
    """The lines of a stream in pieces, then the fault with which it ends; the line that a fault cuts off is left out.

    At most MOST and a line up to ``limit`` are in memory.
    """
    piece, line = _Piece(), list[bytes]()
    long: _LongLine | None = None
    for block in blocks:
        if isinstance(block, Fault):
            yield from piece.finished()
            yield block
            return
        if long is not None:
            block, ended = long.take(block)  # noqa: PLW2901 - what is left of it
            if not ended:
                continue
            yield long.run()
            long = None
        if b"\n" in block:
            data = b"".join((*line, block)) if line else block
            rest = yield from piece.take(data, len(data) - len(block))
            line = [rest] if rest else []
        elif block:
            line.append(block)
        if sum(map(len, line)) > limit:
            yield from piece.finished()
            long, line = _LongLine(line), []
    if long is not None:
        yield long.run()
    for rest in line:
        piece.add(rest, 0)
    yield from piece.finished(rows=bool(line))


class _Piece:
    """Whole lines that may go on."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._digest, self._blocks, self._rows, self._size = sha256(), list[bytes | memoryview](), 0, 0

    def add(self, data: bytes | memoryview, rows: int) -> None:
        """Takes bytes with so many ends of lines."""
        self._digest.update(data)
        self._blocks.append(data)
        self._rows, self._size = self._rows + rows, self._size + len(data)

    def finished(self, *, rows: int = 0) -> Iterator[Run]:
        """The piece, unless there is nothing in it; ``rows`` that have no end are counted, too. The next one begins."""
        if self._size:
            yield Run(self._digest.digest(), tuple(self._blocks), self._rows + rows, self._size)
        self._begin()

    def take(self, data: bytes, scanned: int) -> Generator[Run, None, bytes]:
        """The pieces that end in the data, which begins with a line; gives what is left behind its last newline."""
        view, words, whole = np.frombuffer(data, np.uint8), np.frombuffer(data, np.uint64, len(data) >> 3), memoryview(data)
        found, rows, start, line = np.empty(RULES, np.int64), np.empty(RULES, np.int64), 0, 0
        while True:
            count, line, newlines = ends(view, words, scanned, line, start - self._size, MEAN, MOST, found, rows)
            for end, of_piece in zip(found[:count].tolist(), rows[:count].tolist(), strict=True):
                self.add(whole[start:end], of_piece)
                yield from self.finished()
                start = end
            if count < RULES:
                break
            scanned = line
        if line > start:
            self.add(whole[start:line], newlines)
        return data[line:]


class _LongLine:
    """A line that is not held: its digest and its length."""

    def __init__(self, begun: Iterable[bytes]) -> None:
        self._digest, self._size = sha256(), 0
        for part in begun:
            self._take(part)

    def take(self, block: bytes) -> tuple[bytes, bool]:
        """What stands behind the line in a block, and whether the line has ended."""
        line, newline, rest = block.partition(b"\n")
        self._take(line + newline)
        return rest, bool(newline)

    def run(self) -> Run:
        """The line as a piece."""
        return Run(self._digest.digest(), None, 1, self._size)

    def _take(self, part: bytes) -> None:
        self._digest.update(part)
        self._size += len(part)


def bounds(file: BinaryIO, start: int, stop: int, size: int) -> tuple[int, int] | None:
    """The first byte of a range's pieces, and the byte behind them, in a file of ``size`` bytes; None if none begins in the range.

    A range takes the pieces that begin within it: the last one reaches into the next range, up to where that one begins.
    """
    begin = _begin(file, start, stop)
    if begin is None:
        return None
    step, end = stop - start, None
    while stop < size and end is None:
        end = _begin(file, stop, min(size, stop + step))
        stop += step
    return (begin, end if end is not None else size) if begin < (end or size) else None


def _begin(file: BinaryIO, start: int, stop: int) -> int | None:
    """Where the first piece begins that a range of a file takes; None if no line begins in the range.

    Behind the first end of a piece that can be told from the first line that begins in the range, or else with this line: where lines are
    all equal, or very long, a piece would otherwise go on forever.
    """
    if start == 0:
        return 0
    line = _line_start(file, start, stop)
    return None if line is None else _end_behind(file, line) or line


def _end_behind(file: BinaryIO, start: int) -> int | None:
    """The first end of a piece behind the line that begins at ``start``; None if there is none near. At most twice MOST are read for it.

    Only lines of less than MOST bytes count, and of these the ones that begin less than MOST behind ``start``. Ranges tile the file by
    this: a later start that is no later than the line which ends the piece finds the same line, for it is nearer to it and passes over
    none that the earlier one did not; a start behind that line finds an end, or begins, behind it. A bound on anything but lines, such as
    the blocks that were read, would let one start see a line that the next does not.
    """
    file.seek(start)
    line, rest, found = start, b"", np.empty(1, np.int64)
    while line - start < MOST and len(rest) < MOST and (block := file.read(BLOCK)):
        data = rest + block
        view, words = np.frombuffer(data, np.uint8), np.frombuffer(data, np.uint64, len(data) >> 3)
        count, open_line, _ = ends(view, words, len(rest), 0, 0, MEAN, ANY, found, np.empty(1, np.int64))
        if count:
            end = int(found[0])
            last = data.rfind(b"\n", 0, end - 1) + 1
            return line + end if line + last - start < MOST and end - last < MOST else None  # what follows it begins too far behind
        line, rest = line + open_line, data[open_line:]
    return None


def _line_start(file: BinaryIO, start: int, stop: int) -> int | None:
    """The first byte in [start, stop) that begins a line."""
    file.seek(start - 1)
    position = start - 1
    while position < stop - 1 and (block := file.read(min(BLOCK, stop - 1 - position))):
        newline = block.find(b"\n")
        if newline >= 0:
            return position + newline + 1
        position += len(block)
    return None
