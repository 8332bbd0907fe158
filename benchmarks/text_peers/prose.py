"""Running text that is on every machine: what Python's packages and the system say of themselves.

Docstrings and texts of the standard library and the installed packages, then manual pages. Only paragraphs that read as prose are taken:
no code, tables, addresses or licences.
"""

import gzip
import re
import sysconfig
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

Paragraph: TypeAlias = list[str]
"""Words with their punctuation, as they stand."""

LEAST_WORDS: Final = 20
LEAST_CHARACTERS: Final = 100
ALPHABETIC: Final = 0.9
LARGEST: Final = 2_000_000  # bytes of a file; larger ones are data
DOCSTRING: Final = re.compile(r'"""(.*?)"""', re.DOTALL)
NO_PROSE: Final = re.compile(r">>>|://|::|\S\(|[=|{}\[\]<>\\]|\s:\s|copyright|licen[cs]e|warrant", re.IGNORECASE)
BLANK_LINE: Final = re.compile(r"\n[ \t]*\n")
MANUALS: Final = Path("/usr/share/man")
SHARED_WORDS: Final = 8
"""Paragraphs of the second half that share so many words in a row with the first are left out."""


def halves(words: int) -> tuple[list[Paragraph], list[Paragraph]]:
    """Two collections of paragraphs from different packages, at most so many words together, with no run of SHARED_WORDS in common."""
    taken, seen = 0, set[int]()
    parts: tuple[list[Paragraph], list[Paragraph]] = ([], [])
    for group, paragraph in _everything():
        if (key := hash(tuple(paragraph))) not in seen:
            seen.add(key)
            parts[zlib.crc32(group.encode()) % 2].append(paragraph)
            taken += len(paragraph)
        if taken >= words:
            break
    first, second = parts
    known = {run for paragraph in first for run in _runs(paragraph)}
    return first, [paragraph for paragraph in second if known.isdisjoint(_runs(paragraph))]


def _runs(paragraph: Paragraph) -> Iterator[int]:
    words = [word.lower().strip(".,;:!?()'\"`*") for word in paragraph]
    return (hash(tuple(words[at : at + SHARED_WORDS])) for at in range(len(words) - SHARED_WORDS + 1))


def _everything() -> Iterator[tuple[str, Paragraph]]:
    """Paragraphs, each with the package or manual page that it comes from."""
    library, site = Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))
    for file in sorted(library.rglob("*.py")):
        if "site-packages" not in file.parts:
            yield from _docstrings(f"Python {file.relative_to(library).parts[0]}", file)
    for file in sorted(site.rglob("*.py")):
        yield from _docstrings(file.relative_to(site).parts[0], file)
    for file in sorted(site.rglob("*")):
        if file.suffix in {".md", ".rst", ".txt"} and _small(file):
            yield from _named(file.relative_to(site).parts[0], file.read_text("utf-8", "replace"))
    for file in sorted(MANUALS.glob("man*/*.gz")):
        if not file.is_symlink() and _small(file):
            yield from _named(file.name[:6], _unformatted(gzip.decompress(file.read_bytes()).decode("utf-8", "replace")))


def _docstrings(group: str, file: Path) -> Iterator[tuple[str, Paragraph]]:
    if _small(file):
        for text in DOCSTRING.findall(file.read_text("utf-8", "replace")):
            yield from _named(group, text)


def _small(file: Path) -> bool:
    return file.is_file() and file.stat().st_size <= LARGEST


def _unformatted(manual: str) -> str:
    """A manual page without roff requests and escapes; requests that begin a paragraph leave a blank line."""
    text = re.sub(r"^\.(PP|P|TP|SH|SS|IP|LP).*$", "\n\n", manual, flags=re.MULTILINE)
    return re.sub(r"\\f.|\\&|\\", "", re.sub(r"^[.'].*$\n?", "", text, flags=re.MULTILINE))


def _named(group: str, text: str) -> Iterator[tuple[str, Paragraph]]:
    for paragraph in BLANK_LINE.split(text):
        if len(paragraph) >= LEAST_CHARACTERS and not NO_PROSE.search(paragraph):
            words = paragraph.split()
            letters = sum(word.strip(".,;:!?()'\"`*").isalpha() for word in words)
            if len(words) >= LEAST_WORDS and letters >= ALPHABETIC * len(words):
                yield group, words
