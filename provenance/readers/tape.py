"""The headers of a tar archive and what stands behind them, as a stream: never extracted, never silently short.

Python's ``tarfile`` ends without a word where an archive is cut or a header is damaged; here each end has its reason. Formats: POSIX
ustar and pax (IEEE Std 1003.1-2017), GNU long names, old V7.
"""

import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from provenance.readers.limits import MB
from provenance.readers.member import Member
from provenance.readers.names import visible
from provenance.readers.streams import Chunks, Fault

OCTAL = re.compile(rb"[0-7]+")
EXTENSION_BYTES = MB  # of a long name or a pax header; names end at 4096 bytes on every common file system
MOST_BYTES = 1 << 60  # of a member: no file system holds more, and a seek takes a signed 64-bit number
REGULAR = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE})
LINKS = frozenset({tarfile.LNKTYPE, tarfile.SYMTYPE})
SPECIAL = frozenset({tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE})
EXTENSIONS = frozenset({tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE})


class _CutError(Exception):
    """The archive ended: with a fault, or just so."""

    def __init__(self, fault: Fault | None = None) -> None:
        super().__init__()
        self.fault = fault


class _Tape(Protocol):
    """Bytes that are read in order."""

    offset: int

    def read(self, size: int) -> bytes:
        """So many bytes; raises _CutError where there are fewer."""
        ...

    def skip(self, size: int) -> None:
        """Passes over so many bytes; raises _CutError where there are fewer, now or at the next reading."""
        ...


class _Stream:
    """A tape of blocks that come one after another."""

    def __init__(self, blocks: Chunks) -> None:
        self._blocks = blocks
        self._block, self._at = b"", 0
        self.offset = 0

    def read(self, size: int) -> bytes:
        parts, missing = list[bytes](), size
        while missing:
            parts.append(self._some(missing))
            missing -= len(parts[-1])
        return b"".join(parts)

    def skip(self, size: int) -> None:
        while size:
            size -= len(self._some(size))

    def _some(self, most: int) -> bytes:
        while self._at == len(self._block):
            block = next(self._blocks, None)
            if block is None or isinstance(block, Fault):
                raise _CutError(block)
            self._block, self._at = block, 0
        part = self._block[self._at : self._at + most]
        self._at += len(part)
        self.offset += len(part)
        return part


class _File:
    """A tape in a file, of which only what is asked for is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.offset, self._there = file, 0, 0
        self._size = file.seek(0, os.SEEK_END)
        file.seek(0)

    def read(self, size: int) -> bytes:
        if self.offset > self._size:
            raise _CutError
        if self._there != self.offset:
            self._file.seek(self.offset)
        data = self._file.read(size)
        self.offset += len(data)
        self._there = self.offset
        if len(data) < size:
            raise _CutError
        return data

    def skip(self, size: int) -> None:
        self.offset += size


@dataclass(frozen=True, slots=True)
class Header:
    """A member's header, the extensions before it included."""

    name: str
    size: int
    """Bytes behind the header, without the padding."""
    type: bytes
    link: str = ""


def headers(file: BinaryIO) -> Iterator[tuple[int, Header]]:
    """The members of a plain archive, folders too, and the byte at which each one's headers begin; ends at the first thing that is none."""
    tape, start = _File(file), 0
    try:
        while header := _header(tape):
            yield start, header
            tape.skip(header.size + -header.size % tarfile.BLOCKSIZE)
            start = tape.offset
    except (_CutError, tarfile.HeaderError):
        return


def members(blocks: Chunks, limit: int, *, ends: bool = True) -> Iterator[Member | Fault]:
    """Each member in order, those of more than ``limit`` bytes without their data; a fault last if the archive is cut or damaged.

    ``ends`` is False for a range of whole members: no end mark follows.
    """
    tape, name, inside = _Stream(blocks), "", False
    try:
        while True:
            name, inside = "", False
            first = tape.offset
            header = _header(tape)
            if header is None:
                break
            name, inside = header.name, True
            yield from _member(tape, header, limit)
        if ends:
            yield from _after_the_end(tape)
    except _CutError as cut:
        if cut.fault is None and not ends and not inside and tape.offset == first:
            return
        where = f"at byte {tape.offset}" + (f", in member {name!r}" if inside else "")
        fault = cut.fault or Fault("truncated", "before its end mark")
        yield Fault(fault.reason, f"the archive ends {where}: {fault.detail}")
    except tarfile.HeaderError as error:
        yield Fault("undecodable", f"the archive is damaged before byte {tape.offset}: {error}")


