"""Excerpts show what stands in the text, and mark what both sides share."""

from hypothesis import given
from hypothesis import strategies as st

from provenance.evidence.text import LONGEST, compared, excerpt
from provenance.model import TextSide

WORDS = " ".join(f"word{number}" for number in range(3_000))


def slices(side: TextSide) -> list[tuple[int, str]]:
    at, result = side.start, []
    for piece in side.pieces:
        at += piece.omitted
        result.append((at, piece.text))
        at += len(piece.text)
    return result


def test_a_passage_is_shown_whole_and_marked_with_context_on_both_sides() -> None:
    first, last = WORDS.index("word500 "), WORDS.index("word540 ")
    side = excerpt("a.txt", WORDS, [(first, last)])
    assert [piece.matched for piece in side.pieces] == [False, True, False]
    assert side.pieces[1].text == WORDS[first:last]
    assert side.pieces[0].text.endswith("word499 ")
    assert side.pieces[2].text.startswith("word540 ")


def test_the_middle_of_a_long_passage_is_left_out_and_counted() -> None:
    first, last = WORDS.index("word500 "), WORDS.index("word2000 ")
    side = excerpt("a.txt", WORDS, [(first, last)])
    shown = sum(len(piece.text) for piece in side.pieces if piece.matched)
    left_out = sum(piece.omitted for piece in side.pieces if piece.matched)
    assert shown + left_out == last - first
    assert shown <= LONGEST + 20


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 4_000)), min_size=1, max_size=9))
def test_every_piece_stands_in_the_original_where_it_says(places: list[tuple[int, int]]) -> None:
    passages = [(start, min(start + length, len(WORDS))) for start, length in places]
    side = excerpt("a.txt", WORDS, passages)
    assert all(WORDS[at : at + len(text)] == text for at, text in slices(side))
    assert all(piece.omitted >= 0 and piece.text for piece in side.pieces)
    assert sum(len(piece.text) for piece in side.pieces) <= len(passages) * (LONGEST + 600)


def test_only_words_that_stand_on_both_sides_are_marked() -> None:
    item, work = "He saw the old grey bridge at night.", "He saw the new grey bridge by night."
    sides = compared(excerpt("i", item, [(0, len(item))]), excerpt("w", work, [(0, len(work))]))
    unmarked = [[piece.text.strip() for piece in side.pieces if not piece.matched] for side in sides]
    assert unmarked == [["old", "at"], ["new", "by"]]
    assert ["".join(piece.text for piece in side.pieces) for side in sides] == [item, work]


@given(st.text(max_size=300), st.text(max_size=300))
def test_marking_changes_no_character(item: str, work: str) -> None:
    sides = compared(excerpt("i", item, [(0, len(item))]), excerpt("w", work, [(0, len(work))]))
    assert ["".join(piece.text for piece in side.pieces) for side in sides] == [item, work]


def test_a_text_without_spaces_is_shown_in_bounds() -> None:
    whole = "".join(chr(0x4E00 + number % 5_000) for number in range(100_000))
    side = excerpt("a.txt", whole, [(40_000, 42_000)])
    assert sum(len(piece.text) for piece in side.pieces) < 3_000
    assert all(whole[at : at + len(text)] == text for at, text in slices(side))


def test_marking_repetitive_texts_ends() -> None:
    item, work = "a b " * 2_000, "b a a " * 1_500
    sides = compared(excerpt("i", item, [(0, len(item))]), excerpt("w", work, [(0, len(work))]))
    assert all(side.pieces for side in sides)


def test_a_text_that_is_the_work_is_marked_whole() -> None:
    verse = "the rain counts the slates and the gutter counts the rain and the door keeps its own count of it " * 12
    sides = compared(excerpt("i", verse, [(0, len(verse))]), excerpt("w", verse, [(0, len(verse))]))
    assert all(piece.matched for side in sides for piece in side.pieces)
