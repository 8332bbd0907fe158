"""Documents with one excerpt planted in each, and how well a method found them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import TypeAlias

import numpy as np
from target_tables import wilson

from text_peers.edits import Edit
from text_peers.material import Material, word_spans
from text_peers.methods import Span

Cell: TypeAlias = tuple[int, str]
"""Words of the excerpt, and how it was edited."""
Interval: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Plant:
    """A document, and what of a work stands where in it."""

    document: str
    cell: Cell
    work: int
    item: Interval
    source: Interval


def planted(material: Material, words: int, edit: Edit, count: int, seed: int) -> list[Plant]:
    """So many documents, each with an excerpt of so many words."""
    rng = Random(f"{seed} {words} {edit.name}")
    spans = [word_spans(novel) for novel in material.novels]
    others = material.documents(1, 2_000)[0].split()
    return [_plant(material.novels, spans, document, (words, edit), rng, others) for document in material.documents(count)]


def _plant(
    novels: Sequence[str], spans: Sequence[np.ndarray], document: str, what: tuple[int, Edit], rng: Random, others: Sequence[str]
) -> Plant:
    words, edit = what
    work = rng.randrange(len(novels))
    first = rng.randrange(len(spans[work]) - words)
    start, stop = int(spans[work][first, 0]), int(spans[work][first + words - 1, 1])
    excerpt = edit.apply(novels[work][start:stop].split(), rng, others)
    at = document.find(" ", rng.randrange(len(document) // 10, len(document) * 9 // 10)) + 1
    whole = f"{document[:at]}{excerpt} {document[at:]}"
    return Plant(whole, (words, edit.name), work, (at, at + len(excerpt)), (start, stop))


@dataclass(slots=True)
class Score:
    """What became of the plants of one cell."""

    n: int = 0
    found: int = 0
    led: int = 0
    """Found or pointed to by a lead."""
    in_item: list[float] = field(default_factory=list)
    in_work: list[float] = field(default_factory=list)
    """Intersection over union with the truth, of those found."""
    wrong: int = 0
    """Documents in which a work was reported of which nothing stands there."""

    def enter(self, plant: Plant, spans: Sequence[Span]) -> None:
        """Counts one plant."""
        self.n += 1
        self.wrong += any(span.work != plant.work and not span.lead for span in spans)
        right = [span for span in spans if span.work == plant.work]
        met = [span for span in right if span.start < plant.item[1] and span.stop > plant.item[0]]
        self.led += bool(met)
        if any(not span.lead for span in met):
            self.found += 1
            self.in_item.append(overlap([(span.start, span.stop) for span in right], plant.item))
            places = [span.in_work for span in right if span.in_work]
            if places:
                self.in_work.append(overlap(places, plant.source))

    @property
    def recall(self) -> float:
        """Share of the plants that were found."""
        return self.found / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Of the recall, at 95 %."""
        return wilson(self.found, self.n)


def overlap(spans: Sequence[Interval], truth: Interval) -> float:
    """Intersection over union of what the spans cover together with the truth."""
    covered = shared = 0
    reached = 0
    for start, stop in sorted(spans):
        begin = max(start, reached)
        if begin < stop:
            covered += stop - begin
            shared += max(0, min(stop, truth[1]) - max(begin, truth[0]))
            reached = stop
    return shared / (covered + truth[1] - truth[0] - shared)


def scores(plants: Iterable[Plant], found: Iterable[Sequence[Span]]) -> dict[Cell, Score]:
    """By cell."""
    made: dict[Cell, Score] = {}
    for plant, spans in zip(plants, found, strict=True):
        made.setdefault(plant.cell, Score()).enter(plant, spans)
    return made


def medians(made: Iterable[Score]) -> Iterator[float]:
    """Of the overlaps in the item, then in the work; not a number where nothing was found or the method does not say."""
    collected = list(made)
    for side in ("in_item", "in_work"):
        values = [value for score in collected for value in getattr(score, side)]
        yield median(values) if values else float("nan")
