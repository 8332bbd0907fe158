"""A policy with a mistake is refused, and the message names the very line and column."""

import re

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from provenance.policy import PolicyError
from provenance.policy.loader import policy_of
from provenance.policy.source import Document
from provenance.policy.yaml_problems import yaml_problem

GOOD = """\
schema: provenance-policy/1
id: example
version: 1.0.0
owner: counsel@example.org
default: review
rules:
  - id: TXT-050
    title: Long verbatim passage
    when: |
      modality == "text" and match.words >= 50
      and work.genre in ["novel", "poem"]
    unless: [LIC-010, PD-001]
    disposition: review
    severity: warning
    legal_basis: [us-107]
  - id: PD-001
    title: Public domain
    when: act.territories <= work.public_domain_territories
    disposition: no-objection
    severity: note
  - id: LIC-010
    title: A licence
    when: >-
      some licence has (use.stage in licence.uses
      and act.date in licence.term
      and (licence.commercial or not use.commercial))
    disposition: licence-on-record
    severity: note
  - id: DAT-010
    title: Late
    when: 'act.date >= 2026-01-01 and known(use.commercial)'
    disposition: block
    severity: error
    on_unknown: review
tests:
  - name: a long passage
    facts: {modality: text, match.words: 80, work.genre: novel, act.territories: [NO]}
    expect: review
    rule: TXT-050
  - name: licensed
    facts:
      use.stage: train
      licences: [{uses: [train], term: 2024-01-01/.., commercial: true}]
    expect: review
"""

