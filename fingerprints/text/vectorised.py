"""What takes the place of compiled code where numba cannot be loaded: the same results by numpy, a whole array at a time.

Each function has the name and the arguments of the one that it replaces, and is described there; a test compares the two.
"""

from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Flags: TypeAlias = NDArray[np.bool_]
Hashes: TypeAlias = NDArray[np.uint32]
Keys: TypeAlias = NDArray[np.uint64]
Places: TypeAlias = NDArray[np.int64]

CHUNK: Final = 1 << 16
"""Seeds, or bytes, that are worked on at once: a bound on memory."""
FACTORS: Final = tuple(map(np.uint64, (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F, 0x165667B1)))
MULTIPLIER: Final = np.uint64(0xD6E8FEB86659FD93)
HALF: Final = np.uint64(32)
FILTER_SHIFTS: Final = tuple(map(np.uint64, (0, 6, 12, 18)))
ONE, LAST = np.uint64(1), np.uint64(63)


# Of ``bits``.
def load_word(array: Bytes, place: int) -> np.uint64:
    """Eight bytes as a number."""
    return _number(array[place : place + 8])


def word_bits(array: Bytes, place: int) -> tuple[np.uint64, np.uint64]:
    """The flags of 64 bytes as two bitmaps."""
    word, closer = word_flags(array[place : place + 64])
    return _packed(word), _packed(closer)


def word_flags(data: Bytes) -> tuple[Flags, Flags]:
    """What ``bits.word_bits`` gives, of any number of bytes: those that words are made of, and those that need a closer look."""
    high = data >= 0x80
    marks = np.flatnonzero((data[:-2] == 0xE2) & (data[1:-1] == 0x80) & THIRD_OF_MARK[data[2:]])
    for k in range(3):
        high[marks + k] = False
    kinds = KINDS[data]
    word = high | ((kinds & ALPHANUMERIC) != 0)
    joint, hump = np.zeros_like(high), np.zeros_like(high)
    joint[:-1] = np.where(word[1:], kinds[:-1] & (APOSTROPHE | HYPHEN), kinds[:-1] & HYPHEN & (kinds[1:] >> 1)) != 0
    joint[-1:] = (kinds[-1:] & (APOSTROPHE | HYPHEN)) != 0  # what follows is not seen: it may be anything
    hump[1:] = (kinds[1:] & CAPITAL & (kinds[:-1] >> 1)) != 0
    return word, high | joint | hump


def _kinds() -> NDArray[np.uint8]:
    kinds = np.zeros(256, np.uint8)
    for kind, characters in {
        CAPITAL: ascii_uppercase,
        CAPITAL << 1: ascii_lowercase,
        ALPHANUMERIC: ascii_letters + digits,
        APOSTROPHE: "'`",
        HYPHEN: "-",
        HYPHEN << 1: "".join(map(chr, range(0x21))),
    }.items():
        kinds[list(characters.encode())] |= kind
    return kinds


ALPHANUMERIC, APOSTROPHE, CAPITAL, HYPHEN = 1, 2, 4, 16
"""Bits of an ASCII character's kind; behind CAPITAL stands that of a small letter, behind HYPHEN that of white space and controls."""
KINDS: Final = _kinds()
THIRD_OF_MARK: Final = np.isin(np.arange(256), (*range(0x92, 0x98), *range(0x9A, 0xA8)))


def _packed(flags: Flags) -> np.uint64:
    return _number(np.packbits(flags, bitorder="little"))


def _number(data: Bytes) -> np.uint64:
    return np.uint64(int.from_bytes(data.tobytes(), "little"))


def equal_bits(one: Hashes, place: int, other: Hashes, partner: int) -> np.uint64:
    """A bitmap of which of 32 values are equal."""
    return _packed(one[place : place + 32] == other[partner : partner + 32])


def lowest(bits: np.uint64) -> int:
    """The number of the lowest bit that is set; 64 of none."""
    value = int(bits)
    return (value & -value).bit_length() - 1 if value else 64


def highest(bits: np.uint64) -> int:
    """The number of the highest bit that is set; -1 of none."""
    return int(bits).bit_length() - 1


