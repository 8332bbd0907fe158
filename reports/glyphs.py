"""Which characters of a document its fonts can draw, and where its long words may break.

Typst carries Libertinus Serif, New Computer Modern and DejaVu Sans Mono (Latin, Greek, Cyrillic, Hebrew, Devanagari, some Arabic) and finds
the system's fonts beside them. PDF/A forbids a character that no font has, so typst refuses it by name; that refusal is the measurement.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.wording import plural

if TYPE_CHECKING:
    from typst import Compiler

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
BREAKS = re.compile("([/_.#:?&=,;+@\\\\-]|[^/_.#:?&=,;+@\\\\\u200b-]{18})(?=.)")


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters that no font at hand can draw."""

    missing: frozenset[str] = frozenset()

    @classmethod
    def probed(cls, compiler: "Compiler", content: Any, standards: list[str]) -> "Glyphs":
        """What the fonts lack of the content's characters, asked of each by itself; private ones have no meaning and count as lacking."""
        import typst

        characters = {character for text in _strings(content) for character in text if ord(character) > 0x17F}
        private = frozenset(character for character in characters if unicodedata.category(character) == "Co")
        listed = ", ".join(f'"\\u{{{ord(character):x}}}"' for character in sorted(characters - private))
        try:
            if listed:
                compiler.compile((PROBE % listed).encode(), format="pdf", pdf_standards=standards, timestamp=0)
        except typst.TypstError as error:
            return cls(private).without(error.diagnostic)
        return cls(private)

    def without(self, diagnostic: str) -> "Glyphs":
        """These and the characters that typst's message refuses."""
        refused = "".join(first or second for first, second in REFUSED.findall(diagnostic))
        plain = ESCAPED.sub(lambda code: chr(int(code[1], 16)), refused)
        return Glyphs(self.missing | {character for character in plain if ord(character) > 0x7F})

    def drawable(self, content: Any) -> Any:
        """The content with a square for each character that cannot be drawn."""
        table = {ord(character): SQUARE for character in self.missing}
        return _mapped(content, lambda text: text if text.isascii() else text.translate(table))

    def note(self) -> tuple[str, ...]:
        """The sentence that names what was not drawn; none where everything was."""
        if not self.missing:
            return ()
        named = [f"U+{ord(c):04X} {unicodedata.name(c, 'unnamed')}" for c in sorted(self.missing)]
        rest = f", and {plural(len(named) - NAMED, 'other')}" if len(named) > NAMED else ""
        count = plural(len(named), "character")
        return (
            f"The fonts at hand lack {count} of the data, drawn as {SQUARE}: {', '.join(named[:NAMED])}{rest}. "
            "With a font that has them installed (the Noto fonts have most), “provenance report” renders the document again.",
        )


def breakable(content: Any) -> Any:
    """The content with places to break in words too long for a column (U+200B, which the template turns into a space of no width)."""
    return _mapped(content, lambda text: LONG.sub(lambda word: BREAKS.sub("\\1\u200b", word[0]), text))


def _strings(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for part in content.values():
            yield from _strings(part)
    elif isinstance(content, list | tuple):
        for part in content:
            yield from _strings(part)


def _mapped(content: Any, change: Any) -> Any:
    if isinstance(content, str):
        return change(content)
    if isinstance(content, Mapping):
        return {name: _mapped(part, change) for name, part in content.items()}
    if isinstance(content, list | tuple):
        return [_mapped(part, change) for part in content]
    return content
