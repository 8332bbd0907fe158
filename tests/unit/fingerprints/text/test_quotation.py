# ruff: noqa: RUF001 - quotation marks of many languages
"""Quotations and citations are told from dialogue, apostrophes, inches and code, with the recall and precision that is promised."""

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprints.text.citation import cited
from fingerprints.text.quotation import measures, quoted

CASES = 240
SUBJECTS = (
    "the gardener",
    "my brother",
    "a tall stranger",
    "the captain's daughter",
    "our neighbours' dog",
    "the clerk",
    "every child",
    "that old woman",
)
VERBS = ("carried", "didn't notice", "looked for", "would have sold", "remembered", "couldn't find", "painted", "gave away")
OBJECTS = (
    "a basket of apples",
    "the lamp by the window",
    "three letters",
    "his father's boat",
    "a map",
    "the key to the cellar",
    "her gloves",
    "the clock",
)
TAILS = (
    "before the rain came",
    "without a word",
    "on the way to the mill",
    "in the last week of May",
    "as if nothing mattered",
    "at ten o'clock",
)
MARKS = [
    ('"', '"'), ("“", "”"), ("‘", "’"), ("'", "'"), ("„", "“"), ("„", "”"), ("‚", "‘"), ("«", "»"), ("« ", " »"), ("«\u00a0", "\u00a0»"),
    ("»", "«"), ("‹", "›"), ("”", "”"), ("「", "」"), ("『", "』"), ("``", "''"), ("＂", "＂"),
]  # fmt: skip


def sentence(rng: random.Random) -> str:
    said = f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)} {rng.choice(TAILS)}"
    return said[0].upper() + said[1:]


def passage(rng: random.Random, sentences: int | None = None) -> str:
    return ". ".join(sentence(rng) for _ in range(sentences or rng.randrange(2, 6)))


def filler(rng: random.Random) -> str:
    """A paragraph around: prose, now and then with apostrophes, inches or a quotation of its own."""
    parts = [sentence(rng) + "." for _ in range(rng.randrange(1, 4))]
    extra = [
        "It was 5'10\" tall.",
        '"Quite so," she said.',
        "‘Never mind’, said he.",
        "The dogs' bowls were empty.",
        "’Tis so.",
        "“Well—” he began.",
    ]
    if rng.random() < 0.5:
        parts.insert(rng.randrange(len(parts) + 1), rng.choice(extra))
    return " ".join(parts)


def in_marks(rng: random.Random) -> tuple[str, tuple[int, int]]:
    opening, closing = rng.choice(MARKS)
    said = passage(rng)
    whole = passage(rng, 1) + ". " + said + ". " + passage(rng, 1) if rng.random() < 0.4 else said
    before, after = (
        filler(rng) + " She wrote: " + opening,
        rng.choice([".", ",", "!", ""]) + closing + rng.choice([" ", ". ", ", he said. "]),
    )
    text = before + whole + after + filler(rng)
    return text, (start := text.index(said, len(before)), start + len(said))


def in_markdown(rng: random.Random) -> tuple[str, tuple[int, int]]:
    lines = [passage(rng, 1) for _ in range(rng.randrange(2, 5))]
    block = "\n".join(rng.choice(["> ", ">"]) + line + "." for line in lines)
    text = f"{filler(rng)}\n\n{block}\n\n{filler(rng)}"
    return text, (text.index(lines[0]), text.rindex(lines[-1]) + len(lines[-1]))


def indented(rng: random.Random) -> tuple[str, tuple[int, int]]:
    lines = [passage(rng, 1) for _ in range(rng.randrange(2, 6))]
    margin = rng.choice(["    ", "\t", "   "])
    text = f"{filler(rng)}\n\n" + "\n".join(margin + line for line in lines) + f"\n\n{filler(rng)}"
    return text, (text.index(lines[0]), text.rindex(lines[-1]) + len(lines[-1]))


def in_markup(rng: random.Random) -> tuple[str, tuple[int, int]]:
    said = passage(rng)
    name = rng.choice(["quote", "quotation", "displayquote", "verse"])
    opening, closing = rng.choice([
        (f"\\begin{{{name}}}\n", f"\n\\end{{{name}}}"), ("\\enquote{", "}"), ("<blockquote class=\"x\"><p>", "</p></blockquote>"),
        ("[quote=Ann]", "[/quote]"),
    ])  # fmt: skip
    text = f"{filler(rng)}\n{opening}{said}.{closing}\n{filler(rng)}"
    return text, (start := text.index(said), start + len(said))


def plain(rng: random.Random) -> tuple[str, tuple[int, int]]:
    said = passage(rng)
    text = f"{filler(rng)} {said}. {filler(rng)}"
    return text, (start := text.index(said), start + len(said))


