"""The strings of JSON lines that are written as a template says, found and decoded without an object for each.

A line is taken here only if RFC 8259 allows it to the letter and it has the template's names in the template's order; any other is left to
a parser. Whoever calls has seen to it that the bytes are UTF-8.
"""

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from provenance.readers import encoded
from provenance.readers.lines import HIGHS, ONES, Bytes, Places, Words

OPEN, CLOSE, COMMA = b"{},"
KEY, TEXT, SHORT, SCALAR, SHORTS, SCALARS = range(6)
"""What stands next: one of these marks, a name with its colon, a text, a string or scalar that is none, a number, ``true``, ``false`` or
``null``, and flat lists of the latter two."""
QUOTE, BACKSLASH, SLASH, COLON, SPACE = 0x22, 0x5C, 0x2F, 0x3A, 0x20
QUOTES, BACKSLASHES = np.uint64(QUOTE) * ONES, np.uint64(BACKSLASH) * ONES
CONTROLS = np.uint64(SPACE) * ONES  # below a space a string may hold nothing (RFC 8259, 7)
DIGITS = 18  # of a whole number: any fits 64 bits; with an exponent of two digits, any is finite
FRACTION = 40  # digits
HIGH, LOW, HALF, PAIRED = 0xD800, 0xDC00, 0x400, 0x10000
"""Where the halves of surrogate pairs begin, how many there are of each, and what a pair counts from (RFC 8259, 7)."""
ESCAPED: NDArray[np.int64] = np.full(256, -1)
ESCAPED[list(b'"\\/ntrbf')] = list(b'"\\/\n\t\r\b\f')
BEGINNINGS = np.array([list(entry.ljust(encoded.LONGEST, b"\0")) for entry in encoded.BEGINNINGS], np.uint8)
"""How images and sounds begin in base64, one a row; two characters alone would send a heading ``SUMMARY`` to the parser, and with it one
line to each block: to join what the two have found takes as long as decoding it."""
TRUE, FALSE, NULL = (np.frombuffer(word, np.uint8) for word in (b"true", b"false", b"null"))


@compiled
def match(
    data: Bytes,
    words: Words,
    starts: Places,
    stops: Places,
    which: Places,
    ops: NDArray[np.int8],
    ends: Places,
    names: Bytes,
    limits: tuple[int, int],
    suspect: NDArray[np.bool_],
    spans: NDArray[np.int64],
    found: NDArray[np.bool_],
) -> None:
    """Marks in ``found`` which of the lines are written so, and lists of these (start, stop, bytes when decoded) of each text in ``spans``.

    ``ends`` tells where each name ends in ``names``; ``limits`` are the bytes that a string other than a text may have, and those from
    which one whose first two characters are ``suspect`` makes its line one for the parser.
    """
    count = 0
    for number in range(which.size):
        line = which[number]
        taken = _line(data, words, starts[line], stops[line], ops, ends, names, limits, suspect, spans, count)
        found[number] = taken >= 0
        count = max(count, taken)


@compiled
def _line(
    data: Bytes,
    words: Words,
    at: int,
    stop: int,
    ops: NDArray[np.int8],
    ends: Places,
    names: Bytes,
    limits: tuple[int, int],
    suspect: NDArray[np.bool_],
    spans: NDArray[np.int64],
    count: int,
) -> int:
    """The number of spans with those of one line; -1 if it is written otherwise."""
    name = key = 0
    for op in ops:
        at = _space(data, at, stop)
        if op == TEXT:
            if at >= stop or data[at] != QUOTE:
                return -1
            end, size = _string(data, words, at + 1, stop)
            if end < 0 or _is_suspect(data, at + 1, end, limits[1], suspect):
                return -1
            spans[count, 0], spans[count, 1], spans[count, 2] = at + 1, end, size
            count, at = count + 1, end + 1
        elif op == KEY:
            for place in range(name, ends[key]):
                if at >= stop or data[at] != names[place]:
                    return -1
                at += 1
            name, key = ends[key], key + 1
            at = _punctuation(data, _space(data, at, stop), stop, COLON)
        elif op in (OPEN, CLOSE, COMMA):
            at = _punctuation(data, at, stop, op)
        elif op in (SHORT, SCALAR):
            at = _value(data, words, at, stop, op == SHORT, limits, suspect)
        else:
            at = _list(data, words, at, stop, op == SHORTS, limits, suspect)
        if at < 0:
            return -1
    return count if _space(data, at, stop) == stop else -1


