"""Finds conditions that say nothing: true of everything, or of nothing, whatever the facts are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Final, TypeAlias

from provenance.policy.errors import ExpressionError
from provenance.policy.facts import FACTS, Type
from provenance.policy.syntax import And, Comparison, Expression, ListLiteral, Literal, Name, Not, Or, SomeLicence, Truth, children


@dataclass(frozen=True, slots=True)
class _Range:
    """Amounts from ``low`` to ``high``; each limit with -1 or 1 if it is itself excluded, 0 if not."""

    low: tuple[float, int]
    high: tuple[float, int]

    def common(self, other: "_Range") -> "_Range":
        return _Range(max(self.low, other.low), min(self.high, other.high))

    @property
    def empty(self) -> bool:
        return self.low > self.high


_Members: TypeAlias = frozenset[object]
_Constraint: TypeAlias = tuple[str, _Range | _Members]
_MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_CONTRARY: Final = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "=="}


def constant(expression: Expression) -> bool | None:
    """True or False if the expression is so whatever the (known) facts are; None if it depends on them, or if that is hard to say."""
    match expression:
        case Truth(operand=Literal(value=bool(value))):
            return value
        case Not(body=body):
            inner = constant(body)
            return None if inner is None else not inner
        case SomeLicence(body=body):
            return False if constant(body) is False else None
        case And(parts=parts) | Or(parts=parts):
            return _joined(parts, decisive=isinstance(expression, Or))
        case _:
            return _joined([expression], decisive=True)


def _joined(parts: Sequence[Expression], *, decisive: bool) -> bool | None:
    """What joined parts come to: one ``decisive`` outcome settles the whole (True for ``or``, False for ``and``)."""
    outcomes = [constant(part) for part in parts if len(parts) > 1]
    if decisive in outcomes or _contradictory(parts, contrary=decisive):
        return decisive
    if len(parts) == 1:
        return False if _contradictory(parts, contrary=False) else None
    return not decisive if all(outcome is (not decisive) for outcome in outcomes) else None


def idle_conditions(expression: Expression) -> Iterator[ExpressionError]:
    """One problem for each smallest part that is always true or never true."""
    inner = list(chain.from_iterable(idle_conditions(child) for child in children(expression)))
    outcome = None if inner else constant(expression)
    if outcome is not None:
        yield ExpressionError(
            expression.start, f"this is {'always' if outcome else 'never'} true, whatever the facts are", "remove or mend it"
        )
    yield from inner


def _contradictory(parts: Iterable[Expression], *, contrary: bool) -> bool:
    """Whether the parts (or the contrary of each) leave some fact without a value."""
    left: dict[str, _Range | _Members] = {}
    for name, allowed in chain.from_iterable(_constraints(part, contrary) for part in parts):
        before = left.get(name, _domain(name))
        if isinstance(before, _Range) and isinstance(allowed, _Range):
            left[name] = before.common(allowed)
        elif isinstance(before, frozenset) and isinstance(allowed, frozenset):
            left[name] = before & allowed
    return any(values.empty if isinstance(values, _Range) else not values for values in left.values())


def _domain(name: str) -> _Range | _Members:
    fact = FACTS[name]
    if fact.type is Type.BOOLEAN:
        return frozenset({True, False})
    return frozenset(fact.values) if fact.values else _Range((0, 0), (1 if fact.type is Type.SHARE else inf, 0))


def _constraints(expression: Expression, contrary: bool) -> Iterator[_Constraint]:
    """What the expression (or its contrary) demands of single facts; nothing where that is not plain to see."""
    match expression:
        case Not(body=body):
            yield from _constraints(body, not contrary)
        case And(parts=parts) if not contrary:
            yield from chain.from_iterable(_constraints(part, contrary) for part in parts)
        case Or(parts=parts) if contrary:
            yield from chain.from_iterable(_constraints(part, contrary) for part in parts)
        case Truth(operand=Name(name=name)):
            yield name, frozenset({not contrary})
        case Comparison(left=Name(name=name), operator="in", right=ListLiteral(items=items)) if FACTS[name].type is Type.ENUM:
            yield name, _listed(name, frozenset(item.value for item in items), contrary)
        case Comparison(left=Name(name=name), operator=operator, right=Literal(value=value)):
            yield from _simple(name, operator, value, contrary)
        case Comparison(left=Literal(value=value), operator=operator, right=Name(name=name)) if operator in _MIRRORED:
            yield from _simple(name, _MIRRORED[operator], value, contrary)


def _listed(name: str, members: _Members, contrary: bool) -> _Members:
    domain = _domain(name)
    return domain - members if contrary and isinstance(domain, frozenset) else members


def _simple(name: str, operator: str, value: object, contrary: bool) -> Iterator[_Constraint]:
    operator = _CONTRARY.get(operator, operator) if contrary else operator
    fact = FACTS[name]
    if fact.type in {Type.ENUM, Type.BOOLEAN} and operator in {"==", "!="}:
        yield name, _listed(name, frozenset({value}), operator == "!=")
    elif fact.type.numeric and operator != "!=" and isinstance(value, int | float):
        low = (value, int(operator == ">")) if operator in {">", ">=", "=="} else (-inf, 0)
        high = (value, -int(operator == "<")) if operator in {"<", "<=", "=="} else (inf, 0)
        yield name, _Range(low, high)
