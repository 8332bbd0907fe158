"""Lines cut into pieces by their content, so that one inserted line changes one piece and leaves all others as they were.

A line of L bytes ends a piece with probability L / MEAN, decided by a hash of the line alone (content-defined chunking, Muthitacharoen,
Chen & Mazières 2001; weighing by length makes pieces equally large whatever the lines). Whether a line ends a piece can be told without
knowing what went before it, so that every range of a file finds the same pieces without reading the file from its beginning.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from provenance.readers.limits import BLOCK, MB
from provenance.readers.streams import Chunks, Fault

MEAN = 4 * MB  # bytes: 40 ms of text scanning, against about a millisecond for looking a piece up
MOST = 32 * MB  # bytes of a piece, but for a single line; reached by one piece in three thousand, or where all lines are equal
ANY = 1 << 62  # no bound on a piece: a range that cut where content does not could begin behind the one after it
NEWLINE = 10
RULES = 1 << 16  # line ends that one call of the kernel lists
STEP = 64  # bytes that are looked at together


@dataclass(frozen=True, slots=True)
class Run:
    """Whole lines; ``data`` is None for one line that is longer than the limit, which was passed over."""

    digest: bytes
    """SHA-256 of all bytes."""
    data: bytes | None
    rows: int
    size: int


@compiled
def ends(data: NDArray[np.uint8], scanned: int, line: int, piece: int, mean: int, most: int, found: NDArray[np.int64]) -> tuple[int, int]:
    """Writes the ends of pieces in data[piece:] to ``found``; gives their number and the start of the line that is still open.

    ``line`` is the start of the line open at ``scanned``; an end is the index behind a newline.
    """
    count, begin = 0, scanned
    while begin < data.size:
        stop = min(begin + STEP, data.size)
        newlines = 0
        for at in range(begin, stop):  # without a branch: vectorised, seven times as fast as looking at byte after byte
            newlines += data[at] == NEWLINE
        for at in range(begin if newlines else stop, stop):
            if data[at] != NEWLINE:
                continue
            length = at + 1 - line
            if length * np.uint64(0xFFFFFFFF) >= np.uint64(mean) * line_hash(data, line, at) or at + 1 - piece >= most:
                found[count] = at + 1
                count += 1
                piece = at + 1
                if count == found.size:
                    return count, at + 1
            line = at + 1
        begin = stop
    return count, line


@compiled
def line_hash(data: NDArray[np.uint8], start: int, stop: int) -> np.uint64:
    """32 bits from the length and from four samples of a line: lines of one data set begin and end alike."""
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
    held, line, scanned = bytearray(), 0, 0
    long: _LongLine | None = None
    for block in blocks:
        if isinstance(block, Fault):
            yield from _whole(held[:line])
            yield block
            return
        if long is not None:
            block, finished = long.take(block)  # noqa: PLW2901 - what is left of it
            if not finished:
                continue
            yield long.run()
            long = None
        held += block
        start = 0
        while scanned < len(held):
            found = np.empty(RULES, np.int64)
            view = np.frombuffer(held, np.uint8)
            count, line = ends(view, scanned, line, start, MEAN, MOST, found)
            del view
            for end in found[:count].tolist():
                yield _run(bytes(held[start:end]))
                start = end
            scanned = len(held) if count < RULES else line
        if start:
            del held[:start]
            line, scanned = line - start, scanned - start
        if len(held) - line > limit:
            yield from _whole(held[:line])
            long = _LongLine(held[line:])
            held, line, scanned = bytearray(), 0, 0
    if long is not None:
        yield long.run()
    yield from _whole(held)


def _whole(data: bytearray) -> Iterator[Run]:
    if data:
        yield _run(bytes(data))


def _run(data: bytes) -> Run:
    return Run(sha256(data).digest(), data, data.count(b"\n") + (not data.endswith(b"\n")), len(data))


class _LongLine:
    """A line that is not held: its digest and its length."""

    def __init__(self, begun: bytearray) -> None:
        self._digest, self._size = sha256(begun), len(begun)

    def take(self, block: bytes) -> tuple[bytes, bool]:
        """What stands behind the line in a block, and whether the line has ended."""
        line, newline, rest = block.partition(b"\n")
        self._digest.update(line + newline)
        self._size += len(line) + len(newline)
        return rest, bool(newline)

    def run(self) -> Run:
        """The line as a piece."""
        return Run(self._digest.digest(), None, 1, self._size)


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

    The first end of a piece among the lines that begin within it, or else the first of these lines: where lines are all equal, or very
    long, a piece would otherwise go on forever.
    """
    if start == 0:
        return 0
    line = _line_start(file, start, stop)
    if line is None:
        return None
    file.seek(line)
    held, open_line, scanned, found = bytearray(), 0, 0, np.empty(1, np.int64)
    while len(held) < MOST and (block := file.read(BLOCK)):
        held += block
        count, open_line = ends(np.frombuffer(held, np.uint8), scanned, open_line, 0, MEAN, ANY, found)
        if count:
            return line + int(found[0])
        scanned = len(held)
    return line


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
