"""Texts as sequences of word hashes; compiled.

One pass over the UTF-8 bytes. Words of ASCII letters and digits are found sixty-four bytes at a time and hashed eight bytes at a time;
a run of word bytes that holds anything else, or that an apostrophe or a hyphen may lead on, is spelt character by character. Both give
the same hash: of the folded UTF-8, eight bytes at a time.
"""

import numpy as np

from fingerprints.compiled import compiled, compiled_or
from fingerprints.shard import Array
from fingerprints.text import characters as ch
from fingerprints.text import vectorised
from fingerprints.text.bits import WIDTH, highest, load_word, lowest, word_bits

UNKNOWN, NEW_LINE, SPACE = ch.UNKNOWN, ch.NEW_LINE, ch.SPACE
APOSTROPHE, HYPHEN, SOFT_HYPHEN, SKIPPED, ALONE, LETTER = ch.APOSTROPHE, ch.HYPHEN, ch.SOFT_HYPHEN, ch.SKIPPED, ch.ALONE, ch.LETTER
LENGTH_MASK, OFFSET_SHIFT = (1 << ch.LENGTH_BITS) - 1, ch.LENGTH_BITS

LENGTH_BITS = 4
"""Of a word's hash, the lowest: its letters after folding, so that whoever has the hash knows what an equal word is worth."""
MOST_LETTERS = (1 << LENGTH_BITS) - 1
UNSPACED = 0
"""In place of the length of a character that is a word of its own."""
FIRST_HASH = 1 << LENGTH_BITS  # smaller values are padding: 0 in an index, 1 in a batch
SEED, MULTIPLIER, FINAL_MULTIPLIER = 0x9E3779B97F4A7C15, 0x9FB21C651E98DF25, 0xD6E8FEB86659FD93
LOWER_CASE = 0x2020202020202020
ALL = 0xFFFFFFFFFFFFFFFF
REACH = 160  # how far, in bytes, white space may stretch between a hyphen and the rest of its word
REPLACEMENT = 0xFFFD


@compiled
def letters(word: np.uint32) -> int:
    """The letters of the word with this hash, at most 15; 0 for a character that is a word of its own."""
    return int(word & np.uint32(MOST_LETTERS))


@compiled
def _mixed(value: np.uint64, chunk: np.uint64) -> np.uint64:
    """The state of a hash after eight more bytes."""
    value = (value ^ chunk) * np.uint64(MULTIPLIER)
    return value ^ (value >> np.uint64(29))


@compiled
def _finished(value: np.uint64, chunk: np.uint64, length: int) -> np.uint32:
    """The hash of a word of so many letters."""
    value = (value ^ chunk) * np.uint64(MULTIPLIER)
    value = (value ^ (value >> np.uint64(32))) * np.uint64(FINAL_MULTIPLIER)
    word = np.uint32(value >> np.uint64(32)) & ~np.uint32(MOST_LETTERS) | np.uint32(length)
    return max(word, np.uint32(FIRST_HASH))


@compiled
def _plain(data: Array, place: int, size: int) -> np.uint32:
    """The hash of a word of ASCII letters and digits."""
    value, left = np.uint64(SEED), size
    while left >= 8:
        value = _mixed(value, load_word(data, place) | np.uint64(LOWER_CASE))
        place += 8
        left -= 8
    chunk = (load_word(data, place) | np.uint64(LOWER_CASE)) & ~(np.uint64(ALL) << np.uint64(8 * left))
    return _finished(value, chunk, min(size, MOST_LETTERS))


@compiled
def _character(data: Array, k: int, end: int) -> tuple[int, int]:
    """The code point at data[k], and where the next one begins; bytes that are no UTF-8 are U+FFFD, one by one or cut short."""
    byte = int(data[k])
    if byte < 0x80:
        return byte, k + 1
    more, point = 0, REPLACEMENT
    if byte >= 0xF0:
        more, point = 3, byte & 0x07
    elif byte >= 0xE0:
        more, point = 2, byte & 0x0F
    elif byte >= 0xC0:
        more, point = 1, byte & 0x1F
    k += 1
    while more > 0 and k < end and (data[k] & 0xC0) == 0x80:
        point = point << 6 | int(data[k] & 0x3F)
        k += 1
        more -= 1
    return (REPLACEMENT if more or point >= ch.CODE_POINTS else point), k


