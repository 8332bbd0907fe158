"""Shards in tiers: additions are deltas, merges are few, compaction leaves nothing of what was removed."""

import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprints import shard
from fingerprints.model import Modality
from fingerprints.schemes import SCHEMES
from provenance.errors import RegistryError
from provenance.registry import Registry, publish, snapshot
from provenance.registry.database import FILE
from provenance.registry.tiers import MOST_SHARDS, merged, planned


def write(shelf, prose, number):
    path = shelf / f"more{number}.txt"
    path.write_text(prose(100 + number), encoding="utf-8")
    return path


def held(registry):
    """By shard, the files of the assets in it."""
    pinned = registry.snapshot()
    return {directory.name: shard.head(directory).assets for directory in pinned.shards.get(Modality.TEXT, ())}


@given(st.lists(st.integers(1, 50), max_size=60))
def test_there_are_never_more_shards_than_tiers_and_every_asset_is_in_one(additions):
    shards, wanted = {}, []
    for number, count in enumerate(additions):
        wanted += [f"{number:03}-{n}" for n in range(count)]
        plan = planned(shards, wanted)
        shards = {name: shards[name] for name in plan.kept} | {f"s{number}": plan.built}
        assert len(shards) <= MOST_SHARDS
        assert sorted(asset for assets in shards.values() for asset in assets) == sorted(wanted)


def test_a_thousand_single_additions_build_an_asset_anew_a_few_times_only():
    sizes, built = [10_000], 0
    for _ in range(1000):
        sizes.sort()
        count = merged(sizes, 1)
        sizes = [*sizes[count:], 1 + sum(sizes[:count])]
        built += sizes[-1]
    assert max(sizes) >= 10_000
    assert built < 15_000  # rebuilding the modality each time would be ten million


def test_a_merge_leaves_removed_assets_out():
    large = tuple(f"0{number:02}" for number in range(50))
    plan = planned({"a": large, "b": ("6",), "c": ("7",), "d": ("8",)}, [*large, "7", "8", "9"])
    assert plan.kept == ("a",)
    assert plan.built == ("7", "8", "9")


def test_an_addition_builds_a_shard_of_the_new_assets_alone(registry, shelf, prose):
    registry.add([shelf], jobs=1)
    before = held(registry)
    registry.add([write(shelf, prose, 1)], jobs=1)
    after = held(registry)
    assert [len(after[name]) for name in after] == [2, 1]
    assert before.items() <= after.items()
    assert registry.verify() == ()


def test_several_shards_have_one_filter_and_a_single_one_has_none(registry, shelf, prose):
    registry.add([shelf], jobs=1)
    assert snapshot.current(registry.path)[1].filters == ()
    for number in range(6):
        registry.add([write(shelf, prose, number)], jobs=1)
        manifest = snapshot.current(registry.path)[1]
        assert len(manifest.shards) <= MOST_SHARDS
        assert len(manifest.filters) == (len(manifest.shards) > 1)
    assert registry.verify() == ()


def test_the_same_additions_give_the_same_shards_in_the_same_order(tmp_path, shelf, prose):
    names = []
    for folder in ("one", "other"):
        with Registry.init(tmp_path / folder) as registry:
            for number in range(7):
                registry.add([write(shelf, prose, number)], jobs=1)
            names.append([path.name for path in registry.snapshot().shards[Modality.TEXT]])
    assert names[0] == names[1]


def test_a_removal_writes_the_manifest_alone_and_it_does_not_grow_with_the_registry(registry, shelf, prose, monkeypatch):
    monkeypatch.setattr(publish, "MOST_CHANGED", 3)
    registry.add([shelf, *(write(shelf, prose, number) for number in range(8))], jobs=1)
    before = {path.name for path in (registry.path / snapshot.FOLDER).iterdir()}
    digest, manifest = snapshot.current(registry.path)
    assert manifest.works is not None
    assert not manifest.changed
    removed = next(iter(registry.works()))
    registry.remove(removed.id, "notice")
    digest, manifest = snapshot.current(registry.path)
    assert {path.name for path in (registry.path / snapshot.FOLDER).iterdir()} - before == {f"{digest}.json"}
    assert manifest.changed == {removed.assets[0].id: ()}
    assert registry.snapshot().assets.keys() == {asset.id for work in registry.works() for asset in work.assets}
    assert registry.verify() == ()


def test_what_an_interrupted_addition_registered_is_in_the_next_snapshot_whatever_makes_it(registry, shelf, prose, monkeypatch):
    registry.add([shelf], jobs=1)

    def crash(*_):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(publish, "_write", crash)
        with pytest.raises(SystemExit):
            registry.add([write(shelf, prose, 1)], jobs=1)
    assert len(registry.snapshot().assets) == 2
    registry.set(next(iter(registry.works())).id, "counsel", genre="novel")
    assert len(registry.snapshot().assets) == 3
    assert registry.verify() == ()


def test_compaction_makes_one_shard_without_removed_works_and_keeps_their_records(registry, shelf, prose):
    for number in range(3):
        registry.add([write(shelf, prose, number)], jobs=1)
    first, *others = registry.works()
    registry.remove(first.id, "notice 3")
    assert registry.compact(jobs=1) == 0
    assert [set(assets) for assets in held(registry).values()] == [{work.assets[0].id for work in others}]
    assert registry.snapshot().erased == frozenset()
    assert "notice 3" in registry.removal(first.id)
    assert registry.verify() == ()
    again = registry.snapshot()
    registry.compact(jobs=1)
    assert registry.snapshot() == again


