"""This tool and its peers behind one interface: an index of works is built, then documents are asked about, one thread."""

import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, cast

import ahocorasick
import numpy as np
import pyarrow as pa
import rensa
from datasketch import MinHash, MinHashLSH

from fingerprints.model import Hit, Interval, Kind, MediaBatch, Modality
from fingerprints.text import Builder, Scanner

PERMUTATIONS: Final = 128
WHOLE_SHINGLE, WHOLE_SIMILAR = 5, 0.2
"""Words of a shingle and Jaccard similarity for whole documents; lower than the .5-.8 of de-duplication, in the peers' favour."""
PASSAGE_WORDS, PASSAGE_STEP, PASSAGE_SHINGLE = 100, 50, 3
PASSAGE_SIMILAR, PASSAGE_VERIFIED = 0.3, 0.2
GRAM_WORDS: Final = 8
SENTENCE_WORDS: Final = 8  # of the shortest sentence that an automaton is given
WORD: Final = re.compile(r"\w+")
SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+|\n+")


class Span(NamedTuple):
    """One report: which work, where in the document and, if the method says, where in the work; code points, half-open."""

    work: int
    start: int
    stop: int
    in_work: tuple[int, int] | None = None
    lead: bool = False


class Method(Protocol):
    """One way to find reuse."""

    mapped: int
    """Bytes of the index in files that are mapped, beside what stands in the process's own memory."""

    def __init__(self, works: Sequence[str], folder: Path) -> None:
        """Builds the index; ``folder`` is empty and stays until the end."""

    def scan(self, documents: Sequence[str]) -> Iterator[list[Span]]:
        """What is found in each document."""
        ...


class Ours:
    """This tool as a library: a shard on disk, mapped."""

    def __init__(self, works: Sequence[str], folder: Path) -> None:
        builder = Builder()
        for number, work in enumerate(works):
            builder.add(f"{number}", builder.fingerprint(work))
        self.shard = Path(tempfile.mkdtemp(dir=folder)) / "shard"
        builder.write(self.shard)
        self.mapped = part_bytes(self.shard, "hot")
        self._scanner = Scanner([self.shard])

    def scan(self, documents: Sequence[str]) -> Iterator[list[Span]]:
        """Findings and leads, segment by segment."""
        found: list[list[Span]] = [[] for _ in documents]
        for hit in self._scanner.scan(MediaBatch(Modality.TEXT, pa.array(documents, pa.large_string()))):
            assert isinstance(hit, Hit), hit
            for segment in hit.match.segments:
                (start, stop), in_work = cast("Interval", segment.item), cast("Interval", segment.work)
                found[hit.position].append(Span(int(hit.asset), start, stop, in_work, hit.match.kind is Kind.LEAD))
        yield from found


def part_bytes(shard: Path, part: str) -> int:
    """Size of the hot or the cold part of an index shard."""
    return sum(file.stat().st_size for file in shard.glob(f"{part}-*"))


class _OneByOne(ABC):
    """A method that looks at one document at a time."""

    mapped = 0

    def scan(self, documents: Sequence[str]) -> Iterator[list[Span]]:
        """What is found in each document."""
        return (list(self._spans(document)) for document in documents)

    @abstractmethod
    def _spans(self, document: str) -> Iterator[Span]:
        """What is found in one document."""


def normalised(text: str) -> list[str]:
    """Words in small letters, without punctuation."""
    return WORD.findall(text.lower())


def placed(text: str) -> list[tuple[str, int, int]]:
    """The same with the place of each."""
    return [(found.group().lower(), *found.span()) for found in WORD.finditer(text)]


def shingles(words: Sequence[str], size: int) -> list[str]:
    """Runs of so many words; one of all where there are fewer."""
    return [" ".join(words[at : at + size]) for at in range(max(1, len(words) - size + 1))]


def minhash(words: Sequence[str], size: int) -> MinHash:
    """Datasketch's signature as its documentation makes it, in one batch."""
    made = MinHash(num_perm=PERMUTATIONS)
    made.update_batch([shingle.encode() for shingle in set(shingles(words, size))])
    return made


def passages(text: str) -> Iterator[tuple[list[str], int, int]]:
    """Windows of PASSAGE_WORDS and their places."""
    words = placed(text)
    for at in range(0, max(1, len(words) - PASSAGE_STEP), PASSAGE_STEP):
        if window := words[at : at + PASSAGE_WORDS]:
            yield [word for word, _, _ in window], window[0][1], window[-1][2]


