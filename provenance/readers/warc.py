"""Web archives: WARC 1.0 and 1.1 (ISO 28500:2017), and the WET files of Common Crawl, as a stream of records.

The payload of a response, resource or conversion is an item under the record's id, with the address and the date at which it was fetched.
"""

import io
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from provenance.model import Unit, Unread
from provenance.readers.archive import pieces_of
from provenance.readers.http import Body, body_of, recoded
from provenance.readers.limits import BLOCK, MB, Limits
from provenance.readers.member import Member
from provenance.readers.piece import Piece, ReadSettings
from provenance.readers.streams import COMPRESSIONS, Chunks, Fault, chunks
from provenance.readers.webrecord import START, Record, records

PIECE = 8 * MB  # bytes of pages in a piece: about two hundred
BOOKS = frozenset({"warcinfo", "request", "metadata"})
"""Records that say how others came about."""
CARRIERS = frozenset({"response", "resource", "conversion"})
SUFFIXES: Mapping[str, str] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "txt",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json",
    "application/ld+json": "json",
    "application/pdf": "pdf",
    "application/epub+zip": "epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
}
"""Media type -> the suffix under which its format is told."""


def pieces(unit: Unit, settings: ReadSettings) -> Iterator[Piece | Unread]:
    """The records of the file, plain or compressed; a damaged one costs what cannot be told from it, and reading goes on behind it."""
    compression = unit.format.rpartition(".")[2]
    if compression in COMPRESSIONS:
        from provenance.readers.compression import unpack

        with unit.source.file.open("rb") as file:
            yield from _pieces(unpack(file, compression, settings.limits, resume=START), settings)
    else:
        yield from _pieces(chunks(unit, settings.limits), settings)


def inside(data: bytes, compression: str, settings: ReadSettings, level: int) -> Iterator[Piece | Unread]:
    """The records of a web archive that is a member of an archive; ``level`` counts the archives that are open, this one included."""
    blocks: Chunks = (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))
    if compression:
        from provenance.readers.compression import unpack

        blocks = unpack(io.BytesIO(data), compression, settings.limits, resume=START)
    yield from _pieces(blocks, settings, level)


def _pieces(blocks: Chunks, settings: ReadSettings, level: int = 1) -> Iterator[Piece | Unread]:
    limits = settings.limits
    found = (entry if isinstance(entry, Fault) else _member(entry, limits) for entry in records(blocks, limits.member))
    yield from pieces_of(found, settings, level, PIECE)


def _member(record: Record, limits: Limits) -> Member:
    """What a record holds, as a member under its id."""
    name, size = record.name, len(record.block)
    if record.type in BOOKS or record.type == "revisit":
        return Member(name, size, None, "revisit" if record.type == "revisit" else "no-media", excluded=True)
    body = record.fault or _body(record, limits)
    if isinstance(body, Fault):
        return Member(name, size, None, body.reason, body.detail)
    if not body.data or body.content_type.lower().startswith("text/dns"):
        return Member(name, size, None, "no-media", excluded=True)
    data = recoded(body)
    return Member(name, len(data), data, about=_about(record), alias=_alias(body.content_type, record.fields.get("warc-target-uri", "")))


def _body(record: Record, limits: Limits) -> Body | Fault:
    """What a record carries, or why that is not to be had."""
    if record.type not in CARRIERS | {"continuation"}:
        return Fault("unsupported-format", f"a record of the type {record.type[:40]!r}")
    if record.type == "continuation" or "warc-segment-number" in record.fields:
        return Fault("unsupported-format", "a record in segments, which are not put together")
    kind = record.fields.get("content-type", "")
    return body_of(record.block, limits) if kind.lower().startswith("application/http") else Body(record.block, kind)


def _about(record: Record) -> Mapping[str, str]:
    """Where and when it was fetched."""
    said = {"url": record.fields.get("warc-target-uri", "").strip("<>"), "date": record.fields.get("warc-date", "")}
    return {field: value for field, value in said.items() if value}


def _alias(content_type: str, address: str) -> str:
    """A file name that tells the format: by the media type or, where that says nothing, as the address ends."""
    suffix = SUFFIXES.get(content_type.partition(";")[0].strip().lower())
    if suffix:
        return f"record.{suffix}"
    try:
        return urlsplit(address.strip("<>")).path.rpartition("/")[2] or "record"
    except ValueError:  # of an address with a bracket that is not closed
        return "record"
