"""Whether a policy's own tests would notice a change: each rule dropped, each exemption dropped, each amount shifted by one step."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal as Choice
from typing import TypeAlias

from provenance.policy.facts import FACTS
from provenance.policy.policy import Policy, run_examples
from provenance.policy.rules import Rule, RuleSet
from provenance.policy.syntax import And, Comparison, Expression, Literal, Name, Not, Or, SomeLicence, walk

Change: TypeAlias = Choice["rule", "exemption", "threshold"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A policy with one change, and whether its tests noticed."""

    kind: Change
    rule: str
    description: str
    noticed: bool


def coverage(policy: Policy) -> tuple[Mutant, ...]:
    """Every small change to the policy, and whether at least one of its tests then fails."""
    return tuple(
        Mutant(kind, rule, description, noticed=not all(result.passed for result in run_examples(changed, policy.tests)))
        for kind, rule, description, changed in _changes(policy.decides)
    )


def _changes(rules: RuleSet) -> Iterator[tuple[Change, str, str, RuleSet]]:
    for rule in rules.rules:
        if len(rules.rules) > 1:
            yield "rule", rule.id, "rule dropped", rules.without(rule.id)
        for other in rule.unless:
            kept = tuple(name for name in rule.unless if name != other)
            yield "exemption", rule.id, f"exemption {other} dropped", rules.with_rule(replace(rule, unless=kept))
        for description, expression in _shifted_thresholds(rule):
            yield "threshold", rule.id, description, rules.with_rule(replace(rule, expression=expression))


def _shifted_thresholds(rule: Rule) -> Iterator[tuple[str, Expression]]:
    for node in walk(rule.expression):
        if isinstance(node, Comparison):
            for literal, name in ((node.right, node.left), (node.left, node.right)):
                if isinstance(literal, Literal) and isinstance(name, Name):
                    for value in _neighbours(literal, name):
                        text = " ".join(rule.when[node.start : node.stop].split())
                        yield f"{text} with {_written(value)}", _replaced(rule.expression, literal, replace(literal, value=value))


def _neighbours(literal: Literal, name: Name) -> tuple[float | date, ...]:
    """The amounts, or days, one step below and one above."""
    step = FACTS[name.name].type.step
    match literal.value:
        case bool() | str():
            return ()
        case date() as day:
            return day - timedelta(days=1), day + timedelta(days=1)
        case amount:
            return round(amount - step, 6), round(amount + step, 6)


def _written(value: float | date) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _replaced(expression: Expression, old: Literal, new: Literal) -> Expression:
    """The expression with one literal, known by its place, changed."""
    match expression:
        case Comparison(left=left, right=right):
            return replace(expression, left=new if left == old else left, right=new if right == old else right)
        case And(parts=parts) | Or(parts=parts):
            return replace(expression, parts=tuple(_replaced(part, old, new) for part in parts))
        case Not(body=body) | SomeLicence(body=body):
            return replace(expression, body=_replaced(body, old, new))
        case _:
            return expression
