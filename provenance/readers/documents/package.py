"""A zip that is one document (EPUB, docx): its members by name, unpacked in blocks within a budget."""

import io
import lzma
import posixpath
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

from provenance.readers.documents.extract import Fault, some_of
from provenance.readers.limits import MB, Limits

BLOCK = MB // 4
ENCRYPTED = 0x1  # general purpose bit flag 0 of a zip entry (APPNOTE.TXT 4.4.4)

DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What Python's zip and its decompressors raise for a member that is damaged or packed in a way that they do not know."""


class BadPartError(Exception):
    """A part, or the package as a whole, cannot be read; ``reason`` is that of an ``Unread``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.fault: Fault = (reason, detail)


class Package:
    """The parts of a document; names are keys and are never paths. Raises BadPartError where the zip cannot be opened."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            cut = b"PK\x05\x06" not in data[-66_000:]  # the end of central directory stands within the last 22 + 65535 bytes
            raise BadPartError("truncated" if cut else "undecodable", f"the zip cannot be opened: {error}") from error
        self.names = tuple(dict.fromkeys(self._zip.namelist()))
        self._limits, self._packed, self._unpacked = limits, len(data), 0

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What makes the package ambiguous: programs differ in which of two members of one name they read."""
        twice = [name for name, count in Counter(self._zip.namelist()).items() if count > 1]
        return (("duplicate-name", f"several members of one name, of which the last is read: {some_of(twice)}"),) if twice else ()

    def blocks(self, name: str) -> Iterator[bytes]:
        """A part's bytes; raises BadPartError where it is missing, damaged, encrypted or beyond the package's budget."""
        info = self._zip.NameToInfo.get(name)
        if info is None:
            raise BadPartError("missing", f"part {name!r} is named in the document and is not in it")
        if info.flag_bits & ENCRYPTED:
            raise BadPartError("encrypted", f"part {name!r} is encrypted")
        try:
            with self._zip.open(info) as part:
                while block := part.read(BLOCK):
                    self._spend(len(block), name)
                    yield block
        except DAMAGE as error:
            raise BadPartError("undecodable", f"part {name!r} is damaged: {error}") from error

    def read(self, name: str) -> bytes:
        """A whole part; raises BadPartError."""
        return b"".join(self.blocks(name))

    def _spend(self, size: int, name: str) -> None:
        """Counts unpacked bytes over all parts, so that many small bombs, or one part read many times, are one bomb."""
        self._unpacked += size
        if self._unpacked > max(self._limits.ratio_from, self._limits.ratio * self._packed):
            detail = f"it grows more than {self._limits.ratio} times; given up in part {name!r} after {self._unpacked} unpacked bytes"
            raise BadPartError("too-large", detail)


def target(base: str, reference: str) -> str:
    """The name of the member that a part refers to: relative to the part's folder, percent-encoded, without its fragment."""
    name = unquote(reference.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), name)).lstrip("/")
