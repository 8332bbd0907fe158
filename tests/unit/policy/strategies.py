"""Random facts, and random rules over them."""

from datetime import date, timedelta

from hypothesis import strategies as st

from provenance.model import Disposition, Severity
from provenance.policy import FACTS, Facts
from provenance.policy.facts import Type
from provenance.policy.parser import parse
from provenance.policy.rules import Rule, RuleSet
from provenance.policy.values import Term

DAYS = st.integers(0, 3).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
PLACES = ("US", "DE", "WORLD")
PERMISSIVE = tuple(disposition for disposition in Disposition if disposition.permissive)
RESTRICTIVE = tuple(disposition for disposition in Disposition if not disposition.permissive)


def value_of(fact):
    """Any value that the schema allows, from few enough that rules are often met."""
    of_type = {
        Type.BOOLEAN: st.booleans(),
        Type.COUNT: st.sampled_from([0, 9, 10, 24, 25, 49, 50, 100, 300]),
        Type.NUMBER: st.sampled_from([0.0, 3.0, 9.5, 10.0]),
        Type.SHARE: st.sampled_from([0.0, 0.09, 0.1, 0.2, 0.25, 0.5, 0.8, 1.0]),
        Type.TEXT: st.sampled_from(["a", "b"]),
        Type.DATE: DAYS,
        Type.TERM: st.builds(lambda one, other: Term(min(one, other), max(one, other)), DAYS, DAYS),
    }
    if fact.type is Type.ENUM:
        return st.sampled_from(fact.values)
    if fact.type.collection:
        members = fact.values or PLACES
        return st.frozensets(st.sampled_from(members), min_size=0 if fact.may_be_empty else 1, max_size=len(members))
    return of_type[fact.type]


GENERAL = {name: value_of(fact) for name, fact in FACTS.items() if not fact.of_licence}
LICENCE = {name: value_of(fact) for name, fact in FACTS.items() if fact.of_licence}
COMPLETE = st.fixed_dictionaries(GENERAL)
COMPLETE_LICENCES = st.lists(st.fixed_dictionaries(LICENCE), max_size=2)


@st.composite
def partial_and_complete(draw):
    """Facts of which some are not known, and the same facts with a value for each of those."""
    values, licences = draw(COMPLETE), draw(COMPLETE_LICENCES)
    known = draw(st.sets(st.sampled_from(sorted(GENERAL))))
    parts = [{name: licence[name] for name in draw(st.sets(st.sampled_from(sorted(LICENCE))))} for licence in licences]
    partial = Facts.of({name: values[name] for name in known}, parts if draw(st.booleans()) else None)
    return partial, Facts.of(values, licences)


def _conditions(*, known_allowed):
    general = [
        *("use.commercial", "match.words >= 50", "match.words < 10", 'modality == "text"', 'use.stage in ["train", "output"]'),
        *("act.territories <= work.public_domain_territories", '"US" in act.territories', "act.date >= 2026-01-02", "work.published"),
    ]
    licence = ["use.stage in licence.uses", "act.date in licence.term", "licence.commercial", "act.territories <= licence.territories"]
    plain = st.sampled_from(general)
    leaves = plain | st.sampled_from(licence).map(lambda text: f"some licence has ({text})")
    leaves |= st.tuples(st.sampled_from(licence), st.sampled_from(licence), plain).map(
        lambda texts: f"some licence has ({texts[0]} and ({texts[1]} or not {texts[2]}))"
    )
    if known_allowed:
        leaves |= st.sampled_from(["known(use.commercial)", "known(act.territories)"])
    return leaves


def _joined(parts):
    pairs = st.tuples(parts, parts)
    return pairs.map(lambda p: f"({p[0]} and {p[1]})") | pairs.map(lambda p: f"({p[0]} or {p[1]})") | parts.map(lambda p: f"(not {p})")


RESTRICTIVE_WHEN = st.recursive(_conditions(known_allowed=False), _joined, max_leaves=4)
PERMISSIVE_WHEN = RESTRICTIVE_WHEN | _conditions(known_allowed=True)


@st.composite
def rule_sets(draw):
    """Up to six rules; exemptions lead from later to earlier ones, as the checks of a policy file demand them."""
    rules = []
    for number in range(draw(st.integers(1, 6))):
        disposition = draw(st.sampled_from(PERMISSIVE) | st.sampled_from(RESTRICTIVE))
        unless = draw(st.sets(st.sampled_from([rule.id for rule in rules]))) if rules else set()
        if not disposition.permissive:
            for rule in reversed(rules):  # what replaces an exempting permissive rule exempts too
                if rule.id in unless and rule.disposition.permissive:
                    unless |= {other.id for other in rules if other.id in rule.unless and other.disposition.permissive}
        when = draw(PERMISSIVE_WHEN if disposition.permissive else RESTRICTIVE_WHEN)
        on_unknown = draw(st.sampled_from([None, None, *RESTRICTIVE]))
        severity = draw(st.sampled_from(Severity))
        rules.append(Rule(f"R-{number}", "", when, parse(when), disposition, severity, tuple(sorted(unless)), on_unknown))
    return RuleSet(tuple(rules), draw(st.sampled_from(RESTRICTIVE)))
