"""The index of seeds: which places of which works begin with the same five words; compiled.

A Bloom filter of one cache line a key (Putze, Sanders & Singler 2009) turns most seeds away; the rest is looked up in buckets of
postings, each a 16-bit tag and the place of a word in the shard's sequence of words.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from fingerprints.shard import Array
from fingerprints.text.scheme import SEED_WORDS, STRIDE

MOST_ASSETS = 64
"""Assets kept of one seed, those added first: boilerplate in more works than this is found against these."""
MOST_PLACES = 8
"""Places kept of one seed in one asset, the first ones: a refrain."""
FILTER_BITS = 16  # a posting; 1-2 % of foreign seeds pass
BUCKET = 4  # postings, on average

Keys: TypeAlias = NDArray[np.uint64]
Hashes: TypeAlias = NDArray[np.uint32]
Places: TypeAlias = NDArray[np.int64]


@compiled
def _key(words: Array, place: int) -> np.uint64:
    value = np.uint64(0)
    for m in range(SEED_WORDS):
        value = (value ^ np.uint64(words[place + m])) * np.uint64(0x9E3779B97F4A7C15)
        value ^= value >> np.uint64(32)
    return value


@compiled
def seed_keys(words: Array, begin: int, end: int, keys: Array) -> int:
    """Writes the key of each seed words[k:k + 5] within [begin, end) to keys[k - begin]; gives their number."""
    for k in range(begin, end - SEED_WORDS + 1):
        keys[k - begin] = _key(words, k)
    return max(0, end - SEED_WORDS + 1 - begin)


@dataclass(frozen=True, slots=True, eq=False)
class SeedIndex:
    """The hot arrays of a shard."""

    filter: Keys
    """(words,) bits of the Bloom filter."""
    buckets: Hashes
    """(buckets + 1,) where each bucket begins in tags and places."""
    tags: NDArray[np.uint16]
    places: Hashes
    """Index of the seed's first word in the shard's words."""


def build(words: Hashes, first: Places, sizes: Places) -> SeedIndex:
    """The seeds of the assets words[first[n]:first[n] + sizes[n]]."""
    keys, places, assets = [np.empty(0, np.uint64)], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for asset, (start, size) in enumerate(zip(first.tolist(), sizes.tolist(), strict=True)):
        room = np.empty(size, np.uint64)
        count = seed_keys(words, start, start + size, room)
        keys.append(room[:count:STRIDE])
        places.append(np.arange(start, start + count, STRIDE))
        assets.append(np.full(keys[-1].size, asset))
    return _arrange(*_capped(np.concatenate(keys), np.concatenate(places), np.concatenate(assets)))


def _capped(keys: Keys, places: Places, assets: Places) -> tuple[Keys, Places]:
    """Postings in order of key and place, without those beyond MOST_PLACES and MOST_ASSETS."""
    order = np.argsort(keys, kind="stable")  # places were ascending
    keys, places, assets = keys[order], places[order], assets[order]
    new_key = np.diff(keys, prepend=~keys[:1]) != 0
    new_asset = new_key | (np.diff(assets, prepend=-1) != 0)
    kept = _rank(new_asset) < MOST_PLACES
    asset_number = np.cumsum(new_asset) - 1
    kept &= asset_number - _latest(asset_number, new_key) < MOST_ASSETS
    return keys[kept], places[kept]


def _latest(values: Places, marks: NDArray[np.bool_]) -> Places:
    """The value at the latest mark before or at each place."""
    return values[np.maximum.accumulate(np.where(marks, np.arange(marks.size), 0))] if marks.size else values


def _rank(marks: NDArray[np.bool_]) -> Places:
    """How far each place is behind the latest mark."""
    numbers = np.arange(marks.size)
    return numbers - _latest(numbers, marks)


def _arrange(keys: Keys, places: Places) -> SeedIndex:
    count = max(1, keys.size // BUCKET)
    buckets = np.zeros(count + 1, np.uint32)
    np.cumsum(np.bincount(((keys >> np.uint64(32)) * np.uint64(count) >> np.uint64(32)).astype(np.int64), minlength=count), out=buckets[1:])
    filter_ = np.zeros(max(1, keys.size * FILTER_BITS // 64), np.uint64)
    fill_filter(keys, filter_)
    return SeedIndex(filter_, buckets, keys.astype(np.uint16), places.astype(np.uint32))


@compiled
def slot(key: np.uint64, count: int) -> np.int64:
    """A number below ``count`` that grows with the key (Lemire 2019, fast range reduction)."""
    return np.int64((key >> np.uint64(32)) * np.uint64(count) >> np.uint64(32))


@compiled
def filter_bits(key: np.uint64) -> np.uint64:
    """The two bits of a key within its 64-bit word of the filter."""
    return np.uint64(1) << ((key >> np.uint64(6)) & np.uint64(63)) | np.uint64(1) << (key & np.uint64(63))


@compiled
def fill_filter(keys: Array, filter_: Array) -> None:
    """Sets the bits of the keys."""
    for key in keys:
        filter_[slot(key, filter_.size)] |= filter_bits(key)


@compiled
def pass_filter(keys: Array, count: int, filter_: Array, first: int, passed: Array, start: int) -> int:
    """Writes ``first`` plus the number of each key that may be in an index to passed[start:]; gives where they end.

    Without branches, so that the loads overlap.
    """
    n = start
    for k in range(count):
        bits = filter_bits(keys[k])
        passed[n] = first + k
        n += int((filter_[slot(keys[k], filter_.size)] & bits) == bits)
    return n


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """The seeds of a batch that a filter let pass, in order of place."""

    places: Places
    """Index of the seed's first word in the batch's words."""
    keys: Keys


def probe(words: Hashes, texts: Places, filter_: Keys) -> Seeds:
    """The seeds of the texts words[texts[n]:texts[n + 1]] that may be in the index of the filter."""
    longest = int(np.diff(texts).max(initial=0))
    room, places, keys = np.empty(longest + 1, np.uint64), np.empty(words.size + 1, np.int64), np.empty(words.size + 1, np.uint64)
    count = _probe(words, texts, filter_, room, places, keys)
    return Seeds(places[:count], keys[:count])


@compiled
def _probe(words: Array, texts: Array, filter_: Array, room: Array, places: Array, keys: Array) -> int:
    count = 0
    for text in range(texts.size - 1):
        low = texts[text]
        stop = pass_filter(room, seed_keys(words, low, texts[text + 1], room), filter_, low, places, count)
        for p in range(count, stop):
            keys[p] = room[places[p] - low]
        count = stop
    return count


@compiled
def keys_at(words: Array, places: Array, keys: Array) -> None:
    """Writes the key of the seed at each of the places."""
    for n in range(places.size):
        keys[n] = _key(words, int(places[n]))


@compiled
def mark_blocks(keys: Array, buckets: Array, tags: Array, places: Array, scale: int, offset: int, size: int, wanted: Array) -> None:
    """Marks the blocks of ``size`` bytes that hold the word of a posting of one of the keys; a word has ``scale`` bytes."""
    for key in keys:
        bucket = slot(key, buckets.size - 1)
        for entry in range(buckets[bucket], buckets[bucket + 1]):
            if tags[entry] == np.uint16(key):
                wanted[(offset + scale * np.int64(places[entry])) // size] = True
