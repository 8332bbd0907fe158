"""The fact schema, and the values that it lets in."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from provenance.model import Licence
from provenance.policy import FACTS, UNKNOWN, FactError, Facts
from provenance.policy.evaluate import compiled
from provenance.policy.facts import Type
from provenance.policy.parser import parse
from provenance.policy.territories import EU_MEMBERS, ISO_3166, covers, expanded
from provenance.policy.values import Term, checked, licence_facts, with_attribution

DESIGNED = """
modality match.kind match.score match.words match.chars match.seconds match.area match.coverage_of_work
match.coverage_of_item match.quoted match.cited
match.multiplicity match.in_prompt work.type work.genre work.creativity work.published work.public_domain_territories
licence.id licence.uses
licence.commercial licence.derivatives licence.territories licence.term licence.attribution_required licence.attribution_given
reservation.tdm reservation.mechanism acquisition.lawful_access acquisition.shadow_library acquisition.date use.stage use.commercial
use.purpose act.date act.territories output.model output.prompt_kind output.web_search item.licence item.copyright_notice
item.data_mining item.data_mining_claim item.copyright_information_missing
"""


def test_the_schema_has_the_designed_names_and_no_other():
    assert set(FACTS) == set(DESIGNED.split())


def test_every_fact_says_what_it_means_what_unknown_means_and_who_establishes_it():
    for fact in FACTS.values():
        assert fact.phrase
        assert fact.meaning
        assert fact.unknown
        assert fact.source in {"measured", "registry", "metadata", "user", "counsel"}
        assert bool(fact.values) == (fact.type in {Type.ENUM, Type.ENUM_SET}), fact.name


def test_unknown_is_no_member_of_any_enumeration():
    assert not [fact.name for fact in FACTS.values() if "unknown" in fact.values]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("modality", "txt"),
        ("match.words", -1),
        ("match.words", 1.5),
        ("match.words", True),
        ("match.words", "50"),
        ("match.seconds", float("nan")),
        ("match.seconds", float("inf")),
        ("match.score", 1.01),
        ("match.quoted", "yes"),
        ("match.quoted", 1),
        ("act.territories", ["UK"]),
        ("act.territories", []),
        ("act.territories", "US"),
        ("act.date", "yesterday"),
        ("act.date", "2026-02-30"),
        ("work.genre", "unknown"),
        ("output.model", 7),
        ("no.such_fact", 1),
        ("licence.uses", ["train"]),
    ],
)
def test_a_value_outside_the_schema_is_refused(name, value):
    with pytest.raises(FactError):
        Facts.of({name: value})


def test_none_is_unknown_for_every_fact():
    for fact in FACTS.values():
        assert checked(fact, None) is UNKNOWN


@pytest.mark.parametrize("written", ["2026-05-01", date(2026, 5, 1), datetime(2026, 5, 1, 23, 59, tzinfo=UTC)])
def test_a_day_is_the_same_however_it_is_given(written):
    day = checked(FACTS["act.date"], written)
    assert type(day) is date
    assert day == date(2026, 5, 1)


def test_the_eu_stands_for_its_members_and_norway_for_itself():
    assert len(EU_MEMBERS) == 27
    assert len(ISO_3166) == 249
    assert EU_MEMBERS < ISO_3166
    assert expanded(["EU", "NO"]) == EU_MEMBERS | {"NO"}
    assert covers(expanded(["EU"]), {"DE"})
    assert not covers(expanded(["EU"]), {"NO"})


def test_the_world_holds_every_territory_and_lies_in_no_smaller_one():
    assert covers({"WORLD"}, {"DE", "US"})
    assert covers({"WORLD"}, {"WORLD"})
    assert not covers(ISO_3166, {"WORLD"})


@pytest.mark.parametrize(
    ("term", "day", "expected"),
    [
        ("2024-01-01/2025-12-31", date(2024, 1, 1), True),
        ("2024-01-01/2025-12-31", date(2025, 12, 31), True),
        ("2024-01-01/2025-12-31", date(2026, 1, 1), False),
        ("2024-01-01/..", date(2999, 1, 1), True),
        ("../..", date(1999, 1, 1), True),
        ("2024-01-01/", date(2025, 1, 1), UNKNOWN),
        ("2024-01-01/", date(2023, 1, 1), False),
        ("/2025-12-31", date(2025, 1, 1), UNKNOWN),
        ("/2025-12-31", date(2026, 1, 1), False),
    ],
)
def test_a_term_includes_both_its_days_and_an_unrecorded_limit_stays_unknown(term, day, expected):
    assert Term.parse(term).contains(day) is expected
    assert str(Term.parse(term)) == term


def test_a_licence_of_the_registry_is_read_whole_and_what_it_does_not_say_is_unknown():
    known = licence_facts(Licence("L-1", frozenset({"train"}), frozenset({"EU"}), commercial=True, start=date(2024, 1, 1), perpetual=True))
    assert known["licence.term"] == Term(date(2024, 1, 1), date.max)
    assert known["licence.territories"] == EU_MEMBERS
    assert known["licence.derivatives"] is UNKNOWN
    assert licence_facts(Licence("L-2"))["licence.term"] is UNKNOWN
    assert licence_facts(Licence("L-3", start=date(2024, 1, 1)))["licence.term"].contains(date(2025, 1, 1)) is UNKNOWN


def test_facts_joined_keep_what_is_known_on_either_side():
    joined = Facts.of({"use.stage": "train", "use.commercial": True}).joined(Facts.of({"use.stage": None, "use.commercial": False}, ()))
    assert joined.values["use.stage"].value == "train"
    assert joined.values["use.commercial"].value is False
    assert joined.licences == ()


def outcome(when, values=None, licences=None):
    facts = Facts.of(values or {}, licences)
    trace = []
    known = {"licences": facts.licences, **{name: fact.value for name, fact in facts.values.items()}}
    return compiled(parse(when), when)(known, trace), trace


TRUE, FALSE, OPEN = "use.commercial", "match.quoted", "work.published"
TRUTHS = {TRUE: True, FALSE: False}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (f"{TRUE} and {OPEN}", None),
        (f"{FALSE} and {OPEN}", False),
        (f"{OPEN} and {FALSE}", False),
        (f"{TRUE} or {OPEN}", True),
        (f"{OPEN} or {TRUE}", True),
        (f"{FALSE} or {OPEN}", None),
        (f"not {OPEN}", None),
        (f"not {FALSE}", True),
        (f"known({OPEN})", False),
        (f"known({FALSE})", True),
        (f"{FALSE} or {FALSE} and {TRUE}", False),
        (f"({TRUE} or {FALSE}) and {TRUE}", True),
        (f"not ({TRUE} and {OPEN})", None),
        (f"not {TRUE} or {TRUE}", True),
    ],
)
def test_unknown_is_neither_true_nor_false(when, expected):
    assert outcome(when, TRUTHS)[0] is expected


@pytest.mark.parametrize(
    ("when", "values", "expected"),
    [
        ("match.words >= 50", {"match.words": 50}, True),
        ("50 > match.words", {"match.words": 50}, False),
        ("match.words < match.chars", {}, None),
        ('work.genre in ["novel", "poem"]', {"work.genre": "poem"}, True),
        ('work.genre != "poem"', {"work.genre": "poem"}, False),
        ('"DE" in act.territories', {"act.territories": ["EU"]}, True),
        ('"DE" in act.territories', {"act.territories": ["WORLD"]}, True),
        ('"NO" in act.territories', {"act.territories": ["EU"]}, False),
        ('act.territories <= ["EU"]', {"act.territories": ["DE", "FR"]}, True),
        ('["EU"] <= work.public_domain_territories', {"work.public_domain_territories": ["DE"]}, False),
        (
            "act.territories <= work.public_domain_territories",
            {"act.territories": ["US"], "work.public_domain_territories": ["WORLD"]},
            True,
        ),
        ("act.territories <= work.public_domain_territories", {"work.public_domain_territories": ["WORLD"]}, None),
        ("work.public_domain_territories <= []", {"work.public_domain_territories": []}, True),
        ('"notice" in reservation.mechanism', {"reservation.mechanism": ["notice", "tdmrep"]}, True),
        ('reservation.mechanism <= ["notice"]', {"reservation.mechanism": ["notice", "tdmrep"]}, False),
        ("act.date < 2026-01-01", {"act.date": "2025-12-31"}, True),
        ("act.date == acquisition.date", {"act.date": "2025-12-31", "acquisition.date": "2025-12-31"}, True),
        ('item.licence in ["WORLD", "MIT"]', {"item.licence": "GPL-3.0-only"}, False),
        ("use.commercial == false", {"use.commercial": False}, True),
    ],
)
def test_each_comparison_means_what_it_says(when, values, expected):
    assert outcome(when, values)[0] is expected


BOTH = "some licence has (use.stage in licence.uses and act.territories <= licence.territories)"
ACT = {"use.stage": "train", "act.territories": ["US"]}


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        (None, None),
        ((), False),
        ([{"uses": ["train"], "territories": ["US"]}], True),
        ([{"uses": ["train"], "territories": ["GB"]}, {"uses": ["output"], "territories": ["US"]}], False),
        ([{"uses": ["train"], "territories": ["GB"]}, {"uses": ["train"]}], None),
        ([{"uses": ["train"]}, {"uses": ["train"], "territories": ["WORLD"]}], True),
    ],
)
def test_licences_are_weighed_one_at_a_time_and_whole(licences, expected):
    assert outcome(BOTH, ACT, licences)[0] is expected


def test_the_trace_shows_every_condition_looked_at_with_its_value_and_the_licence_it_was_asked_of():
    _, trace = outcome(f"match.words >= 50 and {BOTH}", {**ACT, "match.words": 80}, [{"id": "L-1", "uses": ["output"]}])
    assert [(condition.text, condition.value, condition.outcome) for condition in trace] == [
        ("match.words >= 50", 80, "true"),
        ("[L-1] use.stage in licence.uses", {"use.stage": "train", "licence.uses": ["output"]}, "false"),
    ]


def test_what_is_said_of_the_credit_line_is_set_on_every_licence():
    said = with_attribution(Facts.of({}, [{"id": "L-1"}, {"id": "L-2", "attribution_required": True}]), True)
    assert [licence["licence.attribution_given"] for licence in said.licences] == [True, True]
    assert said.licences[1]["licence.attribution_required"] is True
    assert with_attribution(Facts.of({}), True).licences is None
    with pytest.raises(FactError):
        with_attribution(Facts.of({}, [{"id": "L-1"}]), "no")


def test_the_credit_line_reaches_the_licences_when_the_users_facts_are_joined():
    registered = Facts.of({}, [{"id": "L-1"}])
    joined = registered.joined(replace(Facts.of({}), attribution_given=False)).joined(Facts.of({}))
    assert joined.licences[0]["licence.attribution_given"] is False
    late = replace(Facts.of({}), attribution_given=True).joined(registered)
    assert late.licences[0]["licence.attribution_given"] is True


def test_yes_is_refused_with_what_to_write():
    with pytest.raises(FactError, match=r'use\.commercial is true or false, and "yes" is neither') as caught:
        Facts.of({"use.commercial": "yes"})
    assert caught.value.hint == caught.value.remedy == "write true or false"


def test_what_this_version_does_not_measure_is_the_users_to_say():
    assert FACTS["match.in_prompt"].source == "user"
    assert "does not measure" in FACTS["match.in_prompt"].unknown


def test_what_stands_around_a_passage_is_measured():
    assert {FACTS[name].source for name in ("match.quoted", "match.cited")} == {"measured"}
