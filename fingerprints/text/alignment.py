"""Alignment of two word sequences outwards from a seed; compiled.

Equal words gain by their length, a proxy of their rarity that needs no statistics; a different, missing or additional word costs
COST. Runs of equal words are walked; where they end, a small dynamic-programming window (Smith & Waterman 1981, banded, with the
X-drop rule of Altschul et al. 1990) looks for the best way on. So an alignment ends where nothing convincing follows: one short
word after a difference does not, a long word or three short ones do.
"""

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled
from fingerprints.shard import Array
from fingerprints.text.tokens import MOST_LETTERS, letters

GAINS = (2, 1, 2, 2, 3, 4, 5, *9 * (6,))
"""By letters (``tokens.letters``); a character that is a word of its own (0) gains 2."""
COST = 4
DROP = 26
"""An alignment is given up where it has lost so much: six words in a row that differ."""
ROWS = 32
BAND = 8
"""Words inserted or left out that a window can bridge."""
WINDOW = (ROWS + 1, ROWS + BAND + 2)
PADDING = 64
"""Words of padding around each work: more than a window reaches."""

_GAINS = np.array(GAINS, np.int32)
_NEVER = -(1 << 20)


def gains(words: NDArray[np.uint32]) -> NDArray[np.int32]:
    """What these words, given by their hashes, are worth where they are equal."""
    return _GAINS[words & np.uint32(MOST_LETTERS)]


@compiled
def gain(word: np.uint32) -> int:
    """What an equal word is worth."""
    return _GAINS[letters(word)]


@compiled
def _fill(item: Array, work: Array, i: int, j: int, step: int, low: int, high: int, window: Array) -> tuple[int, int]:
    """Fills the window from the first words that differ; gives its best cell (row 0: none is better than stopping)."""
    best, best_row, best_column = 0, 0, 0
    for column in range(window.shape[1]):
        window[0, column] = -COST * column if column <= BAND else _NEVER
    for row in range(1, ROWS + 1):
        place = i + step * (row - 1)
        if place < low or place >= high:
            break
        word = item[place]
        worth = gain(word)
        first, last = max(0, row - BAND), row + BAND
        window[row, last + 1 if last + 1 < window.shape[1] else last] = _NEVER
        top = _NEVER
        if first > 0:
            window[row, first - 1] = _NEVER
        for column in range(first, last + 1):
            value = window[row - 1, column] - COST if column < row + BAND else _NEVER
            if column > 0:
                value = max(value, window[row, column - 1] - COST)
                equal = work[j + step * (column - 1)] == word
                diagonal = window[row - 1, column - 1] + (worth if equal else -COST)
                if diagonal >= value:
                    value = diagonal
                    if equal and value > best:
                        best, best_row, best_column = value, row, column
            window[row, column] = value
            top = max(top, value)
        if top < best - DROP:
            break
    return best_row, best_column


@compiled
def reverse(array: Array, first: int, last: int) -> None:
    """Reverses array[first:last] in place."""
    last -= 1
    while first < last:
        array[first], array[last] = array[last], array[first]
        first += 1
        last -= 1


@compiled
def _bridge(
    item: Array,
    work: Array,
    i: int,
    j: int,
    step: int,
    low: int,
    high: int,
    window: Array,
    places: Array,
    partners: Array,
    count: int,
) -> tuple[int, int, int]:
    """Appends the equal words on the best way through a window; gives the new count and the place behind the way."""
    row, column = _fill(item, work, i, j, step, low, high, window)
    next_i, next_j = i + step * row, j + step * column
    start = count
    while row > 0 and column > 0:
        place, partner = i + step * (row - 1), j + step * (column - 1)
        equal = item[place] == work[partner]
        if window[row, column] == window[row - 1, column - 1] + (gain(item[place]) if equal else -COST):
            if equal:
                places[count], partners[count] = place, partner
                count += 1
            row -= 1
            column -= 1
        elif column > row - BAND and window[row, column] == window[row, column - 1] - COST:
            column -= 1
        else:
            row -= 1
    reverse(places, start, count)
    reverse(partners, start, count)
    return count, next_i, next_j


@compiled
def extend(
    item: Array,
    work: Array,
    i: int,
    j: int,
    step: int,
    low: int,
    high: int,
    window: Array,
    places: Array,
    partners: Array,
    count: int,
) -> int:
    """Appends the pairs of equal words from (i, j) on in one direction (step 1 or -1); gives the new count.

    item[low:high] may be walked; the work ends in padding that equals nothing.
    """
    while True:
        while low <= i < high and item[i] == work[j]:
            places[count], partners[count] = i, j
            count += 1
            i += step
            j += step
        if i < low or i >= high:
            return count
        before = count
        count, i, j = _bridge(item, work, i, j, step, low, high, window, places, partners, count)
        if count == before:
            return count
