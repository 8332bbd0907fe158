# ruff: noqa: RUF001 - dashes and bullets as they are printed
"""What stands around a matched passage: whether it is set off as a quotation, and whether a source is named beside it.

A quotation is a typographic fact of the item alone: a speech that the work itself puts in quotation marks, matched by itself, is one too.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from fingerprints.model import Interval
from fingerprints.text.citation import cited
from fingerprints.text.marks import INSIDE, enclosed

REACH: Final = 2_000
"""Code points that are looked at on either side of a passage; a quotation that begins further away is not seen."""
MOST_SEGMENTS: Final = 200
"""Segments of a match that are looked at: whether the further ones of a match are quoted is UNKNOWN. 0.2 s at most."""
EDGE: Final = 200
"""Code points at either end of a segment in which its first and last word are looked for."""
CODE_SHARE: Final = 0.04
"""Share of brackets, semicolons and the like from which an indented block is code: of 8 novels none has more than 0.0035."""

BLANK_LINE: Final = re.compile(r"\n[ \t\r]*\n")
BEGIN_OR_END: Final = re.compile(
    r"\\(?P<begin>begin)\{(?:quot\w+|displayquote|blockquote|verse|epigraph)\*?\}|\\end\{(?:quot\w+|displayquote|blockquote|verse|epigraph)\*?\}"
    r"|<(?P<open>blockquote|q)\b[^<>]{0,200}>|</(?:blockquote|q)\s*>|\[(?P<square>quote)\b[^\[\]]{0,100}\]|\[/quote\]",
    re.IGNORECASE,
)
"""LaTeX environments, HTML that is still in its source, and the square brackets of forums."""
COMMAND: Final = re.compile(r"\\(?:enquote|textquote|blockquote|epigraph)\*?(?:\[[^\]]{0,100}\]){0,2}\{")
PREFIX: Final = re.compile(r"[ \t]{0,3}>(?!>> \w+[(=.])")
"""Before a line of a Markdown quotation or of a mail that is answered; not the prompt of a Python session."""
BULLET: Final = re.compile(r"[ \t]*(?:[-*+•·–—]|\(?\w{1,3}[.)])\s")
CODE: Final = re.compile(r"[{}\[\];=<>_$@#|\\]")


def measures(text: str, segments: Sequence[Interval]) -> Mapping[str, bool]:
    """The measures ``quoted`` and ``cited`` of a match with these segments (item side, code points); what cannot be told is left out.

    Quoted: every segment is set off as a quotation, in quotation marks, as a block, or by markup. Cited: outside of the segments and near
    one of them a source is named (see ``fingerprints.text.citation``).
    """
    if not segments:
        return {}
    found = {"quoted": quoted(text, segments), "cited": cited(text, segments)}
    return {name: value for name, value in found.items() if value is not None}


def quoted(text: str, segments: Sequence[Interval]) -> bool | None:
    """True if every segment is set off as a quotation, False if one is not, None if neither can be told."""
    answers = []
    for segment in segments[:MOST_SEGMENTS]:
        answers.append(_quoted(text, _trimmed(text, segment)))
        if answers[-1] is False:
            return False
    return None if None in answers or len(segments) > MOST_SEGMENTS else True


def _quoted(text: str, passage: Interval) -> bool | None:
    paragraph = _paragraph(text, passage)
    if _in_markup(text, passage) or _in_command(text, passage) or _prefixed(text, passage) or _indented(text, paragraph):
        return True
    return enclosed(text, passage, paragraph)


def _trimmed(text: str, segment: Interval) -> Interval:
    """From the first to the last letter or digit: a match with all of an item takes in the marks at its ends."""
    start, stop = segment
    first = next((k for k in range(start, min(stop, start + EDGE)) if text[k].isalnum()), min(stop, start + EDGE))
    last = next((k for k in range(stop, max(first, stop - EDGE), -1) if text[k - 1].isalnum()), max(first, stop - EDGE))
    return first, last


def _paragraph(text: str, passage: Interval) -> Interval:
    """From the blank line before the passage to the one behind it, as far as ``REACH`` goes."""
    start, stop = passage
    low, high = max(0, start - REACH), min(len(text), stop + REACH)
    before = max((match.end() for match in BLANK_LINE.finditer(text, low, start)), default=low)
    behind = BLANK_LINE.search(text, stop, high)
    return before, behind.start() if behind else high


def _in_markup(text: str, passage: Interval) -> bool:
    """Between the beginning of a quoting environment and its end, of which one may be out of reach."""
    start, stop = passage
    if any(match.lastgroup is None for match in BEGIN_OR_END.finditer(text, start, min(stop, start + INSIDE))):
        return False
    depth = 0
    for match in BEGIN_OR_END.finditer(text, max(0, start - REACH), start):
        depth = depth + 1 if match.lastgroup else max(0, depth - 1)
    behind = BEGIN_OR_END.search(text, stop, min(len(text), stop + REACH))
    return depth > 0 or (behind is not None and behind.lastgroup is None and start > REACH)


def _in_command(text: str, passage: Interval) -> bool:
    """Inside the braces of a LaTeX command that quotes."""
    start, stop = passage
    before = [match.end() for match in COMMAND.finditer(text, max(0, start - REACH), start)]
    if not before or stop - before[-1] > REACH + INSIDE:
        return False
    inner = text[before[-1] : stop]
    depth = 0
    for brace in re.findall(r"[{}]", inner):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return True


def _lines(text: str, passage: Interval) -> list[str]:
    """The lines that the passage touches, whole, as far as ``REACH`` and ``INSIDE`` go."""
    start, stop = passage
    first = text.rfind("\n", max(0, start - REACH), start) + 1 or max(0, start - REACH)
    last = text.find("\n", stop, stop + REACH)
    return text[first : last if last >= 0 else stop + REACH][: INSIDE + 2 * REACH].splitlines()


def _prefixed(text: str, passage: Interval) -> bool:
    lines = [line for line in _lines(text, passage) if line.strip()]
    return bool(lines) and all(PREFIX.match(line) for line in lines)


def _indented(text: str, paragraph: Interval) -> bool:
    """A block of lines that are all further in than the paragraphs beside it, and that is neither a list nor code.

    The first line of a novel's paragraph stands further in, but not the others; where each paragraph is one line, all are alike.
    """
    start = text.rfind("\n", 0, paragraph[0]) + 1 if paragraph[0] else 0
    block = text[start : paragraph[1]][: INSIDE + 2 * REACH]
    lines = [line for line in block.splitlines() if line.strip()]
    if len(lines) < 2 or BULLET.match(lines[0]) or len(CODE.findall(block)) > CODE_SHARE * len(block):
        return False
    beside = [*_beside(text[max(0, start - REACH) : start], -1), *_beside(text[paragraph[1] : paragraph[1] + REACH], 0)]
    return bool(beside) and min(map(_indent, lines)) >= 2 + max(map(_indent, beside))


def _beside(text: str, which: int) -> list[str]:
    """The nearest line of the paragraph before (-1) or behind (0) that has one."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [lines[which]] if lines else []


def _indent(line: str) -> int:
    """Columns before the first character; a tab is as wide as four."""
    line = line.expandtabs(4)
    return len(line) - len(line.lstrip(" "))
