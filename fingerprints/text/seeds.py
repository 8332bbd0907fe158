"""The index of seeds: which places of which works begin with the same words; compiled.

A Bloom filter of one 64-bit word a key (Putze, Sanders & Singler 2009) turns most seeds away; the rest is looked up in buckets of
postings, each a 16-bit tag and the place of a word in the shard's sequence of words. Long works have seeds of SEED_WORDS words, short
ones a table of their own with seeds of SHORT_SEED_WORDS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled, compiled_or
from fingerprints.shard import Array
from fingerprints.text import vectorised
from fingerprints.text.alignment import gain
from fingerprints.text.scheme import SEED_WORDS, SHORT_SEED_WORDS, SHORT_WORK, STRIDE
from fingerprints.text.tokens import letters

MOST_ASSETS = 64
"""Assets kept of one seed, those added first: boilerplate in more works than this is found against these."""
MOST_PLACES = 8
"""Places kept of one seed in one asset, the first ones: a refrain."""
FILTER_BITS = 16
"""Of the filter, a posting; 0.4 % of foreign seeds pass (two bits a key instead of four: 1.7 %)."""
BUCKET = 4  # postings, on average
SHORT_SEED_GAIN = 8
"""What the words of a short seed must be worth to be indexed, if the work has others: "of the world" (7) leads to every other page."""
UNSPACED_WORTH = 3  # so that three characters of an unspaced script are worth looking up
CHUNK = 1024
"""Seeds whose keys are made at once: they stay in the first cache."""

Keys: TypeAlias = NDArray[np.uint64]
Hashes: TypeAlias = NDArray[np.uint32]
Places: TypeAlias = NDArray[np.int64]


@compiled
def _mixed(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return value ^ (value >> np.uint64(32))


@compiled_or(vectorised.seed_keys)
def seed_keys(words: Array, length: int, keys: Array) -> None:
    """Writes the keys of the seeds words[k:k + length]: the words' products with constants, added and mixed.

    keys: uint64 (words - length + 1,). Without a chain from word to word, and with indexes that cannot be negative, LLVM makes several at
    once: 0.7 ns a key, 1.9 otherwise.
    """
    for k in range(keys.size):
        keys[k] = (
            np.uint64(words[k]) * np.uint64(0x9E3779B1)
            + np.uint64(words[k + 1]) * np.uint64(0x85EBCA6B)
            + np.uint64(words[k + 2]) * np.uint64(0xC2B2AE35)
        )
    if length == SEED_WORDS:
        for k in range(keys.size):
            keys[k] += np.uint64(words[k + 3]) * np.uint64(0x27D4EB2F) + np.uint64(words[k + 4]) * np.uint64(0x165667B1)
    for k in range(keys.size):
        keys[k] = _mixed(keys[k])


@dataclass(frozen=True, slots=True, eq=False)
class SeedTable:
    """The hot arrays of one kind of seed."""

    length: int
    """Words of a seed."""
    filter: Keys
    """(words,) bits of the Bloom filter."""
    buckets: Hashes
    """(buckets + 1,) where each bucket begins in tags and places."""
    tags: NDArray[np.uint16]
    places: Hashes
    """Index of the seed's first word in the shard's words."""

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """The arrays by the name they have in a shard."""
        prefix = prefix_of(self.length)
        return {f"{prefix}{name}": getattr(self, name) for name in ARRAYS}


ARRAYS = ("filter", "buckets", "tags", "places")
LENGTHS = (SEED_WORDS, SHORT_SEED_WORDS)


def prefix_of(length: int) -> str:
    """What the names of a kind's arrays begin with."""
    return "" if length == SEED_WORDS else "short_"


def build(words: Hashes, first: Places, sizes: Places) -> tuple[SeedTable, ...]:
    """The seeds of the assets words[first[n]:first[n] + sizes[n]], long and short works apart; tables of none are left out."""
    short = sizes <= SHORT_WORK
    tables = (
        _table(words, first, sizes, np.flatnonzero(~short), SEED_WORDS),
        _table(words, first, sizes, np.flatnonzero(short), SHORT_SEED_WORDS),
    )
    return tuple(table for table in tables if table.places.size or table.length == SEED_WORDS)


