"""The tree of a ``when:`` expression; every node knows the code points of the expression it was read from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Node:
    """A stretch of the expression, half-open in code points."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A fact by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A string, a number, a date, true or false."""

    value: str | float | bool | date


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """Literals in brackets."""

    items: tuple[Literal, ...]


Operand: TypeAlias = Name | Literal | ListLiteral


@dataclass(frozen=True, slots=True)
class Truth(Node):
    """A yes-or-no fact, or true or false, standing alone."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """Two operands and one of ``== != < <= > >= in``."""

    left: Operand
    operator: str
    right: Operand
    operator_at: int


@dataclass(frozen=True, slots=True)
class Known(Node):
    """Whether a fact is not UNKNOWN; itself never unknown."""

    fact: Name


@dataclass(frozen=True, slots=True)
class SomeLicence(Node):
    """Whether one licence, taken whole, fulfils the body."""

    body: "Expression"


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The contrary."""

    body: "Expression"


@dataclass(frozen=True, slots=True)
class And(Node):
    """All parts; two or more."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Or(Node):
    """At least one part; two or more."""

    parts: "tuple[Expression, ...]"


Atom: TypeAlias = Truth | Comparison | Known
Expression: TypeAlias = Atom | SomeLicence | Not | And | Or


def children(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside this one."""
    match expression:
        case And(parts=parts) | Or(parts=parts):
            return parts
        case Not(body=body) | SomeLicence(body=body):
            return (body,)
        case _:
            return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything inside it, from left to right."""
    yield expression
    for child in children(expression):
        yield from walk(child)


def operands(atom: Atom) -> tuple[Operand, ...]:
    """What an atom reads."""
    match atom:
        case Comparison(left=left, right=right):
            return left, right
        case Known(fact=fact):
            return (fact,)
        case Truth(operand=operand):
            return (operand,)


def facts_read(expression: Expression) -> frozenset[str]:
    """The names of all facts in the expression."""
    atoms = (node for node in walk(expression) if isinstance(node, Truth | Comparison | Known))
    return frozenset(operand.name for atom in atoms for operand in operands(atom) if isinstance(operand, Name))
