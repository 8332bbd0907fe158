"""Where the records of delimited text end (RFC 4180): quotes and line ends inside quotes seen as such, in pieces cut by their content.

A quote that is never closed costs its line, not the rest of the file: a record over several lines that does not have as many fields as the
header costs its first line alone, and reading goes on at the next. A quote left open in a record begun later closes the one before, so
that no byte is looked at more than a few times.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from provenance.readers.lines import MEAN, MOST, line_hash
from provenance.readers.streams import Chunks, Fault

QUOTE, RETURN, NEWLINE = 34, 13, 10
FIELD, PLAIN, QUOTED, CLOSED = 0, 1, 2, 3  # where a byte stands: before a field, in a plain or a quoted one, behind the closing quote
STEP = 32  # bytes that are looked at together: 438 MB/s of unquoted prose are cut so, 213 byte by byte (62 MB, n = 1 each)
RECORDS = 1 << 16  # that one call of the kernel lists
BROKEN = -1
"""In place of the number of fields: a line that is no record, because a quote in it is not closed where a record could end."""


@dataclass(frozen=True, slots=True)
class Run:
    """Whole records; ``data`` is None for a single line longer than the limit, which was passed over."""

    digest: bytes
    """SHA-256 of all bytes."""
    data: bytes | None
    ends: NDArray[np.int64]
    """Index behind each record in ``data``; blank lines belong to the record behind them."""
    fields: NDArray[np.int64]
    """Of each record, or ``BROKEN``."""
    size: int

    @property
    def rows(self) -> int:
        """Records, those included that cannot be read."""
        return len(self.ends) if self.data is not None else 1


@compiled
def without(data: NDArray[np.uint8], at: int, one: int, two: int, three: int) -> int:
    """As far from ``at`` as stretches of STEP bytes hold none of three, less than the end of the data."""
    while at + STEP < data.size:
        found = 0
        for place in range(at, at + STEP):  # without a branch: vectorised
            byte = data[place]
            found += (byte == one) | (byte == two) | (byte == three)
        if found:
            break
        at += STEP
    return at


@compiled
def record_at(data: NDArray[np.uint8], start: int, delimiter: int, final: bool) -> tuple[int, int, int, bool]:
    """Where a record ends (-1: it goes on), its fields (0: a blank line), where its first line inside quotes ends (-1), if it is whole.

    A quote opens a quoted field at the beginning of one only; what follows its closing quote belongs to the field, as pyarrow reads it.
    """
    state, separators, line, blank, at = FIELD, 0, -1, True, start - 1
    while at + 1 < data.size:
        at += 1
        if state == QUOTED:
            at = without(data, at, QUOTE, NEWLINE if line < 0 else QUOTE, QUOTE)
        elif state == PLAIN:
            at = without(data, at, delimiter, NEWLINE, RETURN)
        byte = data[at]
        if state == QUOTED:
            if byte == QUOTE:
                state = CLOSED
            elif byte == NEWLINE and line < 0:
                line = at + 1
        elif byte == QUOTE:
            state, blank = QUOTED if state != PLAIN else PLAIN, False
        elif byte == delimiter:
            state, blank = FIELD, False
            separators += 1
        elif byte not in (NEWLINE, RETURN):
            state, blank = PLAIN, False
        elif byte == RETURN and at + 1 == data.size and not final:
            return -1, 0, line, False
        else:
            end = at + 1 + (byte == RETURN and at + 1 < data.size and data[at + 1] == NEWLINE)
            return end, 0 if blank else separators + 1, line, True
    if not final:
        return -1, 0, line, False
    return data.size, 0 if blank else separators + 1, line, state != QUOTED


@compiled
def scan(
    data: NDArray[np.uint8],
    record: int,
    delimiter: int,
    columns: int,
    final: bool,
    ends: NDArray[np.int64],
    fields: NDArray[np.int64],
    cuts: NDArray[np.bool_],
) -> tuple[int, int, int]:
    """Lists the records from ``record``: their number, where the open one begins, and the length of its first line (-1: it has not ended).

    ``columns`` is the number of fields that a record over several lines must have; 0 admits any. ``cuts`` tells which records end a piece,
    that begins with the data.
    """
    count, piece = 0, 0
    while record < data.size and count < ends.size:
        end, found, line, whole = record_at(data, record, delimiter, final)
        if end < 0:
            return count, record, line - record if line >= 0 else -1
        if found:
            broken = not whole or (line >= 0 and columns > 0 and found != columns)
            end = line if broken and line >= 0 else end
            ends[count], fields[count] = end, BROKEN if broken else found
            length = end - record
            cuts[count] = length * np.uint64(0xFFFFFFFF) >= np.uint64(MEAN) * line_hash(data, record, end) or end - piece >= MOST
            piece = end if cuts[count] else piece
            count += 1
        record = end
    return count, record, -1


def runs(blocks: Chunks, delimiter: int, columns: int, limit: int) -> Iterator[Run | Fault]:
    """The records of a stream in pieces, then the fault with which it ends; the record that a fault cuts off is left out.

    At most MOST and a record up to ``limit`` are in memory.
    """
    cutter = _Cutter(delimiter, columns, limit)
    for block in blocks:
        if isinstance(block, Fault):
            yield from cutter.rest()
            yield block
            return
        yield from cutter.take(block)
    yield from cutter.finish()


class _Cutter:
    """What is held of a stream, from the start of a piece."""

    def __init__(self, delimiter: int, columns: int, limit: int) -> None:
        self._delimiter, self._columns, self._limit = delimiter, columns, limit
        self._held = bytearray()
        self._record = 0  # start of the open record in what is held
        self._due = 0  # bytes held from which the open record is looked at again: whenever it has doubled
        self._ends, self._fields = np.empty(0, np.int64), np.empty(0, np.int64)
        self._long: _LongLine | None = None

    def take(self, block: bytes) -> Iterator[Run]:
        """The pieces that end in the next block."""
        if self._long is not None:
            block, finished = self._long.take(block)
            if not finished:
                return
            yield self._long.run()
            self._long = None
        self._held += block
        if len(self._held) >= self._due or len(self._held) - self._record > self._limit:
            yield from self._scan(final=False)
            self._due = 2 * len(self._held) - self._record

    def finish(self) -> Iterator[Run]:
        """The pieces up to the end of the stream."""
        if self._long is None:
            yield from self._scan(final=True)
        yield from self.rest()

    def rest(self) -> Iterator[Run]:
        """The whole records that are held, or the long line that was passed over."""
        if self._long is not None:
            yield self._long.run()
        elif len(self._ends):
            yield self._run(len(self._ends), 0)

    def _scan(self, *, final: bool) -> Iterator[Run]:
        line = 0
        while line >= 0:
            ends, fields, cuts = np.empty(RECORDS, np.int64), np.empty(RECORDS, np.int64), np.empty(RECORDS, np.bool_)
            view = np.frombuffer(self._held, np.uint8)
            count, self._record, line = scan(view, self._record, self._delimiter, self._columns, final, ends, fields, cuts)
            del view
            yield from self._cut(ends[:count], fields[:count], np.flatnonzero(cuts[:count]) + len(self._ends) + 1)
            if count == RECORDS:
                line = 0
            elif not final and len(self._held) - self._record > self._limit:
                yield from self._give_up(line)
            else:
                return

    def _cut(self, ends: NDArray[np.int64], fields: NDArray[np.int64], cuts: NDArray[np.int64]) -> Iterator[Run]:
        """The pieces that end behind so many of the records held."""
        self._ends, self._fields = np.concatenate((self._ends, ends)), np.concatenate((self._fields, fields))
        start = taken = 0
        for cut in cuts.tolist():
            yield self._run(cut - taken, start, taken)
            start, taken = int(self._ends[cut - 1]), cut
        del self._held[:start]
        self._record -= start
        self._ends, self._fields = self._ends[taken:] - start, self._fields[taken:]

    def _run(self, count: int, start: int, taken: int = 0) -> Run:
        """A piece of so many records behind those taken, from a byte of what is held."""
        ends = self._ends[taken : taken + count]
        data = bytes(self._held[start : int(ends[-1])])
        return Run(sha256(data).digest(), data, ends - start, self._fields[taken : taken + count], len(data))

    def _give_up(self, line: int) -> Iterator[Run]:
        """Gives up the open record: its first line, of so many bytes, or, if that has not ended, all up to its end."""
        if line >= 0:
            self._ends, self._fields = np.append(self._ends, self._record + line), np.append(self._fields, BROKEN)
            self._record += line
            return
        if len(self._ends):
            yield self._run(len(self._ends), 0)
        self._long = _LongLine(self._held[self._record :])
        self._held, self._record, self._ends, self._fields = bytearray(), 0, self._ends[:0], self._fields[:0]


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
        nothing = np.empty(0, np.int64)
        return Run(self._digest.digest(), None, nothing, nothing, self._size)
