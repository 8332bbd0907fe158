"""Plain text: the file is one item, and a very large one is several.

A file beyond ``Limits.text`` is read in sections of whole lines, each an item whose locator ends in the byte at which it starts
(``corpus.txt@8388480``): its characters are counted from there, and a passage across a cut is found as two.
"""

import codecs
from collections.abc import Iterator, Mapping
from functools import partial

import pyarrow as pa

from fingerprints.model import MediaBatch, Modality
from provenance.model import Unit, Unread
from provenance.readers.batch import Batch, WholeFile
from provenance.readers.limits import MB
from provenance.readers.piece import Part, Piece, ReadSettings, content
from provenance.readers.sidecar import beside
from provenance.readers.streams import Fault, chunks

SECTION = 8 * MB  # bytes: a section is scanned in a tenth of a second, and a cut falls into one passage in many thousand
UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def pieces(unit: Unit, settings: ReadSettings) -> Iterator[Piece | Unread]:
    """The file's text, a large one in sections; what a cut stream still gives is scanned."""
    limits, about = settings.limits, beside(unit.source.file, settings.limits)
    held, start, whole = bytearray(), 0, True
    for block in chunks(unit, limits):
        if isinstance(block, Fault):
            yield Unread("", None, block.reason, block.detail, Modality.TEXT)
            held = bytearray(whole_characters(bytes(held)))
            break
        held += block
        whole = whole and len(held) <= limits.text
        if not whole and start == 0 and bytes(held[:2]) in UTF16:
            yield Unread("", None, "too-large", f"UTF-16 of more than {limits.text} bytes: UTF-8 is read", Modality.TEXT)
            return
        while not whole and len(held) > SECTION:
            cut = _end_of_section(held)
            yield _piece(bytes(held[:cut]), about, start)
            del held[:cut]
            start += cut
    if held:
        yield _piece(bytes(held), about, None if whole else start)


def _piece(data: bytes, about: Mapping[str, str], start: int | None) -> Piece:
    """The whole text, or the section that starts at a byte."""
    return Piece(content(data, about, b"" if start is None else b"@%d" % start), partial(_item, data, about, start), size=len(data))


def _end_of_section(held: bytearray) -> int:
    """Where a section ends: after its last line, or, in a text without lines, after a character."""
    cut = held.rfind(b"\n", 0, SECTION) + 1
    return cut or next((end for end in range(SECTION, SECTION - 4, -1) if held[end] & 0xC0 != 0x80), SECTION)


def _item(data: bytes, about: Mapping[str, str], start: int | None) -> Iterator[Part]:
    try:
        media = MediaBatch(Modality.TEXT, as_array(data))
    except UnicodeDecodeError as error:
        yield Unread("", None, "undecodable", f"not {error.encoding} at byte {(start or 0) + error.start}", Modality.TEXT)
    else:
        yield Batch(media, WholeFile("" if start is None else f"@{start}", about))


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
