"""Question 4, in the library: how fast works are indexed and texts are scanned, how large the index is, and how both grow."""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from fingerprints.model import MediaBatch, Modality
from fingerprints.text import Builder, Scanner
from text_peers.material import Material
from text_peers.measure import MB, apart, own_memory, timed
from text_peers.methods import part_bytes
from text_peers.recall import per_novel

SHORT, LONG = 2_000, 100_000
"""Bytes of a document."""
BYTES_A_WORD: Final = 6.1
BATCH: Final = 8 * MB
"""Bytes of text that are handed over at once."""
REPEATS: Final = 3
TYPOGRAPHIC: Final = str.maketrans("'\"", "\u2019\u201d")
SIZES: Final = (100_000, 1_000_000, 10_000_000)
LARGE: Final = 100_000_000
KINDS: Final = ("2 KB", "100 KB", "2 KB, typographic quotes")


@dataclass(frozen=True, slots=True)
class Figures:
    """One size of registry."""

    postings: int
    work_bytes: int
    build: float
    """MB/s of text, fingerprints and shard."""
    hot: float
    """MB a novel."""
    cold: float
    scan: dict[str, float]
    """MB/s by kind of document, the best of REPEATS."""
    memory: int
    """Bytes of the scanning process's own, beside the mapped index and the texts."""


def texts(material: Material, size: int, total: int) -> list[str]:
    """Unrelated documents of about so many bytes each."""
    return material.documents(max(1, total // size), round(size / BYTES_A_WORD))


def measured(material: Material, sizes: Sequence[int], total: int) -> list[Figures]:
    """Each size of registry in a process of its own, on the same texts of ``total`` bytes a kind."""
    short, long = texts(material, SHORT, total), texts(material, LONG, total)
    typographic = [text.replace(" the ", ' "the" ', 1).translate(TYPOGRAPHIC) for text in short]
    batches = {kind: batched(of_kind) for kind, of_kind in zip(KINDS, (short, long, typographic), strict=True)}
    ratio = words_a_posting(material)
    made = []
    for size in sizes:
        print(f"speed: {size:,} fingerprints", file=sys.stderr)
        made.append(apart(partial(_figures, material, round(size * ratio), batches)))
    return made


def words_a_posting(material: Material) -> float:
    """How many words of a work make one fingerprint of the index."""
    with tempfile.TemporaryDirectory(prefix="bench-text-") as folder:
        novel = material.novels[0]
        return len(novel.split()) / postings(_built([novel], Path(folder) / "shard"))


def postings(shard: Path) -> int:
    """Fingerprints in a shard's tables."""
    arrays = json.loads((shard / "shard.json").read_text("utf-8"))["arrays"]
    return sum(layout["shape"][0] for name, layout in arrays.items() if name.startswith("hot-") and name.endswith("places"))


def batched(documents: Sequence[str]) -> list[MediaBatch]:
    """The documents as a reader would hand them over."""
    batches, batch, size = [], list[str](), 0
    for text in documents:
        batch.append(text)
        size += len(text)
        if size >= BATCH:
            batches.append(MediaBatch(Modality.TEXT, pa.array(batch, pa.large_string())))
            batch, size = [], 0
    return [*batches, MediaBatch(Modality.TEXT, pa.array(batch, pa.large_string()))] if batch else batches


def rate(scanner: Scanner, batches: Sequence[MediaBatch]) -> float:
    """MB/s of UTF-8 that a scanner gets through, the best of REPEATS."""
    size = sum(pc.sum(pc.binary_length(batch.content)).as_py() for batch in batches)
    best: float = min(timed(lambda: [sum(1 for _ in scanner.scan(batch)) for batch in batches])[1] for _ in range(REPEATS))
    return float(size / best / MB)


def _built(works: Sequence[str], shard: Path) -> Path:
    builder = Builder()
    for number, work in enumerate(works):
        builder.add(f"{number}", builder.fingerprint(work))
    builder.write(shard)
    return shard


def _figures(material: Material, words: int, batches: dict[str, list[MediaBatch]]) -> Figures:
    works = material.registered(words)
    if len(works) == 1:
        works = [" ".join(works[0].split()[:words])]
    size = sum(len(work.encode()) for work in works)
    with tempfile.TemporaryDirectory(prefix="bench-text-") as folder:
        _built([works[0][:10_000]], Path(folder) / "compiles")
        shard, seconds = timed(lambda: _built(works, Path(folder) / "shard"))
        before = own_memory()
        scanner = Scanner([shard])
        for kind in batches.values():
            list(scanner.scan(kind[0]))  # compiles, maps and checks
        scan = {kind: rate(scanner, of_kind) for kind, of_kind in batches.items()}
        hot, cold = (per_novel(part_bytes(shard, part), works) for part in ("hot", "cold"))
        return Figures(postings(shard), size, size / seconds / MB, hot, cold, scan, max(0, own_memory() - before))