# What is replaced, by what (with ⟦ where the caret must point), and words of the message.
MISTAKES = [
    # names of facts
    ("match.words >= 50", "⟦match.word >= 50", 'unknown fact "match.word"'),
    ("work.genre in", "⟦genre in", 'unknown fact "genre"'),
    ("known(use.commercial)", "known(⟦use.comercial)", 'unknown fact "use.comercial"'),
    ("use.stage in licence.uses", "use.stage in ⟦licence.use", 'unknown fact "licence.use"'),
    ('modality == "text"', "modality == ⟦text", 'unknown fact "text"'),
    # values and types
    ('"novel", "poem"]', '"novel", ⟦"poems"]', 'work.genre is never "poems"'),
    ('"novel", "poem"]', '"novel", ⟦"unknown"]', 'work.genre is never "unknown"'),
    ('"novel", "poem"]', '"novel", ⟦"novel"]', "stands in this list twice"),
    ('"novel", "poem"]', '"novel", ⟦7]', "the number 7 is no value of work.genre"),
    ('work.genre in ["novel", "poem"]', 'work.genre == ⟦["novel", "poem"]', "and a list is not"),
    ('modality == "text"', 'modality == ⟦"txt"', 'modality is never "txt"'),
    ('modality == "text"', 'modality ⟦< "text"', "there is no order"),
    ("match.words >= 50", 'match.words >= ⟦"50"', 'the text "50" is not'),
    ("match.words >= 50", "match.words >= ⟦50.5", "50.5 is not"),
    ("match.words >= 50", "match.coverage_of_work >= ⟦50", "50 is not"),
    ("match.words >= 50", "⟦match.words", "no condition"),
    ("match.words >= 50", "match.words ⟦>= match.seconds", "not of one kind"),
    ("match.words >= 50", "use.commercial ⟦>= true", "there is no order"),
    ("match.words >= 50", "use.commercial == ⟦1", "and the number 1 is not"),
    ("match.words >= 50", "act.date >= ⟦50", "act.date is a date"),
    ("match.words >= 50", '⟦"US" == "US"', "this compares two values"),
    ("match.words >= 50", '⟦"UK" in act.territories', 'no territory has the code "UK"'),
    ("match.words >= 50", '⟦"EU" in act.territories', "EU is a group"),
    ("match.words >= 50", 'act.territories <= ["US", ⟦"Norway"]', "no territory has the code"),
    ("act.territories <= work", "act.territories ⟦>= work", "sets are not compared with >="),
    ("act.territories <= work", "act.territories ⟦in work", "act.territories is a set"),
    ("act.date in licence.term", "act.date ⟦== licence.term", "is a period of dates"),
    ("act.date in licence.term", "⟦use.stage in licence.term", "is no date"),
    ("2026-01-01 and", "⟦2026-02-30 and", 'there is no date "2026-02-30"'),
    ("2026-01-01 and", '⟦"2026-01-01" and', "act.date is a date"),
    # the grammar
    ("match.words >= 50", "match.words ⟦= 50", '"=" has no place'),
    ("match.words >= 50", "match.words ⟦≥ 50", '"≥" has no place'),
    ("match.words >= 50", "0 < match.words ⟦< 50", "one comparison at a time"),
    ("match.words >= 50", "match.words >= ⟦-50", '"-" has no place'),
    ("match.words >= 50", "match.words >= 50 ⟦nad true", "expected `and`, `or`"),
    ("match.words >= 50", "match.words >= ⟦and true", "expected a fact or a value"),
    ('"text" and', '⟦"text and', "this string has no end"),
    ("or not use.commercial))", "or not use.commercial)⟦", 'expected ")"'),
    ("some licence has (", "some ⟦license has (", "expected `licence has"),
    # licences, known(), and conditions that say nothing
    ("match.words >= 50", "⟦licence.commercial", "belongs to one licence"),
    ("act.date in licence.term", "⟦some licence has (licence.commercial)", "inside another one"),
    ("act.territories <= work.public", "not ⟦known(use.commercial) and act.territories <= work.public", "may not stand under `not`"),
    ("match.words >= 50", "⟦match.words >= 0", "always true"),
    ('modality == "text" and match.words >= 50', "⟦match.words >= 50 and match.words < 50", "never true"),
    ('modality == "text" and', '⟦modality == "text" and modality == "image" and', "never true"),
    ("match.words >= 50", "(⟦use.commercial or not use.commercial)", "always true"),
    # the file
    ("default: review", "default: ⟦no-objection", 'default may not be "no-objection"'),
    ("default: review", "⟦defualt: review", 'unknown key "defualt"'),
    ("version: 1.0.0", "version: ⟦1.0", "version is a text"),
    ("version: 1.0.0", 'version: ⟦"1.0"', "is no version"),
    ("schema: provenance-policy/1", "schema: ⟦provenance-policy/2", "the schema of a policy"),
    ("severity: warning", "severity: ⟦loud", 'severity is never "loud"'),
    ("disposition: block", "disposition: ⟦clear", 'disposition is never "clear"'),
    ("on_unknown: review", "on_unknown: ⟦licence-on-record", "on_unknown may not be"),
    ("legal_basis: [us-107]", "legal_basis: [⟦us-170]", '"us-170" is not in law.yaml'),
    ("title: Late", "⟦titel: Late", 'unknown key "titel"'),
    ("id: DAT-010", "id: ⟦PD-001", "two rules with the id"),
    ("id: DAT-010", "id: ⟦default", "may not be called"),
    ("id: DAT-010", 'id: ⟦"DAT 010"', "is no id"),
    ("[LIC-010, PD-001]", "[LIC-010, ⟦PD-002]", 'there is no rule "PD-002"'),
    ("[LIC-010, PD-001]", "[⟦TXT-050]", "would set itself aside"),
    ("severity: error", "severity: error\n    ⟦severity: error", "given twice"),
    ("expect: review\n    rule", "expect: ⟦pass\n    rule", 'expect is never "pass"'),
    ("rule: TXT-050", "rule: ⟦TXT-051", 'there is no rule "TXT-051"'),
    ("match.words: 80", "match.words: ⟦many", '"many" is not'),
    ("match.words: 80", "match.wrods: ⟦80", 'unknown fact "match.wrods"'),
    ("[NO]", "[⟦UK]", 'no territory has the code "UK"'),
    ("[NO]", "⟦[]", "may not be empty"),
    ("term: 2024-01-01/..", "term: ⟦2024-01-01", "is no period of dates"),
    ("term: 2024-01-01/..", "term: ⟦2024-01-01/2023-01-01", "ends before it starts"),
    ("term: 2024-01-01/..", "terms: ⟦2024-01-01/..", 'unknown fact "licence.terms"'),
    ("name: licensed", "name: ⟦a long passage", "two tests called"),
    ("use.stage: train\n", "licence.uses: ⟦[train]\n", "belongs to one licence"),
]


def problems(text):
    with pytest.raises(PolicyError) as caught:
        policy_of(Document.parse(text.encode(), "mine.yaml"))
    return caught.value.problems


def test_the_policy_without_mistakes_is_accepted():
    assert len(policy_of(Document.parse(GOOD.encode(), "mine.yaml")).rules) == 4


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_mistake_is_shown_where_it_stands(old, new, message):
    assert old in GOOD
    marked = GOOD.replace(old, new, 1)
    before = marked[: marked.index("⟦")]
    found = problems(marked.replace("⟦", ""))
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert place in [(problem.line, problem.column) for problem in found], [str(problem) for problem in found]
    assert any(message in problem.message for problem in found if (problem.line, problem.column) == place)


def test_the_message_shows_file_line_column_the_line_a_caret_and_a_suggestion():
    (found,) = problems(GOOD.replace("match.words >= 50", "match.wrods >= 50"))
    assert str(found).splitlines() == [
        'mine.yaml:10:30: unknown fact "match.wrods"',
        '          modality == "text" and match.wrods >= 50',
        "                                 ^",
        '    did you mean "match.words"?',
    ]


def test_all_mistakes_of_a_file_are_shown_at_once_in_its_order():
    text = GOOD.replace("match.words", "match.word").replace('"novel"', '"nobel"').replace("severity: error", "severity: loud")
    found = problems(text)
    assert [problem.line for problem in found] == [10, 11, 33, 37]
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)


