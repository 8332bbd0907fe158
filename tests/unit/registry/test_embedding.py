import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest

from fingerprints.text.semantic.scheme import PREFIX, scheme
from provenance.errors import CapabilityError
from provenance.registry import Registry
from provenance.registry.store import EMBEDDINGS

sys.path.insert(0, str(Path(__file__).parent))  # the processes that embed are given the path, and must find the model's class
import letters

MODEL = letters.Letters()


@pytest.fixture
def filled(registry, shelf):
    registry.add([shelf], jobs=1)
    return registry


def embedded(registry):
    """Ids of the assets in the shard of embeddings."""
    from fingerprints import shard

    held = registry.snapshot().embeddings
    return set(shard.head(held[1]).assets) if held else set()


def on_disk(registry, needle):
    return [path for path in sorted(registry.path.rglob("*")) if path.is_file() and needle in path.read_bytes()]


def test_text_works_are_embedded_once_and_the_registry_is_whole(filled):
    assert filled.snapshot().embeddings is None
    first = filled.embed(MODEL, jobs=1)
    assert (first.assets, first.unchanged, first.absent) == (2, 0, ())
    before = filled.snapshot()
    assert before.embeddings[0] == MODEL.scheme
    assert embedded(filled) == set(before.assets)
    again = filled.embed(MODEL, jobs=1)
    assert (again.assets, again.unchanged) == (0, 2)
    assert filled.snapshot() == before
    assert filled.verify() == ()


def test_new_works_are_embedded_next_time_and_other_changes_keep_what_is_there(filled, tmp_path, prose):
    filled.embed(MODEL, jobs=1)
    before = filled.snapshot().embeddings
    (tmp_path / "works" / "third.txt").write_text(prose(7), encoding="utf-8")
    filled.add([tmp_path / "works"], jobs=1)
    filled.set(next(filled.works()).id, "counsel", genre="novel")
    assert filled.snapshot().embeddings == before
    assert filled.embed(MODEL, jobs=1).assets == 1
    assert embedded(filled) == set(filled.snapshot().assets)
    assert len(embedded(filled)) == 3


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_file_that_is_not_there_unchanged_is_listed_and_embedded_when_it_is_back(filled, shelf, harm):
    file = shelf / "first.txt"
    content = file.read_bytes()
    file.unlink() if harm == "gone" else file.write_bytes(content + b"!")
    done = filled.embed(MODEL, jobs=1)
    assert done.assets == 1
    assert [(absent.file, absent.reason) for absent in done.absent] == [(str(file), "unreadable" if harm == "gone" else "changed")]
    file.write_bytes(content)
    assert filled.embed(MODEL, jobs=1).assets == 1
    assert len(embedded(filled)) == 2


def test_another_model_replaces_the_embeddings(filled):
    filled.embed(MODEL, jobs=1)
    other = letters.Letters(scheme("letters", "1"))
    assert filled.embed(other, jobs=1).assets == 2
    assert filled.snapshot().embeddings[0] == other.scheme
    assert {one for one, *_ in filled._store._rows("SELECT DISTINCT scheme FROM fingerprints") if one.startswith(PREFIX)} == {other.scheme}


def test_a_removed_work_is_no_asset_any_more_and_compaction_drops_its_embeddings(filled):
    filled.embed(MODEL, jobs=1)
    work = next(filled.works())
    filled.remove(work.id, "notice")
    assert work.assets[0].id in embedded(filled) - set(filled.snapshot().assets)
    filled.compact(jobs=1)
    assert embedded(filled) == set(filled.snapshot().assets)
    assert filled.verify() == ()


def test_after_a_purge_no_embedding_of_the_work_is_anywhere_in_the_registry(filled):
    filled.embed(MODEL, jobs=1)
    work = next(filled.works())
    asset = work.assets[0].id
    packed = filled._store.fingerprint(asset, MODEL.scheme)
    [codes] = (filled.snapshot().embeddings[1] / name for name in ["hot-codes.npy"])
    row = np.load(codes)[sorted(embedded(filled)).index(asset) * len(np.load(codes)) // 2].tobytes()
    assert on_disk(filled, packed[-60:-20])
    assert on_disk(filled, row)
    filled.remove(work.id, "notice")
    filled.compact(purge=True, jobs=1)
    assert on_disk(filled, packed[-60:-20]) == []
    assert on_disk(filled, row) == []
    assert on_disk(filled, asset.encode()) == []


def test_when_the_last_work_is_purged_there_are_no_embeddings(filled):
    filled.embed(MODEL, jobs=1)
    for work in tuple(filled.works()):
        filled.remove(work.id, "notice")
    filled.compact(purge=True, jobs=1)
    assert filled.snapshot().embeddings is None
    assert filled._store.embedding_scheme() is None


def test_damaged_embeddings_are_noticed_and_the_shard_is_made_again_without_the_files(filled, shelf):
    filled.embed(MODEL, jobs=1)
    before = filled.snapshot()
    file = before.embeddings[1] / "hot-codes.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"\x55")
    (problem,) = filled.verify()
    assert "hot-codes" in problem
    for work in shelf.iterdir():
        work.unlink()
    assert filled.verify(rebuild=True, jobs=1) == ()
    assert filled.snapshot() == before


def test_a_model_that_cannot_be_loaded_stops_with_its_remedy_and_changes_nothing(filled):
    before = filled.snapshot()
    with pytest.raises(CapabilityError, match="gone") as raised:
        filled.embed(letters.Letters(refuse=True), jobs=1)
    assert raised.value.remedy == "put it back"
    assert filled.snapshot() == before


def test_an_interrupted_run_goes_on_where_it_was(filled, monkeypatch):
    from provenance.registry import embedding

    monkeypatch.setattr(embedding, "KEEP_SECONDS", 0.0)
    told = []

    def stop(done, total):
        told.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled.embed(MODEL, jobs=1, progress=stop)
    assert told == [(1, 2)]
    done = filled.embed(MODEL, jobs=1)
    assert (done.assets, done.unchanged) == (1, 1)
    assert len(embedded(filled)) == 2


def test_a_snapshot_without_embeddings_that_an_earlier_version_wrote_is_read(filled):
    import orjson

    from provenance.registry import snapshot

    before = filled.snapshot()
    fields = orjson.loads((before.directory / f"{before.digest}.json").read_bytes())
    del fields["embeddings"]
    content = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(content).hexdigest()
    (before.directory / f"{digest}.json").write_bytes(content)
    (before.directory / "CURRENT").write_text(f"{digest}\n")
    assert snapshot.read(filled.path).shards == before.shards


def test_the_registry_knows_the_schemes_of_embeddings_by_the_same_prefix():
    assert EMBEDDINGS == PREFIX


def test_processes_embed_what_one_does(filled, tmp_path, shelf):
    filled.embed(MODEL, jobs=2)
    with Registry.init(tmp_path / "other") as other:
        other.add([shelf], jobs=1)
        other.embed(MODEL, jobs=1)
        assert other.snapshot().embeddings[1].name == filled.snapshot().embeddings[1].name
