"""The records of a web archive as a stream, each where it begins and ends; what is damaged is named and reading goes on behind it.

FastWARC, which is faster on what is whole, ends without a word at a cut and at a length that is too large, and for good at a damaged
header or gzip member (version 2.0): here each is a fault, and the next record is sought.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from provenance.readers.http import BLANK, fields_of
from provenance.readers.limits import BLOCK, MB
from provenance.readers.streams import Chunks, Fault

START = b"WARC/1."
BEGIN = re.compile(rb"WARC/1\.\d[ \t]*\r?\n[A-Za-z-]{1,64}[ \t]*:")
END = re.compile(rb"\r\n\r\n|\n\n")
BEGIN_BYTES = 128  # in which all of the above stands
HEADER_COMMON, HEADER_BYTES = 2048, MB // 4  # of a record's header: those of Common Crawl take 0.5 KB, and no more than the second are read


@dataclass(frozen=True, slots=True)
class Record:
    """A record; with a fault, one that is not to be had."""

    name: str
    """Its id, or its address if it has none."""
    type: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of its header, by their names in lower case."""
    block: bytes = b""
    fault: Fault | None = None


class _Window:
    """The bytes of a stream, of which some can be looked at before they are passed. It ends at a fault, and begins anew behind it."""

    def __init__(self, blocks: Chunks) -> None:
        self._blocks, self._held, self._at = blocks, b"", 0
        self.offset = 0
        self.fault: Fault | None = None
        self._over = False

    def holds(self, size: int) -> bool:
        """True if so many bytes follow; they are in memory then."""
        if len(self._held) - self._at < size:
            parts, have = [self._held[self._at :]], len(self._held) - self._at
            while have < size + BLOCK and (block := self._next()):  # a block ahead: what is held is put together once in a while
                parts.append(block)
                have += len(block)
            self._held, self._at = b"".join(parts), 0
        return len(self._held) - self._at >= size

    def look(self, size: int, start: int = 0) -> bytes:
        """The next bytes, or those from ``start`` on; fewer where the stream ends."""
        self.holds(start + size)
        return self._held[self._at + start : self._at + start + size]

    def search(self, word: re.Pattern[bytes], start: int, stop: int) -> int | None:
        """Where the word stands among the bytes held, between two places that are counted from here."""
        found = word.search(self._held, self._at + start, self._at + stop)
        return found.start() - self._at if found else None

    def _next(self) -> bytes:
        """One more block; empty at the end."""
        while not (self.fault or self._over):
            block = next(self._blocks, None)
            if block is None:
                self._over = True
            elif isinstance(block, Fault):
                self.fault = block
            elif block:
                return block
        return b""

    def skip(self, size: int) -> None:
        """Passes bytes that were looked at."""
        self._at += size
        self.offset += size

    def resume(self) -> Fault | None:
        """The fault at which the stream ended, behind which it now goes on; None at the end."""
        self.skip(len(self._held) - self._at)
        fault, self.fault = self.fault, None
        return fault

    def find(self, word: re.Pattern[bytes], most: int) -> int:
        """Passes everything up to the word, which is no longer than ``most``, or up to the end: so many bytes."""
        passed = 0
        while head := self.look(BLOCK):
            found = word.search(head)
            step = found.start() if found else len(head) if len(head) < BLOCK else len(head) - most
            self.skip(step)
            passed += step
            if found:
                break
        return passed


def records(blocks: Chunks, limit: int) -> Iterator[Record | Fault]:
    """Each record in order, those of more than ``limit`` bytes without their block, and each fault where it stands."""
    window = _Window(blocks)
    while True:
        while lines := len(head := window.look(BEGIN_BYTES)) - len(head.lstrip(b"\r\n")):
            window.skip(lines)
        if not head:
            fault = window.resume()
            if fault is None:
                return
            yield fault
        elif BEGIN.match(head):
            yield from _record(window, limit)
        else:
            start, lost = window.offset, window.find(BEGIN, BEGIN_BYTES)
            if len(head) < BEGIN_BYTES and START.startswith(head[: len(START)]):
                yield window.resume() or Fault("truncated", f"the archive ends in a record's header, at byte {start}")
            else:
                yield Fault("bad-record", f"{lost} bytes at byte {start} belong to no record")


def _record(window: _Window, limit: int) -> Iterator[Record]:
    """The record that begins here; or it as unread, and the window at the next one."""
    start, head = window.offset, window.look(HEADER_COMMON)
    end = BLANK.search(head) or BLANK.search(head := window.look(HEADER_BYTES))
    if following := BEGIN.search(head, 1, end.end() if end else len(head)):
        window.skip(following.start())
        yield _unread(fields_of(head[: following.start()]), start, Fault("bad-record", "its header has no end"))
        return
    if end is None:
        whole = len(head) == HEADER_BYTES
        fields = fields_of(head[:BEGIN_BYTES])
        fault = Fault("too-large", f"a header of more than {HEADER_BYTES} bytes") if whole else _cut(window, "its header")
        window.skip(len(START))
        window.find(BEGIN, BEGIN_BYTES)
        yield _unread(fields, start, fault)
        return
    fields = fields_of(head[: end.start()])
    length = _length(fields)
    if length is None or length > limit:
        what = "a record without a length" if length is None else f"a record of {length} bytes"
        window.skip(end.end())
        window.find(BEGIN, BEGIN_BYTES)  # a length beyond the limit is not believed: what follows may be other records
        yield _unread(fields, start, Fault("bad-record" if length is None else "too-large", what))
        return
    size = end.end() + length
    behind = window.look(len(START) + 8, size)
    if window.holds(size) and (END.match(behind) or START.startswith(behind.lstrip(b"\r\n")[: len(START)])):
        block = window.look(length, end.end())
        window.skip(size)
        yield Record(_name(fields), fields.get("warc-type", ""), fields, block)
    else:
        yield _unread(fields, start, _misled(window, end.end(), length))


def _misled(window: _Window, header: int, length: int) -> Fault:
    """What is wrong with a record that does not end where it says; the window goes to the next one, which may begin inside of it."""
    following = window.search(BEGIN, header, header + length)
    if following is not None:
        window.skip(following)
        return Fault("bad-record", f"it gives its length as {length} bytes, but another record begins after {following - header}")
    if not window.holds(header + length):
        have = len(window.look(length, header))
        fault = _cut(window, f"its {length} bytes, of which there are {have}")
        window.skip(header + have)
        return fault
    window.skip(header + length)
    window.find(BEGIN, BEGIN_BYTES)
    return Fault("bad-record", f"it gives its length as {length} bytes, but goes on")


def _cut(window: _Window, what: str) -> Fault:
    """Why a record ends too early."""
    fault, window.fault = window.fault or Fault("truncated", "the archive ends"), None
    return Fault(fault.reason, f"{fault.detail}, in {what}")


def _unread(fields: Mapping[str, str], start: int, fault: Fault) -> Record:
    return Record(_name(fields), "", fields, b"", Fault(fault.reason, f"the record at byte {start}: {fault.detail}"))


def _name(fields: Mapping[str, str]) -> str:
    return fields.get("warc-record-id", "").strip("<>") or fields.get("warc-target-uri", "").strip("<>")


def _length(fields: Mapping[str, str]) -> int | None:
    digits = fields.get("content-length", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None