@compiled
def _space(data: Bytes, at: int, stop: int) -> int:
    """As far as there are spaces, tabs and carriage returns; a line holds no newline."""
    while at < stop and (data[at] == SPACE or data[at] == 9 or data[at] == 13):
        at += 1
    return at


@compiled
def _punctuation(data: Bytes, at: int, stop: int, mark: int) -> int:
    return at + 1 if at < stop and data[at] == mark else -1


@compiled
def _list(data: Bytes, words: Words, at: int, stop: int, strings: bool, limits: tuple[int, int], suspect: NDArray[np.bool_]) -> int:
    """Behind a list of strings and scalars, or of scalars alone; -1 if there is none."""
    if at >= stop or data[at] != 0x5B:
        return -1
    at = _space(data, at + 1, stop)
    if at < stop and data[at] == 0x5D:
        return at + 1
    while True:
        at = _value(data, words, _space(data, at, stop), stop, strings, limits, suspect)
        if at < 0:
            return -1
        at = _space(data, at, stop)
        if at >= stop or (data[at] != 0x2C and data[at] != 0x5D):
            return -1
        at += 1
        if data[at - 1] == 0x5D:
            return at


@compiled
def _value(data: Bytes, words: Words, at: int, stop: int, strings: bool, limits: tuple[int, int], suspect: NDArray[np.bool_]) -> int:
    """Behind a string that is no text, if ``strings`` are expected, or a scalar; -1 if there is neither."""
    if at >= stop:
        return -1
    if data[at] != QUOTE:
        return _scalar(data, at, stop)
    if not strings:
        return -1
    end, _ = _string(data, words, at + 1, stop)
    if end < 0 or end - at - 1 > limits[0] or _is_suspect(data, at + 1, end, limits[1], suspect):
        return -1
    return end + 1


@compiled
def _is_suspect(data: Bytes, at: int, end: int, least: int, suspect: NDArray[np.bool_]) -> bool:
    """True for a string of so many bytes, as it is written, that begins as an image or a sound may; it is well formed."""
    if end - at < least:
        return False
    first, place = _escape(data, at, end) if data[at] == BACKSLASH else (int(data[at]), at + 1)
    second, place = _escape(data, place, end) if data[place] == BACKSLASH else (int(data[place]), place + 1)
    return first < 0x80 and second < 0x80 and suspect[first << 8 | second] and _begins(data, at, end)


@compiled
def _begins(data: Bytes, at: int, end: int) -> bool:
    """True for one of the beginnings, and for an escape where there might be one."""
    for number in range(BEGINNINGS.shape[0]):
        length = 0
        while length < BEGINNINGS.shape[1] and BEGINNINGS[number, length] and at + length < end:
            byte = data[at + length]
            if byte == BACKSLASH:
                return True
            if byte != BEGINNINGS[number, length]:
                break
            length += 1
        if length == BEGINNINGS.shape[1] or not BEGINNINGS[number, length]:
            return True
    return False


@compiled
def _scalar(data: Bytes, at: int, stop: int) -> int:
    """Behind a number of ordinary size, ``true``, ``false`` or ``null``; -1 if there is none."""
    for word in (TRUE, FALSE, NULL):
        if data[at] == word[0]:
            for letter in word:
                if at >= stop or data[at] != letter:
                    return -1
                at += 1
            return at
    at += data[at] == 0x2D
    end = _digits(data, at, stop)
    if not 0 < end - at <= DIGITS or (data[at] == 0x30 and end - at > 1):
        return -1
    if end < stop and data[end] == 0x2E:
        at, end = end + 1, _digits(data, end + 1, stop)
        if not 0 < end - at <= FRACTION:
            return -1
    if end < stop and (data[end] == 0x65 or data[end] == 0x45):
        at = end + 1
        at += at < stop and (data[at] == 0x2B or data[at] == 0x2D)
        end = _digits(data, at, stop)
        if not 0 < end - at <= 2:
            return -1
    return end


@compiled
def _digits(data: Bytes, at: int, stop: int) -> int:
    while at < stop and 0x30 <= data[at] <= 0x39:
        at += 1
    return at


