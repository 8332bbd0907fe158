"""How fast text seeds are looked up in one table and in a base with three deltas, and how soon a change of a registry is visible.

``make bench-index`` (or ``python benchmarks/index.py [FINGERPRINTS]``) prints a table. Works are random words, so that every seed is one
posting and every lookup of a foreign seed is a miss; a share of the lookups are seeds of the works. Best of REPEATS, one core.
"""

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from fingerprints import shard
from fingerprints.model import Modality
from fingerprints.schemes import SCHEMES
from fingerprints.text import prefilter, seeds
from fingerprints.text.alignment import PADDING
from fingerprints.text.fingerprint import Fingerprint, pack
from fingerprints.text.fragments import find
from fingerprints.text.index import Index
from fingerprints.text.normalise import Words
from fingerprints.text.scheme import SCHEME, STRIDE
from fingerprints.text.whole import PERMUTATIONS
from provenance.registry import Registry, publish
from provenance.registry.store import Fingerprinted, Store

T = TypeVar("T")

FINGERPRINTS = 10_000_000
WORK_WORDS = 100_000  # a novel
DELTAS = (0.02, 0.01, 0.005)  # of the base, as after a few additions
PROBES = 2_000_000
FOUND = 0.01  # of the words looked up are copied from works
BATCH = 180_000  # words of 1 MB of prose, what the scanner works on at once
REPEATS = 3
REGISTERED, ADDED, REMOVED = 5_000, 1_000, 5
ADDED_WORDS = 100


def main() -> None:
    """Prints the measurements."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FINGERPRINTS
    with tempfile.TemporaryDirectory(prefix="bench-index-") as folder:
        print(f"{'index of':>34} {'seeds':>12} {'MB hot':>8} {'MB cold':>8} {'s build':>8} {'M lookups/s':>12}")
        _lookups(Path(folder), count)
    with tempfile.TemporaryDirectory(prefix="bench-index-") as folder:
        _latency(Path(folder))


def _lookups(folder: Path, count: int) -> None:
    rng = np.random.default_rng(7)
    works = max(4, count * STRIDE // WORK_WORDS)
    words = rng.integers(1, 1 << 32, (works, WORK_WORDS), dtype=np.uint32)
    texts = _queries(rng, words)
    bounds = np.cumsum([max(1, int(works * share)) for share in DELTAS])
    one = [_timed(lambda: _written(folder / "one", words))]
    parts = (words[bounds[-1] :], *np.split(words[: bounds[-1]], bounds[:-1]))
    several = [_timed(lambda n=n, part=part: _written(folder / f"part-{n}", part)) for n, part in enumerate(parts)]
    deltas = [place for place, _ in several]
    apart = _rate([Index(place, frozenset()) for place in deltas], {}, texts)
    over, seconds = _timed(lambda: _filter(folder, deltas))
    bits = prefilter.over(deltas)
    _row("one table", [place for place, _ in one], one[0][1], _rate([Index(one[0][0], frozenset())], {}, texts))
    _row("base and three deltas", deltas, sum(s for _, s in several), apart)
    _row("the same, one filter over all", [*deltas, over], seconds, _rate([Index(place, frozenset()) for place in deltas], bits, texts))


def _queries(rng: np.random.Generator, works: np.ndarray) -> list[Words]:
    """Batches of random words, a share of them runs from works."""
    batches = []
    for _ in range(PROBES // BATCH + 1):
        words = rng.integers(1, 1 << 32, BATCH, dtype=np.uint32)
        for place in rng.integers(0, BATCH - 50, int(BATCH * FOUND / 50)).tolist():
            work, start = rng.integers(0, len(works)), rng.integers(0, WORK_WORDS - 50)
            words[place : place + 50] = works[work, start : start + 50]
        batches.append(Words(words, np.array([0, BATCH], np.int64)))
    return batches


def _written(directory: Path, works: np.ndarray) -> Path:
    """A shard of works that are given as their words, as ``fingerprints.text.Builder`` lays it out."""
    count, size = works.shape
    padded = np.zeros((count, size + PADDING), np.uint32)
    padded[:, :size] = works
    words = np.concatenate([np.zeros(PADDING, np.uint32), padded.ravel()])
    first, sizes = PADDING + np.arange(count, dtype=np.int64) * (size + PADDING), np.full(count, size, np.int64)
    hot = {name: array for table in seeds.build(words, first, sizes) for name, array in table.arrays().items()}
    cold = {
        "words": words,
        "starts": (np.arange(words.size) % size * 6).astype(np.uint32),
        "letters": np.full(words.size, 5, np.uint16),
        "first": first,
        "sizes": sizes,
        "characters": sizes * 6,
        "signatures": np.zeros((count, PERMUTATIONS), np.uint32),
    }
    shard.write(directory, SCHEME, [f"{directory.name}-{n}" for n in range(count)], hot, cold)
    return directory


def _filter(folder: Path, shards: Sequence[Path]) -> Path:
    place = folder / f"{shard.FILTER}over-all"
    prefilter.write(place, shards, None)
    return place


def _rate(indexes: Sequence[Index], common: Mapping[int, np.ndarray], batches: Sequence[Words]) -> float:
    """Millions of seeds a second, from the batch's words to its fragments."""

    def run() -> None:
        for words in batches:
            met = {length: seeds.probe(words.hashes, words.texts, length, bits) for length, bits in common.items()}
            for index in indexes:
                for table in index.tables:
                    find(words, met.get(table.length) or seeds.probe(words.hashes, words.texts, table.length, table.filter), table, index)

    run()  # compiles, maps and checks
    return BATCH * len(batches) / min(_timed(run)[1] for _ in range(REPEATS)) / 1e6


