"""Records of JSON become items: their texts as one column, the images and sounds written in them as bytes."""

import base64
import binascii
from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import pyarrow as pa

from fingerprints.model import MediaBatch, Modality
from provenance.model import Unread
from provenance.readers.batch import Batch, Rows
from provenance.readers.columns import DEPTH, Role, contents, role
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


class Gathering:
    """Collects the items of consecutive records, to be handed on as few batches."""

    def __init__(self, path: str, member: str | None, limits: Limits) -> None:
        self.path, self.member, self.limits = path, member, limits
        self.texts: list[str] = []
        self.text_rows = (array("q"), array("q"))
        self.media: list[tuple[Modality, bytes, int, str]] = []
        self.fields: dict[str, int] = {}
        self.taken = 0  # items, those included that turned out to be unread
        self.deep = -1  # the last record with text too deep inside it: one entry stands for all of it

    def take(self, number: int, record: Mapping[str, object]) -> Iterator[Unread]:
        """Adds the items of a record; says what is wrong with one that has none."""
        before = self.taken
        yield from self.add(number, record)
        if self.taken == before:
            yield self.unread(number, *nothing_in(record))

    def add(self, number: int, record: Mapping[str, object]) -> Iterator[Unread]:
        """Adds the items of a record, of which there may be none."""
        for field, content in contents(record):
            if content is None and self.deep == number:
                continue
            self.taken += 1
            if fault := self._add(number, field, content):
                yield self.unread(number, *fault)

    def _add(self, number: int, field: str, content: str | bytes | None) -> Fault | None:
        if content is None:
            self.deep = number
            return "too-deep", f"field {field!r} holds text or bytes that are nested deeper than {DEPTH} levels and are not read"
        if isinstance(content, bytes):
            return self._bytes(number, field, content)
        self._text(number, field, content)
        return None

    def _text(self, number: int, field: str, text: str) -> None:
        encoded = media_in(text) if len(text) >= ENCODED_FROM and text.startswith(ENCODED) else None
        if encoded:
            self.media.append((*encoded, number, field))
        else:
            self.texts.append(text)
            self.text_rows[0].append(number)
            self.text_rows[1].append(self.fields.setdefault(field, len(self.fields)))

    def _bytes(self, number: int, field: str, data: bytes) -> Fault | None:
        if len(data) > self.limits.member:
            return "too-large", f"field {field!r} holds {len(data)} bytes"
        found = sniff(data[:HEAD], "")
        if found.modality in {Modality.IMAGE, Modality.AUDIO} and found.reader:
            self.media.append((found.modality, data, number, field))
        elif found.reader == "text" and (text := _decoded(data)) is not None:
            self._text(number, field, text)
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
