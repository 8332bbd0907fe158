import sqlite3
from pathlib import Path

import pytest

from fingerprints.model import Modality
from provenance.errors import RegistryError
from provenance.registry import Registry, publish, snapshot


def flip(path: Path, position: int = -1) -> None:
    """Changes one byte."""
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


def a_shard_file(registry):
    (shard,) = registry.snapshot().shards[Modality.TEXT]
    return max(shard.iterdir(), key=lambda file: file.stat().st_size)


@pytest.fixture
def filled(registry, shelf, write):
    registry.add([], write("file,work_id,title\nworks/first.txt,w1,Ä\nworks/second.txt,w2,B\n"), jobs=1)
    return registry


def test_a_new_registry_has_an_empty_snapshot(registry):
    empty = registry.snapshot()
    assert (dict(empty.shards), empty.erased, dict(empty.assets)) == ({}, frozenset(), {})
    assert registry.verify() == ()


def test_a_shard_is_named_by_its_contents_and_equal_works_give_equal_shards(filled, tmp_path, shelf):
    with Registry.init(tmp_path / "other") as other:
        other.add([shelf], jobs=1)
        names = [[path.name for path in one.snapshot().shards[Modality.TEXT]] for one in (filled, other)]
        assert names[0] == names[1]


def test_a_flipped_byte_in_a_shard_is_noticed_and_mended(filled):
    before = filled.snapshot()
    flip(a_shard_file(filled))
    (problem,) = filled.verify()
    assert "damaged" in problem
    assert filled.verify(rebuild=True, jobs=1) == ()
    assert filled.snapshot() == before


@pytest.mark.parametrize("harm", ["missing", "shorter"])
def test_an_index_with_a_file_missing_or_cut_is_refused(filled, harm):
    file = a_shard_file(filled)
    content = file.read_bytes()
    file.unlink()
    if harm == "shorter":
        file.write_bytes(content[:-1])
    with pytest.raises(RegistryError, match="the index is damaged") as raised:
        filled.snapshot()
    assert "--rebuild" in raised.value.remedy
    assert filled.verify(rebuild=True, jobs=1) == ()


def test_a_changed_manifest_is_refused_and_nothing_is_built_on_it(filled):
    before = filled.snapshot()
    flip(before.directory / f"{before.digest}.json")
    for use in (filled.snapshot, lambda: filled.set("w1", "counsel", genre="novel")):
        with pytest.raises(RegistryError, match="manifest"):
            use()
    assert filled.verify(rebuild=True, jobs=1) == ()
    assert filled.snapshot().shards == before.shards


@pytest.mark.parametrize("moment", ["_take_place", "_write", "_settle"])
def test_a_crash_before_the_switch_leaves_the_old_snapshot(registry, shelf, monkeypatch, moment):
    registry.add([shelf / "first.txt"], jobs=1)
    before = registry.snapshot()

    def crash(*_):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(publish, moment, crash)
        with pytest.raises(SystemExit):
            registry.add([shelf / "second.txt"], jobs=1)
    assert registry.snapshot() == before
    assert any("not in the index" in problem for problem in registry.verify())
    registry.add([shelf], jobs=1)
    assert registry.verify() == ()
    assert len(registry.snapshot().assets) == 2
    assert not [path for path in before.directory.iterdir() if path.name.startswith(".")]


def test_the_replaced_snapshot_stays_for_its_readers_and_older_ones_go(registry, shelf, prose):
    seen = []
    for number in range(4):
        path = shelf / f"more{number}.txt"
        path.write_text(prose(20 + number), encoding="utf-8")
        registry.add([path], jobs=1)
        seen.append(registry.snapshot())
    exists = [one.shards[Modality.TEXT][0].is_dir() and (one.directory / f"{one.digest}.json").is_file() for one in seen]
    assert exists == [False, False, True, True]


