"""Characters count as what a reader sees: in every script, in every form that Unicode has for them, and under every disguise."""

import sys
import unicodedata
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprints.text.characters import ALONE, LENGTH_BITS, LETTER, SEPARATOR, SKIPPED, Characters, fold
from fingerprints.text.confusables import chosen, folded, look_alikes
from fingerprints.text.normalise import Normaliser

NORMALISER = Normaliser()
FORMS = ("NFC", "NFD", "NFKC", "NFKD")


def hashes(text: str) -> list[int]:
    return NORMALISER.placed(text.encode()).hashes.tolist()


def code(character: str) -> int:
    table = Characters()
    table.learn([ord(character)])
    return int(table.codes[ord(character)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("한글 학교", unicodedata.normalize("NFD", "한글 학교")),
        ("カタカナ ガギ", "\uff76\uff80\uff76\uff85 \uff76\uff9e\uff77\uff9e"),  # half width
        ("سلام", "ســـلام"),  # tatweel
        ("سَلَامٌ", "سلام"),  # tashkeel
        ("سلام", "\ufeb3\ufefc\ufee1"),  # presentation forms, one of them a ligature
        ("۱۲۳ ٤٥٦ १२३", "123 456 123"),
        ("שָׁלוֹם", "שלום"),  # points
        ("כל־האדם", "כל-האדם"),  # maqaf
        ("क़लम", "\u0915\u093cलम"),  # nukta, composed and not
        ("ন\u09cbৱ", "ন\u09c7\u09beৱ"),  # a vowel sign of two parts
        ("می\u200cروم", "میروم"),  # ZWNJ
        ("col\u00b7legi", "co\u0140legi"),  # Catalan, with one character for l and its dot
        ("½ 2½", "1\u20442 21\u20442"),
        ("efficient fluffy first", "e\ufb03cient \ufb02u\ufb00y \ufb01r\ufb06"),
        ("don't", "don\u2019t"),
        ("don't", "don\u02bct"),
        ("don't", "don\uff07t"),
        ("\u201eword\u201c", "\u00abword\u00bb"),
        ("\u2039word\u203a", "\u300eword\u300f"),
        ("word", "w\u3164o\u2064r\ufe0f\U000e0064d\U000e0101"),  # filler, invisible plus, selectors, tag
        ("word", "\u202eword\u202c"),  # bidirectional override
        ("a word", "a\u2066 \u2069word"),
        ("straße", "STRASSE"),
        ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς"),
        ("İstanbul ISPARTA", "istanbul isparta"),
        ("smørrebrød", "smorrebrod"),
        ("hello", "ʜᴇʟʟᴏ"),
        ("hello", "🅷🅔🅻🅻🅾"),
        ("hello", "ⓗⓔⓛⓛⓞ"),
        ("hello", "ℎ𝚎𝖑𝓵ₒ"),
        ("paypal", "\u0440\u0430\u0443\u0440\u0430\u04cf"),  # Cyrillic throughout
        ("exam-\nple", "exam\u2010\u2028ple"),
    ],
)
def test_two_ways_to_write_a_word_are_one(one, other):
    assert hashes(one) == hashes(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("की", "का"),  # vowel signs
        ("হাত", "হত"),
        ("all", "a11"),  # drawn alike, and both ASCII
        ("burn", "bum"),
        ("Ill", "lll"),
        ("10", "lO"),
        ("þar", "par"),
        ("two-three", "two\u2013three"),  # a dash parts words
        ("exam-\nple", "exam-\u2029ple"),  # as the end of a paragraph does
    ],
)
def test_words_that_readers_tell_apart_are_two(one, other):
    assert hashes(one) != hashes(other)