# Of ``tokens``.
def to_code_points(following: Places, places: Places) -> None:
    """Turns ascending byte offsets into code points, in place; ``following`` are the offsets of bytes that continue a character."""
    places -= np.searchsorted(following, places)


# Of ``seeds``.
def seed_keys(words: Hashes, length: int, keys: Keys) -> None:
    """Writes the keys of the seeds words[k:k + length]."""
    wide = words.astype(np.uint64)
    keys[:] = 0
    for k in range(length):
        keys += wide[k : k + keys.size] * FACTORS[k]
    keys ^= keys >> HALF
    keys *= MULTIPLIER
    keys ^= keys >> HALF


def keys_at(words: Hashes, places: Places, length: int, keys: Keys) -> None:
    """Writes the key of the seed at each of the places."""
    for first in range(0, places.size, CHUNK):
        part = places[first : first + CHUNK].astype(np.int64)
        taken = words[part[:, np.newaxis] + np.arange(length)].ravel()
        of_all = np.empty(taken.size - length + 1, np.uint64)
        seed_keys(taken, length, of_all)
        keys[first : first + part.size] = of_all[::length]


def _slots(keys: Keys, count: int) -> Places:
    return ((keys >> HALF) * np.uint64(count) >> HALF).astype(np.int64)


def _filter_bits(keys: Keys) -> Keys:
    bits = np.zeros_like(keys)
    for shift in FILTER_SHIFTS:
        bits |= ONE << (keys >> shift & LAST)
    return bits


def fill_filter(keys: Keys, filter_: Keys) -> None:
    """Sets the bits of the keys."""
    for first in range(0, keys.size, CHUNK):
        part = keys[first : first + CHUNK]
        np.bitwise_or.at(filter_, _slots(part, filter_.size), _filter_bits(part))


def probe(words: Hashes, texts: Places, length: int, filter_: Keys, places: Places, keys: Keys) -> int:
    """Writes the seeds that a filter lets pass; gives their number."""
    total, passed = words.size - length + 1, 0
    room = np.empty(CHUNK, np.uint64)
    for first in range(0, total, CHUNK):
        of_chunk = room[: min(CHUNK, total - first)]
        seed_keys(words[first : first + of_chunk.size + length - 1], length, of_chunk)
        bits = _filter_bits(of_chunk)
        known = np.flatnonzero(bits & filter_[_slots(of_chunk, filter_.size)] == bits)
        here = first + known
        known = known[here + length <= texts[np.searchsorted(texts, here, side="right")]]  # the end of each one's text
        places[passed : passed + known.size], keys[passed : passed + known.size] = first + known, of_chunk[known]
        passed += known.size
    return passed


def slots_of(keys: Keys, buckets: Hashes, slots: Places) -> int:
    """Writes the bucket of each key; gives the postings in all of them."""
    slots[:] = _slots(keys, buckets.size - 1)
    return int((buckets[slots + 1].astype(np.int64) - buckets[slots]).sum())


def entries_of(keys: Keys, places: Places, slots: Places, buckets: Hashes, tags: NDArray[np.uint16], here: Places, entries: Places) -> int:
    """Writes the postings with the tags of the keys; gives their number."""
    first = buckets[slots].astype(np.int64)
    sizes = buckets[slots + 1].astype(np.int64) - first
    seeds = np.repeat(np.arange(keys.size), sizes)
    all_entries = np.arange(seeds.size) + np.repeat(first - np.cumsum(sizes) + sizes, sizes)
    same = tags[all_entries] == (keys >> np.uint64(16)).astype(np.uint16)[seeds]
    count = int(np.count_nonzero(same))
    here[:count], entries[:count] = places[seeds[same]], all_entries[same]
    return count


# Of ``fragments``.
def equal(item: Hashes, here: Places, work: Hashes, there: Places, length: int) -> NDArray[np.bool_]:
    """Where the words of a seed and of a posting are the same."""
    same = np.ones(here.size, np.bool_)
    for m in range(length):
        same &= item[here + m] == work[there + m]
    return same