def test_the_scanner_finds_what_was_registered_and_not_what_was_removed(filled, shelf):
    import pyarrow as pa

    from fingerprints.model import Hit, MediaBatch
    from fingerprints.schemes import SCHEMES

    def found():
        pinned = filled.snapshot()
        scanner = SCHEMES[Modality.TEXT].open(pinned.shards[Modality.TEXT], pinned.erased)
        items = [(shelf / name).read_text(encoding="utf-8") for name in ("first.txt", "second.txt")]
        hits = scanner.scan(MediaBatch(Modality.TEXT, pa.array(items, pa.large_string())))
        return {(hit.position, pinned.assets[hit.asset]) for hit in hits if isinstance(hit, Hit)}

    assert found() == {(0, ("w1",)), (1, ("w2",))}
    filled.remove("w1", "notice 3")
    assert found() == {(1, ("w2",))}


def tamper(registry, statement):
    """Changes the database behind the program's back."""
    connection = sqlite3.connect(registry.path / "registry.sqlite")
    connection.executescript(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP TRIGGER log_is_never_changed; UPDATE log SET time = '2020' WHERE entry = 2", "does not continue"),
        ("DROP TRIGGER log_is_never_cut; DELETE FROM log WHERE entry = 2", "does not continue"),
        ("DROP TRIGGER log_is_never_cut; DELETE FROM log WHERE entry = 3", "made before the log's newest entry"),
        ("UPDATE statements SET value = '\"Ö\"' WHERE value = '\"Ä\"'", "was changed afterwards"),
        ("DELETE FROM statements WHERE work = 'w1'", "was changed afterwards"),
        ("UPDATE works SET id = 'w9' WHERE id = 'w2'", "its id was changed"),
        ("DELETE FROM files WHERE work = 'w2'", "otherwise than the registry does"),
    ],
)
def test_a_change_behind_the_program_s_back_is_noticed(filled, statement, said):
    tamper(filled, statement)
    assert any(said in problem for problem in filled.verify())


def test_the_log_refuses_to_be_changed_and_names_no_work(filled):
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        tamper(filled, "UPDATE log SET action = 'set'")
    assert not any("w1" in str(row) for row in filled._store._rows("SELECT * FROM log"))


FLIPPED = "UPDATE fingerprints SET value = CAST(substr(value, 1, length(value) - 1) || x'01' AS BLOB)"


def test_a_flipped_byte_in_a_stored_fingerprint_is_noticed_and_mended_from_the_file(filled):
    before = filled.snapshot()
    tamper(filled, FLIPPED)
    assert sum("stored fingerprint" in problem for problem in filled.verify()) == 2
    assert filled.verify(rebuild=True, jobs=1) == ()
    assert filled.snapshot().shards == before.shards


def test_a_damaged_fingerprint_whose_file_is_gone_is_never_built_into_an_index(filled, shelf):
    tamper(filled, FLIPPED)
    (shelf / "first.txt").unlink()
    assert any("not in the index" in problem for problem in filled.verify(rebuild=True, jobs=1))
    assert [one.reason for one in filled.unmatchable()] == ["pending"]


def test_a_database_that_is_none_is_refused(tmp_path):
    (tmp_path / "registry.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(RegistryError, match="damaged or cannot be read"):
        Registry.open(tmp_path)
    (tmp_path / "registry.sqlite").unlink()
    sqlite3.connect(tmp_path / "registry.sqlite").execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(RegistryError, match="another program"):
        Registry.open(tmp_path)


def test_damaged_pages_of_the_database_are_noticed(filled):
    filled.close()
    database = filled.path / "registry.sqlite"
    content = bytearray(database.read_bytes())
    for page in range(2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 8] = b"\xff" * 8
    database.write_bytes(content)
    with Registry.open(filled.path) as opened:
        assert opened.verify()


def test_a_snapshot_of_another_version_is_refused(filled, monkeypatch):
    monkeypatch.setattr(snapshot, "SCHEMA", "provenance-snapshot/3")
    with pytest.raises(RegistryError, match="another version"):
        filled.snapshot()