@compiled
def _rest_of_word(data: Array, k: int, end: int, codes: Array) -> int:
    """Where a word goes on after a hyphen: behind at most one line break; -1 when it does not."""
    lines = 0
    stop = min(end, k + REACH)
    while k < stop:
        point, following = _character(data, k, end)
        code = codes[point]
        if code >= LETTER:
            return k
        if code == NEW_LINE:
            lines += 1
        elif code not in (SPACE, SKIPPED):
            return -1
        if lines > 1:
            return -1
        k = following
    return -1


@compiled
def _next_letter(data: Array, k: int, end: int, codes: Array) -> int:
    """Where the next letter of the same word stands; -1 at the word's end."""
    while k < end:
        point, following = _character(data, k, end)
        code = codes[point]
        if code >= LETTER:
            return k
        if code == APOSTROPHE:
            return following if following < end and codes[_character(data, following, end)[0]] >= LETTER else -1
        if code in (HYPHEN, SOFT_HYPHEN):
            rest = _rest_of_word(data, following, end, codes)
            if rest >= 0 or code == HYPHEN:
                return rest
        elif code != SKIPPED:
            return -1
        k = following
    return -1


@compiled
def _noted(point: int, codes: Array, unknown: Array, missing: int) -> int:
    """Notes a character that the table does not know, once; gives how many are noted."""
    if codes[point] != UNKNOWN or missing == unknown.size:
        return missing
    for m in range(missing):
        if unknown[m] == point:
            return missing
    unknown[missing] = point
    return missing + 1


@compiled
def _is_marked(data: Array, k: int, end: int, codes: Array) -> bool:
    """True where a mark follows: the capital before it is one letter with it, as it is where both are one character."""
    return bool(k < end and codes[_character(data, k, end)[0]] == SKIPPED)


@compiled
def _spelt(
    data: Array, k: int, end: int, codes: Array, entries: Array, folded: Array, unknown: Array, missing: int
) -> tuple[np.uint32, int, int]:
    """The hash of the word that begins at data[k], where it ends, and how many unknown characters are noted.

    Apostrophes inside a word and a hyphen before the rest of a word vanish: "don't" is "dont", and "exam-ple", a line broken behind
    "exam-" and "example" are one. A capital behind a small letter begins a word: camelCase is two.
    """
    value, chunk, filled, length = np.uint64(SEED), np.uint64(0), np.uint64(0), 0
    point, following = _character(data, k, end)
    alone = codes[point] == ALONE
    while True:
        code = codes[point]
        offset, count = 0, 1
        if code <= LETTER:
            entry = int(entries[point])
            offset, count = entry >> OFFSET_SHIFT, entry & LENGTH_MASK
        for m in range(offset, offset + count):
            byte = code if code > LETTER else folded[m]
            length += (byte & 0xC0) != 0x80
            chunk |= np.uint64(byte) << filled
            filled += np.uint64(8)
            if filled == 64:
                value, chunk, filled = _mixed(value, chunk), np.uint64(0), np.uint64(0)
        k = following
        if k >= end or alone:
            break
        small = ord("a") <= point <= ord("z")
        point, following = _character(data, k, end)
        missing = _noted(point, codes, unknown, missing)
        code = codes[point]
        if code >= LETTER:
            if small and ord("A") <= point <= ord("Z") and not _is_marked(data, following, end, codes):
                break
            continue
        further = -1 if code <= NEW_LINE or code == ALONE else _next_letter(data, k, end, codes)
        if further < 0:
            break
        point, following = _character(data, further, end)
        missing = _noted(point, codes, unknown, missing)
    while k < end:  # the marks of the last letter
        point, following = _character(data, k, end)
        if codes[point] != SKIPPED:
            break
        k = following
    return _finished(value, chunk, UNSPACED if alone else min(length, MOST_LETTERS)), k, missing


