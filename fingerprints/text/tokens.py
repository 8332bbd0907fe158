"""Texts as sequences of word hashes with their places; compiled."""

import numpy as np

from fingerprints.compiled import compiled
from fingerprints.shard import Array
from fingerprints.text import characters as ch

UNKNOWN, SEPARATOR, SPACE, NEW_LINE = ch.UNKNOWN, ch.SEPARATOR, ch.SPACE, ch.NEW_LINE
APOSTROPHE, HYPHEN, SOFT_HYPHEN, SKIPPED, ALONE, LETTER = ch.APOSTROPHE, ch.HYPHEN, ch.SOFT_HYPHEN, ch.SKIPPED, ch.ALONE, ch.LETTER
LENGTH_MASK, OFFSET_SHIFT = (1 << ch.LENGTH_BITS) - 1, ch.LENGTH_BITS

FIRST_HASH = 2  # word hashes below are padding: 0 in an index, 1 in a batch
LONGEST_LENGTH = 255
UNSPACED_LENGTH = 0  # stands for the length of a character that is a word of its own
SEED, MULTIPLIER, FINAL_MULTIPLIER = 0x9E3779B97F4A7C15, 0x9FB21C651E98DF25, 0xD6E8FEB86659FD93
REACH = 120  # how far, in characters, white space may stretch between a hyphen and the rest of its word


@compiled
def is_ascii(data: Array, start: int, stop: int) -> bool:
    """True when no byte of data[start:stop] is above 127."""
    bits = np.uint8(0)
    for k in range(start, stop):
        bits |= data[k]
    return bool(bits < 128)


@compiled
def decode(data: Array, start: int, stop: int, codes: Array, out: Array, unknown: Array) -> tuple[int, int]:
    """Decodes UTF-8 into code points; gives their number and how many unknown ones were noted, each once, in ``unknown``.

    Bytes that are no UTF-8 become U+FFFD, never a read beyond the text.
    """
    count = 0
    missing = 0
    k = start
    while k < stop:
        byte = np.uint32(data[k])
        more = 0
        point = byte
        if byte >= 0xF0:
            more = 3
            point = byte & np.uint32(0x07)
        elif byte >= 0xE0:
            more = 2
            point = byte & np.uint32(0x0F)
        elif byte >= 0xC0:
            more = 1
            point = byte & np.uint32(0x1F)
        elif byte >= 0x80:
            point = np.uint32(0xFFFD)
        k += 1
        while more > 0 and k < stop and (data[k] & 0xC0) == 0x80:
            point = (point << np.uint32(6)) | np.uint32(data[k] & 0x3F)
            k += 1
            more -= 1
        if more > 0 or point >= 0x110000:
            point = np.uint32(0xFFFD)
        out[count] = point
        count += 1
        if codes[point] == UNKNOWN and missing < unknown.size:
            known = False
            for m in range(missing):
                known = known or unknown[m] == point
            if not known:
                unknown[missing] = point
                missing += 1
    return count, missing


@compiled
def _absorb(byte: np.uint64, value: np.uint64, chunk: np.uint64, filled: np.uint64) -> tuple[np.uint64, np.uint64, np.uint64]:
    """The state of a hash after one more byte: eight bytes are collected in ``chunk`` before they are mixed in."""
    chunk |= byte << filled
    filled += np.uint64(8)
    if filled == 64:
        value = (value ^ chunk) * np.uint64(MULTIPLIER)
        return value ^ (value >> np.uint64(29)), np.uint64(0), np.uint64(0)
    return value, chunk, filled


@compiled
def _finish(value: np.uint64, chunk: np.uint64) -> np.uint32:
    """The hash of a word."""
    value = (value ^ chunk) * np.uint64(MULTIPLIER)
    value = (value ^ (value >> np.uint64(32))) * np.uint64(FINAL_MULTIPLIER)
    return max(np.uint32(value >> np.uint64(32)), np.uint32(FIRST_HASH))


