"""The Ray engine on a cluster of this machine: nodes come and go, workers die, and the results are those of one process."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from uuid import uuid4

import pytest

from fingerprints import shard
from fingerprints.model import Modality
from fingerprints.schemes import Scheme
from provenance.engines import local, shipment
from provenance.engines import ray as engine
from provenance.engines.task import ScanTask
from provenance.errors import CapabilityError, RegistryError, UsageError
from provenance.readers import jsonl
from provenance.readers.plan import WHOLE, plan

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'provenance-audit[ray]'")
pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Ray leaves the pipes and logs of its processes to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
NEEDLES = Path(__file__).parents[1] / "unit" / "engines"
PATH = {"PYTHONPATH": f"{NEEDLES}:{Path(__file__).parents[2]}"}
NODE = {"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False}
SMALL = 1000  # bytes of a unit


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two nodes of one CPU each, which have folders of their own for what they keep, as if they were two machines."""
    from ray.cluster_utils import Cluster

    sys.path.insert(0, str(NEEDLES))
    mark = {"PROVENANCE_TEST": uuid4().hex}
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    started = Cluster()
    for number in range(2):
        started.add_node(**NODE, env_vars={**PATH, **mark, "TMPDIR": str(tmp_path_factory.mktemp(f"node{number}"))})
    ray.init(address=started.address, log_to_driver=False, logging_level="ERROR")
    yield started
    ray.shutdown()
    started.shutdown()
    sys.path.remove(str(NEEDLES))
    assert all_gone(mark)


@pytest.fixture
def task(tmp_path, cluster):
    import needles

    schemes = {modality: Scheme(modality, "needles", {}) for modality in Modality}
    return ScanTask({Modality.TEXT: (needles.write(tmp_path / "shard", a="needle"),)}, {"a": ("work",)}, schemes=schemes)


