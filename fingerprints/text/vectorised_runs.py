"""Runs of word bytes, and characters that are words of their own, in a whole stretch of text by numpy; hashes of ASCII words."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from fingerprints.text import tokens
from fingerprints.text.characters import ALONE, CODE_POINTS, NEW_LINE, SEPARATOR, SKIPPED, SPACE, UNKNOWN
from fingerprints.text.vectorised import Bytes, Flags, Hashes, Keys, Places, word_flags

AHEAD: Final = 3
"""Bytes behind a stretch that tell what its last ones are."""
LOWER_CASE, SEED, MULTIPLIER, FINAL_MULTIPLIER = map(
    np.uint64, (tokens.LOWER_CASE, tokens.SEED, tokens.MULTIPLIER, tokens.FINAL_MULTIPLIER)
)
KEPT: Final = np.array([(1 << 8 * size) - 1 for size in range(8)], np.uint64)
"""Masks of the first bytes of eight."""


@dataclass(frozen=True, slots=True, eq=False)
class Unspaced:
    """Characters that are words of their own."""

    starts: Places
    """First byte of each."""
    stops: Places
    """The byte behind each and its marks."""
    points: Places
    parting: Flags | None
    """Which bytes of the stretch belong to these, or to separators beyond ASCII; None if none does."""


NONE: Final = Unspaced(*3 * (np.empty(0, np.int64),), None)


def unspaced(data: Bytes, offsets: Places, codes: Bytes, first: int, stop: int) -> Unspaced:
    """Those in data[first:stop], which is all of each run."""
    leads = first + np.flatnonzero(data[first:stop] >= 0xC0)
    if not leads.size:
        return NONE
    points, sizes = code_points(data, leads)
    ends = leads + sizes
    text = np.searchsorted(offsets, leads, side="right")
    kinds = np.where((ends > leads) & (ends <= np.minimum(offsets[text], stop)), codes[points], UNKNOWN)
    marked = (kinds[1:] == SKIPPED) & (leads[1:] == ends[:-1]) & (text[1:] == text[:-1])
    last = np.flatnonzero(np.append(~marked, True))
    stops = ends[last[np.searchsorted(last, np.arange(leads.size))]]
    alone = kinds == ALONE
    parting = np.isin(kinds, (SEPARATOR, SPACE, NEW_LINE))
    depth = np.zeros(stop - first + 1, np.int8)
    depth[leads[alone | parting] - first] = 1
    depth[np.where(alone, stops, ends)[alone | parting] - first] -= 1
    return Unspaced(leads[alone], stops[alone], points[alone], np.cumsum(depth[:-1], dtype=np.int8) > 0)


def code_points(data: Bytes, leads: Places) -> tuple[Places, Places]:
    """The characters that begin at these bytes, and the bytes of each: 0 of what is no UTF-8, whose code point means nothing."""
    first, second, third, fourth = (data[leads + k].astype(np.int64) for k in range(4))
    sizes = 2 + (first >= 0xE0) + (first >= 0xF0)
    tails = [byte & 0xC0 == 0x80 for byte in (second, third, fourth)]
    whole = tails[0] & (tails[1] | (sizes < 3)) & (tails[2] | (sizes < 4))
    second, third, fourth = second & 0x3F, third & 0x3F, fourth & 0x3F
    three = (first & 0x0F) << 12 | second << 6 | third
    four = (first & 0x07) << 18 | second << 12 | third << 6 | fourth
    points = np.where(sizes == 2, (first & 0x1F) << 6 | second, np.where(sizes == 3, three, four))
    whole &= points < CODE_POINTS
    return np.where(whole, points, 0), np.where(whole, sizes, 0)


def runs(data: Bytes, offsets: Places, first: int, stop: int, parting: Flags | None) -> tuple[Places, Places, Flags]:
    """Where the runs of word bytes in data[first:stop] begin and end, and which need a closer look; ``parting`` bytes are in none."""
    word, closer = word_flags(data[first : stop + AHEAD])
    word, size = word[: stop - first], stop - first
    if parting is not None:
        word &= ~parting
        closer[:size] &= ~parting
    begins, ends = np.zeros(size + 1, np.bool_), np.zeros(size + 1, np.bool_)
    begins[:size], ends[1:] = word, word
    begins[1:size] &= ~word[:-1]
    ends[1:size] &= ~word[1:]
    between = offsets[slice(*np.searchsorted(offsets, (first + 1, stop)))] - first
    begins[between], ends[between] = word[between], word[between - 1]  # a run does not go on in the next text
    starts, stops = np.flatnonzero(begins), np.flatnonzero(ends)
    places = np.flatnonzero(closer[: size + 1])
    of_run = np.searchsorted(starts, places, side="right") - 1
    flagged = np.zeros(starts.size, np.bool_)
    flagged[of_run[(of_run >= 0) & (places <= stops[of_run])] if starts.size else []] = True
    return starts + first, stops + first, flagged


def hashes(data: Bytes, starts: Places, sizes: Places) -> Hashes:
    """The hashes of words of ASCII letters and digits."""
    values, left, rest = np.full(starts.size, SEED), sizes.copy(), starts.copy()
    long = np.flatnonzero(left >= 8)
    while long.size:
        values[long] = _mixed(values[long], _eight(data, rest[long]), np.uint64(29))
        rest[long] += 8
        left[long] -= 8
        long = long[left[long] >= 8]
    values = _mixed(values, _eight(data, rest) & KEPT[left], np.uint64(32)) * FINAL_MULTIPLIER
    words = (values >> np.uint64(32)).astype(np.uint32) & ~np.uint32(tokens.MOST_LETTERS)
    return np.maximum(words | np.minimum(sizes, tokens.MOST_LETTERS).astype(np.uint32), np.uint32(tokens.FIRST_HASH))


def _mixed(values: Keys, eight: Keys, shift: np.uint64) -> Keys:
    values = (values ^ eight) * MULTIPLIER
    return values ^ (values >> shift)


def _eight(data: Bytes, places: Places) -> Keys:
    """The eight bytes from each place on, in lower case."""
    words = np.ndarray(data.size - 7, "<u8", data.data, strides=(1,))
    return words[places] | LOWER_CASE
