"""Finds what is wrong with an expression before anything runs: names, types, members, and questions that may not be asked."""

from dataclasses import dataclass, field

from provenance.policy.comparisons import described, example, relation_problem
from provenance.policy.errors import ExpressionError
from provenance.policy.facts import FACTS, FactType, Type
from provenance.policy.syntax import (
    Comparison,
    Expression,
    Known,
    Literal,
    Name,
    Not,
    Operand,
    SomeLicence,
    Truth,
    children,
    facts_read,
    walk,
)
from provenance.policy.values import member_problem, nearest_fact


def problems_of(expression: Expression, *, permissive: bool) -> tuple[ExpressionError, ...]:
    """Every mistake in the expression, from left to right; ``permissive`` if the rule's disposition is a permissive one."""
    checker = _Checker(permissive)
    checker.check(expression, in_licence=False, negated=False)
    return tuple(sorted(checker.problems, key=lambda problem: problem.at))


@dataclass(slots=True)
class _Checker:
    """Walks the tree once and gathers problems."""

    permissive: bool
    problems: list[ExpressionError] = field(default_factory=list)

    def check(self, node: Expression, *, in_licence: bool, negated: bool) -> None:
        match node:
            case Truth(operand=operand):
                self._truth(operand, in_licence)
            case Known(fact=fact):
                self._known(node, fact, in_licence, negated)
            case Comparison():
                self._comparison(node, in_licence)
            case SomeLicence(body=body):
                self._some_licence(node, in_licence)
                self.check(body, in_licence=True, negated=negated)
            case _:
                for child in children(node):
                    self.check(child, in_licence=in_licence, negated=negated or isinstance(node, Not))

    def _report(self, at: int, message: str, hint: str = "") -> None:
        self.problems.append(ExpressionError(at, message, hint))

    def _resolve(self, operand: Operand, in_licence: bool, beside: Operand | None = None) -> FactType | None:
        """The fact that the operand names, if it is one and may stand here."""
        if not isinstance(operand, Name):
            return None
        fact = FACTS.get(operand.name)
        if fact is None:
            self._report(operand.start, f'unknown fact "{operand.name}"', _meant(operand, beside))
        elif fact.of_licence and not in_licence:
            self._report(operand.start, f"{fact.name} belongs to one licence", f"write it inside `some licence has ({fact.name} …)`")
        return fact

    def _truth(self, operand: Operand, in_licence: bool) -> None:
        fact = self._resolve(operand, in_licence)
        if fact and fact.type is not Type.BOOLEAN:
            self._report(operand.start, f"{fact.name} is a {fact.type}, no condition", f"compare it: {example(fact)}")
        elif not isinstance(operand, Name) and not (isinstance(operand, Literal) and isinstance(operand.value, bool)):
            self._report(operand.start, f"{described(operand)} is no condition", "compare it with a fact")

    def _known(self, node: Known, fact: Name, in_licence: bool, negated: bool) -> None:
        self._resolve(fact, in_licence)
        if self.permissive and negated:
            self._report(
                node.start,
                "known(…) may not stand under `not` in a permissive rule",
                "what is not known must never be a reason to let something pass",
            )

    def _some_licence(self, node: SomeLicence, in_licence: bool) -> None:
        if in_licence:
            self._report(
                node.start, "`some licence has` inside another one", "licences are weighed one at a time: join conditions with `and`"
            )
        elif not any(name.startswith("licence.") for name in facts_read(node.body)) and not _nested(node):
            self._report(node.start, "this asks nothing of the licence", "read a licence's facts inside, such as licence.uses")

    def _comparison(self, node: Comparison, in_licence: bool) -> None:
        left = self._resolve(node.left, in_licence, node.right)
        right = self._resolve(node.right, in_licence, node.left)
        names = [operand for operand in (node.left, node.right) if isinstance(operand, Name)]
        if not names:
            self._report(node.start, "this compares two values", "one side must be a fact")
        elif len(names) == sum(fact is not None for fact in (left, right)):
            problem = relation_problem(node, left, right)
            if problem:
                self.problems.append(problem)


def _nested(node: SomeLicence) -> bool:
    return any(isinstance(inner, SomeLicence) for inner in walk(node.body))


def _meant(name: Name, beside: Operand | None) -> str:
    """A sentence on what an unknown name was probably meant to be: a value without its quotation marks, or another fact."""
    other = FACTS.get(beside.name) if isinstance(beside, Name) else None
    if other and (name.name in other.values or (other.type is Type.TERRITORIES and not member_problem(other, name.name))):
        return f'values stand in quotation marks: "{name.name}"'
    return nearest_fact(name.name)