def test_rules_that_set_each_other_aside_in_a_circle_are_shown():
    found = problems(GOOD.replace("id: LIC-010\n", "id: LIC-010\n    unless: [TXT-050]\n"))
    assert [(problem.line, problem.column) for problem in found] == [(12, 14)]
    assert "TXT-050 unless LIC-010 unless TXT-050" in found[0].message


def test_a_permissive_rule_may_not_hide_behind_another_that_exempts_less():
    text = GOOD.replace("id: PD-001\n", "id: PD-001\n    unless: [LIC-010]\n").replace("[LIC-010, PD-001]", "[PD-001]")
    (found,) = problems(text)
    assert found.message == '"PD-001" yields to "LIC-010", which does not set "TXT-050" aside'


def test_a_rule_that_is_always_set_aside_is_shown():
    text = GOOD.replace("act.territories <= work.public_domain_territories", 'modality == "text"   and match.words >= 50').replace(
        '      and work.genre in ["novel", "poem"]\n', ""
    )
    assert any("never fires" in problem.message for problem in problems(text))


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", 1, "empty"),
        (b"schema: [1\nid: 2", 2, "in brackets is not closed"),
        (b"a: 1\nb: \xff", 2, "not UTF-8"),
        (b"a: 1\nb: \x01", 2, "may not stand"),
        (b"a: 1\n--- \nb: 2", 2, "a second document"),
        (b"a:\n\t- b", 2, "a tab may not stand here"),
        (b"a: *b", 1, "this alias has no anchor"),
        (b"a: b: c", 1, "a key may not begin here"),
        (b"a: &x 1\nb: &x 2", 1, "unknown key"),
        (b"%YAML 3.0\n---\na: 1", 1, "this is no YAML"),
        (b"a: &x [1]\nb: *x", 1, "alias"),
        (b"a: &x [*x]", 1, "alias"),
        (b"- a\n- b", 1, "is written as"),
        (b"text", 1, "is written as"),
        (b"rules: {a: b}", 1, "is written as a list"),
        (b"rules: []", 1, "at least one rule"),
        (b"rules:\n  - when: [a]", 2, "is an expression"),
        (b"a: " + b"[" * 5000, 1, ""),
    ],
)
def test_a_file_that_is_no_policy_is_refused_with_its_line(data, line, message):
    with pytest.raises(PolicyError) as caught:
        policy_of(Document.parse(data, "mine.yaml"))
    assert any(problem.line == line and message in problem.message for problem in caught.value.problems)
    assert not re.search(r"<unicode|<byte|https?:", str(caught.value))


@pytest.mark.parametrize("key", ["schema", "id", "version", "owner"])
def test_a_missing_key_is_named(key):
    text = "\n".join(line for line in GOOD.splitlines() if not line.startswith(key + ":"))
    assert any(problem.message == f'a policy has no "{key}"' for problem in problems(text))


def test_an_expression_nested_too_deep_is_refused():
    found = problems(GOOD.replace("match.words >= 50", "(" * 60 + "match.words >= 50" + ")" * 60))
    assert "inside each other" in found[0].message


def test_windows_line_ends_and_a_byte_order_mark_change_no_place():
    text = GOOD.replace("match.words >= 50", "match.wrods >= 50")
    with pytest.raises(PolicyError) as caught:
        policy_of(Document.parse(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), "mine.yaml"))
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(10, 30)]


@pytest.mark.parametrize(
    "when",
    [
        "when: match.words >= 50 and ⟦a.b",
        'when: "match.words >= 50 and\n        ⟦a.b"',
        "when: 'work.genre == \"poem\" and ⟦a.b'",
        'when: "work.genre == \\"poem\\" and ⟦a.b"',
        "when: >-  # folded\n      match.words >= 50\n\n      and\n        ⟦a.b",
        "when: |2  # kept\n      match.words >= 50\n      and ⟦a.b",
        "when: match.words >= 50\n      and ⟦a.b",
    ],
)
def test_every_way_of_writing_a_text_in_yaml_keeps_its_places(when):
    start, end = GOOD.index("    when: |\n"), GOOD.index("    unless: [LIC")
    marked = GOOD[:start] + "    " + when + "\n" + GOOD[end:]
    before = marked[: marked.index("⟦")]
    (found,) = problems(marked.replace("⟦", ""))
    assert (found.line, found.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))


def test_a_key_given_twice_is_told_in_our_words_with_its_place():
    text = "facts:\n  use.commercial: true\n  use.commercial: false\n"
    with pytest.raises(YAMLError) as caught:
        YAML(typ="safe", pure=True).load(text)
    said = str(yaml_problem(caught.value, text, "use.yaml"))
    assert said.startswith("use.yaml:3:3: this key is given twice\n")
    assert not re.search(r"<unicode|https?:", said)
