"""The index under a writer that is killed, under readers while it is written, and with single bytes changed: never a wrong answer."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from fingerprints.errors import SchemeError
from fingerprints.model import Hit, Kind, MediaBatch, Modality
from fingerprints.schemes import SCHEMES
from provenance.errors import RegistryError
from provenance.registry import Registry, publish, snapshot

KILLS, FLIPS, TEXTS, WORDS = 50, 200, 24, 60
LEAST_READS, LEAST_STATES = 50, 15
LONGEST_LIFE = 0.25  # seconds; an addition takes 20 ms, so that kills fall everywhere in some ten changes

WRITER = """
import json, os, random, sys, tempfile
from pathlib import Path
from provenance.registry import Registry

def warm():
    with tempfile.TemporaryDirectory() as folder:
        for name in "ab":
            (Path(folder) / f"{name}.txt").write_text(f"{name} few words are enough to load what an addition needs")
            with Registry.open(Path(folder) / "r") if name == "b" else Registry.init(Path(folder) / "r") as registry:
                registry.add([Path(folder) / f"{name}.txt"], jobs=1)

def write(folder, shelf, journal, seed):
    rng, registry = random.Random(seed), Registry.open(folder)
    while True:
        works = {work.title: work.id for work in registry.works()}
        hidden = {path.stem for path in shelf.iterdir() if any(map(registry.removal, [path.stem]))}
        free = sorted({path.stem for path in shelf.iterdir()} - works.keys() - hidden)
        change = rng.choice(["add"] * 4 * bool(free) + ["remove"] * 2 * bool(works) + ["compact", "purge"])
        chosen = rng.choice({"add": free, "remove": sorted(works)}.get(change, [""]))
        after = works.keys() ^ ({chosen} - {""})
        print(json.dumps([sorted(works), sorted(after)]), file=journal, flush=True)
        if change == "add":
            row = shelf.parent / "row.csv"
            row.write_text(f"file,work_id,title\\n{shelf / chosen}.txt,{chosen},{chosen}\\n")
            registry.add([], row, jobs=1)
        elif change == "remove":
            registry.remove(works[chosen], "a test")
        else:
            registry.compact(purge=change == "purge", jobs=1)

warm()
for line in sys.stdin:
    folder, shelf, journal, seed = line.split("\\t")
    child = os.fork()
    if child == 0:
        try:
            with open(journal, "w") as file:
                write(Path(folder), Path(shelf), file, int(seed))
        finally:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Forks writers, so that each begins at once; what it is going to change stands in its journal before it does."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="writers are forked and killed")


def prose(seed: int) -> str:
    source = random.Random(seed)
    return " ".join("".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=source.randint(3, 9))) for _ in range(WORDS))


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {f"text-{number:02}": prose(number) for number in range(TEXTS)}


@pytest.fixture
def shelf(tmp_path, texts):
    folder = tmp_path / "works"
    folder.mkdir()
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def writers() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()


