"""Records of JSON become items: their texts as one column, the images and sounds written in them as bytes."""

import base64
import binascii
import codecs
import json
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import orjson
import pyarrow as pa

from fingerprints.model import MediaBatch, Modality
from provenance.model import Unread
from provenance.readers.batch import Batch, Rows
from provenance.readers.columns import Role, contents, role
from provenance.readers.limits import HEAD, Limits
from provenance.readers.sniff import sniff

About: TypeAlias = Callable[[int], Mapping[str, str]]
Fault: TypeAlias = tuple[str, str]
"""Reason and detail."""

ENCODED = (
    "/9j/",
    "iVBORw0KGgo",
    "R0lGOD",
    "UklGR",
    "SUkq",
    "TU0AK",
    "Qk",
    "SUQz",
    "//uQ",
    "//vQ",
    "ZkxhQ",
    "T2dnUw",
    "data:image/",
    "data:audio/",
)
"""How JPEG, PNG, GIF, RIFF (WebP, WAV), TIFF, BMP, MP3, FLAC and Ogg begin in base64."""
ENCODED_FROM = 64  # characters; the smallest GIF takes 48, and no sentence of this length is valid base64


class BadRecordError(Exception):
    """A line that is no record; the message says why."""


def parse(line: bytes) -> Mapping[str, object]:
    """The record on a line; NaN and Infinity, which Python writes and RFC 8259 forbids, are let pass.

    Nesting is bounded by the parsers: 1024 levels (orjson), about 1000 (Python's).
    """
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as first:
        try:
            record = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise BadRecordError(f"not UTF-8 at byte {error.start} of the line") from error
        except (ValueError, RecursionError):
            raise BadRecordError(f"no JSON: {first}") from first
    if not isinstance(record, dict):
        raise BadRecordError(f"a JSON {type(record).__name__}, not an object")
    return record


def parse_document(data: bytes) -> Sequence[object]:
    """The records of a whole JSON document: the elements of its list, or the one object that it is."""
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data.lstrip().startswith(b"["):
        return [parse(data)]
    try:
        document: list[object] = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadRecordError(f"no JSON: {error}") from error
    return document


class Gathering:
    """Collects the items of consecutive records, to be handed on as few batches."""

    def __init__(self, path: str, member: str | None, limits: Limits, only: frozenset[str]) -> None:
        self.path, self.member, self.limits, self.only = path, member, limits, only
        self.texts: list[str] = []
        self.text_rows = (array("q"), array("q"))
        self.media: list[tuple[Modality, bytes, int, str]] = []
        self.fields: dict[str, int] = {}
        self.taken = 0  # items, those included that turned out to be unread

    def take(self, number: int, record: Mapping[str, object]) -> Iterator[Unread]:
        """Adds the items of a record; says what is wrong with one that has none."""
        before = self.taken
        yield from self.add(number, record)
        if self.taken == before:
            yield self.unread(number, *nothing_in(record))

    def add(self, number: int, record: Mapping[str, object]) -> Iterator[Unread]:
        """Adds the items of a record, of which there may be none."""
        for field, content in contents(record, self.only):
            self.taken += 1
            fault = self._text(number, field, content) if isinstance(content, str) else self._bytes(number, field, content)
            if fault:
                yield self.unread(number, *fault)

    def _text(self, number: int, field: str, text: str) -> Fault | None:
        encoded = media_in(text) if len(text) >= ENCODED_FROM and text.startswith(ENCODED) else None
        if encoded:
            self.media.append((*encoded, number, field))
        elif text.isascii() or _encodable(text):
            self.texts.append(text)
            self.text_rows[0].append(number)
            self.text_rows[1].append(self.fields.setdefault(field, len(self.fields)))
        else:
            return "bad-record", f"field {field!r} holds half of a surrogate pair, which is no Unicode text"
        return None

    def _bytes(self, number: int, field: str, data: bytes) -> Fault | None:
        if len(data) > self.limits.member:
            return "too-large", f"field {field!r} holds {len(data)} bytes"
        found = sniff(data[:HEAD], "")
        if found.modality in {Modality.IMAGE, Modality.AUDIO} and found.reader:
            self.media.append((found.modality, data, number, field))
        elif found.reader == "text" and (text := _decoded(data)) is not None:
            return self._text(number, field, text)
        else:
            return found.reason or "unsupported-format", f"field {field!r}: {found.detail or found.name}"
        return None

    def unread(self, number: int, reason: str, detail: str) -> Unread:
        """A record that cannot be audited; in an archive the record is the member."""
        if self.member is None:
            return Unread(self.path, number, reason, detail, Modality.TEXT)
        return Unread(self.path, self.member, reason, f"record {number}: {detail}", Modality.TEXT)

    def batches(self, about: About) -> Iterator[Batch]:
        """What was gathered."""
        if self.texts:
            column = pa.array(self.texts, pa.large_string())
            records, codes = self.text_rows
            yield Batch(MediaBatch(Modality.TEXT, column), Rows(self.path, records, tuple(self.fields), about, codes, self.member))
        for modality in (Modality.IMAGE, Modality.AUDIO):
            held = [entry for entry in self.media if entry[0] is modality]
            if held:
                rows = Rows(self.path, [e[2] for e in held], [e[3] for e in held], about, range(len(held)), self.member)
                yield Batch(MediaBatch(modality, tuple(entry[1] for entry in held)), rows)


def nothing_in(record: Mapping[str, object]) -> Fault:
    """Why a record has no item."""
    links = [name for name, value in record.items() if role(name) is Role.SOURCE and isinstance(value, str) and value.startswith("http")]
    if links:
        return "no-bytes", f"a link in {links[0]!r}, but neither text nor bytes"
    return "bad-record", f"no text field; fields: {', '.join(map(str, list(record)[:8])) or 'none'}"


def media_in(text: str) -> tuple[Modality, bytes] | None:
    """The image or sound that a base64 string holds, or None."""
    _, _, payload = text.partition(";base64,") if text.startswith("data:") else ("", "", text)
    try:
        data = base64.b64decode(payload.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    found = sniff(data[:4096], "")
    return (found.modality, data) if found.modality and found.reader in {"image", "audio"} else None


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _encodable(text: str) -> bool:
    """False for text with lone surrogates, which only Python's parser lets through."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
