"""Which characters of a document its fonts can draw, and where its long words may break.

Typst carries Libertinus Serif, New Computer Modern and DejaVu Sans Mono (Latin, Greek, Cyrillic, Hebrew, Devanagari, some Arabic) and finds
the system's fonts beside them. PDF/A forbids a character that no font has, so typst refuses it by name; that refusal is the measurement.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reports.press import Press
from reports.wording import plural

Content: TypeAlias = object  # what JSON holds

EVERY_FONT_HAS = 0x17F  # Latin-1 and Latin Extended-A
SQUARE = "\u25a1"
NAMED = 40  # code points named in the note
PROBE = """#set document(title: "probe")
#set text(font: "Libertinus Serif", lang: "en")
= Probe
#for character in (%s,) [#character ]
"""
REFUSED = re.compile(r'the text `"(.*?)"` could not be displayed|contains the codepoint `"(.*?)"`', re.DOTALL)
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
LONG = re.compile(r"\S{24,}")  # a word of this length may not fit a table's column
DIGEST = re.compile(r"[0-9a-f]{40,64}")  # stands alone, in a column that has room for it
BREAKS = re.compile("([/_.#:?&=,;+@\\\\-]|[^/_.#:?&=,;+@\\\\\u200b-]{12})(?=.)")


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters that no font at hand can draw."""

    missing: frozenset[str] = frozenset()

    @classmethod
    def probed(cls, press: Press, content: Content) -> "Glyphs":
        """What the fonts lack of the content's characters, asked of each by itself; private ones have no meaning and count as lacking."""
        characters = {character for text in _strings(content) for character in text if ord(character) > EVERY_FONT_HAS}
        private = frozenset(character for character in characters if unicodedata.category(character) == "Co")
        listed = ", ".join(f'"\\u{{{ord(character):x}}}"' for character in sorted(characters - private))
        refused = press.refusal(PROBE % listed) if listed else ""
        return cls(private).without(refused)

    def without(self, refusal: str) -> "Glyphs":
        """These and the characters that typst's message names."""
        refused = "".join(first or second for first, second in REFUSED.findall(refusal))
        plain = ESCAPED.sub(lambda code: chr(int(code[1], 16)), refused)
        return Glyphs(self.missing | {character for character in plain if ord(character) > EVERY_FONT_HAS})

    def drawable(self, content: Content) -> Content:
        """The content with a square for each character that cannot be drawn."""
        table = {ord(character): SQUARE for character in self.missing}
        return _mapped(content, lambda text: text if text.isascii() else text.translate(table))

    def note(self) -> tuple[str, ...]:
        """The sentence that names what was not drawn; none where everything was."""
        if not self.missing:
            return ()
        named = [f"U+{ord(c):04X} {unicodedata.name(c, 'unnamed')}" for c in sorted(self.missing)]
        rest = f", and {plural(len(named) - NAMED, 'other')}" if len(named) > NAMED else ""
        lacking = (
            f"The fonts at hand lack {plural(len(named), 'character')} of the data, drawn as {SQUARE}: {', '.join(named[:NAMED])}{rest}. "
        )
        return (
            f"{lacking}With a font that has them installed (the Noto fonts have most), “provenance report” renders the document again.",
        )


def breakable(content: Content) -> Content:
    """The content with places to break in words too long for a column (U+200B, which the template turns into an empty box)."""

    def broken(text: str) -> str:
        return text if DIGEST.fullmatch(text) else LONG.sub(lambda word: BREAKS.sub("\\1\u200b", word[0]), text)

    return _mapped(content, broken, spared=("alt",))


def _strings(content: Content) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for part in content.values():
            yield from _strings(part)
    elif isinstance(content, list | tuple):
        for part in content:
            yield from _strings(part)


def _mapped(content: Content, change: Callable[[str], str], spared: tuple[str, ...] = ()) -> Content:
    if isinstance(content, str):
        return change(content)
    if isinstance(content, Mapping):
        return {name: part if name in spared else _mapped(part, change, spared) for name, part in content.items()}
    if isinstance(content, list | tuple):
        return [_mapped(part, change, spared) for part in content]
    return content
