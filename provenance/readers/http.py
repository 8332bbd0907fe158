"""The body of an HTTP response as a web archive holds it (RFC 9112): without its chunks, unpacked within bounds.

Many crawlers store the body already taken out of its chunks, or unpacked, and leave the header as it was: a body that is not what its
header says from the first byte is taken as it stands.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from provenance.readers.compression import CODECS, unpacked
from provenance.readers.documents.encoding import READ, WHATWG
from provenance.readers.limits import MB, Limits
from provenance.readers.streams import Fault

HEADER_BYTES = MB  # Heritrix and wget bound a header at 64 KB to 1 MB
CODINGS: Mapping[str, str] = {"gzip": "gz", "x-gzip": "gz", "zstd": "zst", "deflate": "zlib", "br": "br"}
"""Content codings (RFC 9110, section 8.4.1; RFC 7932; RFC 8878) -> compressions."""
BLANK = re.compile(rb"\r?\n\r?\n")
STATUS = re.compile(rb"HTTP/\d(?:\.\d)? \d{3}")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Body:
    """What a response carries."""

    data: bytes
    content_type: str = ""


def fields_of(lines: bytes) -> dict[str, str]:
    """The fields of a header by their names in lower case; of several of one name the first."""
    found: dict[str, str] = {}
    for line in re.sub(rb"\r?\n[ \t]+", b" ", lines).split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            found.setdefault(name.strip().decode("latin-1").lower(), value.strip().decode("utf-8", "backslashreplace"))
    return found


def body_of(block: bytes, limits: Limits) -> Body | Fault:
    """The body of a response, or why it is not to be had."""
    end = BLANK.search(block, 0, HEADER_BYTES) if STATUS.match(block) else None
    if end is None:
        bare = STATUS.match(block) and len(block) < HEADER_BYTES  # a status and fields, and no more
        return Body(b"") if bare else Fault("bad-record", "no HTTP header, or one without an end")
    fields, data = fields_of(block[: end.start()]), block[end.end() :]
    whole: bytes | Fault = data
    if "chunked" in fields.get("transfer-encoding", "").lower():
        whole = _without_chunks(data)
    for coding in reversed(fields.get("content-encoding", "").lower().split(",")):
        if isinstance(whole, bytes) and whole and coding.strip() in CODINGS:
            whole = _decoded(whole, CODINGS[coding.strip()], limits)
        elif coding.strip() not in {"", "identity", "none", "utf-8", *CODINGS}:
            return Fault("unsupported-format", f"a body in the content coding {coding.strip()[:40]!r}")
    return whole if isinstance(whole, Fault) else Body(whole, fields.get("content-type", ""))


def _without_chunks(data: bytes) -> bytes | Fault:
    """The chunks put together."""
    parts, at = list[bytes](), 0
    while size := CHUNK.match(data, at):
        length, start = int(size[1], 16), size.end()
        if not length:
            return b"".join(parts)
        parts.append(data[start : start + length])
        if len(parts[-1]) < length:
            return Fault("truncated", f"a body whose last chunk lacks {length - len(parts[-1])} of {length} bytes")
        at = start + length
        at += 2 if data[at : at + 2] == b"\r\n" else 1 if data[at : at + 1] == b"\n" else 0
    if not at:
        return data
    return Fault("truncated" if at >= len(data) else "undecodable", f"a body in chunks of which none follows at byte {at}")


def _decoded(data: bytes, coding: str, limits: Limits) -> bytes | Fault:
    """A body unpacked."""
    if coding == "br":
        return _brotli(data, limits)
    magic = CODECS[coding].magic
    if magic and not data.startswith(magic):
        return data
    found = unpacked(data, coding, limits.member, limits)
    if coding == "zlib" and isinstance(found, Fault) and found.reason == "undecodable":
        found = unpacked(data, "deflate", limits.member, limits)  # what many servers mean by "deflate"
    return found


def _brotli(data: bytes, limits: Limits) -> bytes | Fault:
    """A body packed by brotli, whose streams carry no mark: one that is none is taken as it stands if it is UTF-8."""
    try:
        brotli = import_module("brotli")
    except ImportError:
        return Fault("unsupported-format", "a body packed by brotli: pip install brotli")
    stream, parts, size = brotli.Decompressor(), list[bytes](), 0
    try:
        while not stream.is_finished():
            block = stream.process(data if not parts else b"", output_buffer_limit=MB)
            parts.append(block)
            size += len(block)
            if size > min(limits.member, max(limits.ratio_from, limits.ratio * len(data))):
                return Fault("too-large", f"a body that brotli unpacks to more than {size} bytes")
            if not block and stream.can_accept_more_data():
                return Fault("truncated", f"a body packed by brotli that ends in the middle, after {size} unpacked bytes")
    except brotli.error as error:
        if not parts and _is_utf8(data):
            return data
        return Fault("undecodable", f"a body that brotli does not unpack: {error}")
    return b"".join(parts)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def recoded(body: Body) -> bytes:
    """A text that is no UTF-8 as UTF-8 with its mark, if the response names another encoding and it holds; anything else as it is."""
    named = CHARSET.search(body.content_type)
    if named is None or not body.content_type.lower().startswith(("text/", "application/xhtml")) or _is_utf8(body.data):
        return body.data
    try:
        encoding = codecs.lookup(named[1]).name
        encoding = WHATWG.get(encoding, encoding)
        return codecs.BOM_UTF8 + body.data.decode(encoding).encode("utf-8") if encoding in READ else body.data
    except (LookupError, ValueError):  # of an encoding that is none, and of bytes that it has not
        return body.data
