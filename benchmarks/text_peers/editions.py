"""Question 5: editions of whole works, found by aligned passages and by MinHash, and how fast signatures are made."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import pyarrow as pa

from fingerprints.model import Hit, Kind, MediaBatch, Modality
from fingerprints.text import Builder, Scanner, whole
from fingerprints.text.fingerprint import unpack
from text_peers.edits import BY_NAME, scanned, substituted
from text_peers.material import Material
from text_peers.measure import MB, timed
from text_peers.methods import WHOLE_SHINGLE, minhash, normalised

WORDS: Final = 20_000
"""Of a work whose editions are made."""
REVISED: Final = 0.02
PREFACE_WORDS: Final = 2_000
MISSING: Final = 0.1
MISREAD: Final = 0.02
COVERED: Final = 0.5
"""An edition is found where so much of it is aligned with the work, or where their signatures are near."""
SIMILAR: Final = 0.5
KINDS: Final = ("light revision", "with a preface", "a chapter missing", "OCR, 2 % of letters", "revised, prefaced, cut, set anew")


@dataclass(frozen=True, slots=True)
class Editions:
    """How many editions of a kind are found, and how."""

    n: int
    aligned: int
    by_signature: int
    datasketch: int


@dataclass(frozen=True, slots=True)
class Speed:
    """Megabytes of text a second, one thread."""

    signature: float
    """From hashed words to the signature."""
    fingerprint: float
    """From text to the whole fingerprint, signature included."""
    datasketch: float


def editions(works: Sequence[str], material: Material) -> dict[str, list[str]]:
    """By kind, an edition of each work."""
    made: dict[str, list[str]] = {kind: [] for kind in KINDS}
    others = material.documents(1, 3_000)[0].split()
    for number, work in enumerate(works):
        rng, words = Random(number), work.split()
        preface = material.documents(1, PREFACE_WORDS)[0]
        at, gone = rng.randrange(len(words) // 2), int(len(words) * MISSING)
        cut = words[:at] + words[at + gone :]
        revised = substituted(REVISED, words, rng, others)
        made[KINDS[0]].append(revised)
        made[KINDS[1]].append(f"{preface}\n{work}")
        made[KINDS[2]].append(" ".join(cut))
        made[KINDS[3]].append(scanned(MISREAD, words, rng, others))
        anew = BY_NAME["reflow, case, punctuation"].apply(substituted(REVISED, cut, rng, others).split(), rng, others)
        made[KINDS[4]].append(f"{preface}\n{anew}")
    return made


def compared(material: Material, count: int) -> tuple[dict[str, Editions], Speed]:
    """What is found of the editions of so many works, and the speeds."""
    works = [" ".join(words[:WORDS]) for words in (novel.split() for novel in material.novels)]
    works += [] if material.works is None else material.works.texts([WORDS] * max(0, count - len(works)), 77)
    works = works[:count]
    made = editions(works, material)
    known = [minhash(normalised(work), WHOLE_SHINGLE) for work in works]
    builder = Builder()
    own = [unpack(builder.fingerprint(work)).signature for work in works]
    with tempfile.TemporaryDirectory(prefix="bench-text-") as folder:
        for number, work in enumerate(works):
            builder.add(f"{number}", builder.fingerprint(work))
        builder.write(Path(folder) / "shard")
        scanner = Scanner([Path(folder) / "shard"])
        found = dict[str, Editions]()
        for kind, texts in made.items():
            aligned = _aligned(scanner, texts)
            near = sum(
                float((unpack(builder.fingerprint(text)).signature == signature).mean()) >= float(whole.least_similarity(len(text.split())))
                for text, signature in zip(texts, own, strict=True)
            )
            peer = sum(minhash(normalised(text), WHOLE_SHINGLE).jaccard(other) >= SIMILAR for text, other in zip(texts, known, strict=True))
            found[kind] = Editions(len(texts), aligned, near, peer)
    return found, _speed(works)


def _aligned(scanner: Scanner, texts: Sequence[str]) -> int:
    """Of how many texts at least COVERED is aligned with the work of the same place in the list."""
    hits = [hit for hit in scanner.scan(MediaBatch(Modality.TEXT, pa.array(texts, pa.large_string()))) if isinstance(hit, Hit)]
    right = (hit for hit in hits if int(hit.asset) == hit.position and hit.match.kind is not Kind.LEAD)
    return len({hit.position for hit in right if max(hit.match.coverage_of_item, hit.match.coverage_of_work) >= COVERED})


def _speed(works: Sequence[str]) -> Speed:
    size, builder = sum(len(work.encode()) for work in works), Builder()
    hashed = [unpack(builder.fingerprint(work)).hashes for work in works]
    _, ours = timed(lambda: [whole.signature(hashes) for hashes in hashed])
    _, with_words = timed(lambda: [builder.fingerprint(work) for work in works])
    _, peer = timed(lambda: [minhash(normalised(work), WHOLE_SHINGLE) for work in works])
    return Speed(size / ours / MB, size / with_words / MB, size / peer / MB)
