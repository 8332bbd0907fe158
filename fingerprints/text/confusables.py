"""Letters of other scripts, and fancy forms, that are drawn like ASCII letters and digits (Unicode Technical Standard 39).

The table beside this module is made from Unicode's own file by

    python fingerprints/text/confusables.py confusables.txt > fingerprints/text/confusables-ascii.txt
"""

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

NAME: Final = "confusables-ascii.txt"

_ASCII = re.compile("[a-z0-9]{1,3}")
_OVERLAYS = re.compile("[\u0335-\u0338]")  # a stroke through a letter: what Unicode does not decompose in ø, ł, đ, ħ, ŧ
_LINE = re.compile(r"([0-9A-F]+) ;\t([0-9A-F ]+) ;.*?\) (.*?) \u2192")
_PLAIN_NAMES = re.compile("(?:LATIN LETTER SMALL CAPITAL|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER) ([A-Z]|AE|OE)")
_DIGITS = ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")
# Their characters are words of their own, a Latin letter among them would not be. The same goes for ideographs.
_UNSPACED = ("MYANMAR", "AHOM", "IDEOGRAPHIC")
# Letters of Icelandic, Ewe and others that stand beside p, f, u and y in the same words, and are not drawn quite like them.
_DISTINCT = "\u00fe\u01bf\u0192\u028b\u0263"
# Drawn exactly like h and y, in the Cyrillic of Kazakh, Tatar and Mongolian beside others that are (en, u): they may share a target.
_SHARED = "\u04bb\u04af"


class _Look(NamedTuple):
    """That a character is drawn like ``target``; ``key`` is its lower-case form, ``script`` the first word of that one's name."""

    character: str
    key: str
    target: str
    script: str


def look_alikes() -> dict[str, str]:
    """What each look-alike is drawn like: by its lower-case form, one to three ASCII letters or digits."""
    table = {}
    for line in (resources.files(__package__) / NAME).read_text("ascii").splitlines():
        if not line.startswith("#"):
            target, *points = line.split()
            table.update(dict.fromkeys((chr(int(point, 16)) for point in points), target))
    return table


def folded(text: str) -> str:
    """The text decomposed and without case (Unicode Standard, section 3.13)."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


def chosen(lines: Iterable[str]) -> dict[str, str]:
    """The look-alikes to fold, from the lines of Unicode's file.

    Case does not matter: a letter counts as what its lower-case form is drawn like, or else its capital. Two letters of one script
    never count as one, unless it is Latin: the one that is alike in both cases wins, then the older, so that no two words of a
    language that is written in one script become equal.
    """
    small = dict(_named())
    looks = [look for look in _looks(lines, small) if _eligible(look)]
    by_key: dict[str, dict[str, str]] = defaultdict(dict)
    for look in looks:
        by_key[look.key].setdefault("lower" if look.character == look.key else "upper", look.target)
    scripts = {look.key: look.script for look in looks}
    targets = {key: cases.get("lower") or cases["upper"] for key, cases in by_key.items() if scripts[key] != "LATIN" or "lower" in cases}
    both = {key for key, cases in by_key.items() if len(set(cases.values())) == 1 and len(cases) == 2}
    taken: set[tuple[str, str]] = set()
    table = dict(small)
    for key in sorted(targets, key=lambda key: (key not in both, key)):
        place = scripts[key], targets[key]
        if scripts[key] == "LATIN" or key in _SHARED or (place not in taken and len(targets[key]) == 1):
            table.setdefault(key, targets[key])
            taken.add(place)
    return table


def _looks(lines: Iterable[str], small: Mapping[str, str]) -> Iterator[_Look]:
    for line in lines:
        if found := _LINE.match(line):
            prototype = "".join(chr(int(point, 16)) for point in found[2].split())
            character, name = chr(int(found[1], 16)), found[3]
            key = folded(character)
            script = (unicodedata.name(key, name) if len(key) == 1 else name).partition(" ")[0]
            plain = "".join(small.get(character, character) for character in prototype).lower()
            if script == "LATIN":
                plain = _OVERLAYS.sub("", plain)
            yield _Look(character, key, _target(plain, name), script)


def _target(plain: str, name: str) -> str:
    """The ASCII characters meant: to Unicode's file I, 1 and l are one, 0 and O are, and m is drawn like rn."""
    digit = name.rpartition("DIGIT ")[2]
    if digit in _DIGITS:
        return str(_DIGITS.index(digit))
    return "i" if plain == "l" and name.endswith(" I") else plain.replace("rn", "m")


def _eligible(look: _Look) -> bool:
    """True of letters and numbers, also of those that this Python does not know yet, that folding alone does not make ASCII."""
    return (
        look.character > "\x7f"
        and unicodedata.category(look.character)[0] in "LNC"
        and len(look.key) == 1
        and look.key > "\x7f"
        and look.key not in _DISTINCT
        and unicodedata.digit(look.key, None) is None
        and look.script not in _UNSPACED
        and _ASCII.fullmatch(look.target) is not None
    )


def _named() -> Iterator[tuple[str, str]]:
    """Small capitals, and letters in black circles and squares, which Unicode's file does not list."""
    for point in range(0x80, 0x20000):
        found = _PLAIN_NAMES.fullmatch(unicodedata.name(chr(point), ""))
        if found and len(folded(chr(point))) == 1:
            yield chr(point), found[1].lower()


def main(source: Path) -> None:
    """Prints the table, made from Unicode's file of confusables."""
    lines = source.read_text("utf-8-sig").splitlines()
    version = next(line.partition("Version: ")[2] for line in lines if "Version: " in line)
    groups = defaultdict(list)
    for key, target in sorted(chosen(lines).items()):
        groups[target].append(f"{ord(key):04X}")
    sys.stdout.write(_HEAD.format(version=version) + "".join(f"{target} {' '.join(groups[target])}\n" for target in sorted(groups)))


_HEAD = """\
# Characters (by their lower-case form) that are drawn like the ASCII letters or digits at the head of each line.
# Made by fingerprints/text/confusables.py, which says how they are chosen, from Unicode's data file
# https://www.unicode.org/Public/security/{version}/confusables.txt and from the names of small capitals and of letters in black shapes.
# Modified data. Copyright 1991-2025 Unicode, Inc. Licensed under the Unicode License v3, https://www.unicode.org/license.txt
# SPDX-License-Identifier: Unicode-3.0
"""

if __name__ == "__main__":
    main(Path(sys.argv[1]))