@compiled
def _is_word_byte(byte: int) -> bool:
    return byte >= 0x80 or ord("a") <= byte | 0x20 <= ord("z") or ord("0") <= byte <= ord("9")


@compiled
def spell(
    data: Array,
    k: int,
    end: int,
    codes: Array,
    entries: Array,
    folded: Array,
    unknown: Array,
    missing: int,
    words: Array,
    bounds: Array | None,
    n: int,
) -> tuple[int, int, int]:
    """Writes the words from data[k] on to the end of a run of word bytes; gives where that is, the words' number and the unknown's."""
    while k < end and _is_word_byte(data[k]):
        point, following = _character(data, k, end)
        missing = _noted(point, codes, unknown, missing)
        if codes[point] < ALONE:
            k = following
            continue
        start = k
        words[n], k, missing = _spelt(data, k, end, codes, entries, folded, unknown, missing)
        if bounds is not None:
            bounds[n, 0], bounds[n, 1] = start, k
        n += 1
    return k, n, missing


@compiled
def tokenise(
    data: Array, k: int, end: int, codes: Array, entries: Array, folded: Array, unknown: Array, words: Array, bounds: Array | None, n: int
) -> tuple[int, int]:
    """Writes the words of data[k:end] from index ``n`` on; gives the index behind the last, and how many characters are unknown.

    data: uint8 with MARGIN bytes behind ``end``; words: uint32; bounds: int64 (words, 2), the bytes of each word, or None: that version is
    compiled apart (600 MB/s against 360). Unknown characters count as separators; they stand in ``unknown``, to be learnt before the text
    is done again.
    """
    missing = 0
    while k < end:
        word, closer = word_bits(data, k)
        if end - k < WIDTH:
            kept = ~(np.uint64(ALL) << np.uint64(end - k))
            word, closer = word & kept, closer & kept
        starts, stops = word & ~(word << np.uint64(1)), ~word & (word << np.uint64(1))
        step = WIDTH
        if word >> np.uint64(WIDTH - 1):  # the last run goes on behind these bytes: the next ones begin with it
            step = highest(starts)
            starts &= ~(np.uint64(1) << np.uint64(step))
            if step == 0:
                following, n, missing = spell(data, k, end, codes, entries, folded, unknown, missing, words, bounds, n)
                step = following - k
        while starts:
            start, stop = lowest(starts), lowest(stops)
            starts &= starts - np.uint64(1)
            stops &= stops - np.uint64(1)
            if closer & (np.uint64(ALL) << np.uint64(start)) & ~(np.uint64(ALL) << np.uint64(stop) << np.uint64(1)):
                following, n, missing = spell(data, k + start, end, codes, entries, folded, unknown, missing, words, bounds, n)
                done = following - k
                if done >= step:
                    step = done
                    break
                starts &= np.uint64(ALL) << np.uint64(done)
                stops &= np.uint64(ALL) << np.uint64(done) << np.uint64(1)
            else:
                words[n] = _plain(data, k + start, stop - start)
                if bounds is not None:
                    bounds[n, 0], bounds[n, 1] = k + start, k + stop
                n += 1
        k += step
    return n, missing


@compiled
def tokenise_texts(
    data: Array,
    offsets: Array,
    text: int,
    codes: Array,
    entries: Array,
    folded: Array,
    unknown: Array,
    words: Array,
    bounds: Array | None,
    texts: Array,
) -> tuple[int, int]:
    """Tokenises texts from number ``text`` on and notes in ``texts`` where the words of each end.

    Gives the number of the first text not done, and how many characters it has that ``codes`` does not know.
    """
    while text < offsets.size - 1:
        last, missing = tokenise(data, offsets[text], offsets[text + 1], codes, entries, folded, unknown, words, bounds, texts[text])
        if missing > 0:
            return text, missing
        text += 1
        texts[text] = last
    return text, 0


@compiled_or(vectorised.to_code_points)
def to_code_points(following: Array, places: Array) -> None:
    """Turns ascending byte offsets into code points, in place; ``following`` are the offsets of bytes that continue a character."""
    before = 0
    for n in range(places.size):
        while before < following.size and following[before] < places[n]:
            before += 1
        places[n] -= before