def dialogue(rng: random.Random) -> tuple[str, tuple[int, int]]:
    """A page of a novel whose passage begins and ends with speech."""
    opening, closing = rng.choice([('"', '"'), ("“", "”"), ("‘", "’"), ("«", "»"), ("„", "“"), ("「", "」")])

    def speech() -> str:
        return f"{opening}{sentence(rng)},{closing} said {rng.choice(SUBJECTS)}, {opening}{sentence(rng)}.{closing}"

    lines = [rng.choice([speech, lambda: sentence(rng) + "."])() for _ in range(rng.randrange(2, 7))]
    first, last = speech(), speech()
    page = rng.choice(["\n", "\n\n", " "]).join([first, *lines, last])
    text = f"{filler(rng)}\n{page}\n{filler(rng)}"
    start = text.index(first) + len(opening)
    return text, (start, text.rindex(last) + len(last) - len(closing) - 1)


def with_inches(rng: random.Random) -> tuple[str, tuple[int, int]]:
    said = passage(rng)
    size = rng.choice(["5'10\"", "6' 2\"", '24"', "12″", '5’11"'])
    text = f'{filler(rng)} The board was {size} long. {said}. Another one, {rng.choice(["9", "4.5"])}" wide, stood there. {filler(rng)}'
    return text, (start := text.index(said), start + len(said))


def in_code(rng: random.Random) -> tuple[str, tuple[int, int]]:
    said = passage(rng)
    before, after = rng.choice([
        ('print("', '")\n'), ('x = "', '"\n'), ('{"text": "', '", "n": 3}'),
        ("const s = '", "';\n"), ('return f"', '"\n'), ('<p class="a">', "</p>\n"),
        ('def f():\n    """', '"""\n    return "x"\n'), ('["', '", "y"]\n'), ('puts("a" + "', '")\n'),
    ])  # fmt: skip
    text = f'import os\nname = "Ann\'s"\n{before}{said.replace(chr(39), "")}{after}y = f("z")\n'
    return text, (start := text.index(said.replace("'", "")), start + len(said.replace("'", "")))


def answers(make: Callable, seed: int = 1) -> list[bool | None]:
    rng = random.Random(seed)
    return [quoted(text, [place]) for text, place in (make(rng) for _ in range(CASES))]


@pytest.mark.parametrize(("make", "recall"), [(in_marks, 0.97), (in_markdown, 1.0), (indented, 0.99), (in_markup, 1.0)])
def test_quotations_of_every_kind_are_told(make, recall):
    found = answers(make)
    assert found.count(True) >= recall * CASES
    assert found.count(False) <= 0.01 * CASES


@pytest.mark.parametrize(("make", "specificity"), [(plain, 0.98), (dialogue, 0.95), (with_inches, 0.97), (in_code, 0.97)])
def test_what_only_looks_like_a_quotation_is_none(make, specificity):
    found = answers(make)
    assert found.count(True) <= 0.005 * CASES
    assert found.count(False) >= specificity * CASES


SAID = "The clerk couldn't find the key to the cellar and looked for it without a word"


def around(before: str, after: str) -> tuple[str, list[tuple[int, int]]]:
    return before + SAID + after, [(len(before), len(before) + len(SAID))]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('She said: "Never. ', '." And left.', True),
        ('She said: "Never." ', '. "Yes."', False),
        ('"Never, ', " and more, without an end.", None),
        ("No mark before, ", ' and an end." And more.', None),
        ('\n\n"Never before.\n\n"', '.\n\n"And so on.', None),  # a narrator's speech, or a quotation that goes on
        ("‘The boys’ books: ", ".’ So he said.", True),
        ('x = ["', '"]', False),
        (">>> print(x)\n", "\n", False),
        ("> Quoted before.\n\n", "\n\n> Quoted behind.", False),
        ("> > ", "", True),
        ("The list:\n\n    - ", "\n    - And another one\n\nThe end.", False),
        ("\\begin{quote}x\\end{quote} ", " \\begin{quote}y\\end{quote}", False),
        ("\\enquote{x} ", "", False),
        ("<blockquote><q>x</q> ", "</blockquote>", True),
    ],
)
def test_a_passage_is_quoted_where_the_marks_enclose_it(before, after, expected):
    assert quoted(*around(before, after)) is expected


def test_of_several_segments_all_must_be_quoted():
    text = f'He wrote: "{SAID}." And then: "{SAID}." {SAID}. "{SAID}'
    places = [(at, at + len(SAID)) for at in range(len(text)) if text.startswith(SAID, at)]
    assert quoted(text, places[:2]) is True
    assert quoted(text, places[:3]) is False
    assert quoted(text, [places[0], places[3]]) is None
    assert measures(text, places[:2]) == {"quoted": True, "cited": False}
    assert "quoted" not in measures(text, [places[0], places[3]])
    assert measures(text, []) == {}


def test_a_whole_item_in_quotation_marks_is_quoted():
    assert quoted(f"“{SAID}.”", [(0, len(SAID) + 3)]) is True


