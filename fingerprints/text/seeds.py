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
def seed_keys(words: Array, begin: int, end: int, keys: Array) -> int:
    """Writes the key of each seed words[k:k + 5] within [begin, end) to keys[k - begin]; gives their number."""
    for k in range(begin, end - SEED_WORDS + 1):
        value = np.uint64(0)
        for m in range(SEED_WORDS):
            value = (value ^ np.uint64(words[k + m])) * np.uint64(0x9E3779B97F4A7C15)
            value ^= value >> np.uint64(32)
        keys[k - begin] = value
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
def pass_filter(keys: Array, count: int, filter_: Array, passed: Array) -> int:
    """Writes the numbers of the keys that may be in the index; gives how many. Without branches, so that the loads overlap."""
    n = 0
    for k in range(count):
        bits = filter_bits(keys[k])
        passed[n] = k
        n += int((filter_[slot(keys[k], filter_.size)] & bits) == bits)
    return n
