"""A planted excerpt is reported from its first to its last character, in every script and however it is disguised."""

import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprints.model import Hit, Kind, MediaBatch, Modality
from fingerprints.text import Builder, Scanner
from fingerprints.text.confusables import look_alikes

TATWEEL = "\u0640"
WORK_WORDS, HOST_WORDS = 400, 60
LEAST_WORDS, LEAST_CHARACTERS, LEAST_UNSPACED, LEAST_ALPHABETIC = 15, 80, 30, 75


@dataclass(frozen=True, slots=True)
class Script:
    """How words of a script are made. The work's and the host's share no letter, so that no word of one equals one of the other."""

    work: str
    host: str
    marks: str = ""
    """Follow a letter now and then; the work's and the host's are the same."""
    space: str = " "
    length: tuple[int, int] = (3, 9)

    def word(self, rng: random.Random, letters: str) -> str:
        return "".join(rng.choice(letters) + self._mark(rng) for _ in range(rng.randint(*self.length)))

    def _mark(self, rng: random.Random) -> str:
        return rng.choice(self.marks) if self.marks and rng.random() < 0.3 else ""

    def words(self, rng: random.Random, letters: str, count: int) -> list[str]:
        """Each of them once, except where a word is a character."""
        made: dict[str, None] = {}
        while len(made) < count and self.space:
            made[self.word(rng, letters)] = None
        return list(made) or [self.word(rng, letters) for _ in range(count)]