@pytest.mark.parametrize("text", ["吾輩は猫", "ภาษาไทย", "ພາສາລາວ", "ភាសាខ្មែរ", "မြန်မာ", "བོད་ཡིག", "\U00031350\U00030000\U0001b000"])
def test_in_a_script_without_spaces_each_letter_is_a_word_and_its_marks_belong_to_it(text):
    words = NORMALISER.placed(text.encode())
    parts = [text[start:stop] for start, stop in zip(words.starts, words.stops, strict=True)]
    assert len(parts) == sum(unicodedata.category(c)[0] in "LC" for c in text)  # C: newer than this Python
    assert "".join(parts) == text.replace("\u0f0b", "")


@pytest.mark.parametrize("character", ["\U0002b73f", "\U00031350", "\U000323b0", "\U0003347f"])
def test_ideographs_that_python_does_not_know_yet_are_words(character):
    assert code(character) == ALONE


@pytest.mark.parametrize("character", ["\U0001faff", "\u0378", "\ue000", "\ufffd", "\uffff", chr(0xD800)])
def test_what_is_no_character_of_a_text_parts_words(character):
    assert code(character) == SEPARATOR


@pytest.mark.parametrize("character", [chr(point) for point in (*range(0x2012, 0x2018), *range(0x201A, 0x2028))])
def test_dashes_and_quotation_marks_that_the_scanner_skips_at_sight_part_words_in_the_table_too(character):
    assert code(character) == SEPARATOR


@pytest.mark.parametrize("character", ["\u2065", "\U000e0080", "\U000e01ef", "\ufeff", "\u061c", "\u180e"])
def test_what_nobody_sees_is_skipped(character):
    assert code(character) == SKIPPED


def test_every_look_alike_counts_as_what_it_is_drawn_like():
    table = look_alikes()
    assert len(table) > 400
    for character, target in table.items():
        assert fold(character) == fold(character.upper()) == target


def test_letters_of_one_script_stay_apart():
    """Else words of a language that is written in it would become equal. Latin letters fold to Latin ones, as accented letters do."""
    shared = defaultdict(list)
    for character, target in look_alikes().items():
        script = unicodedata.name(character, character).partition(" ")[0]
        if unicodedata.category(character)[0] == "L" and script != "LATIN":
            shared[script, target].append(character)
    assert {"".join(characters) for characters in shared.values() if len(characters) > 1} == {"\u043d\u04bb", "\u0443\u04af"}


def test_ascii_stays_as_it_is():
    assert [fold(chr(point)) for point in range(128) if chr(point).isalnum()] == [chr(p).lower() for p in range(128) if chr(p).isalnum()]


