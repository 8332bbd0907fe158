"""The shipped policies and the law file."""

import json
import re

import pytest

from provenance.model import Disposition, Licence
from provenance.policy import Facts, PolicyError, available, citation, load
from provenance.policy.coverage import coverage
from provenance.policy.english import document
from provenance.policy.law import law, read_law
from provenance.policy.policy import document as file_of
from provenance.policy.source import Document

RESERVED = Licence("LicenseRef-All-Rights-Reserved", uses=frozenset())
NEVER_SAID = "infringes|infringement found|fair use applies|plagiari|stolen|\\bsafe\\b|\\bclean\\b|complian|cleared|copied by|confidence"


def reuse(**more):
    return {"modality": "text", "match.kind": "verbatim", "match.words": 400, "match.coverage_of_work": 0.5, "use.stage": "train", **more}


def test_the_shipped_policies_are_found_by_name():
    assert available() == ("ci-gate", "us-107")
    for name in available():
        policy = load(name)
        assert policy.id == name
        assert len(policy.digest) == 64
        assert policy.default is Disposition.REVIEW


@pytest.mark.parametrize("name", available())
def test_a_shipped_policy_passes_its_own_tests(name):
    assert [result.example.name for result in load(name).run_tests() if not result.passed] == []


@pytest.mark.parametrize("name", available())
def test_a_shipped_policys_tests_notice_every_dropped_rule_exemption_and_shifted_number(name):
    mutants = coverage(load(name))
    assert {mutant.kind for mutant in mutants} == {"rule", "exemption", "threshold"}
    assert [mutant for mutant in mutants if not mutant.noticed] == []


def test_coverage_names_what_no_test_would_notice(tmp_path):
    text = file_of("ci-gate").text.replace("match.words: 49", "match.words: 48")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    unnoticed = [(mutant.rule, mutant.description) for mutant in coverage(load(tmp_path / "mine.yaml")) if not mutant.noticed]
    assert unnoticed == [("TXT-010", "match.words >= 50 with 49")]


@pytest.mark.parametrize("name", available())
def test_every_rule_explains_itself_and_every_number_is_called_a_trigger(name):
    for rule in load(name).rules:
        assert rule.rationale
        assert rule.how_to_fix
        if re.search(r"[<>]=? \d", rule.when):
            assert "trigger" in rule.rationale
            assert "legal line" in rule.rationale


def test_a_review_policy_blocks_on_nothing_but_a_stated_source():
    assert [rule.id for rule in load("us-107").rules if rule.disposition is Disposition.BLOCK] == ["ACQ-010"]


def test_an_all_rights_reserved_work_in_a_change_is_blocked():
    facts = Facts.of(reuse(**{"work.public_domain_territories": []}), [RESERVED])
    assert load("ci-gate").decide(facts).disposition is Disposition.BLOCK
    assert load("us-107").decide(facts).disposition is Disposition.REVIEW


@pytest.mark.parametrize("missing", ["use.stage", "work.public_domain_territories", "licences", "match.words"])
def test_a_gate_that_lacks_a_fact_asks_for_review(missing):
    values = reuse(**{"work.public_domain_territories": [], "match.coverage_of_work": 0.01})
    facts = Facts.of({name: value for name, value in values.items() if name != missing}, None if missing == "licences" else [RESERVED])
    assert load("ci-gate").decide(facts).disposition is Disposition.REVIEW


def test_an_unknown_name_offers_the_nearest_and_a_missing_file_says_so(tmp_path):
    with pytest.raises(PolicyError, match='did you mean "us-107"'):
        load("us-170")
    with pytest.raises(PolicyError, match="cannot be read"):
        load(tmp_path / "mine.yaml")


@pytest.mark.parametrize("name", available())
def test_plain_english_names_every_rule_and_every_authority(name):
    policy, text = load(name), document(load(name))
    for rule in policy.rules:
        assert f"## {rule.id}: {rule.title}" in text
        assert all(law()[key].citation in text for key in rule.legal_basis)
    assert "at least 50 words" in text
    assert "at least 25 %" in text


@pytest.mark.parametrize("name", [*available(), "law"])
def test_nothing_that_we_ship_says_what_only_people_may_conclude(name):
    text = file_of(f"policies/{name}.yaml").text if name == "law" else file_of(name).text + document(load(name))
    assert re.findall(NEVER_SAID, text.lower()) == []


def test_the_citation_of_a_policy_is_plain_json_with_the_law_it_cites():
    cited = json.loads(json.dumps(citation(load("us-107"))))
    assert cited["id"] == "us-107"
    assert cited["law"]["us-107"]["verified"] is True
    assert cited["law"]["us-302"]["verified"] is False


def test_a_case_that_is_open_or_settled_is_never_listed_as_decided():
    open_cases = {"us-ross": "appeal-pending", "us-bartz": "settlement-pending", "us-concord": "pending", "us-fre-707": "not-advanced"}
    assert {key: law()[key].status for key in open_cases} == open_cases


def test_what_was_not_looked_up_says_so():
    for entry in law().values():
        assert (entry.source == "memory") == (entry.verified == "memory")


def test_a_damaged_law_file_is_refused_with_its_places():
    text = (
        file_of("policies/law.yaml")
        .text.replace("verified: memory", "verified: maybe", 1)
        .replace("as_of: 2026-11-22\n    note", "as_of: 2026-13-22\n    note", 1)
    )
    with pytest.raises(PolicyError) as caught:
        read_law(Document.parse(text.encode(), "law.yaml"))
    assert ["maybe" in problem.message or "2026-13-22" in problem.message for problem in caught.value.problems] == [True, True]