def _row(label: str, directories: Sequence[Path], seconds: float, rate: float) -> None:
    sizes = {part: sum(f.stat().st_size for d in directories for f in d.glob(f"{part}-*")) / 1e6 for part in ("hot", "cold")}
    postings = sum(len(np.load(d / "hot-places.npy", mmap_mode="r")) for d in directories if (d / "hot-places.npy").exists())
    print(f"{label:>34} {postings:>12,} {sizes['hot']:>8.1f} {sizes['cold']:>8.1f} {seconds:>8.2f} {rate:>12.1f}")


def _latency(folder: Path) -> None:
    rng = np.random.default_rng(8)
    with Registry.init(folder / "registry") as registry:
        store = registry._store  # noqa: SLF001 - works without files: the normaliser is not what is measured
        _register(store, rng, 0, REGISTERED)
        publish.publish(store, registry.path, [Modality.TEXT])
        removals = [_timed(lambda n=n: registry.remove(f"work-{n}", "a benchmark"))[1] for n in range(REMOVED)]
        print(f"{REGISTERED:,} works: one is removed in {_ms(removals)}")
        seen = []
        for n in range(3):
            _register(store, rng, REGISTERED + n * ADDED, ADDED)
            seen.append(_after_build(store, registry.path))
        print(f"{ADDED:,} works are visible {_ms(seen)} after their shard is built")


def _after_build(store: Store, registry: Path) -> float:
    built = []
    build = publish._build  # noqa: SLF001 - the moment at which the shard stands

    def noted(*arguments: object) -> None:
        build(*arguments)
        built.append(time.perf_counter())

    publish._build = noted  # noqa: SLF001
    try:
        publish.publish(store, registry, [Modality.TEXT])
    finally:
        publish._build = build  # noqa: SLF001
    return time.perf_counter() - built[-1]


def _register(store: Store, rng: np.random.Generator, first: int, count: int) -> None:
    starts = np.arange(ADDED_WORDS, dtype=np.uint32) * 6
    with store.transaction():
        for n in range(first, first + count):
            words, signature = (rng.integers(1, 1 << 32, size, dtype=np.uint32) for size in (ADDED_WORDS, PERMUTATIONS))
            asset = hashlib.sha256(str(n).encode()).hexdigest()
            store.keep_asset(asset, Modality.TEXT, 600)
            packed = pack(Fingerprint(words, starts, starts + 5, signature, 600))
            store.keep_fingerprint(asset, SCHEMES[Modality.TEXT].name, Fingerprinted(packed))
            store.record(f"work-{n}", "add", fields={"title": f"{n}"}, origin="file", source="benchmark", files={asset: f"{n}.txt"})


def _timed(function: Callable[[], T]) -> tuple[T, float]:
    begin = time.perf_counter()
    return function(), time.perf_counter() - begin


def _ms(seconds: Sequence[float]) -> str:
    return f"{min(seconds) * 1e3:.0f}-{max(seconds) * 1e3:.0f} ms (n = {len(seconds)})"


if __name__ == "__main__":
    main()
