import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from fingerprints.model import Modality
from fingerprints.schemes import Scheme
from provenance.engines import local
from provenance.engines.task import ScanTask
from provenance.errors import CapabilityError, RegistryError
from provenance.located import located
from provenance.readers import jsonl
from provenance.readers.plan import WHOLE, plan

HERE = Path(__file__).parent


@pytest.fixture
def task(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    import needles

    shard = needles.write(tmp_path / "shard", a="needle")
    schemes = {modality: Scheme(modality, "needles", {}) for modality in Modality}
    return ScanTask({Modality.TEXT: (shard,)}, {"a": ("work",)}, schemes=schemes)


@pytest.fixture
def units(tmp_path, monkeypatch):
    """Ranges of a few records each; ``orders`` are texts that the scanner of the tests obeys, by record."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jsonl, "RANGE", 1000)

    def make(orders=None, count=300):
        texts = [(orders or {}).get(i, f"{i} a needle" if i % 10 == 3 else f"{i} words") for i in range(count)]
        Path("a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        return plan(["a.jsonl"]).units

    return make


def ordered(results):
    return sorted(results, key=lambda result: (result.unit.format == WHOLE, result.unit.start or 0))


def reuses(results):
    return [reuse for result in located(results, [result.unit for result in results]) for reuse in result.reuses]


def test_one_worker_and_two_and_none_give_the_same(task, units):
    planned = units()
    assert len(planned) > 5
    here = list(local.run(planned, task, 0))
    assert [reuse.item.record for reuse in reuses(here)] == list(range(3, 300, 10))
    assert ordered(local.run(planned, task, 1)) == ordered(local.run(planned, task, 2)) == here


def test_each_result_is_told_as_it_comes(task, units):
    told = []
    results = list(local.run(units(), task, 1, lambda unit, piece, known: told.append((unit, piece)) or piece))
    assert told == [(result.unit, piece) for result in results for piece in result.pieces]


def test_no_units_are_no_results(task):
    assert list(local.run((), task, 2)) == []


def test_a_unit_that_kills_its_worker_is_unread_and_the_rest_is_not(task, units):
    planned = units({100: "KILL-ALWAYS"})
    results = ordered(local.run(planned, task, 2))
    assert [result.unit for result in results] == list(planned)
    (dead,) = [result for result in results if any(piece.unread for piece in result.pieces)]
    (piece,) = dead.pieces
    assert (piece.seen, piece.scanned, piece.unread[0].reason) == ({"other": 1}, {}, "worker-died")
    assert f"died of it: {dead.unit.start} to {dead.unit.stop} of it" in piece.unread[0].detail
    lost = {reuse.item.record for reuse in reuses(list(local.run(units(), task, 0)))} - {reuse.item.record for reuse in reuses(results)}
    assert lost == {record for record in lost if abs(record - 100) < 100}
    assert [reuse.item.record for reuse in reuses(results)][-1] == 293  # rows behind it keep their numbers


def test_what_a_unit_gave_before_it_killed_its_worker_counts_once(task, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    long = " needle " + "x" * (5 << 20)  # a line of this length is a piece
    texts = ["NAP" + long, "NAP" + long, f"KILL-ONCE {tmp_path / 'one'} words" + long]
    Path("a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    told = []
    (result,) = local.run(plan(["a.jsonl"]).units, task, 1, lambda unit, piece, known: told.append(piece.content) or piece)
    assert (tmp_path / "one").exists()
    assert len(told) > len(result.pieces)  # the first pieces were told twice
    assert [reuse.item.record for reuse in reuses([result])] == [0, 1, 2]


def test_a_unit_that_needs_too_much_memory_is_unread_and_the_rest_is_not(task, units):
    results = ordered(local.run(units({100: "HOARD"}), task, 1, most_memory=300 << 20))
    (dead,) = [piece for result in results for piece in result.pieces if piece.unread]
    assert dead.unread[0].reason == "worker-died"


def test_a_worker_killed_from_outside_costs_nothing(task, units, tmp_path):
    planned = units({100: f"KILL-ONCE {tmp_path / 'one'} words", 250: f"KILL-ONCE {tmp_path / 'two'} words"})
    results = ordered(local.run(planned, task, 2))
    assert (tmp_path / "one").exists()
    assert (tmp_path / "two").exists()
    assert results == list(local.run(planned, task, 0))


def test_a_bug_is_raised_with_the_workers_traceback(task, units):
    with pytest.raises(ZeroDivisionError, match="a bug in a scanner") as caught:
        list(local.run(units({5: "RAISE"}), task, 2))
    assert "needles.py" in caught.value.__notes__[0]


def test_what_stops_the_run_in_a_worker_stops_it_here(task, units):
    unknown = ScanTask(task.shards, {}, schemes=task.schemes)
    with pytest.raises(RegistryError, match="an asset that the registry does not"):
        list(local.run(units(), unknown, 2))


class Unloadable:
    """Pickles well, and exits the process that unpickles it."""

    def __reduce__(self):
        return (os._exit, (7,))


def test_workers_that_cannot_start_stop_the_run(task, units):
    broken = ScanTask(task.shards, task.assets, exhibitor=Unloadable(), schemes=task.schemes)
    with pytest.raises(CapabilityError, match="exit status 7") as caught:
        list(local.run(units(), broken, 2))
    assert "--jobs 1" in caught.value.remedy


def test_giving_up_early_ends_the_workers(task, units, tmp_path):
    results = local.run(units({60: f"SLEEP {tmp_path / 'pid'} words"}), task, 2)
    next(results)
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.01)
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < 5
    assert not alive(int((tmp_path / "pid").read_text()))


SCRIPT = """
import sys
from pathlib import Path
from fingerprints.model import Modality
from fingerprints.schemes import Scheme
from provenance.engines import local
from provenance.engines.task import ScanTask
from provenance.readers.plan import plan

if __name__ == "__main__":
    sys.path.insert(0, {here!r})
    task = ScanTask({{}}, {{}}, schemes={{m: Scheme(m, "needles", {{}}) for m in Modality}})
    try:
        for result in local.run(plan(["slow"]).units, task, 2):
            pass
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(130)
"""


@contextmanager
def running(folder):
    """A process of its own session that scans texts which hold its workers up, and the ids of two workers at work."""
    (folder / "slow").mkdir()
    for number in range(6):
        (folder / "slow" / f"{number}.txt").write_text(f"SLEEP {folder / f'pid{number}'} words")
    (folder / "script.py").write_text(SCRIPT.format(here=str(HERE)))
    process = subprocess.Popen(
        [sys.executable, "script.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 20
        while len(pids := [file.read_text() for file in folder.glob("pid*")]) < 2 or not all(pids):
            assert time.monotonic() < deadline, process.poll()
            time.sleep(0.02)
        yield process, [int(pid) for pid in pids]
    finally:
        process.kill()
        process.wait()


def test_ctrl_c_ends_everything_at_once(tmp_path):
    with running(tmp_path) as (process, pids):
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the whole group
        out, err = process.communicate(timeout=20)
    assert time.monotonic() - began < 3
    assert (process.returncode, out, err) == (130, "interrupted\n", "")
    assert not any(map(alive, pids))


def test_workers_end_in_the_middle_of_a_unit_when_their_parent_is_killed(tmp_path):
    with running(tmp_path) as (process, pids):
        process.kill()
        _, err = process.communicate(timeout=20)  # they hold its standard error open as long as they live
    deadline = time.monotonic() + 5
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(alive, pids))
    assert "Traceback" not in err


def alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
