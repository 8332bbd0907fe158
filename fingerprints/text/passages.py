"""Passages: the fragments of one item in one work, brought together and judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from fingerprints.shard import Array
from fingerprints.text.alignment import gain
from fingerprints.text.scheme import EQUAL_SHARE

JOINED_WORDS = 25
"""Fragments in the same order on both sides and so near on both are one passage with an insertion, and lost words, between them."""
LEAST_PAIRS = 5
"""Equal words of the shortest stretch that is kept: a seed."""

Places: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """Pairs of equal words, ascending on both sides, of which at least EQUAL_SHARE of the aligned words are equal."""

    item: Places
    """Index of each equal word in the item's words."""
    work: Places
    """Index of its partner in the shard's words."""

    @property
    def words(self) -> int:
        """Aligned words: equal ones, and between them the longer side's."""
        return self.item.size + int(_between(self.item, self.work).sum())


def passages(fragments: Sequence[tuple[Places, Places]], words: NDArray[np.uint32]) -> tuple[Passage, ...]:
    """Disjoint passages in order of place in the item, whose words' hashes are given.

    A word of the item is used once, by the fragment that is worth most.
    """
    chosen = sorted((Passage(*pairs) for pairs in _disjoint(fragments, words)), key=lambda passage: int(passage.item[0]))
    dense = (Passage(*stretch) for field in fields(chosen) for stretch in _dense(*_united(field)))
    return tuple(sorted(dense, key=lambda passage: int(passage.item[0])))


def _disjoint(fragments: Sequence[tuple[Places, Places]], words: NDArray[np.uint32]) -> Iterator[tuple[Places, Places]]:
    first = min(int(item[0]) for item, _ in fragments)
    taken = np.zeros(max(int(item[-1]) for item, _ in fragments) + 1 - first, np.bool_)
    for item, work in sorted(fragments, key=lambda pairs: (-worth(pairs[0], words), int(pairs[0][0]), int(pairs[1][0]))):
        free = ~taken[item - first]
        if np.count_nonzero(free) >= LEAST_PAIRS:
            taken[item[0] - first : item[-1] + 1 - first] = True
            yield item[free], work[free]


def fields(found: Sequence[Passage]) -> tuple[tuple[Passage, ...], ...]:
    """Passages, in order, grouped where one follows the other closely on both sides."""
    groups: list[list[Passage]] = []
    for passage in found:
        if groups and _follows(groups[-1][-1].item, groups[-1][-1].work, passage.item, passage.work):
            groups[-1].append(passage)
        else:
            groups.append([passage])
    return tuple(tuple(group) for group in groups)


def _follows(item: Places, work: Places, next_item: Places, next_work: Places) -> bool:
    return bool(0 < next_item[0] - item[-1] <= JOINED_WORDS and 0 < next_work[0] - work[-1] <= JOINED_WORDS)


def _united(field: Sequence[Passage]) -> tuple[Places, Places]:
    return np.concatenate([passage.item for passage in field]), np.concatenate([passage.work for passage in field])


def _dense(item: Places, work: Places) -> Iterator[tuple[Places, Places]]:
    """The longest stretch with enough equal words, and the same of what is left and right of it."""
    between = _between(item, work)
    waiting, found = [(0, item.size)], list[tuple[int, int]]()
    while waiting:
        low, high = waiting.pop()
        if high - low >= LEAST_PAIRS:
            first, last = longest_dense(between[low : high - 1], EQUAL_SHARE)
            if last - first >= LEAST_PAIRS:
                found.append((low + first, low + last))
                waiting += [(low, low + first), (low + last, high)]
    for first, last in sorted(found):
        yield item[first:last], work[first:last]


def _between(item: Places, work: Places) -> Places:
    """Aligned words that are not equal between each pair and the next."""
    return np.maximum(item[1:] - item[:-1], work[1:] - work[:-1]) - 1  # np.diff takes longer than this altogether


@compiled
def longest_dense(between: Array, share: float) -> tuple[int, int]:
    """Bounds [first, last) of the longest run of pairs in which the equal words are at least ``share`` of all; linear time."""
    size = between.size + 1
    balance = np.empty(size, np.float64)  # of words up to and with each pair: 1 - share for an equal one, -share for another
    balance[0] = 0.0
    for k in range(1, size):
        balance[k] = balance[k - 1] + (1.0 - share) - share * between[k - 1]
    low = np.empty(size, np.int64)  # pairs with a lower balance than all before: candidates to begin with
    count = 0
    for k in range(size):
        if count == 0 or balance[k] < balance[low[count - 1]]:
            low[count] = k
            count += 1
    first, last = 0, 1
    for k in range(size - 1, -1, -1):
        while count > 0 and balance[k] - balance[low[count - 1]] + (1.0 - share) >= -1e-9:
            if k + 1 - low[count - 1] > last - first:
                first, last = low[count - 1], k + 1
            count -= 1
    return first, last


@compiled
def worth(item: Array, words: Array) -> int:
    """The summed gains of the item's equal words."""
    total = 0
    for k in item:
        total += gain(words[k])
    return total
