"""From facts to a decision: which rules hold, which are set aside, which cannot be decided, and which of them speaks."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Final

from provenance.model import Decision, Disposition, RuleTrace, Severity
from provenance.policy.evaluate import LICENCES, Values
from provenance.policy.looks import State
from provenance.policy.rules import Rule, RuleSet
from provenance.policy.values import Facts, LicenceFacts

_SEVERITIES: Final = tuple(Severity)
_RANKS: Final = {disposition: disposition.rank for disposition in Disposition}


def decide(rules: RuleSet, facts: Facts) -> Decision:
    """The decision of the most restrictive rule that fires.

    A rule that is true fires, unless one that is true sets it aside. A restrictive rule that cannot be decided gives ``review``;
    a permissive one that cannot be decided, or that an undecided restrictive rule might set aside, does not fire. Between rules of
    one disposition a true one speaks before an undecided one, then the more severe, then the one whose id comes first.
    """
    values: Values = {LICENCES: facts.licences, **{name: fact.value for name, fact in facts.values.items()}}
    licences = _hashable(facts.licences)
    looks = {rule.id: rule.looked_at(values, licences) for rule in rules.rules}
    states: dict[str, State] = {}
    for rule in rules.order:
        states[rule.id] = _state(rule, looks[rule.id].outcome, states, rules.permissive)
    trace = tuple(looks[rule_id].traced(states[rule_id]) for rule_id in looks)
    fired = min(_fired(rules, states), default=None, key=lambda entry: _weight(entry[0], entry[1], states))
    if fired is None:
        severity = Severity.ERROR if rules.default is Disposition.BLOCK else Severity.WARNING
        return Decision(rules.default, None, severity, title="No rule of this policy fired", trace=trace)
    missing = {name for rule_id, look in looks.items() if states[rule_id] == "unknown" for name in look.unknown}
    return _spoken(*fired, states[fired[0].id] == "unknown", sorted(missing), trace)


def _hashable(licences: tuple[LicenceFacts, ...] | None) -> Hashable:
    """The licences as a key by which looks at them are remembered."""
    return None if licences is None else tuple(tuple(licence.items()) for licence in licences)


def _state(rule: Rule, outcome: State, states: Mapping[str, State], permissive: Collection[str]) -> State:
    """What becomes of a rule's own outcome through the rules that may set it aside."""
    if outcome == "false":
        return outcome
    if any(states[other] == "true" for other in rule.unless):
        return "exempt"
    if rule.id in permissive and any(states[other] == "unknown" and other not in permissive for other in rule.unless):
        return "unknown"
    return outcome


def _fired(rules: RuleSet, states: Mapping[str, State]) -> Iterator[tuple[Rule, Disposition]]:
    for rule in rules.rules:
        if states[rule.id] == "true":
            yield rule, rule.disposition
        elif states[rule.id] == "unknown" and (rule.on_unknown or rule.id not in rules.permissive):
            yield rule, rule.on_unknown or Disposition.REVIEW


def _weight(rule: Rule, disposition: Disposition, states: Mapping[str, State]) -> tuple[int, bool, int, str]:
    """Smallest for the rule that speaks."""
    return -_RANKS[disposition], states[rule.id] != "true", -_SEVERITIES.index(rule.severity), rule.id


def _spoken(rule: Rule, disposition: Disposition, undecided: bool, missing: Sequence[str], trace: tuple[RuleTrace, ...]) -> Decision:
    """The decision in the words of the rule that fired; an undecided rule never speaks louder than a warning."""
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
