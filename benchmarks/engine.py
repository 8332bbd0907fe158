"""What an engine costs beside a bare loop over the same units: our pool and our Ray tasks, ``multiprocessing.Pool`` and Ray Data.

``make bench-engine`` (or ``python benchmarks/engine.py [--seconds S | --megabytes M] [--repeats N]``) makes prose and a registry, scans
the one for the other with every engine in a process of its own, and prints a table. Start-up is the time until the first piece is at
hand; work is what comes after. CPU time is that of every process which an engine starts, taken from /proc (Linux). The best of N counts,
since a busy machine only ever adds.
"""

import argparse
import hashlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np

from provenance.engines import local
from provenance.engines.task import ScanTask
from provenance.model import Unit, UnitResult
from provenance.readers.plan import plan
from provenance.registry import Registry

MB: Final = 1_000_000
SECONDS: Final = 20.0  # of the bare loop
LONGEST: Final = 1800.0  # seconds after which an engine is given up
FILES: Final = 24  # at least, so that a short run has units to hand out too
UNIT_MB: Final = 60  # largest file; a unit has 64 MB
WORKS, WORK_WORDS, VOCABULARY, RECORD_WORDS = 20, 20_000, 30_000, 300
QUOTING: Final = 0.01  # of the records hold a passage of a work
TRIAL_MB: Final = 64  # that tell how many make up the seconds
SAMPLE: Final = 0.2  # seconds between two looks at /proc; a look takes 2-5 ms, from the same cores
MARK: Final = "PROVENANCE_BENCHMARK"
TICK: Final = os.sysconf("SC_CLK_TCK")
TARGETS: Final = {"pool": 1.05, "Ray tasks": 1.08}
"""CPU and, with one worker, wall time of the work over those of the bare loop; Ray's holds for runs of ten minutes and more."""
TARGET_MB: Final = 256
ENGINES: Final = (("bare loop", 1), ("pool", 1), ("pool", 2), ("Ray tasks", 1), ("Ray tasks", 2), ("mp.Pool", 1), ("mp.Pool", 2))
RAY_DATA: Final = (("Ray Data", 1), ("Ray Data", 2))


@dataclass(frozen=True, slots=True)
class Began:
    """Stands where results of earlier runs are looked for: knows none, and notes when each process meets its first piece."""

    folder: Path

    def find(self, content: str) -> None:  # noqa: ARG002 - what a task's ``known`` is asked
        """No result."""
        note = self.folder / str(os.getpid())
        if not note.exists():
            note.write_text(str(time.monotonic()), encoding="ascii")


@dataclass(slots=True)
class Measured:
    """One run of one engine."""

    wall: float = 0.0
    startup: float = 0.0
    cpu: float = 0.0
    startup_cpu: float = 0.0
    memory: int = 0
    """Largest anonymous memory of a worker, in bytes."""
    results: str = ""
    error: str = ""

    @property
    def work(self) -> tuple[float, float]:
        """Wall and CPU seconds after the start-up."""
        return self.wall - self.startup, self.cpu - self.startup_cpu


# --- the engines, each in a process of its own -------------------------------------------------------------------------------------


def scan(engine: str, workers: int, folder: Path, notes: Path) -> Mapping[str, Any]:
    """Runs an engine over the data; gives its seconds and a digest of its results."""
    with Registry.open(folder / "registry") as registry:
        snapshot = registry.snapshot()
    task = ScanTask(snapshot.shards, snapshot.assets, snapshot.erased, known=Began(notes))
    units = plan([folder / "data"]).units
    run: Callable[..., Iterable[UnitResult]] = {"mp.Pool": _mp_pool, "Ray Data": _ray_data}.get(engine, partial(_ours, engine))
    began = time.monotonic()
    results = sorted((result.unit.source.path, result.unit.start or 0, repr(result)) for result in run(units, task, workers))
    ended = time.monotonic()
    first = min(float(note.read_text(encoding="ascii")) for note in notes.iterdir())
    digest = hashlib.sha256("".join(text for _, _, text in results).encode()).hexdigest()
    return {"wall": ended - began, "startup": first - began, "results": digest, "first": first, "ended": ended}


def _ours(engine: str, units: Sequence[Unit], task: ScanTask, workers: int) -> Iterator[UnitResult]:
    if engine == "Ray tasks":
        from provenance.engines import ray

        return ray.run(units, task, None, jobs=workers)
    return local.run(units, task, workers if engine == "pool" else 0)


_SCAN: dict[str, Callable[[Unit], Iterator[Any]]] = {}


def _open(task: ScanTask) -> None:
    _SCAN["unit"] = task.opened()


def _scan_whole(unit: Unit) -> UnitResult:
    """The result of a unit, as our engines put it together."""
    pieces = list(_SCAN["unit"](unit))
    return UnitResult(unit, tuple(piece for piece, _ in pieces), sum(known for _, known in pieces))


def _mp_pool(units: Sequence[Unit], task: ScanTask, workers: int) -> Iterator[UnitResult]:
    os.environ["OMP_NUM_THREADS"] = "1"
    with get_context("spawn").Pool(workers, _open, (task,)) as pool:
        yield from pool.imap_unordered(_scan_whole, units)


