"""Zip archives: the central directory cuts them into ranges of entries, and each entry is unpacked within bounds."""

import io
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO
from zlib import crc32

from provenance.model import Source, Unit, Unread
from provenance.readers.archive import UNIT, Cutter, pieces_of
from provenance.readers.compression import unpacked
from provenance.readers.directory import LOCAL, Entry, find, refused
from provenance.readers.limits import LIMITS, Limits
from provenance.readers.member import Member
from provenance.readers.piece import Piece, ReadSettings
from provenance.readers.streams import Fault

METHODS: Mapping[int, str] = {8: "deflate", 12: "bz2", 93: "zst", 95: "xz"}
"""Numbers of APPNOTE 4.4.5 -> compressions that are unpacked; 0 is none."""
STORED, AES = 0, 99
ENCRYPTED = 1 | 1 << 13  # flags of encrypted data and of an encrypted directory


def units(source: Source) -> list[Unit]:
    """Ranges of the central directory whose entries belong together; an archive that is damaged or looks like a bomb is one unit."""
    with source.file.open("rb") as file:
        directory = find(file, source.size)
        if isinstance(directory, Fault):
            return [Unit(source, "zip")]
        found = list(directory.entries(file))
    entries = [entry for entry in found if isinstance(entry, Entry)]
    if len(entries) != len(found) or len(entries) != directory.count or refused(entries, LIMITS):
        return [Unit(source, "zip")]
    cutter = Cutter(UNIT)
    cuts = [entry.at for entry in entries if cutter.cuts_before(entry.name, entry.size)]
    if not cuts:
        return [Unit(source, "zip")]
    return [Unit(source, "zip", start, stop) for start, stop in zip([0, *cuts], [*cuts, directory.size], strict=True)]


def pieces(unit: Unit, settings: ReadSettings) -> Iterator[Piece | Unread]:
    """The entries of a range of the central directory, or of a whole archive, in the directory's order."""
    with unit.source.file.open("rb") as file:
        yield from pieces_of(_members(file, unit.source.size, settings.limits, unit.start, unit.stop), settings)


def inside(data: bytes, compression: str, settings: ReadSettings, level: int) -> Iterator[Piece | Unread]:
    """The entries of an archive that is a member itself; ``level`` counts the archives that are open, this one included."""
    whole = unpacked(data, compression, settings.limits.member, settings.limits) if compression else data
    if isinstance(whole, Fault):
        yield Unread("", None, whole.reason, whole.detail)
    else:
        yield from pieces_of(_members(io.BytesIO(whole), len(whole), settings.limits), settings, level)


def _members(file: BinaryIO, size: int, limits: Limits, start: int | None = None, stop: int | None = None) -> Iterator[Member | Fault]:
    directory = find(file, size)
    if isinstance(directory, Fault):
        yield directory
        return
    found = list(directory.entries(file, start or 0, stop))
    entries = [entry for entry in found if isinstance(entry, Entry)]
    bombs = refused(entries, limits) if start is None else {}
    yield from _read(file, size, entries, bombs, limits)
    yield from (entry for entry in found if isinstance(entry, Fault))
    if start is None and len(entries) == len(found) != directory.count:
        yield Fault("undecodable", f"the archive speaks of {directory.count} entries, its directory describes {len(entries)}")


def _read(file: BinaryIO, size: int, entries: Iterable[Entry], bombs: Mapping[int, str], limits: Limits) -> Iterator[Member]:
    """The entries but folders."""
    for entry in entries:
        if entry.name.endswith("/") and not entry.size:
            continue
        fault = _unreadable(entry, limits, size) or (Fault("too-large", bombs[entry.at]) if entry.at in bombs else None)
        data = fault or _data(file, entry, limits)
        if isinstance(data, Fault):
            yield Member(entry.name, entry.size, None, data.reason, data.detail)
        elif stat.S_ISLNK(entry.mode):
            detail = f"a link to '{data[:200].decode('utf-8', 'backslashreplace')}'; what it names is not followed"
            yield Member(entry.name, 0, None, "link", detail)
        else:
            yield Member(entry.name, entry.size, data)


def _unreadable(entry: Entry, limits: Limits, size: int) -> Fault | None:
    """Why an entry is not unpacked, as far as its description tells."""
    if entry.flags & ENCRYPTED or entry.method == AES:
        return Fault("encrypted", "an encrypted member")
    if entry.method != STORED and entry.method not in METHODS:
        return Fault("unsupported-format", f"a member packed by method {entry.method}, which is not unpacked")
    if max(entry.size, entry.packed) > limits.member:
        return Fault("too-large", f"a member of {entry.size} bytes")
    if entry.end > size:
        return Fault("undecodable", f"it would reach from byte {entry.offset} to {entry.end} of {size}")
    return None


def _data(file: BinaryIO, entry: Entry, limits: Limits) -> bytes | Fault:
    """What an entry holds, by its directory's sizes and checksum."""
    file.seek(entry.offset)
    header = file.read(LOCAL.size)
    if len(header) < LOCAL.size or not header.startswith(b"PK\3\4"):
        return Fault("undecodable", f"no header at byte {entry.offset}, where the directory says that it begins")
    *_, name_size, extra_size = LOCAL.unpack(header)
    file.seek(entry.offset + LOCAL.size + name_size + extra_size)
    packed = file.read(entry.packed)
    if len(packed) < entry.packed:
        return Fault("truncated", f"{entry.packed - len(packed)} of its {entry.packed} packed bytes are missing")
    data = packed if entry.method == STORED else unpacked(packed, METHODS[entry.method], entry.size, limits)
    if isinstance(data, Fault):
        return data
    if len(data) != entry.size:
        return Fault("undecodable", f"it holds {len(data)} bytes, not {entry.size} as the directory says")
    return data if crc32(data) == entry.crc else Fault("undecodable", "its checksum is not that of the directory")
