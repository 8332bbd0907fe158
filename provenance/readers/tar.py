"""Tar archives and WebDataset shards: a plain one in ranges of members, a compressed one as a stream."""

import io
from collections.abc import Iterator

from provenance.model import Source, Unit, Unread
from provenance.readers.archive import UNIT, Cutter, pieces_of
from provenance.readers.limits import BLOCK
from provenance.readers.piece import Piece, ReadSettings
from provenance.readers.streams import Chunks, chunks
from provenance.readers.tape import headers, members


def units(source: Source) -> list[Unit]:
    """Ranges of bytes that hold whole keys; only the headers are read. The last one reaches to the end and meets whatever stands there."""
    cutter = Cutter(UNIT)
    with source.file.open("rb") as file:
        cuts = [start for start, header in headers(file) if cutter.cuts_before(header.name, header.size)]
    if not cuts:
        return [Unit(source, "tar")]
    return [Unit(source, "tar", start, stop) for start, stop in zip([0, *cuts], [*cuts, None], strict=True)]


def pieces(unit: Unit, settings: ReadSettings) -> Iterator[Piece | Unread]:
    """The members of a range, or of a stream, in order."""
    yield from pieces_of(members(chunks(unit, settings.limits), settings.limits.member, ends=unit.stop is None), settings)


def inside(data: bytes, compression: str, settings: ReadSettings, level: int) -> Iterator[Piece | Unread]:
    """The members of an archive that is a member itself; ``level`` counts the archives that are open, this one included."""
    blocks: Chunks = (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))
    if compression:
        from provenance.readers.compression import unpack

        blocks = unpack(io.BytesIO(data), compression, settings.limits)
    yield from pieces_of(members(blocks, settings.limits.member), settings, level)
