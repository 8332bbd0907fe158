"""Fragments: every stretch of a batch that aligns with a stretch of a shard's works; compiled."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from fingerprints.shard import Array
from fingerprints.text.alignment import WINDOW, extend, gain, reverse
from fingerprints.text.index import Index
from fingerprints.text.normalise import Words
from fingerprints.text.scheme import SEED_WORDS
from fingerprints.text.seeds import Seeds, slot

SURVEY_BEFORE, SURVEY_AFTER, SURVEY_DRIFT = 11, 16, 2
"""Words looked at around a seed, and on how many neighbouring diagonals."""
SURVEY_GAIN = 6
"""What must be equal there besides the seed before it is aligned: three short words. Nine of ten chance seeds end here."""
SHORT_ITEM = 16
"""Words of an item that is aligned at any seed, so that a short work is found whole."""
LEAST_GAIN = 18
"""What a fragment must be worth to be kept: six words of average length, or nine characters of an unspaced script."""
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


def find(batch: Words, seeds: Seeds, index: Index) -> Fragments:
    """All fragments of the batch, text by text; raises SchemeError where the works that its seeds lead to are damaged."""
    room = batch.hashes.size + 1024
    work = index.words(seeds.keys)
    window = np.empty(WINDOW, np.int32)
    while True:
        texts, bounds = np.empty(room, np.int64), np.zeros(room + 1, np.int64)
        item_pairs, work_pairs = np.empty(room, np.int64), np.empty(room, np.int64)
        count = _find(
            batch.hashes, batch.lengths, batch.texts, seeds.places, seeds.keys, index.buckets, index.tags, index.places, work,
            window, texts, bounds, item_pairs, work_pairs,
        )  # fmt: skip
        if count >= 0:
            pairs = int(bounds[count])
            return Fragments(texts[:count], bounds[: count + 1], item_pairs[:pairs], work_pairs[:pairs])
        room *= 4


@compiled
def _equal_seed(item: Array, k: int, work: Array, place: int) -> bool:
    same = True
    for m in range(SEED_WORDS):
        same &= item[k + m] == work[place + m]
    return same


@compiled
def _survey(item: Array, lengths: Array, k: int, low: int, high: int, work: Array, place: int) -> bool:
    """True when enough is equal around a seed, on its diagonal and the best of its neighbours."""
    straight, beside = 0, 0
    first, last = max(low, k - SURVEY_BEFORE), min(high, k + SURVEY_AFTER)
    for drift in range(-SURVEY_DRIFT, SURVEY_DRIFT + 1):
        total = 0
        for n in range(first, last):
            if (n < k or n >= k + SEED_WORDS) and item[n] == work[place + n - k + drift]:
                total += gain(lengths[n])
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
    lengths: Array,
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
    stop = extend(item, work, lengths, k - 1, place - 1, -1, low, high, window, pairs, partners, start)
    reverse(pairs, start, stop)
    reverse(partners, start, stop)
    return extend(item, work, lengths, k, place, 1, low, high, window, pairs, partners, stop)


@compiled
def _find(
    item: Array,
    lengths: Array,
    docs: Array,
    passed: Array,
    keys: Array,
    buckets: Array,
    tags: Array,
    places: Array,
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
        while p < passed.size and passed[p] < high:
            key, k = keys[p], int(passed[p])
            p += 1
            bucket = slot(key, buckets.size - 1)
            for entry in range(buckets[bucket], buckets[bucket + 1]):
                place = 0 + places[entry]  # signed, so that one version is compiled
                if tags[entry] != np.uint16(key) or not _equal_seed(item, k, work, place) or _framed(k, place, frames, framed):
                    continue
                if high - low > SHORT_ITEM and not _survey(item, lengths, k, low, high, work, place):
                    continue
                start = bounds[count]
                if start + high - low > pairs.size or count + 1 >= texts.size:
                    return -1
                stop = _align(item, lengths, k, low, high, work, place, window, pairs, partners, start)
                f = framed % REMEMBERED
                frames[f, 0], frames[f, 1] = pairs[start], pairs[stop - 1]
                frames[f, 2], frames[f, 3] = partners[start], partners[stop - 1]
                framed += 1
                total = 0
                for n in range(start, stop):
                    total += gain(lengths[pairs[n]])
                if total >= LEAST_GAIN or stop - start == high - low:
                    texts[count] = text
                    count += 1
                    bounds[count] = stop
    return count