class _Mapper:
    """A stateful map of Ray Data over the numbers of units."""

    def __init__(self, task: ScanTask, units: Sequence[Unit]) -> None:
        _open(task)
        self._units = units

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        return {"result": pickle.dumps(_scan_whole(self._units[row["item"]]))}


def _ray_data(units: Sequence[Unit], task: ScanTask, workers: int) -> Iterator[UnitResult]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    # one CPU more than workers: the actors of a map hold theirs, and the tasks that make its input need one
    ray.init(address="local", num_cpus=workers + 1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        numbers = ray.data.from_items(list(range(len(units))), override_num_blocks=len(units))
        mapped = numbers.map(_Mapper, fn_constructor_args=(task, units), concurrency=workers, num_cpus=1)
        for row in mapped.iter_rows():
            yield pickle.loads(row["result"])
    finally:
        ray.shutdown()


# --- the measurement ---------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Watch:
    """CPU time and memory of all processes with a mark in their environment, by looking at /proc again and again."""

    mark: str
    notes: Path
    seconds: dict[int, float] = field(default_factory=dict)
    memory: dict[int, int] = field(default_factory=dict)
    strangers: set[int] = field(default_factory=set)
    _once: set[int] = field(default_factory=set)
    samples: list[tuple[float, float]] = field(default_factory=list)
    """Time of day (monotonic), CPU seconds until then."""

    def look(self) -> None:
        """Takes one sample."""
        workers = {int(note.name) for note in self.notes.iterdir()}
        for process in filter(lambda process: process.name.isdecimal(), Path("/proc").iterdir()):
            pid = int(process.name)
            if pid not in self.strangers and self._ours(pid):
                self._sample(process, pid, worker=pid in workers)
        self.samples.append((time.monotonic(), sum(self.seconds.values())))

    def until(self, when: float) -> float:
        """CPU seconds at that time, between samples in proportion."""
        times, seconds = zip(*self.samples, strict=True)
        return float(np.interp(when, times, seconds))

    def _ours(self, pid: int) -> bool:
        if pid in self.seconds:
            return True
        try:
            ours = self.mark.encode() in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False
        if not ours and pid in self._once:  # a process has no environment between fork and exec
            self.strangers.add(pid)
        self._once.add(pid)
        return ours

    def _sample(self, process: Path, pid: int, *, worker: bool) -> None:
        try:
            fields = (process / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            status = (process / "status").read_text(encoding="utf-8")
        except OSError:
            return
        self.seconds[pid] = (int(fields[11]) + int(fields[12])) / TICK
        anonymous = [line for line in status.splitlines() if line.startswith("RssAnon")]
        if worker and anonymous:
            self.memory[pid] = max(self.memory.get(pid, 0), int(anonymous[0].split()[1]) << 10)


def measure(engine: str, workers: int, folder: Path) -> Measured:
    """Runs an engine in a process of its own and watches all that it starts."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-notes-") as notes,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        mark = uuid.uuid4().hex
        watch = Watch(mark, Path(notes))
        command = [sys.executable, __file__, "--run", engine, str(workers), str(folder), notes]
        environment = os.environ | {MARK: mark, "PYTHONWARNINGS": "ignore"}
        with subprocess.Popen(command, env=environment, stdout=out, stderr=err) as process:
            while process.poll() is None:
                watch.look()
                time.sleep(SAMPLE)
                if watch.samples[-1][0] - watch.samples[0][0] > LONGEST:
                    process.kill()
        said, complaint = (opened.seek(0) or opened.read().splitlines() for opened in (out, err))
    if process.returncode or not said:
        return Measured(error=next((line for line in reversed(complaint) if line.strip()), f"exit status {process.returncode}"))
    found = json.loads(said[-1])
    began = found["ended"] - found["wall"]
    cpu, at_first = (watch.until(when) - watch.until(began) for when in (found["ended"], found["first"]))
    return Measured(found["wall"], found["startup"], cpu, at_first, max(watch.memory.values(), default=0), found["results"])


# --- data --------------------------------------------------------------------------------------------------------------------------


def prose(rng: np.random.Generator, words: int) -> str:
    """Words that occur about as often as words do (Zipf-Mandelbrot: the commonest is one in twenty)."""
    return " ".join(_WORDS[rank] for rank in np.searchsorted(_SHARE, rng.random(words)).tolist())


def _vocabulary() -> list[str]:
    rng = np.random.default_rng(1)
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    share = np.arange(len(letters), 0, -1) / np.arange(1, len(letters) + 1).sum()
    return ["".join(rng.choice(letters, size, p=share)) for size in rng.integers(2, 11, VOCABULARY).tolist()]


_WORDS: Final = _vocabulary()
_SHARE: Final = np.cumsum(1 / (np.arange(VOCABULARY) + 2.7))
_SHARE /= _SHARE[-1]


def register(folder: Path) -> list[str]:
    """Makes works and a registry of them; gives their texts."""
    rng = np.random.default_rng(2)
    works = [prose(rng, WORK_WORDS) for _ in range(WORKS)]
    (folder / "works").mkdir()
    for number, work in enumerate(works):
        (folder / "works" / f"{number}.txt").write_text(work, encoding="utf-8")
    with Registry.init(folder / "registry") as registry:
        registry.add([folder / "works"], jobs=1)
    return works


def write_data(folder: Path, works: list[str], megabytes: float) -> None:
    """Fills the folder with JSONL of this size: one block of prose again and again, since prose takes longer to make than to scan."""
    rng, lines, size = np.random.default_rng(3), list[bytes](), 0
    per_file = min(UNIT_MB, megabytes / FILES) * MB
    while size < per_file:
        text = prose(rng, RECORD_WORDS)
        if rng.random() < QUOTING:
            work = works[rng.integers(len(works))]
            start = work.index(" ", int(rng.integers(len(work) - 1000)))
            text += work[start : start + 600]
        lines.append(json.dumps({"text": text}).encode() + b"\n")
        size += len(lines[-1])
    block = b"".join(lines)
    folder.mkdir()
    for number in range(max(FILES, round(megabytes * MB / len(block)))):
        (folder / f"part-{number:05}.jsonl").write_bytes(block)


def sized(folder: Path, works: list[str], seconds: float) -> float:
    """Megabytes that the bare loop scans in so many seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-engine-") as trial:
        (Path(trial) / "registry").symlink_to(folder / "registry")
        write_data(Path(trial) / "data", works, TRIAL_MB)
        measure("bare loop", 1, Path(trial))  # compiles
        found = measure("bare loop", 1, Path(trial))
    if found.error:
        raise SystemExit(found.error)
    return seconds * TRIAL_MB / found.work[0]


# --- the table ---------------------------------------------------------------------------------------------------------------------


def best(runs: list[Measured]) -> Measured:
    """The least of every figure; the memory is the most."""
    failed = [run for run in runs if run.error]
    if failed:
        return failed[0]
    work = [run.work for run in runs]
    wall, cpu = min(wall for wall, _ in work), min(cpu for _, cpu in work)
    startup, startup_cpu = min(run.startup for run in runs), min(run.startup_cpu for run in runs)
    memory = max(run.memory for run in runs)
    equal = runs[0].results if len({run.results for run in runs}) == 1 else "differ"
    return replace(
        runs[0], wall=wall + startup, startup=startup, cpu=cpu + startup_cpu, startup_cpu=startup_cpu, memory=memory, results=equal
    )


def table(found: Mapping[tuple[str, int], Measured]) -> None:
    """Prints the measurements, targets beside them."""
    bare = found["bare loop", 1]
    print(
        f"{'engine':>10} {'workers':>8} {'start s':>8} {'work s':>8} {'CPU s':>8} {'CPU':>6} {'wall':>6} {'target':>7} {'MB':>5}  results"
    )
    for (engine, workers), run in found.items():
        if run.error:
            print(f"{engine:>10} {workers:>8}  {run.error[:100]}")
            continue
        (wall, cpu), (bare_wall, bare_cpu) = run.work, bare.work
        same = "equal" if run.results == bare.results else "DIFFER"
        target = f"{TARGETS[engine]:.2f}" if engine in TARGETS else ""
        ratio = f"{wall / bare_wall:.3f}" if workers == 1 else f"/{bare_wall / wall:.2f}"
        figures = f"{run.startup:>8.2f} {wall:>8.2f} {cpu:>8.2f} {cpu / bare_cpu:>6.3f} {ratio:>6} {target:>7} {run.memory / MB:>5.0f}"
        print(f"{engine:>10} {workers:>8} {figures}  {same}")
    print("\nCPU, wall: of the work, over those of the bare loop (/ so many times faster).", end=" ")
    print(f"MB: anonymous memory of a worker, target {TARGET_MB}.")


def main() -> None:
    """Makes the data, runs every engine, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of bare loop")
    parser.add_argument("--megabytes", type=float, help="of prose, in place of --seconds")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--run", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        engine, workers, folder, notes = arguments.run
        print(json.dumps(scan(engine, int(workers), Path(folder), Path(notes))))
        return
    with tempfile.TemporaryDirectory(prefix="bench-engine-") as made:
        folder = Path(made)
        works = register(folder)
        megabytes = arguments.megabytes or sized(folder, works, arguments.seconds)
        write_data(folder / "data", works, megabytes)
        files = len(list((folder / "data").iterdir()))
        runs: dict[tuple[str, int], list[Measured]] = {which: [] for which in (*ENGINES, *RAY_DATA)}
        for _ in range(arguments.repeats):
            for (engine, workers), measured in runs.items():
                measured.append(measure(engine, workers, folder))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(
        f"{megabytes:,.0f} MB of prose in {files} files, {WORKS} works; best of {arguments.repeats}; {os.cpu_count()} cores, load {load}\n"
    )
    table({which: best(measured) for which, measured in runs.items()})


if __name__ == "__main__":
    main()