class DatasketchWhole(_OneByOne):
    """MinHash of whole documents."""

    def __init__(self, works: Sequence[str], _folder: Path) -> None:
        self._lsh = MinHashLSH(threshold=WHOLE_SIMILAR, num_perm=PERMUTATIONS)
        for number, work in enumerate(works):
            self._lsh.insert(number, minhash(normalised(work), WHOLE_SHINGLE))

    def _spans(self, document: str) -> Iterator[Span]:
        for work in self._lsh.query(minhash(normalised(document), WHOLE_SHINGLE)):
            yield Span(work, 0, len(document))


class DatasketchPassages(_OneByOne):
    """MinHash of passages, candidates verified by their signatures."""

    def __init__(self, works: Sequence[str], _folder: Path) -> None:
        self._lsh, self._of = MinHashLSH(threshold=PASSAGE_SIMILAR, num_perm=PERMUTATIONS), list[tuple[int, MinHash]]()
        for number, work in enumerate(works):
            for words, _, _ in passages(work):
                made = minhash(words, PASSAGE_SHINGLE)
                self._lsh.insert(len(self._of), made)
                self._of.append((number, made))

    def _spans(self, document: str) -> Iterator[Span]:
        for words, start, stop in passages(document):
            made = minhash(words, PASSAGE_SHINGLE)
            near = (self._of[key] for key in self._lsh.query(made))
            yield from {Span(work, start, stop) for work, other in near if made.jaccard(other) >= PASSAGE_VERIFIED}


class RensaPassages(_OneByOne):
    """The same with rensa's compiled signatures and buckets."""

    def __init__(self, works: Sequence[str], _folder: Path) -> None:
        self._lsh, self._of = rensa.RMinHashLSH(PASSAGE_SIMILAR, PERMUTATIONS, PERMUTATIONS // 2), list[tuple[int, Any]]()
        for number, work in enumerate(works):
            for words, _, _ in passages(work):
                made = self._made(words)
                self._lsh.insert(len(self._of), made)
                self._of.append((number, made))

    @staticmethod
    def _made(words: Sequence[str]) -> Any:  # noqa: ANN401 - rensa is not annotated
        made = rensa.RMinHash(num_perm=PERMUTATIONS, seed=42)
        made.update(shingles(words, PASSAGE_SHINGLE))
        return made

    def _spans(self, document: str) -> Iterator[Span]:
        for words, start, stop in passages(document):
            made = self._made(words)
            near = (self._of[key] for key in self._lsh.query(made))
            yield from {Span(work, start, stop) for work, other in near if made.jaccard(other) >= PASSAGE_VERIFIED}


class AhoCorasick(_OneByOne):
    """An automaton over the works' sentences and lines, normalised."""

    def __init__(self, works: Sequence[str], _folder: Path) -> None:
        self._automaton = ahocorasick.Automaton()
        for number, work in enumerate(works):
            for sentence in SENTENCE.split(work):
                words = normalised(sentence)
                if len(words) >= SENTENCE_WORDS:
                    self._automaton.add_word(f" {' '.join(words)} ", (number, len(words)))
        self._automaton.make_automaton()

    def _spans(self, document: str) -> Iterator[Span]:
        words = placed(document)
        ends = np.cumsum([len(word) + 1 for word, _, _ in words])
        for end, (work, count) in self._automaton.iter(f" {' '.join(word for word, _, _ in words)} "):
            last = int(np.searchsorted(ends, end))
            yield Span(work, words[last - count + 1][1], words[last][2])


class GramDictionary(_OneByOne):
    """A dictionary of the hashes of all runs of eight words."""

    def __init__(self, works: Sequence[str], _folder: Path) -> None:
        self._of: dict[int, int] = {}
        for number, work in enumerate(works):
            for gram in _grams(normalised(work)):
                self._of.setdefault(gram, number)

    def _spans(self, document: str) -> Iterator[Span]:
        words = placed(document)
        for at, gram in enumerate(_grams([word for word, _, _ in words])):
            if (work := self._of.get(gram)) is not None:
                yield Span(work, words[at][1], words[at + GRAM_WORDS - 1][2])


def _grams(words: Sequence[str]) -> Iterator[int]:
    return (hash(tuple(words[at : at + GRAM_WORDS])) for at in range(len(words) - GRAM_WORDS + 1))


OURS: Final = "this tool"
METHODS: Final[dict[str, type[Method]]] = {
    OURS: Ours,
    "datasketch, documents": DatasketchWhole,
    "datasketch, passages": DatasketchPassages,
    "rensa, passages": RensaPassages,
    "Aho-Corasick, sentences": AhoCorasick,
    "8-gram dictionary": GramDictionary,
}
