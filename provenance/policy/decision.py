"""From facts to a decision: which rules hold, which are set aside, which cannot be decided, and which of them speaks."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

from provenance.model import ConditionTrace, Decision, Disposition, RuleTrace, Severity
from provenance.policy.evaluate import LICENCES, WORDS, Values
from provenance.policy.facts import LICENCE_PREFIX, UNKNOWN
from provenance.policy.rules import Rule, RuleSet
from provenance.policy.values import Facts

State: TypeAlias = Literal["true", "false", "unknown", "exempt"]
_SEVERITIES: Final = tuple(Severity)


def decide(rules: RuleSet, facts: Facts) -> Decision:
    """The decision of the most restrictive rule that fires.

    A rule that is true fires, unless one that is true sets it aside. A restrictive rule that cannot be decided gives ``review``;
    a permissive one that cannot be decided, or that an undecided restrictive rule might set aside, does not fire. Between rules of
    one disposition a true one speaks before an undecided one, then the more severe, then the one whose id comes first.
    """
    values: Values = {LICENCES: facts.licences, **{name: fact.value for name, fact in facts.values.items()}}
    states: dict[str, State] = {}
    traces: dict[str, RuleTrace] = {}
    permissive = {rule.id: rule.disposition.permissive for rule in rules.rules}
    for rule in rules.order:
        conditions: list[ConditionTrace] = []
        state = _state(rule, WORDS[rule.condition(values, conditions)], states, permissive)
        states[rule.id] = state
        traces[rule.id] = RuleTrace(rule.id, state, rule.disposition, tuple(conditions))
    trace = tuple(traces[rule.id] for rule in rules.rules)
    fired = min(_fired(rules, states), default=None, key=lambda entry: _weight(entry[0], entry[1], states))
    if fired is None:
        severity = Severity.ERROR if rules.default is Disposition.BLOCK else Severity.WARNING
        return Decision(rules.default, None, severity, title="No rule of this policy fired", trace=trace)
    return _spoken(*fired, rules, states, values, trace)


def _state(rule: Rule, outcome: State, states: Mapping[str, State], permissive: Mapping[str, bool]) -> State:
    """What becomes of a rule's own outcome through the rules that may set it aside."""
    if outcome == "false":
        return outcome
    if any(states[other] == "true" for other in rule.unless):
        return "exempt"
    if rule.disposition.permissive and any(states[other] == "unknown" and not permissive[other] for other in rule.unless):
        return "unknown"
    return outcome


def _fired(rules: RuleSet, states: Mapping[str, State]) -> Iterator[tuple[Rule, Disposition]]:
    for rule in rules.rules:
        if states[rule.id] == "true":
            yield rule, rule.disposition
        elif states[rule.id] == "unknown" and (rule.on_unknown or not rule.disposition.permissive):
            yield rule, rule.on_unknown or Disposition.REVIEW


def _weight(rule: Rule, disposition: Disposition, states: Mapping[str, State]) -> tuple[int, bool, int, str]:
    """Smallest for the rule that speaks."""
    return -disposition.rank, states[rule.id] != "true", -_SEVERITIES.index(rule.severity), rule.id


def _spoken(
    rule: Rule, disposition: Disposition, rules: RuleSet, states: Mapping[str, State], values: Values, trace: tuple[RuleTrace, ...]
) -> Decision:
    """The decision in the words of the rule that fired; an undecided rule never speaks louder than a warning."""
    undecided = states[rule.id] == "unknown"
    open_rules = [other for other in rules.rules if states[other.id] == "unknown" and (other is rule or other.id in rule.unless)]
    missing = sorted({name for other in open_rules for name in _unknown_facts(other, values)})
    if disposition.permissive or not missing:
        advice = rule.how_to_fix
    else:
        advice = f"{rule.how_to_fix} Facts that are not known and could change this: {', '.join(missing)}.".strip()
    return Decision(
        disposition,
        rule.id,
        Severity.WARNING if undecided and rule.severity is Severity.ERROR else rule.severity,
        title=f"Undecided: {rule.title}" if undecided else rule.title,
        rationale=rule.rationale,
        how_to_fix=advice,
        legal_basis=rule.legal_basis,
        trace=trace,
    )


def _unknown_facts(rule: Rule, values: Values) -> Iterator[str]:
    """The facts that a rule reads and nobody knows; ``licences`` if nobody has recorded whether there are any."""
    licences = values.get(LICENCES)
    for name in rule.facts:
        if not name.startswith(LICENCE_PREFIX):
            if values.get(name) is UNKNOWN:
                yield name
        elif licences is UNKNOWN:
            yield LICENCES
        elif any(licence.get(name) is UNKNOWN for licence in licences):
            yield name
