"""A journal gives back what was written, and of a damaged one everything that is whole and nothing else."""

import subprocess
import sys
from pathlib import Path
from zlib import crc32

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from provenance.journal import FIRST_LINE, FIXED, LARGEST, LENGTHS, LONGEST_HEAD, MAGIC, MARK, JournalError, Reader, Writer

FRAMES = [(b"first", b"one"), (b"second", b"two" * 100), (b"third", b""), (b"fourth", bytes(range(256)))]


def written(path: Path, frames: list[tuple[bytes, bytes]] = FRAMES) -> Path:
    with Writer(path) as writer:
        for head, payload in frames:
            writer.append(head, payload)
    return path


def readable(path: Path) -> list[tuple[bytes, bytes]]:
    """Every frame that a reader comes by and that reads without an error."""
    found = []
    with Reader(path) as reader:
        for at, _ in list(reader.heads()):
            try:
                found.append(reader.frame(at))
            except JournalError:
                continue
    return found


def framed(mark: bytes, head: bytes, body: bytes) -> bytes:
    fixed = FIXED.pack(mark, len(head), len(body), crc32(body), 0)
    return fixed[: LENGTHS.stop] + crc32(head, crc32(fixed[LENGTHS])).to_bytes(4, "little") + head + body


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=80), st.binary(max_size=400)), max_size=8))
def test_what_was_appended_is_read_in_order(tmp_path_factory: pytest.TempPathFactory, frames: list[tuple[bytes, bytes]]) -> None:
    path = written(tmp_path_factory.mktemp("journal") / "a", frames)
    with Reader(path) as reader:
        assert list(reader.frames()) == frames
        assert [head for _, head in reader.heads()] == [head for head, _ in frames]
        assert reader.finished()


def test_a_journal_is_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with Writer(path) as writer:
        for count, (head, payload) in enumerate(FRAMES, 1):
            writer.append(head, payload)
            assert readable(path) == FRAMES[:count]
    assert readable(path) == FRAMES


def test_a_file_cut_anywhere_gives_every_frame_before_the_cut(tmp_path: Path) -> None:
    path = written(tmp_path / "a")
    with Reader(path) as reader:
        starts = [at for at, _ in reader.heads()]
    whole = path.read_bytes()
    for cut in range(FIRST_LINE, len(whole)):
        path.write_bytes(whole[:cut])
        complete = sum(1 for stop in [*starts[1:], len(whole) - FIXED.size - 8] if stop <= cut)
        assert readable(path) == FRAMES[:complete]
        with Reader(path) as reader:
            assert not reader.finished()
            with pytest.raises(JournalError):
                list(reader.frames())


def test_a_flipped_byte_costs_one_frame_at_most_and_never_changes_another(tmp_path: Path) -> None:
    path = written(tmp_path / "a")
    whole = path.read_bytes()
    for at in range(FIRST_LINE, len(whole)):
        path.write_bytes(whole[:at] + bytes((whole[at] ^ 0x41,)) + whole[at + 1 :])
        found = readable(path)
        assert len(found) >= len(FRAMES) - 1
        assert found == [frame for frame in FRAMES if frame in found]


def test_a_damaged_first_line_makes_it_no_journal_or_an_empty_one(tmp_path: Path) -> None:
    path = written(tmp_path / "a")
    whole = path.read_bytes()
    for at in range(FIRST_LINE):
        path.write_bytes(whole[:at] + bytes((whole[at] ^ 0x20,)) + whole[at + 1 :])
        try:
            assert readable(path) == []
        except JournalError:
            continue


def test_frames_behind_a_stretch_of_zeros_are_found(tmp_path: Path) -> None:
    frames = [(b"%d" % number, bytes(number)) for number in range(2000)]
    path = written(tmp_path / "a", frames)
    whole = bytearray(path.read_bytes())
    whole[500:70_000] = bytes(70_000 - 500)  # longer than a block
    path.write_bytes(whole)
    found = readable(path)
    assert 0 < len(found) < len(frames)
    assert found == [frame for frame in frames if frame in found]
    assert found[-1] == frames[-1]