def test_a_novel_told_in_quotation_marks_is_not_said_to_be_quoted():
    text = "\n\n".join(f"“{SAID}.\n{SAID}." for _ in range(20))
    assert quoted(text, [(1_000, 1_500)]) is None


SOURCES = [
    "(Miller, 1998)", "(Miller 1998)", "(see Miller & Ortega, 2001, p. 7)", "(van der Berg et al., 1987a)", "Miller (1998)", "(Miller 45)",
    "(Miller and Ortega 112-113)", "(p. 12)", "[12]", "[3, 4]", "[12–15]", "[^1]", "[@miller98]",
    "\\cite{miller}", "\\footnote{Miller.}",
    "https://example.org/a", "doi:10.1000/182", "ISBN 978-3-16-148410-0", "arXiv:2202.07646", "<ref name=a>", "(Müller, 1899, S. 3)",
]  # fmt: skip
IN_WORDS = [
    "as quoted in the minutes", "according to the clerk", "in the words of the mayor", "an excerpt from the book", "zitiert nach Lehmann",
    "selon Dupont", "citado en el libro", "出典: 本",
]  # fmt: skip
SIGNED = [
    "\n— Ann Miller",
    "\n\n-- Ann Miller, Letters",
    "” —Ann Miller",
    "\n    — A. Miller (1843)",
    '"\n― Анна Миллер',
    "\n> — *Ann Miller*",
]
FOOTNOTES = ["¹", ".²", "”¹²", "†", ".[4]"]
NO_SOURCE = [
    "(on May 4, 1998)", "(May 1998)", "(1998)", "a[12] = 3", "x[1][2]", "(42)", "the room of 20 m² was warm", "3 km³",
    "(or so Ann thought)",
    "(Ann's sister)", "— and so on", "--verbose", "- a list", "—the captain, that is—", "in 1998", "Chapter 12", "accordingly",
    "she quoted it", "excited by", "$10.50", "call f(12)", "(about 300 of them)", "[sic]", "[…]", "[Enter Ann]",
    "the year 1914 [and after]",
]  # fmt: skip


def with_source(rng: random.Random) -> tuple[str, list[tuple[int, int]]]:
    kind = rng.randrange(4)
    before, after = filler(rng) + " ", ". " + filler(rng)
    if kind == 0:
        before = f"{before}{rng.choice(IN_WORDS)}, {rng.choice(['', filler(rng)[:100]])} "
    elif kind == 1:
        after = rng.choice(SIGNED) + "\n" + after
    elif kind == 2:
        after = rng.choice(FOOTNOTES) + " " + after
    elif rng.random() < 0.5:
        after = f" {rng.choice(SOURCES)}{after}"
    else:
        before = f"{before}{rng.choice(SOURCES)}: "
    return around(before, after)


def without_source(rng: random.Random) -> tuple[str, list[tuple[int, int]]]:
    before, after = filler(rng) + " ", ". " + filler(rng)
    return around(f"{before}{rng.choice(NO_SOURCE)} ", after) if rng.random() < 0.5 else around(before, f" {rng.choice(NO_SOURCE)}{after}")


def test_citations_of_every_form_are_found_and_little_else_is():
    rng = random.Random(4)
    assert sum(cited(*with_source(rng)) for _ in range(CASES)) >= 0.98 * CASES
    assert sum(cited(*without_source(rng)) for _ in range(CASES)) <= 0.02 * CASES


def test_a_citation_within_the_passage_or_far_away_says_nothing():
    assert not cited(f"(Miller, 1998) {SAID}", [(0, 15 + len(SAID))])
    assert not cited(*around("(Miller, 1998) " + "word " * 40, "word " * 40 + "(Miller, 1998)"))


PARTS = [
    '"',
    "'",
    "“",
    "”",
    "‘",
    "’",
    "«",
    "»",
    "``",
    "''",
    "> ",
    "\n",
    "\n\n",
    "    ",
    " ",
    "{",
    "}",
    "word",
    "5'10",
    "\\begin{quote}",
    "[quote]",
]


@given(st.lists(st.sampled_from(PARTS), max_size=60).map("".join), st.data())
def test_any_text_gives_an_answer(text, data):
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    assert quoted(text, [(start, stop)]) in {True, False, None}
    assert isinstance(cited(text, [(start, stop)]), bool)


@pytest.mark.parametrize(
    "filling", ['" ', "“", "'s ", "«", "\n> ", "\\enquote{", "[quote]", "(A, ", "— A ", "Aa Bb ", "[1, ", "\\begin{quote}"]
)
def test_hostile_surroundings_take_little_time(filling):
    text = filling * (50_000 // len(filling))
    places = [(start, start + 60) for start in range(0, len(text) - 60, 1_000)]
    began = time.process_time()
    measures(text, places)
    assert time.process_time() - began < 2
