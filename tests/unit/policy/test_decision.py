"""Which rule speaks, which is set aside, and which cannot be decided."""

import pytest

from provenance.model import Disposition, Severity
from provenance.policy import Facts
from provenance.policy.decision import decide
from provenance.policy.parser import parse
from provenance.policy.rules import Rule, RuleSet

T, F, U = "use.commercial", "match.quoted", "work.published"  # true, false and unknown in FACTS
FACTS = Facts.of({"use.commercial": True, "match.quoted": False})


def rule(rule_id, when, disposition, **more):
    return Rule(rule_id, rule_id, when, parse(when), Disposition(disposition), more.pop("severity", Severity.WARNING), **more)


def decision(*rules, default=Disposition.REVIEW):
    return decide(RuleSet(rules, default), FACTS)


def said(*rules):
    found = decision(*rules)
    return found.disposition.value, found.rule


def test_the_most_restrictive_rule_that_fires_wins():
    assert said(rule("A", T, "no-objection"), rule("B", T, "block"), rule("C", T, "review")) == ("block", "B")


def test_a_finding_on_which_no_rule_fires_gets_the_default():
    assert said(rule("A", F, "block")) == ("review", None)
    assert decision(rule("A", F, "block"), default=Disposition.BLOCK).disposition == "block"


@pytest.mark.parametrize("disposition", ["no-objection", "licence-on-record", "attribution-due"])
def test_an_undecided_permissive_rule_does_not_fire(disposition):
    assert said(rule("A", U, disposition)) == ("review", None)


@pytest.mark.parametrize("disposition", ["review", "block"])
def test_an_undecided_restrictive_rule_gives_review(disposition):
    assert said(rule("P", T, "no-objection"), rule("A", U, disposition)) == ("review", "A")


def test_on_unknown_raises_what_an_undecided_rule_gives():
    assert said(rule("A", U, "review", on_unknown=Disposition.BLOCK)) == ("block", "A")
    assert said(rule("A", U, "no-objection", on_unknown=Disposition.BLOCK)) == ("block", "A")


def test_a_true_rule_sets_another_aside():
    assert said(rule("L", T, "licence-on-record"), rule("A", T, "block", unless=("L",))) == ("licence-on-record", "L")


def test_a_true_rule_sets_an_undecided_one_aside():
    assert said(rule("L", T, "licence-on-record"), rule("A", U, "block", unless=("L",))) == ("licence-on-record", "L")


@pytest.mark.parametrize("when", [F, U])
def test_only_a_true_rule_sets_another_aside(when):
    assert said(rule("L", when, "licence-on-record"), rule("A", T, "block", unless=("L",))) == ("block", "A")


def test_a_rule_that_is_set_aside_sets_nothing_aside():
    chain = rule("X", T, "review"), rule("L", T, "licence-on-record", unless=("X",)), rule("A", T, "block", unless=("L",))
    assert said(*chain) == ("block", "A")


def test_a_permissive_rule_that_an_undecided_one_might_set_aside_does_not_fire():
    chain = rule("X", U, "review"), rule("L", T, "licence-on-record", unless=("X",)), rule("A", T, "block", unless=("L",))
    assert said(*chain) == ("block", "A")


def test_a_permissive_rule_fires_although_a_milder_one_cannot_be_decided():
    mild, due = rule("L", U, "licence-on-record"), rule("D", T, "attribution-due", unless=("L",))
    assert said(mild, due, rule("A", T, "review", unless=("L", "D"))) == ("attribution-due", "D")


def test_of_equal_rules_a_true_one_speaks_then_the_more_severe_then_the_first_by_id():
    assert said(rule("A", U, "review", severity=Severity.ERROR), rule("B", T, "review", severity=Severity.NOTE)) == ("review", "B")
    assert said(rule("A", T, "review"), rule("B", T, "review", severity=Severity.ERROR)) == ("review", "B")
    assert said(rule("B", T, "review"), rule("A", T, "review")) == ("review", "A")


def test_an_undecided_rule_says_so_never_as_an_error_and_names_the_facts_that_are_missing():
    found = decision(rule("A", f'{U} and work.genre == "poem"', "block", severity=Severity.ERROR, how_to_fix="Look."))
    assert found.title == "Undecided: A"
    assert found.severity is Severity.WARNING
    assert found.how_to_fix == "Look. Facts that are not known and could change this: work.genre, work.published."


def test_licences_that_nobody_recorded_are_named_as_missing():
    found = decision(rule("A", "some licence has (licence.commercial)", "block"))
    assert found.how_to_fix == "Facts that are not known and could change this: licences."


def test_the_trace_shows_every_rule_in_the_files_order_with_its_outcome():
    rules = rule("A", T, "block", unless=("L",)), rule("L", T, "licence-on-record"), rule("N", F, "review"), rule("U", U, "no-objection")
    trace = decision(*rules).trace
    assert [(one.rule, one.outcome) for one in trace] == [("A", "exempt"), ("L", "true"), ("N", "false"), ("U", "unknown")]
    assert [(c.text, c.value, c.outcome) for c in trace[0].conditions] == [("use.commercial", True, "true")]
