"""JSON documents: the elements of a list, or the one object that a document is, as records."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from fingerprints.model import Modality
from provenance.model import Unit, Unread
from provenance.readers.columns import metadata
from provenance.readers.parsing import BadRecordError, parse_document
from provenance.readers.piece import Part, Piece, ReadSettings, content
from provenance.readers.records import Gathering
from provenance.readers.streams import Fault, chunks


def pieces(unit: Unit, settings: ReadSettings) -> Iterator[Piece | Unread]:
    """The document, unless it is too large: it is parsed as a whole."""
    data = bytearray()
    for block in chunks(unit, settings.limits):
        if isinstance(block, Fault):
            yield Unread("", None, block.reason, block.detail, Modality.TEXT)
            return
        data += block
        if len(data) > settings.limits.line:
            yield Unread("", None, "too-large", f"a JSON document of more than {settings.limits.line} bytes", Modality.TEXT)
            return
    document = bytes(data)
    yield Piece(content(document), partial(_records, document, None, settings), size=len(document))


def member(name: str, data: bytes, settings: ReadSettings) -> Iterator[Part]:
    """The records of a member of an archive."""
    yield from _records(data, name, settings)


def _records(data: bytes, name: str | None, settings: ReadSettings) -> Iterator[Part]:
    try:
        yield from read_records(parse_document(data), Gathering("", name, settings.limits, settings.text_columns))
    except BadRecordError as error:
        yield Unread("", name, "bad-record", str(error), Modality.TEXT)


def read_records(records: Sequence[object], gathering: Gathering) -> Iterator[Part]:
    """Parsed records as items."""
    for number, record in enumerate(records):
        if not isinstance(record, dict):
            yield gathering.unread(number, "bad-record", f"a JSON {type(record).__name__}, not an object")
        else:
            yield from gathering.take(number, record)
    yield from gathering.batches(lambda number: _about(records[number]))


def _about(record: object) -> Mapping[str, str]:
    return metadata(record) if isinstance(record, dict) else {}