def test_data_that_looks_like_a_frame_is_not_taken_for_one(tmp_path: Path) -> None:
    other = written(tmp_path / "other", [(b"forged", b"forged")]).read_bytes()[FIRST_LINE:]
    path = written(tmp_path / "a", [(b"real", other), (b"last", b"")])
    whole = bytearray(path.read_bytes())
    whole[FIRST_LINE] ^= 1  # now what follows is searched for marks
    path.write_bytes(whole)
    assert readable(path) == [(b"last", b"")]


@pytest.mark.parametrize(
    "body",
    [
        zstandard.ZstdCompressor().compress(b"x")[:-1],
        b"no zstandard at all",
        b"",
        zstandard.ZstdCompressor(write_content_size=False).compress(b"x"),
        b"\x28\xb5\x2f\xfd\xe0" + (LARGEST + 1).to_bytes(8, "little") + b"\x01\x00\x00",  # RFC 8878: announces its size in 8 bytes
    ],
)
def test_a_body_that_is_no_payload_is_an_error_and_no_more(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "a"
    mark = b"12345678"
    path.write_bytes(MAGIC + mark.hex().encode() + b"\n" + framed(mark, b"head", body))
    with Reader(path) as reader:
        [(at, head)] = reader.heads()
        assert head == b"head"
        with pytest.raises(JournalError):
            reader.frame(at)


def test_a_length_beyond_the_limit_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    fixed = FIXED.pack(b"12345678", 4, LARGEST + 1, 0, 0)
    checksum = crc32(b"head", crc32(fixed[LENGTHS])).to_bytes(4, "little")
    path.write_bytes(MAGIC + b"12345678".hex().encode() + b"\n" + fixed[: LENGTHS.stop] + checksum + b"head")
    assert readable(path) == []


@given(st.binary(max_size=300))
def test_random_bytes_give_nothing_and_raise_nothing_else(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("journal") / "a"
    path.write_bytes(MAGIC + bytes(MARK).hex().encode() + b"\n" + data)
    assert readable(path) == []
    path.write_bytes(data)
    with pytest.raises(JournalError):
        Reader(path)


def test_nothing_is_appended_to_a_file_that_is_there(tmp_path: Path) -> None:
    path = written(tmp_path / "a")
    with pytest.raises(FileExistsError):
        Writer(path)
    assert readable(path) == FRAMES


@pytest.mark.parametrize("head", [b"", bytes(LONGEST_HEAD + 1)])
def test_a_head_that_no_reader_would_take_is_refused(tmp_path: Path, head: bytes) -> None:
    with Writer(tmp_path / "a") as writer, pytest.raises(JournalError, match="limits"):
        writer.append(head, b"")
    assert writer.frames == 0


def test_frames_taken_out_or_put_in_are_noticed_by_their_count(tmp_path: Path) -> None:
    path = written(tmp_path / "a")
    with Reader(path) as reader:
        (first, _), (second, _), *_ = reader.heads()
    whole = path.read_bytes()
    for changed in (whole[:first] + whole[second:], whole[:second] + whole[first:]):
        path.write_bytes(changed)
        with Reader(path) as reader, pytest.raises(JournalError, match="not as many"):
            list(reader.frames())


KILLED = """
import os, signal, sys
from pathlib import Path
from provenance.journal import Writer
writer = Writer(Path(sys.argv[1]))
for number in range(100):
    writer.append(b"%d" % number, bytes(number))
os.kill(os.getpid(), signal.SIGKILL)
"""
FULL = """
import resource, signal, sys
from pathlib import Path
from provenance.journal import Writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with Writer(Path(sys.argv[1])) as writer:
    try:
        for number in range(100):
            writer.append(b"%d" % number, b"")
    except OSError:
        print(writer.frames)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
def test_a_killed_process_loses_nothing_that_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / "a"
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert ended.returncode == -9
    assert readable(path) == [(b"%d" % number, bytes(number)) for number in range(100)]
    with Reader(path) as reader:
        assert not reader.finished()


@pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
def test_a_full_disk_is_an_error_and_what_was_written_before_stays(tmp_path: Path) -> None:
    path = tmp_path / "a"
    said = subprocess.run([sys.executable, "-c", FULL, str(path)], check=True, capture_output=True, text=True).stdout
    assert path.stat().st_size == 1000
    assert readable(path) == [(b"%d" % number, b"") for number in range(int(said))]
    with Reader(path) as reader:
        assert not reader.finished()
