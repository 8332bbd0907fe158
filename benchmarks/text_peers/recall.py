"""Question 1: what is found, where, and what is reported that is not there; this tool and its peers on the same documents."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from text_peers.edits import EDITS
from text_peers.material import Material
from text_peers.measure import MB, apart, own_memory, timed
from text_peers.methods import METHODS, OURS, Method
from text_peers.plants import Cell, Plant, Score, planted, scores

LENGTHS: Final = (12, 25, 50, 100, 250)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is planted and asked."""

    plants: int
    """A cell, for this tool."""
    peer_plants: int
    """The first of them, for every method."""
    negatives: int
    """Documents in which nothing stands, for every method; as many again of prose by people, as far as there is."""
    more_negatives: int
    """For this tool."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One method's figures."""

    cells: Mapping[Cell, Score]
    false_generated: int
    false_real: int
    leads: int
    """Negatives with leads only."""
    build_mb_s: float
    scan_mb_s: float
    memory: int
    """Bytes of the index: the hot files where it is mapped, otherwise what building it left in the process."""
    negatives: tuple[int, int]
    """Generated, and by people."""
    negative_bytes: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The documents of all methods."""

    plants: Sequence[Plant]
    generated: Sequence[str]
    real: Sequence[str]

    @property
    def documents(self) -> list[str]:
        """All, plants first."""
        return [*(plant.document for plant in self.plants), *self.generated, *self.real]


def compared(material: Material, sizes: Sizes) -> dict[str, Outcome]:
    """All methods on the same documents, each in a process of its own; this tool on more of them."""
    plants = [planted(material, words, edit, sizes.plants, 1) for words in LENGTHS for edit in EDITS]
    real = material.real[: sizes.negatives]
    few = Asked([plant for cell in plants for plant in cell[: sizes.peer_plants]], material.documents(sizes.negatives), real)
    more = Asked([plant for cell in plants for plant in cell], material.documents(sizes.more_negatives), material.real)
    made = dict[str, Outcome]()
    for name, method in METHODS.items():
        print(f"recall: {name}", file=sys.stderr)
        made[name] = apart(partial(_outcome, method, material.novels, few, more if name == OURS else None))
    return made


def _outcome(method: type[Method], works: Sequence[str], few: Asked, more: Asked | None) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="bench-text-") as folder:
        if more:
            _built(method, works[:1], folder)  # compiles
        before = own_memory()
        opened, build = _built(method, works, folder)
        memory = opened.mapped or max(0, own_memory() - before)
        list(opened.scan(few.documents[:50]))  # compiles, maps and checks
        found, scan = timed(lambda: list(opened.scan(few.documents)))
        if more:
            found = list(opened.scan(more.documents))
        asked = more or few
        first, second = len(asked.plants), len(asked.plants) + len(asked.generated)
        unrelated, real = found[first:second], found[second:]
        return Outcome(
            cells=scores(asked.plants, found[:first]),
            false_generated=sum(any(not span.lead for span in spans) for spans in unrelated),
            false_real=sum(any(not span.lead for span in spans) for spans in real),
            leads=sum(bool(spans) and all(span.lead for span in spans) for spans in found[first:]),
            build_mb_s=_size(works) / build / MB,
            scan_mb_s=_size(few.documents) / scan / MB,
            memory=memory,
            negatives=(len(asked.generated), len(asked.real)),
            negative_bytes=_size([*asked.generated, *asked.real]),
        )


def _built(method: type[Method], works: Sequence[str], folder: str) -> tuple[Method, float]:
    place = Path(tempfile.mkdtemp(dir=folder))
    return timed(lambda: method(works, place))


def _size(texts: Sequence[str]) -> int:
    return sum(len(text.encode()) for text in texts)


def per_novel(memory: float, works: Sequence[str]) -> float:
    """Megabytes of an index for each novel of NOVEL_BYTES."""
    return memory / _size(works) * NOVEL_BYTES / MB


NOVEL_BYTES: Final = 630_000
