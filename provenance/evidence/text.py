"""Excerpts of both texts, cut to a readable length, with the words that stand on both sides marked."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher
from itertools import pairwise

from fingerprints.model import Interval, Media
from provenance.model import Piece, TextSide
from provenance.readers.work import text_of

CONTEXT = 240  # code points shown before and after a passage, to the next word
LONGEST = 1_600  # code points shown of one passage; the middle of a longer one is left out
MOST_PAIRS = 200_000  # of equal words on both sides; prose of this length has a tenth, and "a b a b …" would take minutes
LONGEST_WORD = 40  # code points; a cut falls within a longer one, and in scripts without spaces
WORD = re.compile(r"\w+")


def excerpt(label: str, media: Media, passages: Sequence[Interval]) -> TextSide:
    """The passages with their context; what lies between is left out and counted."""
    whole = _read(media)
    if not passages:
        passages = ((0, len(whole)),)
    shown = sorted(passages)
    pieces: list[Piece] = []
    at = start = _word_start(whole, max(0, shown[0][0] - CONTEXT))
    for number, (first, last) in enumerate(shown):
        limit = shown[number + 1][0] if number + 1 < len(shown) else len(whole)
        for begin, high, matched in _cuts(whole, first, last, limit):
            low = max(at, begin)
            if high > low:
                pieces.append(Piece(whole[low:high], matched, low - at))
                at = high
    return TextSide(label, start, tuple(pieces))


def _cuts(whole: str, first: int, last: int, limit: int) -> Iterator[tuple[int, int, bool]]:
    """The runs to show around one passage: context, the passage with its middle left out if it is long, context."""
    yield _word_start(whole, max(0, first - CONTEXT)), first, False
    if last - first <= LONGEST:
        yield first, last, True
    else:
        half = LONGEST // 2
        yield first, _word_end(whole, first + half), True
        yield _word_start(whole, last - half), last, True
    yield last, min(limit, _word_end(whole, last + CONTEXT)), False


def compared(item: TextSide, work: TextSide) -> tuple[TextSide, TextSide]:
    """Both sides with only those words of their passages marked that the other side has too, in the same order."""
    words = [[word.casefold() for piece in side.pieces if piece.matched for word in WORD.findall(piece.text)] for side in (item, work)]
    counts = [Counter(side) for side in words]
    pairs = sum(count * counts[1][word] for word, count in counts[0].items())
    blocks = SequenceMatcher(None, words[0], words[1], autojunk=pairs > MOST_PAIRS).get_matching_blocks()
    return (
        _marked(item, {number for start, _, length in blocks for number in range(start, start + length)}),
        _marked(work, {number for _, start, length in blocks for number in range(start, start + length)}),
    )


def _marked(side: TextSide, shared: AbstractSet[int]) -> TextSide:
    """The side with its passages cut where marked and unmarked words meet; white space goes with what stands before it."""
    pieces: list[Piece] = []
    number = 0
    for piece in side.pieces:
        if not piece.matched:
            pieces.append(piece)
            continue
        starts = [word.start() for word in WORD.finditer(piece.text)]
        flags = [number + i in shared for i in range(len(starts))]
        number += len(starts)
        cuts = [0, *(starts[i] for i in range(1, len(starts)) if flags[i] != flags[i - 1]), len(piece.text)]
        matched = flags[0] if flags else False
        for begin, end in pairwise(cuts):
            pieces.append(Piece(piece.text[begin:end], matched, piece.omitted if begin == 0 else 0))
            matched = not matched
    return TextSide(side.label, side.start, tuple(pieces))


def _read(media: Media) -> str:
    if isinstance(media, str):
        return media
    if isinstance(media, bytes):
        raise TypeError("a text is a str, or the path of a work's file")
    return text_of(media)


def _word_start(whole: str, at: int) -> int:
    """The first word that begins at or after this place, or the place itself where none begins nearby."""
    found = re.compile(r"(?<!\S)\S|\Z").search(whole, at, at + LONGEST_WORD)
    return found.start() if found and at > 0 else at


def _word_end(whole: str, at: int) -> int:
    """The end of the word that is being read at this place."""
    found = re.compile(r"\s|\Z").search(whole, min(at, len(whole)), at + LONGEST_WORD)
    return found.start() if found else min(at, len(whole))