def _characters(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


SCRIPTS = {
    "latin": Script("aeioufstlnr", "bcdghkmpvwxyz", "\u0301\u0308"),
    "cyrillic": Script("авеиклмнорст", "бгджзпуфхцчшщыьэюя"),
    "greek": Script("αβγδεζηθικλμ", "νξοπρστυφχψω", "\u0301"),
    "arabic": Script("ابتثجحخدذرزس", "شصضطظعغفقكلم", "\u064b\u064e\u0651\u0640"),
    "hebrew": Script("אבגדהוזחטיכ", "למנסעפצקרשת", "\u05b0\u05b8\u05bc"),
    "armenian": Script("աբգդեզէըթժիլխ", "ծկհձղճմյնշոչպ"),
    "devanagari": Script("कखगघचछजझटठडढ", "तथदधनपफबभमयर", "ािीुूेैोौ्ंः़"),
    "tamil": Script("கஙசஞடணத", "நபமயரலவழள", "ாிீுூெேைொோௌ்"),
    "ethiopic": Script(_characters(0x1200, 0x1206), _characters(0x1260, 0x1266)),
    "hangul": Script(_characters(0xAC00, 0xB4FF), _characters(0xC000, 0xC8FF), length=(2, 5)),
    "deseret": Script(_characters(0x10428, 0x10439), _characters(0x1043A, 0x1044F)),
    "han": Script(_characters(0x4E00, 0x6000), _characters(0x7000, 0x8000), space="", length=(1, 1)),
    "han extensions": Script(_characters(0x20000, 0x21000), _characters(0x31350, 0x33000), space="", length=(1, 1)),
    "kana": Script(_characters(0x3041, 0x3096), _characters(0x30A1, 0x30FA), space="", length=(1, 1)),
    "thai": Script(_characters(0x0E01, 0x0E17), _characters(0x0E18, 0x0E2E), "\u0e31\u0e34\u0e35\u0e38\u0e48\u0e49", "", (1, 1)),
    "lao": Script("ກຂຄງຈຊຍດຕ", "ຖທນບປຜຝພຟ", "\u0eb1\u0eb4\u0eb8\u0ec8\u0ec9", "", (1, 1)),
    "khmer": Script(_characters(0x1780, 0x178F), _characters(0x1790, 0x17A2), "\u17b6\u17b7\u17bb\u17c1\u17c6\u17d2", "", (1, 1)),
    "myanmar": Script(_characters(0x1000, 0x100F), _characters(0x1010, 0x1021), "\u102b\u102d\u1031\u1037\u103a", "", (1, 1)),
}
ALPHABETS = ("thai", "lao", "khmer", "myanmar")
"""Scripts without spaces in which a character is a letter, and a finding longer."""
MIXED = ("latin", "cyrillic", "hebrew", "hangul", "han", "thai")

Words = list[str]
Attack = Callable[[Words, random.Random], Words]


def _everywhere(change: Callable[[str], str]) -> Attack:
    return lambda words, _: [change(word) for word in words]


def _inside(*inserted: str) -> Attack:
    """Puts one of the strings between two characters of every second word."""

    def attack(words: Words, rng: random.Random) -> Words:
        return [_split(word, rng.choice(inserted), rng) if rng.random() < 0.5 else word for word in words]

    return attack


def _split(word: str, inserted: str, rng: random.Random) -> str:
    places = [n for n in range(1, len(word)) if _without_marks(word[n])]
    place = rng.choice(places) if places else len(word)
    return word[:place] + inserted * bool(places) + word[place:]


def _look_alike(words: Words, rng: random.Random) -> Words:
    return ["".join(rng.choice(HOMOGLYPHS[c]) if c in HOMOGLYPHS and rng.random() < 0.3 else c for c in word) for word in words]


HOMOGLYPHS = defaultdict(list)
for _drawn, _target in look_alikes().items():
    HOMOGLYPHS[_target].append(_drawn)

LIGATURES = {"ffi": "\ufb03", "ffl": "\ufb04", "ff": "\ufb00", "fi": "\ufb01", "fl": "\ufb02", "st": "\ufb06"}
ATTACKS: dict[str, Attack] = {
    "composed": _everywhere(lambda word: unicodedata.normalize("NFC", word)),
    "decomposed": _everywhere(lambda word: unicodedata.normalize("NFD", word)),
    "compatibility": _everywhere(lambda word: unicodedata.normalize("NFKD", word)),
    "capitals": _everywhere(str.upper),
    "ligatures": _everywhere(lambda word: re.sub("ffi|ffl|ff|fi|fl|st", lambda found: LIGATURES[found[0]], word)),
    "soft hyphens": _inside("\u00ad"),
    "zero width": _inside("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u202e", "\ufe0f", "\U000e0041", "\u034f", "\u3164"),
    "accents": _inside("\u0301", "\u0336\u0489", "\U000e0101"),
    "look-alikes": _look_alike,
}
BETWEEN: dict[str, tuple[str, ...]] = {
    "reflow": (" ", "\n", "\r\n    ", "\u00a0", "\u2003", "\u2028"),
    "punctuation": (" ", ", ", "; \u201c", "\u201d \u2018", ".\u2019 \u00ab", "\u00bb \u2014 ", " \u300c", "\u300d\u3002 "),
    "emoji": (" ", " \U0001f600 ", " \U0001f468\u200d\U0001f469\u200d\U0001f467 ", "\u2764\ufe0f "),
}


@cache
def scanner(name: str) -> tuple[Scanner, list[str], str]:
    """A scanner that knows one work of the script, the work's words and the work."""
    rng = random.Random(f"work {name}")
    scripts = rng.choices(MIXED, k=WORK_WORDS) if name == "mixed" else ()
    words = [rng.choice(_work_words(script)) for script in scripts] or _work_words(name)
    work = _space(name).join(words)
    with TemporaryDirectory() as folder:
        builder = Builder()
        builder.add("work", builder.fingerprint(work))
        builder.write(Path(folder) / "shard")
        return Scanner([Path(folder) / "shard"]), words, work


def _work_words(name: str) -> list[str]:
    script = SCRIPTS[name]
    return script.words(random.Random(f"words {name}"), script.work, WORK_WORDS)


def _space(name: str) -> str:
    return " " if name == "mixed" else SCRIPTS[name].space


def _host(name: str, rng: random.Random) -> str:
    script = SCRIPTS[rng.choice(MIXED) if name == "mixed" else name]
    return script.space.join(script.words(rng, script.host, HOST_WORDS))


def _excerpt(name: str, words: Words, start: int, count: int) -> Words:
    """The work's words from ``start`` on: as many as the guarantee asks for, marks not counted, and ``count`` more.

    Among words a character of a script without spaces is less than one; it does not count at all.
    """
    enough, stop = False, start
    while not enough:
        stop += 1
        taken = [_without_marks(word) for word in words[start:stop]]
        spelt = [word for word in taken if len(word) > 1]
        enough = len(spelt) >= LEAST_WORDS and len(" ".join(spelt)) >= LEAST_CHARACTERS
        if _space(name) == "":
            enough = len(taken) >= (LEAST_ALPHABETIC if name in ALPHABETS else LEAST_UNSPACED)
    return words[start : stop + count]


def _without_marks(word: str) -> str:
    return "".join(c for c in word if unicodedata.category(c)[0] != "M" and c != TATWEEL)


def scan(scanner: Scanner, text: str) -> list[Hit]:
    return list(scanner.scan(MediaBatch(Modality.TEXT, pa.array([text], pa.large_string()))))


def check(name: str, excerpt: Words, planted: str, rng: random.Random) -> None:
    """Asserts that a host with the planted text in it gives one finding: exactly that text, exactly that stretch of the work."""
    opened, _, work = scanner(name)
    gap = _space(name) or rng.choice(("", "\n", "\u3002"))
    item = gap.join((_host(name, rng), planted, _host(name, rng)))
    (hit,) = scan(opened, item)
    (segment,) = hit.match.segments
    assert hit.match.kind in {Kind.VERBATIM, Kind.NEAR_VERBATIM}
    assert item[slice(*segment.item)] == planted
    assert work[slice(*segment.work)] == _space(name).join(excerpt)


CLOSE_LOOK = 4
"""Words above the guarantee from which changed punctuation at an excerpt's ends does not make a lead of it."""
PLACES = {"start": st.integers(0, 300), "count": st.integers(0, 40), "seed": st.integers(0, 1 << 32)}


@pytest.mark.parametrize("name", [*SCRIPTS, "mixed"])
@settings(deadline=None, max_examples=15)
@given(**PLACES)
def test_an_excerpt_is_sliced_exactly_on_both_sides(name, start, count, seed):
    excerpt = _excerpt(name, scanner(name)[1], start, count)
    check(name, excerpt, _space(name).join(excerpt), random.Random(seed))


@pytest.mark.parametrize("name", [*SCRIPTS, "mixed"])
@settings(deadline=None, max_examples=25)
@given(**PLACES, attacks=st.lists(st.sampled_from(list(ATTACKS)), min_size=1, max_size=3), between=st.sampled_from(list(BETWEEN)))
def test_a_disguised_excerpt_is_sliced_exactly_on_both_sides(name, start, count, seed, attacks, between):
    rng, space = random.Random(seed), _space(name)
    excerpt = planted = _excerpt(name, scanner(name)[1], start, CLOSE_LOOK + count)
    for attack in sorted(attacks, key=list(ATTACKS).index):
        planted = ATTACKS[attack](planted, rng)
    joined = planted[0] + "".join(rng.choice(BETWEEN[between] if space else ("", *BETWEEN[between])) + word for word in planted[1:])
    check(name, excerpt, joined, rng)


@pytest.mark.parametrize("name", [name for name in SCRIPTS if SCRIPTS[name].space])
@settings(deadline=None, max_examples=15)
@given(**PLACES)
def test_words_broken_at_line_ends_are_whole(name, start, count, seed):
    rng = random.Random(seed)
    excerpt = _excerpt(name, scanner(name)[1], start, CLOSE_LOOK + count)
    breaks = ("-\n", "-\r\n   ", "\u2010\n\u3000", "\u00ad\n", "-\u2028")
    planted = [_split(word, rng.choice(breaks), rng) if rng.random() < 0.2 else word for word in excerpt]
    check(name, excerpt, " ".join(planted), rng)


@pytest.mark.parametrize("name", ALPHABETS)
def test_an_excerpt_cut_inside_a_cluster_is_reported_by_whole_characters(name):
    """A mark without its consonant belongs to what stands before it; a consonant without its mark is still the work's."""
    opened, words, work = scanner(name)
    marked = [n for n in range(50, 180) if len(words[n]) > 1]
    first, last = marked[0], marked[-1]
    rng = random.Random(name)
    cut = words[first][1:] + "".join(words[first + 1 : last]) + words[last][0]
    item = _host(name, rng) + cut + "\n" + _host(name, rng)
    (hit,) = scan(opened, item)
    (segment,) = hit.match.segments
    assert item[slice(*segment.item)] == cut[1:]
    assert work[slice(*segment.work)] == "".join(words[first + 1 : last + 1])
