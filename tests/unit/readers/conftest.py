import gzip
import io
import json
import tarfile
from dataclasses import replace
from itertools import groupby

import pytest

from provenance.located import placed
from provenance.model import Excluded, Unread
from provenance.readers import Piece, ReadSettings, modality_of, pieces
from provenance.readers.batch import Batch
from provenance.readers.limits import LIMITS, NOTHING
from provenance.readers.plan import WHOLE, plan

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
WAV = (
    b"RIFF"
    + (36 + 8).to_bytes(4, "little")
    + b"WAVEfmt "
    + bytes.fromhex("1000000001000100400600008025000002001000")
    + b"data\x08\0\0\0"
    + bytes(8)
)


class Seen:
    """What readers gave of planned units, in its place, in a form that tests can compare."""

    def __init__(self):
        self.items = {}
        self.metadata = {}
        self.places = []
        self.unread = []
        self.excluded = []
        self.batches = []
        self.pieces = []
        self.empty = True

    def read(self, units, settings):
        for path, of_file in groupby(units, key=lambda unit: unit.source.path):
            first, before = 0, self.count
            for unit in of_file:
                for piece in pieces(unit, settings) if unit.format != WHOLE else ():
                    if isinstance(piece, Piece):
                        self.pieces.append(piece)
                        for part in piece.parts():
                            self.enter(part, path, first)
                        first += piece.rows
                    else:
                        self.enter(piece, path, first)
            if self.count == before:
                self.unread.append(Unread(path, None, *NOTHING, modality_of(unit.format)))
        return self

    @property
    def count(self):
        return len(self.items) + len(self.unread) + len(self.excluded)

    def enter(self, part, path, first):
        if isinstance(part, Unread):
            assert part.path == ""
            self.unread.append(placed(part, path, first))
        elif isinstance(part, Excluded):
            self.excluded.append(replace(part, examples=tuple(path + example for example in part.examples)))
        else:
            assert isinstance(part, Batch)
            self.batches.append(part)
            for position in range(len(part.media)):
                assert part.place(position).path == ""
                place = placed(part.place(position), path, first)
                assert place.locator not in self.items
                self.places.append(place)
                self.items[place.locator] = part.item(position)
                self.metadata[place.locator] = part.metadata(position)

    @property
    def reasons(self):
        return [(entry.record, entry.reason) for entry in self.unread]


@pytest.fixture
def seen(tmp_path, monkeypatch):
    """Plans and reads a file or folder given by its path relative to the test's folder."""
    monkeypatch.chdir(tmp_path)

    def look(path, limits=LIMITS, text_columns=()):
        planned = plan([path])
        result = Seen().read(planned.units, ReadSettings(limits, text_columns))
        result.unread = [*planned.unread, *result.unread]
        result.plan = planned
        return result

    return look


@pytest.fixture
def read():
    """Reads units that a test has made."""
    return lambda *units: Seen().read(units, ReadSettings())


@pytest.fixture
def jsonl(tmp_path):
    def write(name, rows):
        data = b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows)
        (tmp_path / name).write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        return name

    return write


@pytest.fixture
def tar(tmp_path):
    """Writes an archive of (name, bytes) pairs or ready TarInfo objects."""

    def write(name, members, layout=tarfile.PAX_FORMAT):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=layout) as archive:
            for member in members:
                info, data = (member, b"") if isinstance(member, tarfile.TarInfo) else (tarfile.TarInfo(member[0]), member[1])
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        data = buffer.getvalue()
        (tmp_path / name).write_bytes(gzip.compress(data, mtime=0) if name.endswith("gz") else data)
        return name

    return write


@pytest.fixture
def png():
    return PNG


@pytest.fixture
def wav():
    return WAV
