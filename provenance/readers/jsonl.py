"""JSON lines: one record a line.

A record's number is the zero-based number of its line; blank lines count as lines and are no records.
"""

import codecs
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from fingerprints.model import Modality
from provenance.model import Source, Unit, Unread
from provenance.readers.alike import Templates
from provenance.readers.columns import metadata
from provenance.readers.limits import BLOCK, MB
from provenance.readers.lines import Run, bounds, runs
from provenance.readers.linewise import Lines, LongLine, lines
from provenance.readers.parsing import BadRecordError, parse
from provenance.readers.piece import Part, Piece, ReadSettings, content
from provenance.readers.records import Gathering
from provenance.readers.streams import Chunks, Fault, chunks

HASHED = MB // 2  # bytes read at a time: they are still in the processor's cache when they are hashed, cut and parsed
RANGE = 64 * MB  # bytes of a unit: half a second of text scanning


def units(source: Source) -> list[Unit]:
    """Ranges of bytes; which records stand in them is not known before they are read."""
    if source.size <= RANGE:
        return [Unit(source, "jsonl")]
    starts = range(0, source.size, RANGE)
    return [Unit(source, "jsonl", start, min(source.size, start + RANGE)) for start in starts]


def pieces(unit: Unit, settings: ReadSettings) -> Iterator[Piece | Unread]:
    """The records of a range of lines, or of a compressed stream; a bad line costs that line."""
    for run in runs(_blocks(unit, settings), settings.limits.line):
        if isinstance(run, Fault):
            yield Unread("", 0, run.reason, run.detail, Modality.TEXT)
        else:
            yield Piece(content(b"jsonl", run.digest), partial(_read, run, settings), run.rows, run.size)


def member(name: str, data: bytes, settings: ReadSettings) -> Iterator[Part]:
    """The records of a member of an archive, JSON lines."""
    yield from _lines(_cut(data), name, settings)


def _blocks(unit: Unit, settings: ReadSettings) -> Chunks:
    """The bytes of the pieces that begin in the unit."""
    if unit.format != "jsonl":
        yield from chunks(unit, settings.limits)
        return
    size = unit.source.size
    with unit.source.file.open("rb") as file:
        found = (0, size) if unit.start is None or unit.stop is None else bounds(file, unit.start, unit.stop, size)
        if found is None:
            return
        position, end = found
        file.seek(position)
        while position < end:
            block = file.read(min(HASHED, end - position))
            if not block:
                yield Fault("truncated", f"the file became {end - position} bytes shorter while it was audited")
                return
            position += len(block)
            yield block


def _read(run: Run, settings: ReadSettings) -> Iterator[Part]:
    """The records of a piece."""
    if run.blocks is None:
        yield Gathering("", None, settings.limits).unread(0, "too-large", f"a line of more than {settings.limits.line} bytes")
    else:
        yield from _lines(run.blocks, None, settings)


def _cut(data: bytes) -> Iterator[bytes]:
    return (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))


def _lines(blocks: Iterable[bytes | memoryview], name: str | None, settings: ReadSettings) -> Iterator[Part]:
    templates = Templates(settings.text_columns)
    for block in lines(blocks, 0, settings.limits.line):
        gathering = Gathering("", name, settings.limits, settings.text_columns)
        if isinstance(block, Lines):
            yield from _block(block, gathering, templates)
        elif isinstance(block, LongLine):
            yield gathering.unread(block.record, "too-large", f"a line of more than {settings.limits.line} bytes")


def _block(block: Lines, gathering: Gathering, templates: Templates) -> Iterator[Part]:
    """The records of a block: of lines written alike the texts at once, all others one by one."""
    alike = templates.take(block)
    if alike:
        gathering.column(alike.column, block.first + alike.lines, alike.fields, alike.codes)
    for at in alike.left.tolist() if alike else range(len(block)):
        number, line = block.first + at, block.line(at)
        if not line.strip():
            continue
        try:
            record = parse(line if number else line.removeprefix(codecs.BOM_UTF8))
        except BadRecordError as error:
            yield gathering.unread(number, "bad-record", str(error))
        else:
            yield from gathering.take(number, record)
    yield from gathering.batches(partial(_about_line, block))


def _about_line(block: Lines, record: int) -> Mapping[str, str]:
    """A record's metadata: its line is parsed again, which happens for matches alone."""
    return metadata(parse(block.line(record - block.first).removeprefix(codecs.BOM_UTF8)))
