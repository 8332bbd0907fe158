"""JSON lines and JSON documents: one record a line, or one per element of the document's list.

A record's number is the zero-based number of its line in the file; blank lines count as lines and are no records.
"""

import codecs
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from fingerprints.model import Modality
from provenance.model import Unit, Unread
from provenance.readers.batch import Batch
from provenance.readers.columns import metadata
from provenance.readers.limits import Limits
from provenance.readers.parsing import BadRecordError, parse, parse_document
from provenance.readers.records import Gathering
from provenance.readers.streams import Chunks, Fault, Lines, LongLine, chunks, lines


def read(unit: Unit, limits: Limits) -> Iterator[Batch | Unread]:
    """The records of a range of lines, plain or gzip; a bad line costs that line."""
    yield from read_lines(chunks(unit, limits), unit, None, limits)


def read_lines(blocks: Chunks, unit: Unit, member: str | None, limits: Limits) -> Iterator[Batch | Unread]:
    """The records in blocks of bytes, those of a file or of an archive's member."""
    record, path = unit.first_record, unit.source.path
    for block in lines(blocks, unit.first_record, limits.line):
        gathering = Gathering(path, member, limits)
        if isinstance(block, Lines):
            yield from _block(block, gathering)
            record = block.first + len(block.lines)
        elif isinstance(block, LongLine):
            yield gathering.unread(block.record, "too-large", f"a line of more than {limits.line} bytes")
            record = block.record + 1
        elif isinstance(block, Fault):
            yield gathering.unread(record, block.reason, block.detail)


def _block(block: Lines, gathering: Gathering) -> Iterator[Batch | Unread]:
    for number, line in enumerate(block.lines, block.first):
        try:
            record = parse(line if number else line.removeprefix(codecs.BOM_UTF8))
        except BadRecordError as error:
            if line.strip():
                yield gathering.unread(number, "bad-record", str(error))
        else:
            yield from gathering.take(number, record)
    yield from gathering.batches(partial(_about_line, block))


def _about_line(block: Lines, record: int) -> Mapping[str, str]:
    """A record's metadata: its line is parsed again, which happens for matches alone."""
    return metadata(parse(block.lines[record - block.first].removeprefix(codecs.BOM_UTF8)))


def read_document(unit: Unit, limits: Limits) -> Iterator[Batch | Unread]:
    """The records of a ``.json`` file: the elements of its list, or the one object that it is."""
    path = unit.source.path
    if unit.source.size > limits.line:
        yield Unread(path, None, "too-large", f"a JSON document of more than {limits.line} bytes", Modality.TEXT)
        return
    gathering = Gathering(path, None, limits)
    try:
        yield from read_records(parse_document(unit.source.file.read_bytes()), gathering)
    except BadRecordError as error:
        yield Unread(path, None, "bad-record", str(error), Modality.TEXT)


def read_records(records: Sequence[object], gathering: Gathering) -> Iterator[Batch | Unread]:
    """Parsed records as items."""
    for number, record in enumerate(records):
        if not isinstance(record, dict):
            yield gathering.unread(number, "bad-record", f"a JSON {type(record).__name__}, not an object")
        else:
            yield from gathering.take(number, record)
    yield from gathering.batches(lambda number: _about(records[number]))


def _about(record: object) -> Mapping[str, str]:
    return metadata(record) if isinstance(record, dict) else {}
