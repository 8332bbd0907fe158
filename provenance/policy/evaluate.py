"""Turns a checked expression into a function of the facts: three-valued (Kleene 1938), with a trace of what it looked at."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final, TypeAlias

from provenance.model import ConditionTrace
from provenance.policy.facts import FACTS, UNKNOWN, Type
from provenance.policy.syntax import And, Comparison, Expression, Known, ListLiteral, Literal, Name, Not, Operand, Or, SomeLicence, Truth
from provenance.policy.territories import WORLD, covers, expanded
from provenance.policy.values import Term

LICENCES: Final = "licences"
"""Where the values hold the work's licences: a tuple of mappings, or None."""

Values: TypeAlias = Mapping[str, Any]
Outcome: TypeAlias = bool | None
"""True, False, or None for UNKNOWN."""
Trace: TypeAlias = list[ConditionTrace]
Condition: TypeAlias = Callable[[Values, Trace], Outcome]
"""Decides on the values, and notes every single condition that it looked at."""

WORDS: Final[Mapping[Outcome, Any]] = {True: "true", False: "false", UNKNOWN: "unknown"}


def compiled(expression: Expression, source: str) -> Condition:
    """The expression as a function. It takes time linear in the expression's length and in the number of licences, and raises nothing."""
    match expression:
        case And(parts=parts):
            return _settled_by(False, [compiled(part, source) for part in parts])
        case Or(parts=parts):
            return _settled_by(True, [compiled(part, source) for part in parts])
        case Not(body=body):
            return _contrary(compiled(body, source))
        case SomeLicence(body=body):
            return _some_licence(compiled(body, source))
        case Known(fact=fact):
            return _known(fact.name)
        case Truth() | Comparison():
            return _atom(expression, " ".join(source[expression.start : expression.stop].split()))


def _settled_by(decisive: bool, parts: list[Condition]) -> Condition:
    """Conditions joined by ``and`` (False settles it) or ``or`` (True does); the rest is not looked at."""

    def joined(values: Values, trace: Trace) -> Outcome:
        result: Outcome = not decisive
        for part in parts:
            outcome = part(values, trace)
            if outcome is decisive:
                return decisive
            if outcome is UNKNOWN:
                result = UNKNOWN
        return result

    return joined


def _contrary(body: Condition) -> Condition:
    def contrary(values: Values, trace: Trace) -> Outcome:
        outcome = body(values, trace)
        return UNKNOWN if outcome is UNKNOWN else not outcome

    return contrary


def _known(name: str) -> Condition:
    text = f"known({name})"

    def known(values: Values, trace: Trace) -> Outcome:
        value = values.get(name)
        outcome = value is not UNKNOWN
        trace.append(ConditionTrace(text, shown(value), WORDS[outcome]))
        return outcome

    return known


def _some_licence(body: Condition) -> Condition:
    """Whether one licence fulfils the body by itself; UNKNOWN if none does for certain and one might."""

    def some_licence(values: Values, trace: Trace) -> Outcome:
        licences = values.get(LICENCES)
        if licences is UNKNOWN:
            trace.append(ConditionTrace("some licence has (…)", UNKNOWN, "unknown"))
            return UNKNOWN
        result: Outcome = False
        for number, licence in enumerate(licences, 1):
            outcome = _weighed(body, values, licence, number, trace)
            if outcome is True:
                return True
            result = UNKNOWN if outcome is UNKNOWN else result
        if not licences:
            trace.append(ConditionTrace("some licence has (…)", "no licence on record", "false"))
        return result

    return some_licence


def _weighed(body: Condition, values: Values, licence: Values, number: int, trace: Trace) -> Outcome:
    """What one licence comes to; its conditions are traced under its id."""
    conditions: Trace = []
    outcome = body({**values, **licence}, conditions)
    label = licence.get("licence.id") or f"licence {number}"
    trace.extend(ConditionTrace(f"[{label}] {condition.text}", condition.value, condition.outcome) for condition in conditions)
    return outcome


def shown(value: object) -> object:
    """A value as a trace holds it: plain JSON."""
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value) if isinstance(value, date | Term) else value


Test: TypeAlias = Callable[[Any], Outcome]


def _atom(atom: Truth | Comparison, text: str) -> Condition:
    """One condition on one or two facts."""
    match atom:
        case Comparison(left=Name(name=left), operator=operator, right=Name(name=right)):
            return _two_facts(text, left, right, _relation(operator, FACTS[right].type))
        case Comparison(left=Name(name=name), operator=operator, right=right):
            return _one_fact(text, name, _against(operator, FACTS[name].type, right))
        case Comparison(left=left, operator=operator, right=Name(name=name)):
            return _one_fact(text, name, _from_literal(left, operator, FACTS[name].type))
        case Truth(operand=Name(name=name)):
            return _one_fact(text, name, bool)
    raise AssertionError(f"the checker lets no condition without a fact pass: {text}")


def _one_fact(text: str, name: str, test: Test) -> Condition:
    def condition(values: Values, trace: Trace) -> Outcome:
        value = values.get(name)
        outcome = UNKNOWN if value is UNKNOWN else test(value)
        trace.append(ConditionTrace(text, shown(value), WORDS[outcome]))
        return outcome

    return condition


def _two_facts(text: str, left: str, right: str, relation: Callable[[Any, Any], Outcome]) -> Condition:
    def condition(values: Values, trace: Trace) -> Outcome:
        one, other = values.get(left), values.get(right)
        outcome = UNKNOWN if one is UNKNOWN or other is UNKNOWN else relation(one, other)
        trace.append(ConditionTrace(text, {left: shown(one), right: shown(other)}, WORDS[outcome]))
        return outcome

    return condition


_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


def _relation(operator: str, right: Type) -> Callable[[Any, Any], Outcome]:
    """The relation between two values; ``right`` is the type on the right, which tells one ``in`` and one ``<=`` from another."""
    if operator == "in" and right is Type.TERM:
        return _in_term
    if operator == "in":
        return _in_territories if right is Type.TERRITORIES else _is_member
    if operator == "<=" and right is Type.TERRITORIES:
        return lambda inner, outer: covers(outer, inner)
    return _ORDER[operator]


def _in_term(day: date, term: Term) -> Outcome:
    return term.contains(day)


def _in_territories(code: str, territories: Collection[str]) -> bool:
    return code in territories or WORLD in territories


def _is_member(member: object, members: Collection[object]) -> bool:
    return member in members


def _against(operator: str, kind: Type, literal: Operand) -> Test:
    """A test of a fact's value against what stands on the right."""
    relation, fixed = _relation(operator, kind if kind.collection else Type.TEXT), _constant(literal, kind)
    return lambda value: relation(value, fixed)


def _from_literal(literal: Operand, operator: str, kind: Type) -> Test:
    """A test of a fact's value against what stands on the left."""
    relation, fixed = _relation(operator, kind), _constant(literal, kind)
    return lambda value: relation(fixed, value)


def _constant(literal: Operand, kind: Type) -> object:
    if isinstance(literal, ListLiteral):
        members = frozenset(str(item.value) for item in literal.items)
        return expanded(members) if kind is Type.TERRITORIES else members
    assert isinstance(literal, Literal)  # noqa: S101 - a fact on both sides goes another way
    return literal.value