@pytest.fixture
def units(tmp_path, monkeypatch):
    """Ranges of a few records each; ``orders`` are texts that the scanner of the tests obeys, by record."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jsonl, "RANGE", SMALL)
    monkeypatch.setattr(engine, "MANY", 2)

    def make(orders=None, count=300):
        texts = [(orders or {}).get(i, f"{i} a needle" if i % 10 == 3 else f"{i} words") for i in range(count)]
        Path("a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        return plan(["a.jsonl"]).units

    return make


def ordered(results):
    return sorted(results, key=lambda result: (result.unit.format == WHOLE, result.unit.start or 0))


def test_results_are_those_of_one_process_and_each_is_told(task, units):
    planned, told = units(), []
    results = list(engine.run(planned, task, on_piece=lambda unit, piece, known: told.append((unit, piece)) or piece))
    assert ordered(results) == list(local.run(planned, task, 0))
    assert sorted(map(repr, told)) == sorted(repr((result.unit, piece)) for result in results for piece in result.pieces)


def test_no_units_are_no_results(task):
    assert list(engine.run((), task)) == []


def test_a_lost_node_costs_nothing(task, units, cluster, tmp_path):
    node = cluster.add_node(**NODE, env_vars=PATH)
    planned = units({i: f"{i} NAP needle" for i in range(0, 300, 4)})
    results = []
    for result in engine.run(planned, task):
        results.append(result)
        if len(results) == 4:
            cluster.remove_node(node, allow_graceful=False)
    assert ordered(results) == list(local.run(planned, task, 0))


def test_a_worker_killed_from_outside_costs_nothing(task, units, tmp_path):
    planned = units({100: f"KILL-ONCE {tmp_path / 'one'} words", 250: f"KILL-ONCE {tmp_path / 'two'} words"})
    results = ordered(engine.run(planned, task))
    assert (tmp_path / "one").exists()
    assert (tmp_path / "two").exists()
    assert results == list(local.run(planned, task, 0))


def test_a_unit_that_kills_its_workers_is_unread_and_the_rest_is_not(task, units):
    expected = list(local.run(units(), task, 0))
    planned = units({100: "KILL-ALWAYS"})
    results = ordered(engine.run(planned, task))
    assert [result.unit for result in results] == list(planned)
    (dead,) = [result for result in results if any(piece.unread for piece in result.pieces)]
    assert [unread.reason for piece in dead.pieces for unread in piece.unread] == ["worker-died"]
    assert sum(len(result.pieces[0].reuses) for result in results) >= len(expected) - 2


def test_what_stops_the_run_in_a_worker_stops_it_here_as_itself(task, units):
    unknown = ScanTask(task.shards, {}, schemes=task.schemes)
    with pytest.raises(RegistryError, match="an asset that the registry does not") as caught:
        list(engine.run(units(), unknown))
    assert "verify" in caught.value.remedy
    with pytest.raises(ZeroDivisionError, match="a bug in a scanner") as bug:
        list(engine.run(units({5: "RAISE"}), task))
    assert type(bug.value) is ZeroDivisionError
    assert "needles.py" in bug.value.__notes__[0]


def test_giving_up_early_ends_the_task_at_work(task, units, tmp_path):
    results = engine.run(units({200: f"SLEEP {tmp_path / 'pid'} words"}), task)
    next(results)
    deadline = time.monotonic() + 20
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        next(results)
        assert time.monotonic() < deadline
    pid = int((tmp_path / "pid").read_text())
    results.close()
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_node_that_does_not_reach_the_index_gets_it_once(task, units, cluster, tmp_path):
    planned = units({i: f"{i} NAP needle" for i in range(0, 300, 4)} | {100: f"KILL-ONCE {tmp_path / 'one'} words"})
    (folder,) = task.shards[Modality.TEXT]
    digest = shard.digest(folder)
    folder.rename(tmp_path / digest)
    opened = os.open(tmp_path, os.O_RDONLY)
    try:  # a path that means this folder in this process and nothing in another one
        hidden = ScanTask({Modality.TEXT: (Path(f"/proc/self/fd/{opened}/{digest}"),)}, task.assets, schemes=task.schemes)
        results = ordered(engine.run(planned, hidden))
    finally:
        os.close(opened)
    kept = [sorted(path.name for path in Path(node).glob("provenance-index-*/*")) for node in folders(cluster)]
    assert kept == [sorted([digest, "lock"])] * 2
    assert results == list(local.run(planned, ScanTask({Modality.TEXT: (tmp_path / digest,)}, task.assets, schemes=task.schemes), 0))


def folders(cluster):
    return [node._ray_params.env_vars["TMPDIR"] for node in cluster.list_all_nodes()]


@pytest.fixture
def parcels(tmp_path):
    """A shard and a filter beside it, packed as themselves."""
    import numpy as np

    built = tmp_path / "built"
    shard.write(built, "test/1", ("a",), {"x": np.arange(1000)}, {})
    built.rename(folder := tmp_path / shard.digest(built))
    shard.write(built, "test/1", (), {"filter": np.arange(10)}, {}, {"shards": [folder.name]})
    built.rename(tmp_path / f"{shard.FILTER}{shard.digest(built)}")
    return shipment.packed({Modality.TEXT: (folder,)}, lambda chunk: chunk)


def test_workers_of_one_machine_fetch_an_index_once(parcels, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fetched, homes = [], []

    def fetch(chunk):
        time.sleep(0.01)
        fetched.append(chunk)
        return chunk

    threads = [threading.Thread(target=lambda: homes.append(shipment.unpacked(parcels, fetch))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(parcels) == 2
    assert len(fetched) == sum(len(parcel.files) for parcel in parcels) == 4
    (home,) = set(homes)
    for parcel in parcels:
        assert shipment.at_hand({Modality.TEXT: [home / parcel.name]})
    assert home.stat().st_mode & 0o777 == 0o700


def test_an_index_cut_short_on_a_node_is_fetched_again(parcels, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    home = shipment.unpacked(parcels, bytes)
    (array,) = home.glob("*/hot-x.npy")
    os.truncate(array, 100)
    assert shipment.unpacked(parcels, bytes) == home
    assert shipment.at_hand({Modality.TEXT: [array.parent]})


def test_what_no_run_used_for_a_week_and_what_was_left_half_built_is_deleted(parcels, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    home = shipment.unpacked(parcels, bytes)
    for name, age in (("old", 8), ("recent", 6), (".building-1", 0)):
        (home / name).mkdir()
        os.utime(home / name, (time.time() - age * 86400,) * 2)
    shipment.unpacked(parcels, bytes)
    assert {path.name for path in home.iterdir()} == {"lock", "recent", *(parcel.name for parcel in parcels)}


def test_a_folder_that_others_can_open_is_refused(parcels, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"provenance-index-{os.getuid()}").mkdir(mode=0o755)
    with pytest.raises(CapabilityError, match="its owner alone"):
        shipment.unpacked(parcels, bytes)


def test_small_neighbours_share_a_task_and_large_units_do_not(tmp_path):
    for number, size in enumerate([10] * 40 + [2 << 20, 10, 10, 2 << 20]):
        (tmp_path / f"{number:02}.txt").write_text("x" * size)
    batches = [len(trial.units) for trial in engine._batches(plan([tmp_path]).units)]
    assert batches == [32, 8, 1, 2, 1]


def test_an_audit_on_ray_is_the_audit_of_one_process_and_leaves_no_process(registry, jsonl, tmp_path):
    story = (registry.parent / "story.txt").read_text(encoding="utf-8")
    data = jsonl(tmp_path / "a.jsonl", [f"{number} {story}" for number in range(20)])
    digests, mark = [], uuid4().hex
    command = Path(sys.executable).with_name("provenance")
    for chosen in ("local", "ray"):
        done = subprocess.run(
            [command, "audit", data, "--registry", registry, "--engine", chosen, "--jobs", "1", "--no-cache", "-o", f"json={chosen}.json"],
            cwd=tmp_path,
            env=os.environ | {"PROVENANCE_TEST": mark, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        digests.append((json.loads((tmp_path / f"{chosen}.json").read_text())["run"]["digest"], done.stdout, done.returncode))
    assert digests[0] == digests[1]
    assert all_gone({"PROVENANCE_TEST": mark})


@pytest.mark.parametrize(("address", "error"), [("ray://head:10001", UsageError), ("127.0.0.1:1", CapabilityError)])
def test_a_cluster_that_cannot_be_reached_is_named(address, error):
    script = f"from provenance.engines import ray, task\nlist(ray.run((), task.ScanTask({{}}, {{}}), {address!r}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert f"provenance.errors.{error.__name__}" in done.stderr
    assert address in done.stderr.splitlines()[-1]


def all_gone(mark, patience=10):
    """True as soon as no process is left that was started with this in its environment."""
    ((name, value),) = mark.items()
    sought, deadline = f"{name}={value}".encode(), time.monotonic() + patience
    while any(sought in environment(pid) for pid in Path("/proc").glob("[0-9]*")):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def environment(pid):
    try:
        return (pid / "environ").read_bytes()
    except OSError:
        return b""