@compiled
def _string(data: Bytes, words: Words, at: int, stop: int) -> tuple[int, int]:
    """The closing quote of a string, and its bytes when decoded; -1 if it is not well formed."""
    start, less = at, 0
    while at < stop:
        if at & 7 == 0 and at + 8 <= stop:  # eight bytes without a quote, a backslash or a control character
            word = words[at >> 3]
            quotes, escapes = word ^ QUOTES, word ^ BACKSLASHES
            if not ((quotes - ONES) & ~quotes | (escapes - ONES) & ~escapes | (word - CONTROLS) & ~word) & HIGHS:
                at += 8
                continue
        byte = data[at]
        if byte == QUOTE:
            return at, at - start - less
        if byte < SPACE:
            return -1, 0
        if byte == BACKSLASH:
            code, end = _escape(data, at, stop)
            if code < 0:
                return -1, 0
            less += end - at - _width(code)
            at = end
        else:
            at += 1
    return -1, 0


@compiled
def _escape(data: Bytes, at: int, stop: int) -> tuple[int, int]:
    """The code point that an escape stands for, of a pair of surrogates that of both, and where it ends; -1 for none."""
    if at + 1 >= stop or data[at + 1] != 0x75:
        return (ESCAPED[data[at + 1]] if at + 1 < stop else -1), at + 2
    code = _hexadecimal(data, at + 2, stop)
    if not HIGH <= code < LOW + HALF:
        return code, at + 6
    if code >= LOW or at + 8 > stop or data[at + 6] != BACKSLASH or data[at + 7] != 0x75:
        return -1, at
    low = _hexadecimal(data, at + 8, stop)
    return (PAIRED + ((code - HIGH) << 10) + low - LOW if LOW <= low < LOW + HALF else -1), at + 12


@compiled
def _hexadecimal(data: Bytes, at: int, stop: int) -> int:
    """Four digits; -1 if there are not as many."""
    if at + 4 > stop:
        return -1
    value = 0
    for place in range(at, at + 4):
        digit = int(data[place])
        if 0x30 <= digit <= 0x39:
            value = value << 4 | (digit - 0x30)
        elif 0x41 <= digit & 0xDF <= 0x46:
            value = value << 4 | ((digit & 0xDF) - 0x37)
        else:
            return -1
    return value


@compiled
def _width(code: int) -> int:
    """Bytes of a code point in UTF-8 (RFC 3629)."""
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < PAIRED else 4


@compiled
def decode(data: Bytes, words: Words, spans: NDArray[np.int64], offsets: Places, out: Bytes) -> None:
    """Writes the strings of (start, stop, bytes when decoded) to where they begin in ``out``."""
    for number in range(spans.shape[0]):
        at, stop, to = spans[number, 0], spans[number, 1], offsets[number]
        if stop - at == spans[number, 2]:  # no escape, or one more would have made it shorter
            _copy(data[at:stop], out[to : offsets[number + 1]])
        else:
            _unescape(data, words, at, stop, out, to)


@compiled
def _copy(source: Bytes, target: Bytes) -> None:
    for place in range(source.size):  # through views and from 0 it is vectorised: 0.07 instead of 1.5 ms a MB (4 MB, n = 10)
        target[place] = source[place]


@compiled
def _unescape(data: Bytes, words: Words, at: int, stop: int, out: Bytes, to: int) -> None:
    while at < stop:
        end = _backslash(data, words, at, stop)
        _copy(data[at:end], out[to : to + end - at])
        at, to = end, to + end - at
        if at < stop:
            code, at = _escape(data, at, stop)
            width = _width(code)
            for place in range(width - 1, 0, -1):
                out[to + place] = 0x80 | (code & 0x3F)
                code >>= 6
            out[to] = code if width == 1 else (0xF00 >> width) & 0xFF | code
            to += width


@compiled
def _backslash(data: Bytes, words: Words, at: int, stop: int) -> int:
    """Where the next backslash stands, or the end."""
    while at < stop:
        if at & 7 == 0 and at + 8 <= stop:
            escapes = words[at >> 3] ^ BACKSLASHES
            if not (escapes - ONES) & ~escapes & HIGHS:
                at += 8
                continue
        if data[at] == BACKSLASH:
            return at
        at += 1
    return stop