def _header(tape: _Tape) -> Header | None:
    """The next member's header; None at the end mark, a block of zeros."""
    extended: dict[str, str] = {}
    while True:
        block = tape.read(tarfile.BLOCKSIZE)
        if not block.strip(b"\0"):
            return None
        header = _fields(block)
        if header.type not in EXTENSIONS:
            break
        if header.size > EXTENSION_BYTES:
            raise tarfile.HeaderError(f"a header extension of {header.size} bytes")
        data = tape.read(header.size)
        tape.skip(-header.size % tarfile.BLOCKSIZE)
        extended |= _extension(header.type, data)
    sparse = any(field.startswith("GNU.sparse") for field in extended)
    size = _number(extended["size"]) if "size" in extended else header.size
    if header.type in LINKS | SPECIAL | {tarfile.DIRTYPE}:
        size = 0  # POSIX: whatever the field says, no data follow
    if size > MOST_BYTES:
        raise tarfile.HeaderError(f"a member of {size} bytes")
    kind = tarfile.GNUTYPE_SPARSE if sparse else header.type
    return Header(extended.get("path", header.name), size, kind, header.link)


def _fields(block: bytes) -> Header:
    """What a block says by itself, if its checksum holds; ``tarfile`` takes twice as long, since it reads every field."""
    without = block[:148] + block[156:]
    total = sum(without) + 8 * 32
    stored = _octal(block[148:156])
    if stored != total and stored != total - 256 * sum(byte > 127 for byte in without):  # some sum signed bytes
        raise tarfile.HeaderError("bad checksum")
    name, prefix, kind = _string(block[:100]), _string(block[345:500]), block[156:157]
    if kind == tarfile.AREGTYPE and name.endswith("/"):
        kind = tarfile.DIRTYPE  # V7 had no type of its own for folders
    if prefix and kind not in tarfile.GNU_TYPES:
        name = f"{prefix}/{name}"
    return Header(name.rstrip("/") if kind == tarfile.DIRTYPE else name, _octal(block[124:136]), kind, _string(block[157:257]))


def _octal(data: bytes) -> int:
    """A number of a header: octal digits or, after GNU, 0x80 and a binary one."""
    if data[0] == 0x80:
        return int.from_bytes(data[1:], "big")
    digits = data.partition(b"\0")[0].strip() or b"0"
    if not OCTAL.fullmatch(digits):
        raise tarfile.HeaderError(f"a number that is none: {digits!r}")
    return int(digits, 8)


def _string(data: bytes) -> str:
    return visible(data.partition(b"\0")[0])


def _extension(kind: bytes, data: bytes) -> dict[str, str]:
    """What an extension says of the member after it."""
    if kind == tarfile.GNUTYPE_LONGNAME:
        return {"path": visible(data.rstrip(b"\0"))}
    if kind not in {tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE}:
        return {}
    found, at = {}, 0
    while at < len(data) and data[at]:
        space = data.find(b" ", at, at + 12)
        end = at + _number(data[at:space].decode("ascii", "replace")) if space > 0 else 0
        name, equals, value = data[space + 1 : end - 1].partition(b"=")
        if end <= space or end > len(data) or not equals:
            raise tarfile.HeaderError("a pax header that is none")
        found[name.decode("utf-8", "replace")] = visible(value)
        at = end
    return found


def _number(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):  # 2**64 has twenty digits
        raise tarfile.HeaderError(f"a number that is none: {digits[:20]!r}")
    return int(digits)


def _member(tape: _Tape, header: Header, limit: int) -> Iterator[Member]:
    """The member, unless it is a folder."""
    name, size = header.name, header.size
    if header.type == tarfile.DIRTYPE:
        return
    if header.type in LINKS:
        yield Member(name, 0, None, "link", f"a link to '{header.link}'; what it names is not followed")
    elif header.type in SPECIAL:
        yield Member(name, 0, None, "special-file", "a device or a pipe")
    elif header.type not in REGULAR or size > limit:
        tape.skip(size + -size % tarfile.BLOCKSIZE)
        large = header.type in REGULAR
        detail = f"a member of {size} bytes" if large else f"a member of type {header.type!r}, such as a sparse file"
        yield Member(name, size, None, "too-large" if large else "unsupported-format", detail)
    else:
        yield Member(name, size, tape.read(size))
        tape.skip(-size % tarfile.BLOCKSIZE)


def _after_the_end(tape: _Tape) -> Iterator[Fault]:
    """Nothing, if zeros alone follow the end mark (tar fills its last record with them)."""
    try:
        while True:
            if tape.read(tarfile.BLOCKSIZE).strip(b"\0"):
                yield Fault("trailing-data", f"data after the end mark, before byte {tape.offset}: archives joined into one?")
                return
    except _CutError as cut:
        if cut.fault:
            yield cut.fault
