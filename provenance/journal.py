"""A file of frames that one process appends to while any number read it; whatever a kill or a bad disk leaves of it is used.

::

    file   "provenance-journal/1 " and the file's mark (8 random bytes) in hexadecimal, end of line, then frames
    frame  mark · length of the head (u16) · of the body (u32) · CRC-32 of the body · CRC-32 of both lengths, the body's CRC and the head
           · head · body, the payload compressed with zstandard; all numbers little-endian
    end    a frame without a head whose body counts the frames before it (u64); written when the file is closed, so never after a kill

Heads are read without touching the bodies: they are what an index is built from. A frame that does not read as it was written is passed
over, and reading goes on at the next mark; because the mark is random, no data in a payload can look like a frame. Nothing is ever
appended to a file that another process began: each run writes a file of its own, so that storage shared over a network is never locked.

Each frame is handed to the operating system in one ``write``: a killed process loses nothing, a power cut may lose the newest frames.
"""

import os
import re
import secrets
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from zlib import crc32

import zstandard

MAGIC: Final = b"provenance-journal/1 "
MARK: Final = 8  # bytes
FIRST_LINE: Final = len(MAGIC) + 2 * MARK + 1
FIRST: Final = re.compile(re.escape(MAGIC) + rb"([0-9a-f]{%d})\n" % (2 * MARK))
FIXED: Final = struct.Struct("<8sHIII")
LENGTHS: Final = slice(MARK, FIXED.size - 4)  # the bytes of the fixed part that the head's checksum covers
COUNT: Final = struct.Struct("<Q")
LONGEST_HEAD: Final = 0xFFFF
LARGEST: Final = 256 << 20  # bytes of a body, and of a payload: what a damaged or hostile length can make a reader ask for
BLOCK: Final = 1 << 16  # bytes read at a time: some 250 small frames, and little wasted before a frame that is passed over
LEVEL: Final = 1  # of zstandard: on results with 0, 100 and 20,000 matches, 3 is slower and gives up to 11 % more bytes


class JournalError(Exception):
    """A file is no journal, or a frame of it does not read as it was written."""


class Writer:
    """Appends frames to a new file; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        """Makes the file; raises OSError, also where there is one already."""
        self._file = path.open("xb", buffering=0)
        self._mark = secrets.token_bytes(MARK)
        self._compressor = zstandard.ZstdCompressor(level=LEVEL)
        self._whole = True
        self.frames = 0
        try:
            self._write(MAGIC + self._mark.hex().encode() + b"\n")
        except OSError:
            self._file.close()
            path.unlink()
            raise

    def append(self, head: bytes, payload: bytes) -> None:
        """Writes one frame; raises JournalError for one that no reader would take, OSError when the disk is full."""
        if not 0 < len(head) <= LONGEST_HEAD or len(payload) > LARGEST:
            raise JournalError(f"a frame with a head of {len(head)} and a payload of {len(payload)} bytes is over the limits")
        self._frame(head, self._compressor.compress(payload))
        self.frames += 1

    def close(self) -> None:
        """Marks the end and closes the file; after a failed write there is no end to mark."""
        if self._file.closed:
            return
        try:
            if self._whole:
                self._frame(b"", COUNT.pack(self.frames))
        finally:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _frame(self, head: bytes, body: bytes) -> None:
        fixed = FIXED.pack(self._mark, len(head), len(body), crc32(body), 0)
        checksum = crc32(head, crc32(fixed[LENGTHS]))
        self._write(fixed[: LENGTHS.stop] + checksum.to_bytes(4, "little") + head + body)

    def _write(self, data: bytes) -> None:
        self._whole = False
        rest = memoryview(data)
        while rest:  # one call writes all of it, unless the disk is filling up
            rest = rest[self._file.write(rest) :]
        self._whole = True


class Reader:
    """Reads a journal, also one that is being written: what is there when it is opened. Not for several threads at once."""

    def __init__(self, path: Path) -> None:
        """Opens the file; raises OSError, or JournalError for one that is no journal."""
        self._file = path.open("rb", buffering=BLOCK)
        self._decompressor = zstandard.ZstdDecompressor()
        self.size = os.fstat(self._file.fileno()).st_size
        line = FIRST.fullmatch(self._file.read(FIRST_LINE))
        if not line:
            self.close()
            raise JournalError(f"{path} is no journal of this version")
        self._mark = bytes.fromhex(line[1].decode())

    def close(self) -> None:
        """Closes the file; closing twice does nothing."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def heads(self) -> Iterator[tuple[int, bytes]]:
        """Where each frame begins, for ``frame``, and its head; damaged heads are passed over, and bodies not looked at."""
        at: int | None = FIRST_LINE
        while at is not None and at < self.size:
            found = self._head(at)
            if found is None:
                at = self._next_mark(at + 1)
                continue
            head, length, _ = found
            if head:
                yield at, head
            at += FIXED.size + len(head) + length

    def frame(self, at: int) -> tuple[bytes, bytes]:
        """Head and payload of the frame that begins there; raises JournalError if one of them is damaged."""
        found = self._head(at)
        if found is None:
            raise JournalError(f"no frame begins at byte {at}")
        head, length, checksum = found
        body = self._file.read(length)
        if len(body) != length or crc32(body) != checksum:
            raise JournalError(f"the frame at byte {at} is damaged")
        return head, body if not head else self._decompressed(body, at)

    def frames(self) -> Iterator[tuple[bytes, bytes]]:
        """Head and payload of every frame up to the end mark; raises JournalError at the first that is damaged or missing."""
        at, count = FIRST_LINE, 0
        while True:
            head, payload = self.frame(at)
            if not head:
                break
            yield head, payload
            count += 1
            at = self._after
        if payload != COUNT.pack(count):
            raise JournalError(f"{count} frames are not as many as were written")

    def finished(self) -> bool:
        """True if the file ends with an end mark: whoever wrote it closed it."""
        at = self.size - FIXED.size - COUNT.size
        found = self._head(at) if at >= FIRST_LINE else None
        return found is not None and found[:2] == (b"", COUNT.size)

    @property
    def _after(self) -> int:
        """Where the frame ends that was read last."""
        return self._file.tell()

    def _head(self, at: int) -> tuple[bytes, int, int] | None:
        """Head, body's length and body's checksum of the frame that begins there; None if none does."""
        file = self._file
        file.seek(at)
        fixed = file.read(FIXED.size)
        if len(fixed) != FIXED.size:
            return None
        mark, head_length, length, body_checksum, checksum = FIXED.unpack(fixed)
        if mark != self._mark or length > LARGEST or at + FIXED.size + head_length + length > self.size:
            return None
        head = file.read(head_length)
        return (head, length, body_checksum) if crc32(head, crc32(fixed[LENGTHS])) == checksum else None

    def _next_mark(self, at: int) -> int | None:
        """Where the mark stands next, from a place on; None if it does not."""
        self._file.seek(at)
        held = b""
        while block := self._file.read(BLOCK):
            held += block
            found = held.find(self._mark)
            if found >= 0:
                return at + found
            kept = min(len(held), MARK - 1)
            at += len(held) - kept
            held = held[len(held) - kept :]
        return None

    def _decompressed(self, body: bytes, at: int) -> bytes:
        try:
            size = zstandard.frame_content_size(body)
            if not 0 <= size <= LARGEST:
                raise JournalError(f"the frame at byte {at} announces a payload of {size} bytes")
            return self._decompressor.decompress(body)
        except zstandard.ZstdError as error:
            raise JournalError(f"the frame at byte {at} cannot be decompressed: {error}") from error
