"""A part gives back the results of its shard; one that is cut, damaged or of another audit is refused with what to do."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from fingerprints.model import Chance, Kind, Match, Modality
from provenance import journal
from provenance.errors import UsageError
from provenance.model import Attachment, Excluded, Item, PieceResult, Reuse, Source, Unit, UnitResult, Unread
from provenance.parts import PartHeader, checked, read_part, write_part

HEADER = PartHeader(
    shard=2,
    shards=4,
    plan="ab" * 32,
    registry="cd" * 32,
    policy={"id": "us-107", "version": "1.0.0", "rules": [1, None]},
    settings={"sample": 1.0, "text_columns": ["text"]},
    paths=("data",),
    version="0.1.0",
)
A = "ef" * 32


def piece(number: int) -> PieceResult:
    item = Item("", number, "text", f"#{number}/text", Modality.TEXT, "0" * 64, {"licence": "unknown"})
    match = Match(Modality.TEXT, Kind.VERBATIM, "text/test/1", 0.1, (), 0.5, 1.0, Chance(1e-6, "one", "observed", 3), {"words": 12})
    return PieceResult(
        sha256(b"%d" % number).hexdigest(),
        3,
        100,
        {"text": 2, "other": 1},
        {"text": 1},
        90,
        (Unread("", 1, "bad-record", "no JSON"),),
        (Excluded("no-media", 1, ("README",)),),
        {A: (Reuse(item, "w", "a", match),)},
        (Attachment("F-1.json", b"{}"), Attachment("F-1-item.jpg", bytes(range(256)))),
    )


def unit(name: str, *pieces: PieceResult, start: int | None = None) -> UnitResult:
    return UnitResult(Unit(Source(Path(name), name, 10**12, 17), "jsonl.gz", start, start and start + 9), pieces, reused=len(pieces) // 2)


OUTSIDE = PieceResult("", 0, 0, {"other": 1}, {}, 0, (Unread("", None, "truncated", "the stream ends early"),))
RESULTS = (unit("data/a", piece(1), piece(2), OUTSIDE), unit("data/empty"), unit("data/Größe", piece(3), start=5))


def written(path: Path, header: PartHeader = HEADER) -> Path:
    write_part(path, header, iter(RESULTS))
    return path


def refused(path: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        list(read_part(path)[1])
    assert str(path) in str(caught.value)
    return caught.value


def test_a_part_gives_back_the_header_and_the_results_in_order(tmp_path: Path) -> None:
    header, results = read_part(written(tmp_path / "new" / "2.part"))
    assert header == HEADER
    assert tuple(results) == RESULTS


def test_where_a_file_was_on_the_machine_that_read_it_is_not_written(tmp_path: Path) -> None:
    away = replace(RESULTS[0], unit=replace(RESULTS[0].unit, source=Source(Path("/home/someone/data/a"), "data/a", 1)))
    write_part(tmp_path / "2.part", HEADER, iter([away]))
    [result] = read_part(tmp_path / "2.part")[1]
    assert result.unit.source.file == Path("data/a")


def test_results_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "2.part")
    content = bytearray(path.read_bytes())
    content[-60] ^= 1  # in the last piece
    path.write_bytes(content)
    _, results = read_part(path)
    assert next(results) == RESULTS[0]
    with pytest.raises(UsageError, match="damaged"):
        list(results)


def test_a_part_cut_short_is_noticed_before_anything_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "2.part")
    whole = path.read_bytes()
    for left in (len(whole) - 1, len(whole) - 31, len(whole) // 2):
        path.write_bytes(whole[:left])
        with pytest.raises(UsageError, match="cut short") as caught:
            read_part(path)
        assert caught.value.remedy == "run that shard again: --shard 2/4"


def test_no_flipped_byte_goes_unnoticed(tmp_path: Path) -> None:
    path = written(tmp_path / "2.part")
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes((whole[at] ^ 0x20,)) + whole[at + 1 :])
        assert refused(path).remedy


def test_frames_that_are_not_where_they_belong_are_refused(tmp_path: Path) -> None:
    with journal.Reader(written(tmp_path / "2.part")) as reader:
        header, first, second, *_ = list(reader.frames())
    for name, frames in {"no-unit": (header, second), "no-piece": (header, first, first), "few": (header, first, second)}.items():
        with journal.Writer(tmp_path / name) as writer:
            for head, payload in frames:
                writer.append(head, payload)
        refused(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"{}", b"provenance-journal/1 3132333435363738\n"])
def test_a_file_that_is_no_part_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert "part=FILE" in refused(tmp_path / "x").remedy


@pytest.mark.parametrize("header", [[], {"schema": "provenance-part/9"}, {"schema": "provenance-part/1", "shard": 1}, None])
def test_a_header_of_another_schema_is_refused(tmp_path: Path, header: object) -> None:
    with journal.Writer(tmp_path / "x") as writer:
        writer.append(b"H", orjson.dumps(header))
    refused(tmp_path / "x")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "No such file" in str(refused(tmp_path / "nowhere"))


def test_a_run_that_fails_leaves_the_part_before_it_untouched(tmp_path: Path) -> None:
    def failing() -> Iterator[UnitResult]:
        yield RESULTS[0]
        raise FileNotFoundError(2, "of the run, not of the part")

    path = written(tmp_path / "2.part")
    before = path.read_bytes()
    with pytest.raises(FileNotFoundError):
        write_part(path, HEADER, failing())
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["2.part"]


def test_a_part_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError) as caught:
        written(tmp_path / "file" / "2.part")
    assert caught.value.remedy


# --- parts together ----------------------------------------------------------------------------------------------------------------


def headers(*shards: int) -> list[PartHeader]:
    return [replace(HEADER, shard=shard) for shard in shards]


def test_all_parts_of_an_audit_pass_in_any_order() -> None:
    assert checked(headers(3, 1, 4, 2)) == replace(HEADER, shard=1)


@pytest.mark.parametrize(
    ("shards", "message"),
    [
        ((1, 2, 4), "missing: shard 3/4"),
        ((2,), "missing: shard 1/4, 3/4, 4/4"),
        ((1, 2, 2, 3, 4, 4), "given more than once: shard 2/4, 4/4"),
        ((1, 2, 3, 4, 5), "not a shard: 5/4"),
        ((), "no part"),
    ],
)
def test_missing_and_double_parts_are_named(shards: tuple[int, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        checked(headers(*shards))
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"plan": "00" * 32}, "plan is abab.* in shard 1/4 and 0000.* in shard 2/4"),
        ({"registry": "x"}, "registry"),
        ({"policy": None}, "policy"),
        ({"policy": {**(HEADER.policy or {}), "version": "1.0.1"}}, "policy.version is 1.0.0 in shard 1/4 and 1.0.1 in shard 2/4"),
        ({"settings": {"sample": 0.5, "text_columns": ["text"]}}, "settings.sample is 1.0 .* 0.5"),
        ({"settings": {}}, "settings.sample"),
        ({"paths": ("data", "more")}, "paths"),
        ({"version": "0.2.0"}, "version"),
        ({"shards": 5}, "shards is 4 in shard 1/4 and 5 in shard 2/5"),
    ],
)
def test_what_differs_between_parts_is_named(change: dict[str, object], named: str) -> None:
    one, other, *rest = headers(1, 2, 3, 4)
    with pytest.raises(UsageError, match=named):
        checked([replace(other, **change), one, *rest])  # type: ignore[arg-type]


def test_a_million_missing_parts_are_not_listed_one_by_one() -> None:
    with pytest.raises(UsageError) as caught:
        checked([replace(HEADER, shard=1, shards=10**6)])
    assert str(caught.value) == "missing: shard " + ", ".join(f"{shard}/1000000" for shard in range(2, 12)) + ", …"