def test_look_alikes_are_chosen_from_the_lines_of_unicodes_file():
    lines = [
        "# a comment",
        "0430 ;\t0061 ;\tMA\t# ( \u0430 \u2192 a ) CYRILLIC SMALL LETTER A \u2192 LATIN SMALL LETTER A\t# ",
        "0410 ;\t0041 ;\tMA\t# ( \u0410 \u2192 A ) CYRILLIC CAPITAL LETTER A \u2192 LATIN CAPITAL LETTER A\t# ",
        "0442 ;\t1D1B ;\tMA\t# ( \u0442 \u2192 \u1d1b ) CYRILLIC SMALL LETTER TE \u2192 LATIN LETTER SMALL CAPITAL T\t# ",
        "0443 ;\t0079 ;\tMA\t# ( \u0443 \u2192 y ) CYRILLIC SMALL LETTER U \u2192 LATIN SMALL LETTER Y\t# ",
        "10E7 ;\t0079 ;\tMA\t# ( \u10e7 \u2192 y ) GEORGIAN LETTER QAR \u2192 LATIN SMALL LETTER Y\t# ",
        "03C3 ;\t006F ;\tMA\t# ( \u03c3 \u2192 o ) GREEK SMALL LETTER SIGMA \u2192 LATIN SMALL LETTER O\t# ",
        "03BF ;\t006F ;\tMA\t# ( \u03bf \u2192 o ) GREEK SMALL LETTER OMICRON \u2192 LATIN SMALL LETTER O\t# ",
        "039F ;\t004F ;\tMA\t# ( \u039f \u2192 O ) GREEK CAPITAL LETTER OMICRON \u2192 LATIN CAPITAL LETTER O\t# ",
        "0142 ;\t006C 0338 ;\tMA\t# ( \u0142 \u2192 l\u0338 ) LATIN SMALL LETTER L WITH STROKE \u2192 L, OVERLAY\t# ",
        "A4F2 ;\t006C ;\tMA\t# ( \ua4f2 \u2192 l ) LISU LETTER I \u2192 LATIN SMALL LETTER L\t# ",
        "1CCF4 ;\t0034 ;\tMA\t# ( \U0001ccf4 \u2192 4 ) OUTLINED DIGIT FOUR \u2192 DIGIT FOUR\t# ",
        "1CCF0 ;\t004F ;\tMA\t# ( \U0001ccf0 \u2192 O ) OUTLINED DIGIT ZERO \u2192 LATIN CAPITAL LETTER O\t# ",
        "004D ;\t0072 006E ;\tMA\t# ( m \u2192 rn ) LATIN SMALL LETTER M \u2192 LATIN SMALL LETTER R, LATIN SMALL LETTER N\t# ",
        "101D ;\t006F ;\tMA\t# ( \u101d \u2192 o ) MYANMAR LETTER WA \u2192 LATIN SMALL LETTER O\t# ",
        "00D7 ;\t0078 ;\tMA\t# ( \u00d7 \u2192 x ) MULTIPLICATION SIGN \u2192 LATIN SMALL LETTER X\t# ",
    ]
    small_capitals = chosen([])
    assert small_capitals["\u1d1b"] == "t"
    added = {key: target for key, target in chosen(lines).items() if key not in small_capitals}
    kept = {"\u0430": "a", "\u0442": "t", "\u0443": "y", "\u10e7": "y", "\u03bf": "o", "\u0142": "l", "\ua4f2": "i"}
    assert added == kept | {"\U0001ccf4": "4", "\U0001ccf0": "0"}


def test_entries_name_the_folded_bytes():
    table = Characters()
    points = [point for point in range(0x20000) if unicodedata.decomposition(chr(point)) or 0xA0 <= point < 0x250]
    table.learn(points)
    for point in points:
        if table.codes[point] in {ALONE, LETTER}:
            entry = int(table.entries[point])
            start, length = entry >> LENGTH_BITS, entry & (1 << LENGTH_BITS) - 1
            assert table.folded[start : start + length].tobytes().decode() == fold(chr(point))
        elif table.codes[point] >= 32:
            assert chr(table.codes[point]) == fold(chr(point))


def _in_one_piece(character: str) -> bool:
    """False of the few characters that stand for several words, or for several characters of a script without spaces."""
    return len(hashes(unicodedata.normalize("NFKD", character))) < 2 and not character.isupper()


@given(st.text(st.characters(categories=["Ll", "Lo", "Lm", "Mn", "Mc", "Nd", "Nl", "No", "Zs"]).filter(_in_one_piece)))
def test_composition_does_not_matter(text):
    assert {form: hashes(unicodedata.normalize(form, text)) for form in FORMS} == dict.fromkeys(FORMS, hashes(text))


def _has_one_capital(character: str) -> bool:
    """True where Python's capital folds back to the same letter, and no ASCII capital is made, which could begin a word inside another."""
    return folded(character.upper()) == folded(character)


@given(st.text(st.characters(categories=["Ll", "Lo", "Mn", "Mc", "Nd", "Zs"]).filter(_in_one_piece).filter(_has_one_capital)))
def test_case_does_not_matter(text):
    assert hashes(text.upper()) == hashes(text) == hashes(text.casefold())


def test_the_table_is_the_same_whatever_was_learnt_before():
    one, other = Characters(), Characters()
    points = [*range(0x3A0, 0x3C0), 0xFDFA, 0x1F600, sys.maxunicode]
    one.learn(points)
    for point in reversed(points):
        other.learn([point])
    assert one.codes.tolist() == other.codes.tolist()