class Journal:
    """What a writer was about to do, change by change: the texts that are visible before and after."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def states(self) -> list[frozenset[str]]:
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [frozenset(state) for line in lines if line.endswith("]]") for state in json.loads(line)]


@contextmanager
def writing(writers, registry: Path, shelf: Path, seed: int) -> Iterator[Journal]:
    """A writer at work, killed in the end."""
    journal = registry.with_name("journal.jsonl")
    journal.write_text("")
    print(registry, shelf, journal, seed, sep="\t", file=writers.stdin, flush=True)
    child = int(writers.stdout.readline())
    try:
        yield Journal(journal)
    finally:
        os.kill(child, signal.SIGKILL)
        assert int(writers.stdout.readline()) == -signal.SIGKILL, "the writer ended by itself"


def found(registry: Registry, texts: dict[str, str]) -> frozenset[str]:
    """The texts that an audit would find; each must be found whole, as the work that it is."""
    pinned = registry.snapshot()
    scanner = SCHEMES[Modality.TEXT].open(pinned.shards.get(Modality.TEXT, ()), pinned.erased)
    names = list(texts)
    hits = list(scanner.scan(MediaBatch(Modality.TEXT, pa.array(list(texts.values()), pa.large_string()))))
    assert all(isinstance(hit, Hit) and hit.match.kind is Kind.EXACT for hit in hits)
    assert [pinned.assets[hit.asset] for hit in hits] == [(names[hit.position],) for hit in hits]
    return frozenset(names[hit.position] for hit in hits)


def test_a_writer_killed_at_any_moment_leaves_the_state_before_or_after(tmp_path, shelf, texts, writers):
    folder, rng, seen = tmp_path / "registry", random.Random(11), set()
    Registry.init(folder).close()
    before = recorded = frozenset[str]()
    for kill in range(KILLS):
        with writing(writers, folder, shelf, kill) as journal:
            time.sleep(rng.uniform(0, LONGEST_LIFE))
        states = journal.states()
        allowed = set(states[-2:]) | ({before} if len(states) <= 2 else set())
        with Registry.open(folder) as registry:
            visible = found(registry, texts)
            assert visible in allowed
            allowed_truth = set(states[-2:]) or {recorded}
            recorded = frozenset(work.title for work in registry.works())
            assert recorded in allowed_truth
            problems = registry.verify()
            seen.update(problem.split(":")[0] for problem in problems)
            if problems and kill % 2:
                assert registry.verify(rebuild=True, jobs=1) == ()
                assert found(registry, texts) == recorded
            before = found(registry, texts)
    with Registry.open(folder) as registry:
        assert registry.verify(rebuild=True, jobs=1) == ()
        assert not [path for path in (folder / snapshot.FOLDER).iterdir() if path.name.startswith(".")]
    assert seen, "no kill fell between two steps: the test has lost its power"


def test_readers_see_whole_states_while_a_writer_is_at_work(tmp_path, shelf, texts, writers):
    folder, reads = tmp_path / "registry", 0
    Registry.init(folder).close()
    with writing(writers, folder, shelf, 99) as journal, Registry.open(folder) as registry:
        end = time.monotonic() + 20
        while time.monotonic() < end and (reads < LEAST_READS or len(set(journal.states())) < LEAST_STATES):
            earlier = len(journal.states())
            try:
                visible = found(registry, texts)
            except SchemeError as error:
                if "is gone" not in str(error):
                    raise
                continue  # a purge, or two publications, between pinning and opening
            assert visible in {frozenset(), *journal.states()[max(0, earlier - 4) :]}
            reads += 1
    assert reads >= LEAST_READS
    assert len(set(journal.states())) >= LEAST_STATES


@pytest.fixture
def layered(tmp_path, shelf, texts, monkeypatch):
    """A registry with every kind of file: a base, deltas, a filter, an erased asset, the works in a file of their own."""
    monkeypatch.setattr(publish, "MOST_CHANGED", 4)
    registry = Registry.init(tmp_path / "registry")
    names = [f"{shelf}/{name}.txt,{name},{name}\n" for name in texts]
    for start, stop in ((0, 12), (12, 17), (17, 20), (20, 21)):
        row = tmp_path / "row.csv"
        row.write_text("file,work_id,title\n" + "".join(names[start:stop]))
        registry.add([], row, jobs=1)
    registry.remove("text-03", "a test")
    assert len(registry.snapshot().shards[Modality.TEXT]) == 4
    yield registry
    registry.close()


def test_no_flipped_byte_changes_an_answer(layered, texts):
    rng, folder, right = random.Random(5), layered.path / snapshot.FOLDER, found(layered, texts)
    assert right == frozenset(texts) - {"text-03"} - {f"text-{number}" for number in (21, 22, 23)}
    named = {snapshot.CURRENT, *snapshot.current(layered.path)[1].names()}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    kinds = {name.partition("-")[0] for name in named} | {path.name for path in files}
    assert {"CURRENT", "filter", "works", "shard.json", "cold-words.npy"} <= kinds
    refusals = []
    for flip in range(FLIPS):
        path = rng.choice(files)
        whole = path.read_bytes()
        place = rng.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ rng.randrange(1, 256)]) + whole[place + 1 :])
        try:
            assert found(layered, texts) == right
        except (RegistryError, SchemeError) as error:
            refusals.append(f"{error} {getattr(error, 'remedy', '')}")
        if flip % 5 == 0 and path.relative_to(folder).parts[0] in named:
            assert layered.verify() or path.name == snapshot.CURRENT  # white space behind its digest
        path.write_bytes(whole)
    assert found(layered, texts) == right
    assert len(refusals) > FLIPS / 4
    assert all("--rebuild" in refusal for refusal in refusals)


@pytest.mark.parametrize(
    "name", ["shard.json", "hot-places.npy", "cold-words.npy", "cold-signatures.npy", "filter-*", "works-*", "CURRENT"]
)
def test_a_rebuild_mends_a_flipped_byte(layered, texts, name):
    right, folder = found(layered, texts), layered.path / snapshot.FOLDER
    named = {snapshot.CURRENT, *snapshot.current(layered.path)[1].names()}
    here = [path for path in folder.rglob(name) if path.relative_to(folder).parts[0] in named]
    path = next(here[0].glob("hot-*filter.npy")) if here[0].is_dir() else here[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    assert layered.verify()
    assert layered.verify(rebuild=True, jobs=1) == ()
    assert found(layered, texts) == right
