"""Fragments: every stretch of a batch that aligns with a stretch of a shard's works; compiled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled, compiled_or
from fingerprints.shard import Array
from fingerprints.text import vectorised
from fingerprints.text.alignment import WINDOW, extend, gain, reverse
from fingerprints.text.bits import WORDS, equal_bits, lowest
from fingerprints.text.index import Index, Table
from fingerprints.text.normalise import Words
from fingerprints.text.seeds import Seeds, postings
from fingerprints.text.tokens import ALL

SURVEY_BEFORE, SURVEY_DRIFT = 13, 2
"""Words looked at before a seed, of WORDS altogether, and on how many neighbouring diagonals."""
SURVEY_GAIN = 6
"""What must be equal there besides the seed before it is aligned: three short words. Nine of ten chance seeds end here."""
SHORT_ITEM = 16
"""Words of an item that is aligned at any seed, so that a short work is found whole."""
LEAST_GAIN = 18
"""What a fragment must be worth to be kept: six words of average length, or nine characters of an unspaced script."""
LEAST_ROOM = 1 << 12
"""Fragments, and pairs in them, for which there is room at first, beside the pairs of the longest text."""
REMEMBERED = 64
"""Latest fragments of an item in whose frame seeds are not aligned again."""

Pairs: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Fragments:
    """Pairs of equal words, fragment by fragment, in order of place within each."""

    texts: Pairs
    """(n,) number of the item's text."""
    bounds: Pairs
    """(n + 1,) where each fragment begins in the pairs."""
    item: Pairs
    """(pairs,) index of a word in the batch's words."""
    work: Pairs
    """(pairs,) index of its equal in the shard's words."""


NONE = Fragments(np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


def united(found: Sequence[Fragments]) -> Fragments:
    """The fragments to which several kinds of seeds led, of each kind in order of text."""
    some = [fragments for fragments in found if fragments.texts.size]
    if len(some) < 2:
        return some[0] if some else NONE
    sizes = np.concatenate([np.diff(fragments.bounds) for fragments in some])
    return Fragments(
        np.concatenate([fragments.texts for fragments in some]),
        np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
        np.concatenate([fragments.item for fragments in some]),
        np.concatenate([fragments.work for fragments in some]),
    )


def find(batch: Words, seeds: Seeds, table: Table, index: Index) -> Fragments:
    """All fragments of the batch, text by text; raises SchemeError where the works that its seeds lead to are damaged."""
    here, there = postings(seeds, table.buckets, table.tags, table.places)
    if not here.size:
        return NONE
    work = index.words(there)
    same = _equal(batch.hashes, here, work, there, seeds.length)
    here, there = here[same], there[same]
    room = LEAST_ROOM + int(np.diff(batch.texts).max(initial=0))
    window = np.empty(WINDOW, np.int32)
    while True:
        texts, bounds = np.empty(room, np.int64), np.zeros(room + 1, np.int64)
        item_pairs, work_pairs = np.empty(room, np.int64), np.empty(room, np.int64)
        count = _find(batch.hashes, batch.texts, seeds.length, here, there, work, window, texts, bounds, item_pairs, work_pairs)
        if count >= 0:
            pairs = int(bounds[count])
            return Fragments(texts[:count], bounds[: count + 1], item_pairs[:pairs], work_pairs[:pairs])
        room *= 4


@compiled_or(vectorised.equal)
def _equal(item: Array, here: Array, work: Array, there: Array, length: int) -> Array:
    """Where the words of a seed and of a posting are the same."""
    same = np.ones(here.size, np.bool_)
    for n in range(here.size):
        for m in range(length):
            same[n] &= item[here[n] + m] == work[there[n] + m]
    return same


@compiled
def _survey(item: Array, k: int, length: int, low: int, high: int, work: Array, place: int) -> bool:
    """True when enough is equal around a seed, on its diagonal and the best of its neighbours; the seed itself does not count."""
    first, last = max(low, k - SURVEY_BEFORE), min(high, k - SURVEY_BEFORE + WORDS)
    wanted = ~(np.uint64(ALL) << np.uint64(last - first)) & ~(((np.uint64(1) << np.uint64(length)) - np.uint64(1)) << np.uint64(k - first))
    straight, beside = 0, 0
    for drift in range(-SURVEY_DRIFT, SURVEY_DRIFT + 1):
        partner, equal, total = place + first - k + drift, np.uint64(0), 0
        if first + WORDS <= item.size:
            equal = equal_bits(item, first, work, partner)
        else:
            for n in range(last - first):
                equal |= np.uint64(item[first + n] == work[partner + n]) << np.uint64(n)
        equal &= wanted
        while equal:
            total += gain(item[first + lowest(equal)])
            equal &= equal - np.uint64(1)
        if drift == 0:
            straight = total
        else:
            beside = max(beside, total)
    return straight + beside >= SURVEY_GAIN


@compiled
def _framed(k: int, place: int, frames: Array, count: int) -> bool:
    """True when a seed lies in the frame of one of the latest fragments."""
    for n in range(count - 1, max(-1, count - 1 - REMEMBERED), -1):
        f = n % REMEMBERED
        if frames[f, 0] <= k <= frames[f, 1] and frames[f, 2] <= place <= frames[f, 3]:
            return True
    return False


@compiled
def _align(
    item: Array,
    k: int,
    low: int,
    high: int,
    work: Array,
    place: int,
    window: Array,
    pairs: Array,
    partners: Array,
    start: int,
) -> int:
    """Writes the pairs of the alignment through a seed, in order, from ``start`` on; gives where they end."""
    stop = extend(item, work, k - 1, place - 1, -1, low, high, window, pairs, partners, start)
    reverse(pairs, start, stop)
    reverse(partners, start, stop)
    return extend(item, work, k, place, 1, low, high, window, pairs, partners, stop)


@compiled
def _find(
    item: Array,
    docs: Array,
    length: int,
    here: Array,
    there: Array,
    work: Array,
    window: Array,
    texts: Array,
    bounds: Array,
    pairs: Array,
    partners: Array,
) -> int:
    """Gives the number of fragments, or -1 when the room for them is too small."""
    frames = np.empty((REMEMBERED, 4), np.int64)
    count, p = 0, 0
    for text in range(docs.size - 1):
        low, high = docs[text], docs[text + 1]
        framed = 0
        while p < here.size and here[p] < high:
            k, place = here[p], there[p]
            p += 1
            if _framed(k, place, frames, framed) or (high - low > SHORT_ITEM and not _survey(item, k, length, low, high, work, place)):
                continue
            start = bounds[count]
            if start + high - low > pairs.size or count + 1 >= texts.size:
                return -1
            stop = _align(item, k, low, high, work, place, window, pairs, partners, start)
            f = framed % REMEMBERED
            frames[f, 0], frames[f, 1] = pairs[start], pairs[stop - 1]
            frames[f, 2], frames[f, 3] = partners[start], partners[stop - 1]
            framed += 1
            total = 0
            for n in range(start, stop):
                total += gain(item[pairs[n]])
            if total >= LEAST_GAIN or stop - start == high - low:
                texts[count] = text
                count += 1
                bounds[count] = stop
    return count
