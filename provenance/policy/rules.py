"""A policy as data: its rules, its own tests, and the order in which rules are looked at."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter

from provenance.model import Disposition, Severity
from provenance.policy.evaluate import Values, compiled
from provenance.policy.looks import Look, Memory
from provenance.policy.syntax import Expression, SomeLicence, facts_read, walk
from provenance.policy.values import Facts

DEFAULT_RULE = "default"
"""What a test names as its rule when it expects that none fires."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it holds, what sets it aside, and what it says."""

    id: str
    title: str
    when: str
    """The expression as it stands in the file."""
    expression: Expression
    disposition: Disposition
    severity: Severity
    unless: tuple[str, ...] = ()
    """Rules that, being true, set this one aside."""
    on_unknown: Disposition | None = None
    """What an undecided rule gives, instead of review (a restrictive rule) or of nothing (a permissive one)."""
    legal_basis: tuple[str, ...] = ()
    rationale: str = ""
    how_to_fix: str = ""
    looked_at: Callable[[Values, Hashable], Look] = field(init=False, repr=False, compare=False)
    """Its outcome for values and a key of the licences, with the trace."""

    def __post_init__(self) -> None:
        facts = tuple(sorted(facts_read(self.expression)))
        of_licences = any(isinstance(node, SomeLicence) for node in walk(self.expression))
        memory = Memory(self.id, self.disposition, compiled(self.expression, self.when), facts, of_licences)
        object.__setattr__(self, "looked_at", memory.look)


@dataclass(frozen=True, slots=True)
class Example:
    """One of a policy's own tests: facts, and the disposition and rule that they must lead to."""

    name: str
    facts: Facts
    expect: Disposition
    rule: str | None = None
    """The rule that must decide, ``default`` if none may; None if any will do."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The part of a policy that decides."""

    rules: tuple[Rule, ...]
    default: Disposition = Disposition.REVIEW
    order: tuple[Rule, ...] = field(init=False, repr=False, compare=False)
    """The rules so that each stands behind those that may set it aside."""
    permissive: frozenset[str] = field(init=False, repr=False, compare=False)
    """The ids of the permissive rules."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissive", frozenset(rule.id for rule in self.rules if rule.disposition.permissive))
        object.__setattr__(self, "order", in_dependency_order(self.rules))

    def without(self, rule_id: str) -> "RuleSet":
        """The same rules without one of them, and without its exemptions."""
        kept = (replace(rule, unless=tuple(u for u in rule.unless if u != rule_id)) for rule in self.rules if rule.id != rule_id)
        return RuleSet(tuple(kept), self.default)

    def with_rule(self, changed: Rule) -> "RuleSet":
        """The same rules, one of them changed."""
        return RuleSet(tuple(changed if rule.id == changed.id else rule for rule in self.rules), self.default)


def in_dependency_order(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Exempting rules first, then by id; the order in the file plays no part."""
    by_id = {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.id)}
    return tuple(by_id[rule_id] for rule_id in TopologicalSorter({rule.id: rule.unless for rule in by_id.values()}).static_order())


def cycle(unless: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The ids of rules that set each other aside in a circle, the first repeated at the end; empty if there is none."""
    try:
        TopologicalSorter(unless).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()
