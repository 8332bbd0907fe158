"""Records of JSON become items: their texts as one column, the images and sounds written in them as bytes."""

import base64
import binascii
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fingerprints.model import MediaBatch, Modality
from provenance.model import Unread
from provenance.readers.batch import Batch, Rows
from provenance.readers.columns import DEPTH, contents, is_chosen, may_be_media, nothing_in
from provenance.readers.limits import HEAD, Limits
from provenance.readers.sniff import sniff

About: TypeAlias = Callable[[int], Mapping[str, str]]
Fault: TypeAlias = tuple[str, str]
"""Reason and detail."""


class Gathering:
    """Collects the items of consecutive records, to be handed on as few batches."""

    def __init__(self, path: str, member: str | None, limits: Limits, chosen: tuple[str, ...] = ()) -> None:
        self.path, self.member, self.limits, self.chosen = path, member, limits, chosen
        self.texts: list[str] = []
        self.text_rows = (array("q"), array("q"))
        self.columns: list[tuple[pa.LargeStringArray, NDArray[np.int64], NDArray[np.int64]]] = []
        self.media: list[tuple[Modality, bytes, int, str]] = []
        self.fields: dict[str, int] = {}
        self.taken = 0  # items, those included that turned out to be unread
        self.deep = -1  # the last record with text too deep inside it: one entry stands for all of it

    def take(self, number: int, record: Mapping[str, object]) -> Iterator[Unread]:
        """Adds the items of a record; says what is wrong with one that has none."""
        before = self.taken
        yield from self.add(number, record)
        if self.taken == before:
            yield self.unread(number, *nothing_in(record, self.chosen))

    def add(self, number: int, record: Mapping[str, object]) -> Iterator[Unread]:
        """Adds the items of a record, of which there may be none."""
        for field, content in contents(record, self.chosen):
            if isinstance(content, str):
                self.text(number, field, content)
            elif isinstance(content, bytes):
                yield from self.binary(number, field, content)
            elif self.deep != number:
                self.deep, self.taken = number, self.taken + 1
                yield self.unread(number, *too_deep(field))

    def text(self, number: int, field: str, text: str) -> None:
        """Adds a string, as the image or the sound that it holds in base64, or as text."""
        if not self.encoded(number, field, text) and self._is_wanted(field):
            self.taken += 1
            self.texts.append(text)
            self.text_rows[0].append(number)
            self.text_rows[1].append(self.fields.setdefault(field, len(self.fields)))

    def column(self, texts: pa.LargeStringArray, numbers: NDArray[np.int64], fields: Sequence[str], codes: NDArray[np.int64]) -> None:
        """Adds texts with the numbers of their records, which ascend, and the place of each one's field in ``fields``."""
        known = np.array([self.fields.setdefault(field, len(self.fields)) for field in fields], np.int64)
        self.taken += len(texts)
        self.columns.append((texts, numbers, known[codes]))

    def encoded(self, number: int, field: str, text: str) -> bool:
        """Adds the image or the sound that a string holds in base64; False if it holds none."""
        found = media_in(text) if may_be_media(text) else None
        if found:
            self.taken += 1
            self.media.append((*found, number, field))
        return found is not None

    def binary(self, number: int, field: str, data: bytes) -> Iterator[Unread]:
        """Adds the image, the sound or the text that bytes are; says so if they are none."""
        before, fault = self.taken, self._binary(number, field, data)
        if fault:
            self.taken = before + 1
            yield self.unread(number, *fault)

    def _binary(self, number: int, field: str, data: bytes) -> Fault | None:
        if len(data) > self.limits.member:
            return "too-large", f"field {field!r} holds {len(data)} bytes"
        found = sniff(data[:HEAD], "")
        if found.modality in {Modality.IMAGE, Modality.AUDIO} and found.reader:
            self.taken += 1
            self.media.append((found.modality, data, number, field))
        elif found.reader == "text" and (text := _decoded(data)) is not None:
            self.text(number, field, text)
        else:
            return found.reason or "unsupported-format", f"field {field!r}: {found.detail or found.name}"
        return None

    def _is_wanted(self, field: str) -> bool:
        return not self.chosen or is_chosen(field, self.chosen)

    def unread(self, number: int, reason: str, detail: str) -> Unread:
        """A record that cannot be audited; in an archive the record is the member."""
        if self.member is None:
            return Unread(self.path, number, reason, detail, Modality.TEXT)
        return Unread(self.path, self.member, reason, f"record {number}: {detail}", Modality.TEXT)

    def batches(self, about: About) -> Iterator[Batch]:
        """What was gathered."""
        if self.texts or self.columns:
            column, records, codes = self._united()
            yield Batch(MediaBatch(Modality.TEXT, column), Rows(self.path, records, tuple(self.fields), about, codes, self.member))
        for modality in (Modality.IMAGE, Modality.AUDIO):
            held = [entry for entry in self.media if entry[0] is modality]
            if held:
                rows = Rows(self.path, [e[2] for e in held], [e[3] for e in held], about, range(len(held)), self.member)
                yield Batch(MediaBatch(modality, tuple(entry[1] for entry in held)), rows)

    def _united(self) -> tuple[pa.LargeStringArray, Sequence[int], Sequence[int]]:
        """All texts, in the order of their records, with these and the codes of their fields."""
        if not self.columns:
            return pa.array(self.texts, pa.large_string()), *self.text_rows
        parts = list(self.columns)
        if self.texts:
            records, codes = (np.frombuffer(numbers, np.int64) for numbers in self.text_rows)
            parts.append((pa.array(self.texts, pa.large_string()), records, codes))
        column, records, codes = parts[0]
        if len(parts) > 1:
            columns, *numbers = zip(*parts, strict=True)
            records, codes = map(np.concatenate, numbers)
            order = np.argsort(records, kind="stable")
            column, records, codes = pa.concat_arrays(columns).take(pa.array(order)), records[order], codes[order]
        return column, array("q", records.tobytes()), array("q", codes.tobytes())


def too_deep(field: str) -> Fault:
    """Reason and detail of what stands too far inside a field."""
    return "too-deep", f"field {field!r} holds text or bytes that are nested deeper than {DEPTH} levels and are not read"


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
