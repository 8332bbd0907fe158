"""The members of a tar archive as a stream: never extracted, never silently short.

Python's ``tarfile`` ends without a word where an archive is cut or a header is damaged; here each end has its reason. Formats: POSIX
ustar and pax (IEEE Std 1003.1-2017), GNU long names, old V7.
"""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from provenance.readers.limits import MB
from provenance.readers.names import visible
from provenance.readers.streams import Chunks, Fault

EXTENSION_BYTES = MB  # of a long name or a pax header; names end at 4096 bytes on every common file system
REGULAR = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE})
LINKS = frozenset({tarfile.LNKTYPE, tarfile.SYMTYPE})
EXTENSIONS = frozenset({tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE})


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive; ``data`` is None where it is larger than the limit, a link or no file, and ``reason`` says so."""

    name: str
    size: int
    data: bytes | None
    reason: str = ""
    detail: str = ""


class _CutError(Exception):
    """The stream ended: with a fault, or just so."""

    def __init__(self, fault: Fault | None) -> None:
        super().__init__()
        self.fault = fault


class _Bytes:
    """Exact reads from blocks."""

    def __init__(self, blocks: Chunks) -> None:
        self._blocks = blocks
        self._block, self._at = b"", 0
        self.offset = 0

    def read(self, size: int) -> bytes:
        """So many bytes; raises _CutError where there are fewer."""
        parts, missing = list[bytes](), size
        while missing:
            parts.append(self._some(missing))
            missing -= len(parts[-1])
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Passes over so many bytes."""
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


def members(blocks: Chunks, limit: int) -> Iterator[Member | Fault]:
    """Each member in order; a fault last if the archive is cut or damaged, or goes on after its end."""
    source, name = _Bytes(blocks), ""
    try:
        while found := _header(source):
            header, name = found
            yield from _member(source, header, name, limit)
            name = ""
        yield from _after_the_end(source)
    except _CutError as cut:
        where = f"at byte {source.offset}" + (f", in member {name!r}" if name else "")
        fault = cut.fault or Fault("truncated", "before its end mark")
        yield Fault(fault.reason, f"the archive ends {where}: {fault.detail}")
    except tarfile.HeaderError as error:
        yield Fault("undecodable", f"the archive is damaged before byte {source.offset}: {error}")


def _header(source: _Bytes) -> tuple[tarfile.TarInfo, str] | None:
    """The next member's header and its name in full; None at the end mark, a block of zeros."""
    extended: dict[str, str] = {}
    while True:
        block = source.read(tarfile.BLOCKSIZE)
        if not block.strip(b"\0"):
            return None
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        if header.type not in EXTENSIONS:
            break
        if header.size > EXTENSION_BYTES:
            raise tarfile.HeaderError(f"a header extension of {header.size} bytes")
        data = source.read(header.size)
        source.skip(-header.size % tarfile.BLOCKSIZE)
        extended |= _extension(header.type, data)
    if "size" in extended:
        header.size = _number(extended["size"])
    if any(key.startswith("GNU.sparse") for key in extended):
        header.type = tarfile.GNUTYPE_SPARSE
    return header, extended.get("path", visible(header.name))


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
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if end <= space or end > len(data) or not equals:
            raise tarfile.HeaderError("a pax header that is none")
        found[key.decode("utf-8", "replace")] = visible(value)
        at = end
    return found


def _number(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):  # 2**64 has twenty digits
        raise tarfile.HeaderError(f"a number that is none: {digits[:20]!r}")
    return int(digits)


def _member(source: _Bytes, header: tarfile.TarInfo, name: str, limit: int) -> Iterator[Member]:
    """The member, unless it is a folder."""
    if header.type == tarfile.DIRTYPE:
        return
    if header.type in LINKS:
        yield Member(name, 0, None, "link", f"a link to '{visible(header.linkname)}'; what it names is not followed")
        return
    if header.type in {tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE}:
        yield Member(name, 0, None, "special-file", "a device or a pipe")
        return
    padding = -header.size % tarfile.BLOCKSIZE
    if header.type not in REGULAR or header.size > limit:
        source.skip(header.size + padding)
        large = header.type in REGULAR
        detail = f"a member of {header.size} bytes" if large else f"a member of type {header.type!r}, such as a sparse file"
        yield Member(name, header.size, None, "too-large" if large else "unsupported-format", detail)
        return
    yield Member(name, header.size, source.read(header.size))
    source.skip(padding)


def _after_the_end(source: _Bytes) -> Iterator[Fault]:
    """Nothing, if zeros alone follow the end mark (tar fills its last record with them)."""
    try:
        while True:
            if source.read(tarfile.BLOCKSIZE).strip(b"\0"):
                yield Fault("trailing-data", f"data after the end mark, before byte {source.offset}: archives joined into one?")
                return
    except _CutError as cut:
        if cut.fault:
            yield cut.fault
