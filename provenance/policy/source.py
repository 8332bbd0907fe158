"""A YAML file with its places: each value knows the line and column where it stands."""

import hashlib
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from provenance.policy.errors import PolicyError, Problem
from provenance.policy.yaml_problems import yaml_problem

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

BLOCK_STYLES = ("|", ">")


@dataclass(frozen=True, slots=True)
class Document:
    """One file as text and as YAML 1.2 nodes (in which ``NO`` is a text, and so Norway)."""

    file: str
    text: str
    digest: str
    """SHA-256 of the file's bytes, hexadecimal."""
    root: "Node"
    _lines: tuple[str, ...] = field(repr=False, default=())

    @classmethod
    def read(cls, path: Path) -> "Document":
        """The file's nodes; raises PolicyError if it cannot be read as one YAML document."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise PolicyError([Problem(str(path), 1, 1, f"the file cannot be read: {error.strerror}")]) from error
        return cls.parse(data, str(path))

    @classmethod
    def parse(cls, data: bytes, file: str) -> "Document":
        """The nodes of a file's bytes; raises PolicyError if they are no YAML document in UTF-8."""
        text = _decoded(data, file)
        lines = tuple(text.splitlines())
        return cls(file, text, hashlib.sha256(data).hexdigest(), _composed(text, file, lines), lines)

    def problem(self, node: "Node", message: str, hint: str = "", offset: int | None = None) -> Problem:
        """A problem at a node, or at code point ``offset`` of a scalar's value."""
        index: int = node.start_mark.index if offset is None else self._index(node, offset)
        before = self.text[:index]
        line = before.count("\n") + 1
        return Problem(self.file, line, index - (before.rfind("\n") + 1) + 1, message, hint, _line(self._lines, line))

    def _index(self, node: "Node", offset: int) -> int:
        """The code point of the file where a scalar's value has its ``offset``.

        Indentation, quotation marks, escapes and folded lines stand between the two: visible characters are found again one after
        the other, and white space stands where the last of them ended.
        """
        index: int = node.start_mark.index
        stop: int = node.end_mark.index
        style = getattr(node, "style", None)
        if style in BLOCK_STYLES:
            index = self.text.index("\n", index) + 1  # behind the indicator and its comment
        elif style:
            index += 1
        value: str = node.value
        for character in value[:offset]:
            if not character.isspace():
                found = self.text.find(character, index, stop)
                index = found + 1 if found >= 0 else index
        if offset < len(value) and not value[offset].isspace():
            found = self.text.find(value[offset], index, stop)
            index = found if found >= 0 else index
        return index


def _line(lines: tuple[str, ...], number: int) -> str:
    return lines[number - 1] if number <= len(lines) else ""


def _decoded(data: bytes, file: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyError([Problem(file, line, 1, "this line is not UTF-8", "save the file in UTF-8")]) from error
    return text.replace("\r\n", "\n")


def _composed(text: str, file: str, lines: tuple[str, ...]) -> "Node":
    from ruamel.yaml import YAML
    from ruamel.yaml.error import ReusedAnchorWarning, YAMLError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # an anchor that is used at all is refused below, with its place
            root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except RecursionError as error:
        raise PolicyError([Problem(file, 1, 1, "lists and mappings stand too deep inside each other")]) from error
    except YAMLError as error:
        raise PolicyError([yaml_problem(error, text, file)]) from error
    if root is None:
        raise PolicyError([Problem(file, 1, 1, "the file is empty")])
    _refuse_aliases(root, file, lines)
    return root


def _refuse_aliases(root: "Node", file: str, lines: tuple[str, ...]) -> None:
    """Stops at a value that stands in two places: it would have no place of its own, and could hold itself."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            line, column = node.start_mark.line + 1, node.start_mark.column + 1
            raise PolicyError(
                [Problem(file, line, column, "this value is used again by an alias", "write it out in each place", _line(lines, line))]
            )
        seen.add(id(node))
        for child in node.value if isinstance(node.value, list) else ():
            waiting += child if isinstance(child, tuple) else (child,)
