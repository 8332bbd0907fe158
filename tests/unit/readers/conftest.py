import gzip
import io
import json
import tarfile

import pytest

from provenance.model import Excluded, Unread
from provenance.readers import read
from provenance.readers.batch import Batch
from provenance.readers.limits import LIMITS
from provenance.readers.plan import plan

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
    """What a reader gave, in a form that tests can compare."""

    def __init__(self, parts):
        self.items = {}
        self.metadata = {}
        self.unread = []
        self.excluded = []
        self.batches = []
        for part in parts:
            if isinstance(part, Unread):
                self.unread.append(part)
            elif isinstance(part, Excluded):
                self.excluded.append(part)
            else:
                assert isinstance(part, Batch)
                self.batches.append(part)
                for position in range(len(part.media)):
                    place = part.place(position)
                    assert place.locator not in self.items
                    self.items[place.locator] = part.item(position)
                    self.metadata[place.locator] = part.metadata(position)

    @property
    def reasons(self):
        return [(entry.record, entry.reason) for entry in self.unread]

    @property
    def places(self):
        return [part.place(position) for part in self.batches for position in range(len(part.media))]


@pytest.fixture
def seen(tmp_path, monkeypatch):
    """Plans and reads a file or folder given by its path relative to the test's folder."""
    monkeypatch.chdir(tmp_path)

    def look(path, limits=LIMITS):
        planned = plan([path])
        result = Seen(part for unit in planned.units for part in read(unit, limits))
        result.unread = [*planned.unread, *result.unread]
        result.plan = planned
        return result

    return look


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