@compiled
def _rest_of_word(characters: Array, k: int, end: int, codes: Array) -> int:
    """Where a word goes on after a hyphen: behind at most one line break; -1 when it does not."""
    lines = 0
    for n in range(k, min(end, k + REACH)):
        code = codes[characters[n]]
        if code >= LETTER:
            return n
        if code == NEW_LINE:
            lines += 1
        elif code not in (SPACE, SKIPPED):
            return -1
        if lines > 1:
            return -1
    return -1


@compiled
def _next_letter(characters: Array, k: int, end: int, codes: Array) -> int:
    """Where the next letter of the same word stands; -1 at the word's end."""
    while k < end:
        code = codes[characters[k]]
        if code >= LETTER:
            return k
        if code == APOSTROPHE:
            return k + 1 if k + 1 < end and codes[characters[k + 1]] >= LETTER else -1
        if code in (HYPHEN, SOFT_HYPHEN):
            rest = _rest_of_word(characters, k + 1, end, codes)
            if rest >= 0 or code == HYPHEN:
                return rest
        elif code != SKIPPED:
            return -1
        k += 1
    return -1


@compiled
def tokenise(
    characters: Array,
    begin: int,
    end: int,
    codes: Array,
    entries: Array,
    folded: Array,
    words: Array,
    starts: Array,
    stops: Array,
    lengths: Array,
    first: int,
) -> int:
    """Writes the words of characters[begin:end] from index ``first`` on; gives the index behind the last.

    words: uint32 hashes of the folded UTF-8, eight bytes at a time; starts, stops: code points from ``begin``; lengths: letters, at
    most 255, 0 for a character of an unspaced script. Apostrophes inside a word and a hyphen before the rest of a word vanish:
    "don't" is "dont", and "exam-ple", a line broken behind "exam-" and "example" are one.
    """
    n = first
    k = begin
    while k < end:
        code = codes[characters[k]]
        if code < ALONE:
            k += 1
            continue
        value, chunk, filled = np.uint64(SEED), np.uint64(0), np.uint64(0)
        starts[n] = k - begin
        alone = code == ALONE
        letters = 0
        while True:
            if code > LETTER:
                value, chunk, filled = _absorb(np.uint64(code), value, chunk, filled)
            else:
                entry = np.int64(entries[characters[k]])
                offset = entry >> OFFSET_SHIFT
                for m in range(offset, offset + (entry & LENGTH_MASK)):
                    value, chunk, filled = _absorb(np.uint64(folded[m]), value, chunk, filled)
            letters += 1
            k += 1
            if k >= end or alone:
                break
            code = codes[characters[k]]
            if code >= LETTER:
                continue
            if code <= NEW_LINE or code == ALONE:
                break
            further = _next_letter(characters, k, end, codes)
            if further < 0:
                break
            k = further
            code = codes[characters[k]]
        while k < end and codes[characters[k]] == SKIPPED:  # the marks of the last letter
            k += 1
        words[n] = _finish(value, chunk)
        stops[n] = k - begin
        lengths[n] = UNSPACED_LENGTH if alone else min(letters, LONGEST_LENGTH)
        n += 1
    return n


@compiled
def tokenise_texts(
    data: Array,
    offsets: Array,
    text: int,
    codes: Array,
    entries: Array,
    folded: Array,
    words: Array,
    starts: Array,
    stops: Array,
    lengths: Array,
    texts: Array,
    sizes: Array,
    decoded: Array,
    unknown: Array,
) -> tuple[int, int]:
    """Tokenises texts from number ``text`` on, ASCII directly and others by code points, and notes where their words begin and end.

    Gives the number of the first text not done, and how many characters it has that ``codes`` does not know: they stand in
    ``unknown``, to be learnt before the next call.
    """
    while text < offsets.size - 1:
        begin, end = offsets[text], offsets[text + 1]
        if is_ascii(data, begin, end):
            sizes[text] = end - begin
            last = tokenise(data, begin, end, codes, entries, folded, words, starts, stops, lengths, texts[text])
        else:
            sizes[text], missing = decode(data, begin, end, codes, decoded, unknown)
            if missing > 0:
                return text, missing
            last = tokenise(decoded, 0, sizes[text], codes, entries, folded, words, starts, stops, lengths, texts[text])
        text += 1
        texts[text] = last
    return text, 0
