"""The audit side: leads to works that an item may reword, beside what the text scanner finds."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from fingerprints.model import Failure, Hit, Interval, Kind, Match, MediaBatch, Modality, Scanner, Segment
from fingerprints.text.semantic.calibration import chance
from fingerprints.text.semantic.encoder import Encoder, Model
from fingerprints.text.semantic.index import Index, Near
from fingerprints.text.semantic.scheme import MOST_CHARACTERS, MOST_LEADS, MOST_SEGMENTS
from fingerprints.text.semantic.windows import stems, windows

AT_ONCE = 64
"""Windows of an item that are compared together."""
COVERED = 0.5
"""Of a window within findings of the same asset: that the passage comes from there is known, and better."""


@dataclass(frozen=True, slots=True)
class Leads:
    """How paraphrases are looked for; small and picklable."""

    model: Model
    shard: Path
    every: bool
    """Whether every window of an item is embedded, or only those that the shortlist lets pass."""

    def beside(self, scanner: Scanner, assets: Collection[str]) -> "LeadScanner":
        """The scanner, with leads to these assets beside its own hits; raises SchemeError where the embeddings are damaged."""
        return LeadScanner(scanner, Index(self.shard, self.model.scheme), self.model, frozenset(assets), every=self.every)


class LeadScanner:
    """A text scanner with paraphrases as leads.

    What comes of an asset does not depend on which others are looked for: the leads to some of them can be made on their own. The model
    is loaded when the first window is to be embedded.
    """

    def __init__(self, scanner: Scanner, index: Index, model: Model, assets: frozenset[str], *, every: bool) -> None:
        self.scheme = scanner.scheme
        self._scanner, self._index, self._model, self._every = scanner, index, model, every
        self._wanted = np.array([asset in assets for asset in index.assets], np.bool_)
        self._encoder: Encoder | None = None
        self._chance = chance(model.scheme)

    def scan(self, batch: MediaBatch) -> Iterator[Hit | Failure]:
        """Yields what the text scanner does, and after each item's hits up to MOST_LEADS leads, the nearest first.

        Raises SchemeError for a damaged block of the embeddings, ModelError where the model cannot be loaded.
        """
        found: dict[int, list[Hit | Failure]] = {}
        for entry in self._scanner.scan(batch):
            found.setdefault(entry.position, []).append(entry)
        for position in range(len(batch)):
            entries = found.get(position, [])
            yield from entries
            if not any(isinstance(entry, Failure) for entry in entries):
                hits = [entry for entry in entries if isinstance(entry, Hit)]
                yield from self._leads(position, str(batch.content[position]), hits)

    def _leads(self, position: int, text: str, hits: Sequence[Hit]) -> Iterator[Hit]:
        """The leads of one item."""
        pairs: dict[int, list[tuple[Interval, Near]]] = {}
        passages = windows(text) if self._wanted.any() else iter(())
        while some := list(islice(passages, AT_ONCE)):
            for here, near in self._near(text, some):
                if not _covered(here, self._index.assets[near.asset], hits):
                    pairs.setdefault(near.asset, []).append((here, near))
            pairs = {asset: _nearest(of_asset) for asset, of_asset in pairs.items()}
        ranked = sorted(pairs, key=lambda asset: (-pairs[asset][0][1].cosine, self._index.assets[asset]))
        for asset in ranked[:MOST_LEADS]:
            yield Hit(position, self._index.assets[asset], self._match(asset, pairs[asset], len(text)))

    def _near(self, text: str, places: Sequence[Interval]) -> Iterator[tuple[Interval, Near]]:
        """The windows that are near to a registered one, each with it."""
        passages = [(place, text[slice(*place)][:MOST_CHARACTERS]) for place in places]
        if not self._every:
            passages = [(place, passage) for place, passage in passages if self._index.shortlist.holds(stems(passage))]
        if passages:
            self._encoder = self._encoder or self._model.encoder()
            vectors = self._encoder.embed([passage for _, passage in passages])
            for near in self._index.near(vectors, self._wanted):
                yield passages[near.query][0], near

    def _match(self, asset: int, pairs: Sequence[tuple[Interval, Near]], size: int) -> Match:
        ordered = sorted(pairs, key=lambda pair: pair[0])
        return Match(
            Modality.TEXT,
            Kind.LEAD,
            self._model.scheme,
            pairs[0][1].cosine,
            tuple(Segment("char", here, near.window) for here, near in ordered),
            round(_length(near.window for _, near in ordered) / int(self._index.characters[asset]), 6),
            round(_length(here for here, _ in ordered) / size, 6),
            self._chance,
            {"windows": len(pairs)},
        )


def _nearest(pairs: Sequence[tuple[Interval, Near]]) -> list[tuple[Interval, Near]]:
    return sorted(pairs, key=lambda pair: (-pair[1].cosine, pair[0]))[:MOST_SEGMENTS]


def _covered(window: Interval, asset: str, hits: Iterable[Hit]) -> bool:
    """True if most of a window stands in findings of the asset."""
    findings = (hit.match for hit in hits if hit.asset == asset and hit.match.kind is not Kind.LEAD)
    intervals = [segment.item for match in findings for segment in match.segments if len(segment.item) == 2]  # as all of text have
    inside = [(max(window[0], start), min(window[1], stop)) for start, stop in intervals]
    return _length(part for part in inside if part[0] < part[1]) >= COVERED * (window[1] - window[0])


def _length(intervals: Iterable[Interval]) -> int:
    """Code points in the union of the intervals."""
    total = reached = 0
    for start, stop in sorted(intervals):
        total += max(0, stop - max(start, reached))
        reached = max(reached, stop)
    return total