def _table(words: Hashes, first: Places, sizes: Places, chosen: Places, length: int) -> SeedTable:
    keys, places, assets = [np.empty(0, np.uint64)], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for asset in chosen.tolist():
        start, count = int(first[asset]), max(0, int(sizes[asset]) - length + 1)
        room = np.empty(count, np.uint64)
        seed_keys(words[start : start + count + length - 1], length, room)
        kept = np.arange(0, count, STRIDE) if length == SEED_WORDS else _telling(words, start, count)
        kept = _varied(words, start, kept, length)
        keys.append(room[kept])
        places.append(start + kept)
        assets.append(np.full(kept.size, asset))
    return _arranged(length, *_capped(np.concatenate(keys), np.concatenate(places), np.concatenate(assets)))


def _telling(words: Hashes, start: int, count: int) -> Places:
    """The short seeds that are worth looking up, or all where none is."""
    worth = np.zeros(count, np.int64)
    seed_worths(words, start, worth)
    kept = np.flatnonzero(worth >= SHORT_SEED_GAIN)
    return kept if kept.size else np.arange(count)


def _varied(words: Hashes, start: int, seeds: Places, length: int) -> Places:
    """The seeds that are more than repetition, or all where none is: "la la la la oh" leads to every refrain of every song."""
    if not seeds.size:
        return seeds
    ordered = np.sort(words[start + seeds[:, None] + np.arange(length)], axis=1)
    kept = seeds[np.count_nonzero(ordered[:, 1:] != ordered[:, :-1], axis=1) + 1 > length // 2]
    return kept if kept.size else seeds


@compiled
def seed_worths(words: Array, start: int, worth: Array) -> None:
    """Writes what the words of each short seed are worth."""
    for k in range(worth.size):
        for m in range(SHORT_SEED_WORDS):
            word = words[start + k + m]
            worth[k] += gain(word) if letters(word) else UNSPACED_WORTH


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


def _arranged(length: int, keys: Keys, places: Places) -> SeedTable:
    count = max(1, keys.size // BUCKET)
    buckets = np.zeros(count + 1, np.uint32)
    np.cumsum(np.bincount(((keys >> np.uint64(32)) * np.uint64(count) >> np.uint64(32)).astype(np.int64), minlength=count), out=buckets[1:])
    filter_ = np.zeros(max(1, keys.size * FILTER_BITS // 64), np.uint64)
    fill_filter(keys, filter_)
    tags = (keys >> np.uint64(16)).astype(np.uint16)
    return SeedTable(length, filter_, buckets, tags, places.astype(np.uint32))


@compiled
def slot(key: np.uint64, count: int) -> np.int64:
    """A number below ``count`` that grows with the key (Lemire 2019, fast range reduction)."""
    return np.int64((key >> np.uint64(32)) * np.uint64(count) >> np.uint64(32))


@compiled
def tag(key: np.uint64) -> np.uint16:
    """What tells a key from others in its bucket."""
    return np.uint16(key >> np.uint64(16))


@compiled
def filter_bits(key: np.uint64) -> np.uint64:
    """The four bits of a key within its 64-bit word of the filter."""
    one, last = np.uint64(1), np.uint64(63)
    return (
        one << (key & last)
        | one << (key >> np.uint64(6) & last)
        | one << (key >> np.uint64(12) & last)
        | one << (key >> np.uint64(18) & last)
    )


@compiled_or(vectorised.fill_filter)
def fill_filter(keys: Array, filter_: Array) -> None:
    """Sets the bits of the keys."""
    for key in keys:
        filter_[slot(key, filter_.size)] |= filter_bits(key)


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """The seeds of a batch that a filter let pass, in order of place."""

    length: int
    """Words of a seed."""
    places: Places
    """Index of the seed's first word in the batch's words."""
    keys: Keys


def probe(words: Hashes, texts: Places, length: int, filter_: Keys) -> Seeds:
    """The seeds of the texts words[texts[n]:texts[n + 1]] that may be in the table of the filter."""
    places, keys = np.empty(words.size + 1, np.int64), np.empty(words.size + 1, np.uint64)
    count = _probe(words, texts, length, filter_, places, keys)
    return Seeds(length, places[:count], keys[:count])


@compiled_or(vectorised.probe)
def _probe(words: Array, texts: Array, length: int, filter_: Array, places: Array, keys: Array) -> int:
    """Gives the number of seeds that pass, those that reach from one text into the next left out.

    Loop by loop over a chunk: that which reads the filter does nothing else, so that dozens of reads are under way at once (1e7 postings,
    20 MB: 12 ns a seed, and 33 ns in one loop that does everything), and the others are done on several seeds at once.
    """
    room, slots, missing = np.empty(CHUNK, np.uint64), np.empty(CHUNK, np.uint32), np.empty(CHUNK, np.uint64)
    total, passed, text = words.size - length + 1, 0, 0
    for first in range(0, total, CHUNK):
        count = min(CHUNK, total - first)
        seed_keys(words[first : first + count + length - 1], length, room[:count])
        look_up(room[:count], filter_, slots[:count], missing[:count])
        for k in range(count):
            if not missing[k]:
                while texts[text + 1] <= first + k:
                    text += 1
                places[passed], keys[passed] = first + k, room[k]
                passed += int(first + k + length <= texts[text + 1])
    return passed


@compiled
def look_up(keys: Array, filter_: Array, slots: Array, missing: Array) -> None:
    """Writes which bits of each key the filter does not have: none of a key that may be in the table."""
    size = np.uint64(filter_.size)
    for k in range(keys.size):
        slots[k] = np.uint32((keys[k] >> np.uint64(32)) * size >> np.uint64(32))
    for k in range(keys.size):
        missing[k] = filter_[np.uint64(slots[k])]
    for k in range(keys.size):
        missing[k] = filter_bits(keys[k]) & ~missing[k]


@compiled_or(vectorised.keys_at)
def keys_at(words: Array, places: Array, length: int, keys: Array) -> None:
    """Writes the key of the seed at each of the places."""
    for n in range(places.size):
        place = int(places[n])
        seed_keys(words[place : place + length], length, keys[n : n + 1])


def postings(seeds: Seeds, buckets: Hashes, tags: NDArray[np.uint16], places: Hashes) -> tuple[Places, Places]:
    """Where seeds of a batch and postings that may be the same stand: indexes in the batch's words and in the shard's, in order.

    Step by step for all seeds, so that the reads of each step do not wait for one another (570 ns a seed one by one, 1e7 postings).
    """
    slots = np.empty(seeds.keys.size, np.int64)
    room = _slots(seeds.keys, buckets, slots)
    here, entries = np.empty(room, np.int64), np.empty(room, np.int64)
    count = _entries(seeds.keys, seeds.places, slots, buckets, tags, here, entries)
    return here[:count], places[entries[:count]].astype(np.int64)


@compiled_or(vectorised.slots_of)
def _slots(keys: Array, buckets: Array, slots: Array) -> int:
    """Writes the bucket of each key; gives the postings in all of them."""
    total = np.int64(0)
    for n in range(keys.size):
        slots[n] = slot(keys[n], buckets.size - 1)
    for n in range(keys.size):
        total += np.int64(buckets[slots[n] + 1]) - np.int64(buckets[slots[n]])
    return int(total)


@compiled_or(vectorised.entries_of)
def _entries(keys: Array, places: Array, slots: Array, buckets: Array, tags: Array, here: Array, entries: Array) -> int:
    count = 0
    for n in range(keys.size):
        wanted = tag(keys[n])
        for entry in range(np.int64(buckets[slots[n]]), np.int64(buckets[slots[n] + 1])):
            here[count], entries[count] = places[n], entry
            count += int(tags[entry] == wanted)
    return count
