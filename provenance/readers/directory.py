"""The central directory of a zip archive: what stands where, and what is wrong with it.

Format: PKWARE's APPNOTE 6.3.10 and its Zip64. Python's ``zipfile`` reads the directory whole for every range of entries; here a range
reads its own part of it.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from provenance.readers.limits import Limits
from provenance.readers.names import visible
from provenance.readers.streams import Fault

END, END64, LOCATOR64 = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
ENTRY, LOCAL = struct.Struct("<4s4B4H3L5H2L"), struct.Struct("<4s5H3L2H")
COMMENT = 0xFFFF  # bytes that may stand behind the end record
MOST_BYTES = 1 << 30  # of a central directory: ten million entries
UNICODE_NAME = 1 << 11  # flag of a name in UTF-8
FILLED32 = 0xFFFFFFFF  # "look into the Zip64 field"
UNIX = 3  # creator whose file modes stand in the external attributes


@dataclass(frozen=True, slots=True)
class Entry:
    """A member as the directory describes it."""

    name: str
    offset: int
    """Of its local header in the file."""
    packed: int
    size: int
    crc: int
    method: int
    flags: int
    mode: int
    """Unix file mode, or 0."""
    at: int
    """Where its description begins in the directory."""

    @property
    def end(self) -> int:
        """A byte that its data reach at the least: the local header has the name once more."""
        return self.offset + LOCAL.size + self.packed


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the central directory stands."""

    start: int
    size: int
    count: int
    shift: int
    """Bytes before the archive, such as a program that unpacks it; offsets count from behind them."""

    def entries(self, file: BinaryIO, start: int = 0, stop: int | None = None) -> Iterator[Entry | Fault]:
        """The entries that are described from byte ``start`` to ``stop`` of the directory, then a fault if it is damaged there."""
        file.seek(self.start + start)
        data, at = file.read((self.size if stop is None else stop) - start), 0
        while at < len(data):
            found = _entry(data, at, self.shift, start)
            if found is None:
                yield Fault("undecodable", f"the central directory is damaged at byte {self.start + start + at}")
                return
            entry, at = found
            yield entry


def find(file: BinaryIO, size: int) -> Directory | Fault:
    """The central directory of a file of ``size`` bytes, or why none can be used."""
    begin = max(0, size - COMMENT - END.size - LOCATOR64.size)
    file.seek(begin)
    tail = file.read(size - begin)
    end = len(tail)
    while (at := tail.rfind(b"PK\5\6", 0, end)) >= 0:
        if at + END.size <= len(tail) and (found := _directory(file, tail, begin, at)):
            return _checked(file, found)
        end = at + 3
    return Fault("truncated", "no central directory: the archive is cut, or damaged at its end")


def _directory(file: BinaryIO, tail: bytes, begin: int, at: int) -> Directory | None:
    """The directory that an end record speaks of, if it can stand before it."""
    _, disk, first_disk, _, count, size, offset, comment = END.unpack_from(tail, at)
    end = begin + at
    if disk != first_disk or at + END.size + comment > len(tail):
        return None
    if found := _zip64(file, tail, begin, at):
        end, count, size, offset = found
    start = end - size
    return Directory(start, size, count, start - offset) if 0 <= offset <= start and size <= MOST_BYTES else None


def _zip64(file: BinaryIO, tail: bytes, begin: int, at: int) -> tuple[int, int, int, int] | None:
    """Where the Zip64 end record stands, and the count, size and offset that it gives; None if there is none."""
    if at < LOCATOR64.size or tail[at - LOCATOR64.size : at - LOCATOR64.size + 4] != b"PK\6\7":
        return None
    declared = LOCATOR64.unpack_from(tail, at - LOCATOR64.size)[2]
    for place in (declared, begin + at - LOCATOR64.size - END64.size):
        if 0 <= place <= begin + at - LOCATOR64.size - END64.size:
            file.seek(place)
            record = file.read(END64.size)
            if record.startswith(b"PK\6\6"):
                fields = END64.unpack(record)
                return place, fields[7], fields[8], fields[9]
    return None


def _checked(file: BinaryIO, found: Directory) -> Directory | Fault:
    """The directory, unless it is that of another archive, which stands whole inside one that is cut."""
    file.seek(0)
    if found.shift and file.read(4) == b"PK\3\4":
        return Fault("truncated", f"no central directory of its own: the one found is that of an archive at byte {found.shift} in it")
    return found


def _entry(data: bytes, at: int, shift: int, start: int) -> tuple[Entry, int] | None:
    """The entry described at a place of the directory, and where the next one is described; None if there is none."""
    if at + ENTRY.size > len(data) or data[at : at + 4] != b"PK\1\2":
        return None
    fields = ENTRY.unpack_from(data, at)
    creator, flags, method, crc = fields[2], fields[5], fields[6], fields[9]
    packed, size, name_size, extra_size, comment_size, external, offset = *fields[10:15], fields[17], fields[18]
    name_at = at + ENTRY.size
    extra_at = name_at + name_size
    end = extra_at + extra_size + comment_size
    if end > len(data):
        return None
    wide = _wide(data[extra_at : extra_at + extra_size], [size, packed, offset])
    if wide is None:
        return None
    size, packed, offset = wide
    mode = external >> 16 if creator == UNIX else 0
    name = _name(data[name_at:extra_at], flags)
    return Entry(name, offset + shift, packed, size, crc, method, flags, mode, start + at), end


def _wide(extra: bytes, values: list[int]) -> list[int] | None:
    """The values, those that do not fit into 32 bits from the Zip64 field; None if that is missing."""
    if FILLED32 not in values:
        return values
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            wide = (
                iter(struct.unpack(f"<{size // 8}Q", extra[at + 4 : at + 4 + size // 8 * 8])) if at + 4 + size <= len(extra) else iter(())
            )
            found = [next(wide, None) if value == FILLED32 else value for value in values]
            return None if None in found else [value for value in found if value is not None]
        at += 4 + size
    return None


def _name(data: bytes, flags: int) -> str:
    """The name: UTF-8 if it says so or can be, which many programs write without saying so, or else the code page of the IBM PC."""
    if flags & UNICODE_NAME:
        return visible(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp437")


def refused(entries: Sequence[Entry], limits: Limits) -> Mapping[int, str]:
    """Entries of a whole archive that make a zip bomb of it, by where they are described: why each is not read.

    D. Fifield, "A better zip bomb" (WOOT 2019): entries that overlap share their packed bytes.
    """
    why, end, before = dict[int, str](), 0, ""
    for entry in sorted(entries, key=lambda entry: (entry.offset, entry.at)):
        if entry.offset < end:
            why[entry.at] = f"its packed bytes, from byte {entry.offset}, overlap those of '{before}', as in a zip bomb"
        if entry.end > end:
            end, before = entry.end, entry.name
    total = sum(entry.size for entry in entries)
    bomb = total > max(limits.ratio_from, limits.ratio * sum(entry.packed for entry in entries))
    for entry in entries:
        if (bomb or entry.size > limits.ratio_from) and entry.size > limits.ratio * entry.packed:
            why.setdefault(entry.at, f"it grows from {entry.packed} to {entry.size} bytes, more than {limits.ratio} times")
    return why