def test_compaction_of_a_registry_whose_works_were_all_removed_leaves_no_shard(registry, shelf):
    registry.add([shelf], jobs=1)
    for work in tuple(registry.works()):
        registry.remove(work.id, "notice")
    registry.compact(jobs=1)
    assert dict(registry.snapshot().shards) == {}
    assert registry.verify() == ()


def test_a_purge_leaves_no_byte_of_a_removed_work_in_any_file(registry, shelf):
    secret = "Sesquipedalian Zephyr"
    row = shelf.parent / "works.csv"
    row.write_text(f"file,work_id,title,rights_holder\nworks/first.txt,w-secret,{secret},Holder Q\nworks/second.txt,w2,Kept,Holder K\n")
    registry.add([], row, jobs=1)
    asset = registry.work("w-secret").assets[0].id
    scheme = SCHEMES[Modality.TEXT].name
    fingerprint = registry._store.fingerprint(asset, scheme)
    traces = [secret.encode(), b"w-secret", b"Holder Q", asset.encode(), fingerprint[-64:], b"first.txt", b"the 4th notice"]

    def left():
        content = b"".join(path.read_bytes() for path in registry.path.rglob("*") if path.is_file())
        return [trace for trace in traces if trace in content]

    registry.remove("w-secret", "the 4th notice")
    assert left() == traces
    entries = registry._store.entry()
    assert registry.compact(purge=True, jobs=1) == 1
    assert left() == []
    assert registry.verify() == ()
    assert registry._store.entry() == entries + 1
    assert [work.title for work in registry.works()] == ["Kept"]
    assert registry.removal("w-secret") is None
    assert registry.add([shelf / "first.txt"], jobs=1).works, "nothing is left by which the work could be known again"


def test_a_file_that_a_purged_work_shared_with_another_stays(registry, shelf):
    row = shelf.parent / "works.csv"
    row.write_text("file,work_id\nworks/first.txt,w1\nworks/first.txt,w2\n")
    registry.add([], row, jobs=1)
    registry.remove("w1", "notice")
    registry.compact(purge=True, jobs=1)
    assert list(registry.snapshot().assets.values()) == [("w2",)]
    assert registry.verify() == ()


def test_a_purge_says_so_while_a_reader_keeps_an_older_state_alive(registry, shelf):
    registry.add([shelf], jobs=1)
    registry.remove(next(iter(registry.works())).id, "notice")
    registry._store._rows("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(registry.path / FILE)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM works").fetchone()
        with pytest.raises(RegistryError, match="another process reads") as raised:
            registry.compact(purge=True, jobs=1)
    assert "again" in raised.value.remedy
    assert registry.compact(purge=True, jobs=1) == 0
    assert (registry.path / f"{FILE}-wal").stat().st_size == 0


def test_a_registry_of_the_first_version_is_brought_to_this_one_with_its_log(registry, shelf):
    registry.add([shelf], jobs=1)
    registry.close()
    with closing(sqlite3.connect(registry.path / FILE, isolation_level=None)) as old:
        old.executescript(
            """
            CREATE TABLE before AS SELECT * FROM log; DROP TABLE log;
            CREATE TABLE log (entry INTEGER PRIMARY KEY, time TEXT NOT NULL,
                action TEXT NOT NULL CHECK (action IN ('init', 'add', 'set', 'remove')),
                work TEXT, content TEXT, previous TEXT NOT NULL) STRICT;
            INSERT INTO log SELECT * FROM before; DROP TABLE before;
            DROP INDEX works_by_removal; DROP INDEX files_by_entry; DROP INDEX statements_by_entry;
            PRAGMA user_version = 1;"""
        )
    for _ in range(2):
        with Registry.open(registry.path) as opened:
            assert opened.verify() == ()
    with Registry.open(registry.path) as opened:
        opened.remove(next(iter(opened.works())).id, "notice")
        assert opened.compact(purge=True, jobs=1) == 1
        assert opened.verify() == ()
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            opened._store._rows("DELETE FROM log")


def test_a_full_disk_is_an_error_with_a_remedy_and_loses_nothing(registry, shelf, prose, monkeypatch):
    registry.add([shelf], jobs=1)
    before = registry.snapshot()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(publish, "_settle", full)
        with pytest.raises(RegistryError, match="No space left") as raised:
            registry.add([write(shelf, prose, 1)], jobs=1)
    assert "again" in raised.value.remedy
    assert registry.snapshot() == before
    registry.add([write(shelf, prose, 1)], jobs=1)
    assert registry.verify() == ()


@pytest.mark.parametrize("modality", list(SCHEMES), ids=str)
def test_every_array_of_every_shard_is_in_the_description_of_the_format(modality, tmp_path):
    described = (Path(__file__).parents[3] / "docs" / "index-format.md").read_text(encoding="utf-8")
    SCHEMES[modality].builder().write(tmp_path / "s")
    assert [name for name in shard.head(tmp_path / "s").arrays if f"`{name}`" not in described] == []


def test_a_purge_whose_publication_was_interrupted_is_in_the_next_snapshot(registry, shelf):
    registry.add([shelf], jobs=1)
    first, second = registry.works()
    with registry._store.transaction():  # a removal and a purge that ended before they were published
        registry._store.remove(first.id, "notice")
        registry._store.purge()
    registry.set(second.id, "counsel", genre="novel")
    assert list(held(registry).values()) == [(second.assets[0].id,)]
    assert registry.snapshot().assets.keys() == {second.assets[0].id}
    assert registry.verify() == ()
