"""However an audit is run, cut, interrupted or resumed: everything in it but ``run`` is the same, to the byte."""

import gzip
import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from provenance.document import read_audit
from provenance.options import Options
from provenance.pipeline import audit
from provenance.readers import jsonl
from provenance.registry import Registry
from provenance.sharding import merged, scan_shard

SHARDS = 3


def prose(rng, count):
    letters = "etaoinshrdlucmfwypvbgk"
    return ["".join(rng.choices(letters, k=rng.randrange(3, 9))) for _ in range(count)]


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """A registry of three works, and a data set in several formats with passages of them, some of it unreadable."""
    folder, rng = tmp_path_factory.mktemp("invariance"), random.Random(3)
    words = prose(rng, 3000)
    works = [rng.choices(words, k=4000) for _ in range(3)]
    (folder / "works").mkdir()
    for number, work in enumerate(works):
        (folder / "works" / f"{number}.txt").write_text(" ".join(work))
    with Registry.init(folder / "registry") as registry:
        registry.add([folder / "works" / "0.txt", folder / "works" / "1.txt"], jobs=1)
        registry.add([folder / "works" / "2.txt"], jobs=1)
    data = folder / "data"
    data.mkdir()

    def text(number):
        said = rng.choices(words, k=200)
        if number % 9 == 4:
            start = rng.randrange(3900)
            said[50:50] = works[number % 3][start : start + 60]
        return " ".join(said)

    rows = [json.dumps({"text": text(n), "url": f"u{n}"}) + "\n" for n in range(3000)]
    rows[1500] = "no json\n"
    rows[1600:1600] = [rows[4]] * 3  # the same content in several places
    (data / "big.jsonl").write_text("".join(rows))
    (data / "packed.jsonl.gz").write_bytes(gzip.compress("".join(rows[:700]).encode())[:-2000])  # cut short
    (data / "table.csv").write_text("text,license\n" + "".join(f'"{text(n)}",cc0\n' for n in range(200)))
    pq.write_table(pa.table({"text": [text(n) for n in range(300)]}), data / "rows.parquet", row_group_size=50)
    for number in range(20):
        (data / f"{number}.txt").write_text(text(number))
    with tarfile.open(data / "members.tar", "w") as archive:
        for number in range(20):
            archive.add(data / f"{number}.txt", f"member-{number}.txt")
    return folder


@pytest.fixture(autouse=True)
def several_units(monkeypatch, material):
    """Cuts the large file into units of a size that a test has time for; a plan is made in this process alone."""
    monkeypatch.setattr(jsonl, "RANGE", 300_000)
    monkeypatch.chdir(material)


@pytest.fixture(scope="module")
def expected(material):
    """The digest of one run in this process; it has findings, and what it could not read is listed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "RANGE", 300_000)
        patch.chdir(material)
        result = run(jobs=0)
    assert result.summary.findings > 100
    assert {entry.reason for entry in result.unread} == {"bad-record", "truncated"}
    return result.run.digest


def run(**options):
    return audit(["data"], Path("registry"), Options(as_of=None, **options))


@pytest.mark.parametrize("jobs", [1, 2])
def test_workers_change_nothing(expected, jobs):
    assert run(jobs=jobs).run.digest == expected


def test_exhibits_change_nothing(expected, tmp_path):
    assert run(jobs=0, evidence=tmp_path / "evidence").run.digest == expected


def test_a_cache_changes_nothing_empty_or_full(expected, tmp_path):
    assert run(jobs=0, cache=tmp_path).run.digest == expected
    assert run(jobs=0, cache=tmp_path).run.digest == expected


def test_shards_merged_are_one_audit(expected, tmp_path):
    parts = [tmp_path / f"{number}.part" for number in range(1, SHARDS + 1)]
    counts = [scan_shard(["data"], Path("registry"), Options(jobs=0), (number, SHARDS), part) for number, part in enumerate(parts, start=1)]
    assert min(counts) > 1
    assert merged(parts[::-1], Path("registry"), Options(jobs=0)).run.digest == expected


def test_the_inputs_of_shards_need_not_be_at_hand_when_they_are_merged(expected, tmp_path, monkeypatch, material):
    part = tmp_path / "all.part"
    scan_shard(["data"], Path("registry"), Options(jobs=0), (1, 1), part)
    monkeypatch.chdir(tmp_path)
    assert merged([part], material / "registry", Options(jobs=0)).run.digest == expected


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra 'ray' is not installed")
def test_ray_changes_nothing(expected):
    assert run(engine="ray").run.digest == expected


def test_an_index_in_another_number_of_tiers_finds_the_same(expected, material, tmp_path):
    with Registry.init(tmp_path / "registry") as registry:
        registry.add([material / "works"], jobs=1)
    one = audit(["data"], tmp_path / "registry", Options(jobs=0))
    two = run(jobs=0)
    assert [(f.id, f.match, f.occurrences) for f in one.findings] == [(f.id, f.match, f.occurrences) for f in two.findings]


@pytest.fixture
def command(material, tmp_path):
    """Starts the installed command on the data set; gives the process and where its audit will be."""

    def start(name, *more):
        arguments = [sys.executable, "-m", "provenance", "audit", "data", "--registry", "registry", "-o", f"json={tmp_path / name}", *more]
        return subprocess.Popen(arguments, cwd=material, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True), tmp_path / name

    return start


def finished(process, file):
    _, said = process.communicate(timeout=120)
    assert process.returncode == 3, said  # there are unread inputs
    return read_audit(file).run.digest


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found through /proc")
def test_a_killed_worker_changes_nothing(command):
    expected = finished(*command("whole.json", "--no-cache"))
    process, file = command("killed.json", "--no-cache", "--jobs", "2")
    os.kill(awaited(lambda: workers(process.pid)), signal.SIGKILL)
    assert finished(process, file) == expected


def test_a_killed_driver_is_resumed_with_the_same_result(command, tmp_path):
    expected = finished(*command("whole.json", "--no-cache"))
    cache = tmp_path / "cache"
    process, file = command("killed.json", "--cache", str(cache), "--jobs", "1")
    awaited(lambda: sum(journal.stat().st_size for journal in cache.rglob("*.journal")) > 1000)
    process.kill()
    process.communicate()
    assert not file.exists()
    assert finished(*command("resumed.json", "--cache", str(cache))) == expected


def test_an_interrupted_run_says_that_it_can_go_on(command, tmp_path):
    lines = Path("data/big.jsonl").read_text().splitlines(keepends=True)
    long = tmp_path / "long.jsonl"  # so that the interruption comes before the end
    long.write_text("".join(line.replace('"url": "', f'"url": "{n}-') for n in range(20) for line in lines))
    process, _ = command("interrupted.json", str(long), "--cache", str(tmp_path / "cache"), "--jobs", "1")
    awaited(lambda: list((tmp_path / "cache").rglob("*.journal")))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "the same command goes on from there" in said
    assert "Traceback" not in said


def awaited(found):
    """What a condition gives as soon as it is true."""
    deadline = time.monotonic() + 60
    while not (result := found()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
    return result


def workers(parent):
    """A worker of the process, once there is one."""
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in children.read_text().split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    return None
