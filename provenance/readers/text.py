"""Plain text: the file is one item."""

import codecs
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from fingerprints.model import MediaBatch, Modality
from provenance.model import Unit, Unread
from provenance.readers.batch import Batch, WholeFile
from provenance.readers.limits import Limits
from provenance.readers.sidecar import beside
from provenance.readers.streams import Fault, chunks

UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def read(unit: Unit, limits: Limits, _text_columns: frozenset[str]) -> Iterator[Batch | Unread]:
    """The file's text; what a cut gzip stream still gives is scanned."""
    parts, size, fault = list[bytes](), 0, None
    for block in chunks(unit, limits):
        if isinstance(block, Fault):
            fault = block
            break
        parts.append(block)
        size += len(block)
        if size > limits.text:
            yield Unread(unit.source.path, None, "too-large", f"a text of more than {limits.text} bytes", Modality.TEXT)
            return
    data = b"".join(parts)
    del parts
    if fault is not None:
        yield Unread(unit.source.path, None, fault.reason, fault.detail, Modality.TEXT)
        data = whole_characters(data)
    if data:
        try:
            yield Batch(MediaBatch(Modality.TEXT, as_array(data)), WholeFile(unit.source.path, lambda: beside(unit.source.file, limits)))
        except UnicodeDecodeError as error:
            yield Unread(unit.source.path, None, "undecodable", f"not {error.encoding} at byte {error.start}", Modality.TEXT)


def decode(data: bytes) -> str:
    """The text of a UTF-8 file, or of a UTF-16 file with its byte order mark; raises UnicodeDecodeError."""
    encoding = UTF16.get(data[:2])
    return data[2:].decode(encoding) if encoding else data.removeprefix(codecs.BOM_UTF8).decode("utf-8")


def as_array(data: bytes) -> pa.LargeStringArray:
    """One text as a column, of UTF-8 without a copy; raises UnicodeDecodeError."""
    if data[:2] in UTF16:
        return pa.array([decode(data)], pa.large_string())
    start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    offsets = pa.py_buffer(start.to_bytes(8, "little") + len(data).to_bytes(8, "little"))
    array = pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(data))
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        data.decode("utf-8")  # says where
        raise
    return array


def whole_characters(data: bytes) -> bytes:
    """The data without a UTF-8 character that was cut at its end."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data[: error.start] if error.end == len(data) else data
    return data


def text_of(file: Path) -> str:
    """A registered text file as the audit would read it; raises UnicodeDecodeError or OSError."""
    return decode(file.read_bytes())
