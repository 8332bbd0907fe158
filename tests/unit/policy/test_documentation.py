"""What docs/policy.md says is so."""

import re
from datetime import date
from pathlib import Path

import pytest

from provenance.decide import UserFacts
from provenance.policy import FACTS, Facts
from provenance.policy.checker import problems_of
from provenance.policy.loader import policy_of
from provenance.policy.parser import parse
from provenance.policy.source import Document

PAGE = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def policy():
    written, _ = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    return policy_of(Document.parse(written.encode(), "docs/policy.md"))


def test_the_documented_policy_passes_its_own_tests(policy):
    assert [result.passed for result in policy.run_tests()] == [True]


@pytest.mark.parametrize(
    ("facts", "disposition", "rule"),
    [
        ({"act.territories": ["US"]}, "no-objection", "PD-010"),
        ({"act.territories": ["US", "DE"]}, "review", "TXT-050"),
        ({}, "review", "TXT-050"),
        ({"act.territories": ["US"], "match.words": None}, "no-objection", "PD-010"),
    ],
)
def test_the_worked_example_comes_out_as_documented(policy, facts, disposition, rule):
    reuse = {"modality": "text", "match.kind": "verbatim", "match.words": 80, "work.public_domain_territories": ["US"]}
    decision = policy.decide(Facts.of(reuse | facts))
    assert (decision.disposition.value, decision.rule) == (disposition, rule)


def test_every_documented_condition_is_one():
    table = PAGE.split("| written | means |")[1].split("\n\n")[0]
    conditions = [text for text in re.findall(r"`([^`]+)`", table) if "." in text and "…" not in text]
    assert len(conditions) >= 10
    for text in conditions:
        whole = f"some licence has ({text})" if "licence." in text else text
        assert problems_of(parse(whole), permissive=False) == ()


def test_every_documented_example_of_a_condition_is_one():
    examples = re.findall(r"^when: (.+)$", PAGE, re.MULTILINE)
    assert len(examples) == 2
    for text in examples:
        assert problems_of(parse(text), permissive=False) == ()


def test_every_fact_can_be_looked_up():
    assert len(FACTS) == 44


def test_the_documented_facts_file_is_read_as_it_says(tmp_path):
    _, written = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "use.yaml"
    file.write_text(written, encoding="utf-8")
    facts = UserFacts.read(file, "train")

    def said(path, name):
        return facts.of(path).values[name].value

    assert said("data/a.txt", "acquisition.lawful_access") is True
    assert said("data/crawl/a.txt", "acquisition.lawful_access") is False
    assert said("data/crawl/a.txt", "act.date") == date(2026, 5, 4)
    assert said("out/answers-1.jsonl", "match.in_prompt") is True
    assert facts.of("out/answers-1.jsonl").attribution_given is True
    assert facts.of("data/a.txt").attribution_given is None
