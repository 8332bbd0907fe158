"""Reads the fields of a YAML file, gathering every problem with its place instead of stopping at the first."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from provenance.policy.errors import FactError, Problem
from provenance.policy.facts import FactType, Type
from provenance.policy.source import Document
from provenance.policy.values import checked

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

E = TypeVar("E", bound=StrEnum)
Fields: TypeAlias = Mapping[str, "Node"]
_TAG = "tag:yaml.org,2002:"


def suggestion(word: str, known: Iterable[str]) -> str:
    """A sentence that offers the nearest known word, or all of them."""
    words = list(known)
    close = get_close_matches(word, words, 1)
    return f'did you mean "{close[0]}"?' if close else f"allowed: {', '.join(words)}"


def is_null(node: "Node") -> bool:
    """True if the value is written as ``null``, ``~`` or nothing."""
    return bool(node.tag == _TAG + "null")


@dataclass(slots=True)
class FieldReader:
    """Gives the fields of one document as Python values; what is wrong is kept in ``problems``."""

    document: Document
    problems: list[Problem] = field(default_factory=list)

    def report(self, node: "Node", message: str, hint: str = "", offset: int | None = None) -> None:
        """Keeps a problem at a node."""
        self.problems.append(self.document.problem(node, message, hint, offset))

    def mapping(self, node: "Node", what: str, required: Iterable[str] = (), optional: Iterable[str] | None = ()) -> Fields:
        """The values of a mapping by key; reports keys that are missing, unknown (unless ``optional`` is None) or given twice."""
        found: dict[str, Node] = {}
        if not isinstance(node.value, list) or not all(isinstance(pair, tuple) for pair in node.value):
            self.report(node, f"{what} is written as `key: value` lines")
            return found
        allowed = None if optional is None else [*required, *optional]
        for key, value in node.value:
            if not isinstance(key.value, str):
                self.report(key, f"the keys of {what} are plain words")
            elif allowed is not None and key.value not in allowed:
                self.report(key, f'unknown key "{key.value}" in {what}', suggestion(key.value, allowed))
            elif key.value in found:
                self.report(key, f'"{key.value}" is given twice in {what}')
            else:
                found[key.value] = value
        for name in required:
            if name not in found:
                self.report(node, f'{what} has no "{name}"')
        return found

    def items(self, node: "Node | None", what: str) -> list["Node"]:
        """The entries of a list; none if there is no node."""
        if node is None:
            return []
        if not isinstance(node.value, list) or any(isinstance(entry, tuple) for entry in node.value):
            self.report(node, f"{what} is written as a list")
            return []
        return list(node.value)

    def text(self, node: "Node | None", what: str) -> str:
        """A text, without white space around it; empty if there is no node."""
        if node is None:
            return ""
        if not isinstance(node.value, str) or node.tag != _TAG + "str":
            self.report(node, f"{what} is a text", "put it in quotation marks" if isinstance(node.value, str) else "")
            return ""
        text = " ".join(node.value.split())
        if not text:
            self.report(node, f"{what} is empty")
        return text

    def texts(self, node: "Node | None", what: str) -> tuple[tuple[str, "Node"], ...]:
        """The texts of a list, each with its node."""
        return tuple((self.text(entry, what), entry) for entry in self.items(node, what))

    def choice(self, node: "Node | None", what: str, members: type[E], allowed: Callable[[E], bool] = lambda _: True) -> E | None:
        """A member of an enumeration; None if it is missing or wrong."""
        if node is None:
            return None
        known = [str(member) for member in members if allowed(member)]
        if isinstance(node.value, str) and node.value in known:
            return members(node.value)
        if isinstance(node.value, str) and node.value in list(members):
            self.report(node, f'{what} may not be "{node.value}"', f"allowed: {', '.join(known)}")
        else:
            shown = f'"{node.value}"' if isinstance(node.value, str) else "a list or mapping"
            self.report(node, f"{what} is never {shown}", suggestion(str(node.value), known))
        return None

    def fact(self, node: "Node", fact: FactType) -> object:
        """A fact's value as the schema wants it; UNKNOWN if it is null or wrong."""
        if isinstance(node.value, list) and fact.type.collection:
            wrong = next((entry for entry in node.value if not _checks(fact, [self._plain(entry, fact)])), node)
        else:
            wrong = node
        try:
            return checked(fact, self._plain(node, fact))
        except FactError as error:
            self.report(wrong, str(error), error.hint)
            return None

    def _plain(self, node: "Node", fact: FactType) -> Any:  # noqa: ANN401 - any value that YAML can write
        """A node as a plain Python value."""
        if isinstance(node.value, list):
            return {} if any(isinstance(entry, tuple) for entry in node.value) else [self._plain(entry, fact) for entry in node.value]
        if is_null(node):
            return None
        if node.tag == _TAG + "bool":
            return node.value.lower() == "true" if fact.type is not Type.TEXT else node.value
        if node.tag in {_TAG + "int", _TAG + "float"} and fact.type.numeric:
            return _number(node.value)
        return node.value if node.tag in {_TAG + "str", _TAG + "timestamp"} else _number(node.value)


def _checks(fact: FactType, value: object) -> bool:
    try:
        checked(fact, value)
    except FactError:
        return False
    return True


def _number(text: str) -> float | str:
    """The number that a YAML scalar writes in decimals; any other writing as it stands."""
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        return text
