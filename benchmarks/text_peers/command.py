"""Question 4, end to end: the command on files, beside the scanner alone, ``wc -w``, and a profile of where the time goes."""

import cProfile
import os
import pstats
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from fingerprints.model import Modality
from fingerprints.text import Scanner
from provenance.engines.task import ScanTask
from provenance.readers.plan import plan
from provenance.registry import Registry
from text_peers.material import Material
from text_peers.measure import MB
from text_peers.speed import LONG, SHORT, batched, rate, texts, words_a_posting

FINGERPRINTS: Final = 10_000_000
QUOTING: Final = 0.01
"""Share of the documents that hold a passage of a work."""
QUOTED: Final = 600  # characters
ROW_GROUP: Final = 8 * MB
"""Bytes of text in a row group of the Parquet files, at least."""
FORMATS: Final = ("jsonl", "parquet")
PASSED: Final = frozenset((0, 1))
"""Exit statuses of an audit that was made."""
GROUPS: Final[Mapping[str, str]] = {
    "JSON": r"json|readers[/\\]scanned",
    "hashing": r"hashlib|sha256|xxh|_hash|blake",
    "tokenising": r"text[/\\](normalise|tokens|characters|confusables)",
    "probing": r"text[/\\](seeds|fragments|prefilter|index|bits)|fingerprints[/\\]shard",
    "quotation marks and citations": r"text[/\\](quotation|citation|marks)",
    "aligning": r"text[/\\](alignment|passages|candidates|judgement|matches|whole|scanner)|datasketch",
    "reading": r"readers[/\\]|pyarrow|method 'read|built-in method .*open|readline|mmap",
}
"""What a function is counted as, by its file or, if it is compiled, its name: the first that fits; the rest is bookkeeping."""
TOP: Final = 12


@dataclass(frozen=True, slots=True)
class Audited:
    """One file, audited."""

    format: str
    document: int
    """Bytes of a document."""
    size: int
    """Bytes of text."""
    seconds: float
    """CPU, of the command and its workers."""
    startup: float
    """Of that, what the command takes for one document."""
    scanner: float
    """MB/s of the library alone on the same texts."""
    words: float
    """CPU seconds of ``wc -w`` on the JSON Lines; not a number where there is none."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the time of the worker's function goes."""

    shares: Mapping[str, float]
    top: Sequence[tuple[str, float]]
    """The functions with the most of it, with their shares."""


def audited(material: Material, folder: Path, total: int, fingerprints: int = FINGERPRINTS) -> tuple[list[Audited], dict[str, Profile]]:
    """The command on ``total`` bytes of text in each format and size of document, and profiles of the short ones by format."""
    registry, works = _registry(material, folder, fingerprints)
    with Registry.open(registry) as opened:
        snapshot = opened.snapshot()
    scanner = Scanner(snapshot.shards[Modality.TEXT], snapshot.erased)
    task = ScanTask(snapshot.shards, snapshot.assets, snapshot.erased)
    made, profiles = list[Audited](), dict[str, Profile]()
    for size in (SHORT, LONG):
        documents = _quoting(texts(material, size, total), works)
        batches = batched(documents)
        list(scanner.scan(batches[0]))
        alone = rate(scanner, batches)
        words = 0.0
        for name in FORMATS:
            print(f"command: {name}, {size:,} bytes a document", file=sys.stderr)
            file, tiny = (
                _written(folder / f"{label}-{size}.{name}", rows) for label, rows in (("data", documents), ("one", documents[:1]))
            )
            words = _counted(file) if name == "jsonl" else words
            startup, seconds = (min(_seconds(_command(path, registry)) for _ in range(2)) for path in (tiny, file))
            made.append(Audited(name, size, sum(len(text.encode()) for text in documents), seconds, startup, alone, words))
            if size == SHORT:
                profiles[name] = _profile(task, tiny, file)
            file.unlink()
    return made, profiles


def _registry(material: Material, folder: Path, fingerprints: int) -> tuple[Path, Sequence[str]]:
    works = material.registered(round(fingerprints * words_a_posting(material)))
    (folder / "works").mkdir()
    for number, work in enumerate(works):
        (folder / "works" / f"{number}.txt").write_text(work, encoding="utf-8")
    with Registry.init(folder / "registry") as registry:
        registry.add([folder / "works"], jobs=1)
    return folder / "registry", works


def _quoting(documents: Sequence[str], works: Sequence[str]) -> list[str]:
    rng, made = Random(4), list[str]()
    for document in documents:
        if rng.random() < QUOTING:
            work = rng.choice(works)
            start = work.index(" ", rng.randrange(len(work) - 2 * QUOTED)) + 1
            made.append(f"{document}\n{work[start : start + QUOTED]}")
        else:
            made.append(document)
    return made


def _written(file: Path, documents: Sequence[str]) -> Path:
    if file.suffix == ".jsonl":
        with file.open("wb") as opened:
            for text in documents:
                opened.write(orjson.dumps({"text": text}) + b"\n")
    else:
        rows = max(1, ROW_GROUP // max(1, len(documents[0])))
        pq.write_table(pa.table({"text": pa.array(documents, pa.large_string())}), file, row_group_size=rows)
    return file


def _command(file: Path, registry: Path) -> list[str]:
    command = [sys.executable, "-m", "provenance", "audit", str(file), "--registry", str(registry), "--jobs", "1", "--no-cache"]
    return [*command, "--policy", "us-107", "--use", "train"]


def _seconds(command: Sequence[str]) -> float:
    """CPU seconds of a command and all its processes; ends the benchmark if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in PASSED:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _counted(file: Path) -> float:
    try:
        return _seconds(["wc", "-w", str(file)])
    except FileNotFoundError:
        return float("nan")


def _profile(task: ScanTask, tiny: Path, file: Path) -> Profile:
    """Of the function that a worker runs, in this process, after it has compiled and opened everything."""
    scan = task.opened()
    _all(scan, tiny)
    profiler = cProfile.Profile()
    profiler.runcall(_all, scan, file)
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    own = {_named(*where): figures[2] for where, figures in stats.items()}
    total = sum(own.values())
    shares = dict.fromkeys((*GROUPS, "bookkeeping"), 0.0)
    for name, seconds in own.items():
        shares[group_of(name)] += seconds / total
    top = sorted(own.items(), key=lambda entry: -entry[1])[:TOP]
    return Profile(shares, [(name, seconds / total) for name, seconds in top])


def _all(scan: Callable[..., object], file: Path) -> None:
    for unit in plan([file]).units:
        list(scan(unit))  # type: ignore[call-overload]


def _named(file: str, line: int, function: str) -> str:
    return function if file == "~" else f"{'/'.join(Path(file).parts[-3:])}:{line} {function}"


def group_of(name: str) -> str:
    """What a profiled function is counted as."""
    return next((group for group, pattern in GROUPS.items() if re.search(pattern, name)), "bookkeeping")
