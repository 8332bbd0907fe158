"""The audit side: passages of registered works in batches of texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fingerprints.errors import TooLargeError
from fingerprints.model import Failure, Hit, Kind, Match, MediaBatch
from fingerprints.text import prefilter
from fingerprints.text.candidates import Candidate, candidates
from fingerprints.text.fingerprint import LARGEST_BYTES
from fingerprints.text.fragments import Fragments, find, united
from fingerprints.text.index import Index
from fingerprints.text.judgement import Item
from fingerprints.text.matches import marked, matches, near_duplicates
from fingerprints.text.normalise import Normaliser, Words
from fingerprints.text.scheme import MOST_LEADS, SCHEME
from fingerprints.text.seeds import Seeds, probe

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 1 << 20
"""Text that is worked on at once: its words stay in the processor's cache."""
SIMILAR_SHARE = 0.1
"""Equal words in short runs, as a share of an item's words, from which it is compared as a whole."""


class Scanner:
    """Finds passages of registered works in batches of text; its shards are memory-mapped and shared by all workers.

    A run of at least six unchanged words leads to an alignment; what the alignments amount to is measured in ``calibration.json``. The
    hits of one shard do not depend on which others are opened with it, so that a part of the shards can be scanned on its own.
    """

    scheme = SCHEME

    def __init__(self, shards: Sequence[Path], erased: frozenset[str] = frozenset()) -> None:
        self._indexes = tuple(Index(directory, erased) for directory in shards)
        self._prefilter = prefilter.over(shards)
        self._normaliser = Normaliser()

    def scan(self, batch: MediaBatch) -> Iterator[Hit | Failure]:
        """Yields the matches in order of position, stronger kinds and higher scores first; leads only where nothing is found."""
        texts: pa.LargeStringArray = batch.content
        if len(texts) == 0:
            return
        _, offset_buffer, data_buffer = texts.buffers()
        offsets = np.frombuffer(offset_buffer, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        data = np.frombuffer(data_buffer, np.uint8) if data_buffer is not None else np.empty(0, np.uint8)
        data.setflags(write=False)  # Arrow's buffers are so or not; one version of the kernels is compiled
        offsets.setflags(write=False)
        first = 0
        while first < len(texts):
            if offsets[first + 1] - offsets[first] > LARGEST_BYTES:
                yield Failure(first, TooLargeError(f"the text has more than {LARGEST_BYTES:,} bytes"))
                first += 1
                continue
            last = max(first + 1, int(np.searchsorted(offsets, offsets[first] + BLOCK_BYTES, side="right")) - 1)
            yield from self._block(texts, first, self._normaliser.words(data, offsets[first : last + 1]))
            first = last

    def _block(self, texts: "pa.LargeStringArray", first: int, words: Words) -> Iterator[Hit]:
        hits: list[Hit] = []
        items: dict[int, Item] = {}
        common = {length: probe(words.hashes, words.texts, length, bits) for length, bits in self._prefilter.items()}
        for index in self._indexes:
            found: list[Hit] = []
            for number, groups in groupby(candidates(self._fragments(words, common, index), words, index), key=lambda group: group.text):
                if number not in items:
                    items[number] = self._item(texts[first + number].as_py())
                matched = _matches(items[number], tuple(groups), index)
                found.extend(Hit(first + number, index.assets[asset], match) for asset, match in matched)
            hits += (replace(hit, match=marked(hit.match, items[hit.position - first])) for hit in _few_leads(found))
        yield from _ranked(hits)

    def _fragments(self, words: Words, common: Mapping[int, Seeds], index: Index) -> Fragments:
        """What aligns with the works of a shard, by seeds that a filter over all shards let pass, or else its own."""
        found = list[Fragments]()
        for table in index.tables:
            seeds = common.get(table.length) or probe(words.hashes, words.texts, table.length, table.filter)
            found.append(find(words, seeds, table, index))
        return united(found)

    def _item(self, text: str) -> Item:
        return Item(self._normaliser.placed(text.encode()), text)


def _matches(item: Item, groups: Sequence[Candidate], index: Index) -> Iterator[tuple[int, Match]]:
    """The matches of each asset; as a whole the item is compared where passages leave much unexplained."""
    matched = {group.asset: tuple(matches(item, group.asset, group.fragments, index)) for group in groups}
    weak = {asset for asset, found in matched.items() if all(match.kind is Kind.LEAD or "background" in match.measures for match in found)}
    if sum(group.pairs for group in groups if group.asset in weak) >= SIMILAR_SHARE * item.words.hashes.size:
        for asset, similar in near_duplicates(item, index):
            if asset in weak or asset not in matched:
                matched[asset] = (similar, *(match for match in matched.get(asset, ()) if match.kind is not Kind.LEAD))
    for asset, found in matched.items():
        yield from ((asset, match) for match in found)


def _few_leads(hits: Sequence[Hit]) -> Iterator[Hit]:
    """The hits of one shard, of each item with the best MOST_LEADS leads: a cap over all shards would let one displace another's."""
    for _, of_item in groupby(_ranked(hits), key=lambda hit: hit.position):
        leads = 0
        for hit in of_item:
            leads += hit.match.kind is Kind.LEAD
            if leads <= MOST_LEADS:
                yield hit


def _ranked(hits: Sequence[Hit]) -> list[Hit]:
    """In order of position, the strongest first."""
    return sorted(hits, key=_rank)


def _rank(hit: Hit) -> tuple[int, int, float, float, str]:
    """As all matches of an item are ranked later, over all shards: otherwise how the index is cut would decide which leads are left."""
    match = hit.match
    return hit.position, _STRENGTH.index(match.kind), -match.coverage_of_item, -match.score, hit.asset


_STRENGTH = tuple(Kind)
