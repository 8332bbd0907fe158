"""What must hold of every policy and of all facts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.policy import Facts, PolicyError, load
from provenance.policy.checker import problems_of
from provenance.policy.decision import decide
from provenance.policy.errors import ExpressionError
from provenance.policy.evaluate import LICENCES, compiled
from provenance.policy.loader import policy_of
from provenance.policy.parser import MAX_NESTING, parse
from provenance.policy.policy import available, document
from provenance.policy.reach import constant
from provenance.policy.rules import RuleSet
from provenance.policy.source import Document
from tests.unit.policy.strategies import COMPLETE, COMPLETE_LICENCES, LICENCE, PERMISSIVE_WHEN, partial_and_complete, rule_sets

PACKS = {name: load(name) for name in available()}


@settings(max_examples=400, deadline=None)
@given(rules=rule_sets(), facts=partial_and_complete())
def test_what_lets_a_finding_pass_still_does_when_everything_is_known(rules, facts):
    partial, complete = facts
    if decide(rules, partial).disposition.permissive:
        assert decide(rules, complete).disposition.permissive


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=200, deadline=None)
@given(facts=partial_and_complete())
def test_no_shipped_policy_lets_a_finding_pass_on_what_is_not_known(name, facts):
    partial, complete = facts
    if PACKS[name].decide(partial).disposition.permissive:
        assert PACKS[name].decide(complete).disposition.permissive


@settings(max_examples=200, deadline=None)
@given(rules=rule_sets(), facts=partial_and_complete(), order=st.randoms(use_true_random=False))
def test_the_order_of_rules_never_matters(rules, facts, order):
    shuffled = list(rules.rules)
    order.shuffle(shuffled)
    one, other = decide(rules, facts[0]), decide(RuleSet(tuple(shuffled), rules.default), facts[0])
    assert (one.disposition, one.rule, one.how_to_fix) == (other.disposition, other.rule, other.how_to_fix)
    assert {trace.rule: trace for trace in one.trace} == {trace.rule: trace for trace in other.trace}


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=200, deadline=None)
@given(values=COMPLETE, licences=COMPLETE_LICENCES)
def test_two_licences_never_add_up(name, values, licences):
    def by_licence(some):
        facts = Facts.of(values, some)
        states = {trace.rule: trace.outcome for trace in PACKS[name].decide(facts).trace}
        return {rule for rule in ("LIC-010", "LIC-020") if states[rule] in {"true", "exempt"}}

    assert by_licence(licences) == set().union(*(by_licence([licence]) for licence in licences))


@settings(max_examples=200, deadline=None)
@given(values=COMPLETE, licence=st.fixed_dictionaries(LICENCE), name=st.sampled_from(sorted(LICENCE)))
def test_a_licence_cut_in_two_covers_nothing_that_it_did_not_cover_whole(values, licence, name):
    halves = [{name: licence[name]}, {other: value for other, value in licence.items() if other != name}]
    policy = PACKS["us-107"]
    if policy.decide(Facts.of(values, halves)).disposition.permissive:
        assert policy.decide(Facts.of(values, [licence])).disposition.permissive


@settings(max_examples=200, deadline=None)
@given(when=PERMISSIVE_WHEN, facts=partial_and_complete())
def test_a_condition_called_always_or_never_true_is_so(when, facts):
    expression = parse(when)
    expected = constant(expression)
    assert not problems_of(expression, permissive=False)
    if expected is not None:
        complete = facts[1]
        values = {LICENCES: complete.licences, **{name: fact.value for name, fact in complete.values.items()}}
        assert compiled(expression, when)(values, []) is expected


SIGNS = ["(", ")", "[", "]", ",", "==", "!=", "<", "<=", ">", ">=", "=", '"text"', "true", "50", "0.5", "2026-01-01", "match.words", "é"]
WORDS = st.sampled_from(["and", "or", "not", "in", "known", "some", "licence", "has", "licence.uses", *SIGNS])


@settings(max_examples=400, deadline=None)
@given(source=st.text(max_size=80) | st.lists(WORDS, max_size=25).map(" ".join))
def test_any_text_is_an_expression_or_refused_at_a_place_inside_it(source):
    try:
        problems = problems_of(parse(source), permissive=True)
    except ExpressionError as error:
        problems = (error,)
    assert all(0 <= problem.at <= len(source) for problem in problems)


@pytest.mark.parametrize("opening", ["(", "not ", "some licence has ("])
def test_nesting_is_bounded(opening):
    with pytest.raises(ExpressionError, match="inside each other"):
        parse(opening * (MAX_NESTING + 1) + "use.commercial")


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_with_places_that_exist(data):
    text = document("ci-gate").text
    start = data.draw(st.integers(0, len(text)))
    damaged = text[:start] + data.draw(st.text(max_size=3)) + text[start + data.draw(st.integers(0, 40)) :]
    problems = _problems_of(damaged)
    assert all(1 <= problem.line <= damaged.count("\n") + 2 and problem.column >= 1 for problem in problems)


def _problems_of(text):
    try:
        policy_of(Document.parse(text.encode("utf-8", "surrogatepass"), "damaged.yaml"))
    except PolicyError as error:
        return error.problems
    return ()
