"""Facts of a finding: what was measured, what the registry says, and what only the user can know."""

from dataclasses import replace
from pathlib import Path

import pytest

from fingerprints.model import Chance, Kind, Match, Modality
from provenance import policy
from provenance.decide import UserFacts, decided
from provenance.errors import UsageError
from provenance.model import Disposition, Fact, Finding, Item, Licence, Place, Rights, Work, WorkRef

MATCH = Match(Modality.TEXT, Kind.VERBATIM, "text/test/1", 0.9, (), 0.3, 0.5, Chance(1e-6, "one item", "observed", 3), {"words": 200})
PLACES = (Place("a/x.txt", None, None, "a/x.txt"), Place("b/x.txt", None, None, "b/x.txt"))
FINDING = Finding("F-1", "r", PLACES, Item("a/x.txt", None, None, "a/x.txt", Modality.TEXT, "0"), WorkRef("w", "W", "x"), MATCH, (), ())
RESERVED = Work(
    "w", "W", work_type="literary", genre="novel", rights=Rights("in-copyright", frozenset(), (Licence("LicenseRef-X", frozenset()),))
)


@pytest.fixture
def facts_file(tmp_path: Path) -> Path:
    return tmp_path / "use.yaml"


def test_what_the_user_knows_of_one_place_of_an_item_counts_for_the_finding(facts_file: Path) -> None:
    facts_file.write_text("paths:\n  'b/*': {acquisition.shadow_library: true}\n", encoding="utf-8")
    rules = policy.load("us-107")
    finding = decided(FINDING, RESERVED, rules, UserFacts.read(facts_file, "train"), 1)
    assert finding.decision is not None
    assert finding.decision.disposition is Disposition.BLOCK
    assert finding.facts["acquisition.shadow_library"].value is True


def test_a_rule_that_asked_in_vain_leaves_an_unknown_fact_in_the_record() -> None:
    finding = decided(FINDING, RESERVED, policy.load("us-107"), UserFacts.read(None, "train"), 1)
    assert finding.facts["acquisition.shadow_library"].value is None
    assert finding.facts["match.words"].value == 200
    assert finding.facts["match.words"].source == "measured"


def test_without_a_policy_there_are_measurements_and_no_decision() -> None:
    finding = decided(FINDING, RESERVED, None, UserFacts.read(None, "train"), 1)
    assert finding.decision is None
    assert finding.facts["match.coverage_of_work"].value == 0.3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("facts: {match.words: 3}", "match.words"),
        ("facts: {match.quoted: true}", "match.quoted: is measured"),
        ("facts: {work.public_domain_territories: [DE]}", "work.public_domain_territories"),
        ("facts: {use.stage: output}", "--use"),
        ("facts: {use.comercial: true}", "use.comercial"),
        ("facts: {use.commercial: maybe}", "use.commercial"),
        ("facts: {licence.attribution_given: often}", "attribution_given"),
        ("facts: [a]", "facts"),
        ("facts: yes", "facts"),
        ("facts: {1: true}", "facts"),
        ("paths: [x]", "paths"),
        ("paths: {x: [1]}", "x"),
        ("use: {commercial: true}", "'use'"),
        ("schema: provenance-facts/9", "schema"),
        ("facts: {use.commercial: true", "use.yaml:"),
    ],
)
def test_a_facts_file_that_says_what_it_may_not_is_refused_with_a_remedy(facts_file: Path, text: str, words: str) -> None:
    facts_file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=words) as caught:
        UserFacts.read(facts_file, "train")
    assert caught.value.remedy


def test_credit_given_in_this_use_stands_with_every_licence(facts_file: Path) -> None:
    facts_file.write_text("facts: {licence.attribution_given: true}", encoding="utf-8")
    finding = decided(FINDING, RESERVED, None, UserFacts.read(facts_file, "train"), 1)
    assert finding.facts["licences"].value[0]["attribution_given"] is True


def test_an_act_takes_place_wherever_one_of_its_places_does(facts_file: Path) -> None:
    facts_file.write_text("paths:\n  'a/*': {act.territories: [US]}\n  'b/*': {act.territories: [DE]}\n", encoding="utf-8")
    user = UserFacts.read(facts_file, "train")
    assert user.territories(["a/x", "b/x"]) == {"US", "DE"}
    assert user.territories(["a/x", "c/x"]) is None


def test_a_work_of_which_nothing_is_recorded_is_never_decided_permissively() -> None:
    unknown = replace(RESERVED, work_type=None, genre=None, rights=Rights())
    for pack in policy.available():
        finding = decided(FINDING, unknown, policy.load(pack), UserFacts.read(None, "train"), 1)
        assert finding.decision is not None
        assert not finding.decision.disposition.permissive


def test_what_was_measured_around_the_passage_and_its_copies_are_facts() -> None:
    match = replace(MATCH, measures={"words": 200, "quoted": True, "cited": False})
    facts = decided(replace(FINDING, match=match), RESERVED, None, UserFacts.read(None, "train"), 12).facts
    assert [facts[f"match.{name}"].value for name in ("quoted", "cited", "multiplicity")] == [True, False, 12]


# --- what a picture says of itself --------------------------------------------------------------------------------------------------


def of_a_picture(item: dict[str, str], registered: dict[str, str] | None = None, kind: Kind = Kind.VERIFIED) -> dict[str, Fact]:
    """The facts of a picture with these claims, found to show a work whose file has those."""
    about = replace(FINDING.item, modality=Modality.IMAGE, metadata=item)
    match = replace(MATCH, modality=Modality.IMAGE, kind=kind)
    work = replace(RESERVED, claims={} if registered is None else {"x": registered})
    return dict(decided(replace(FINDING, item=about, match=match), work, None, UserFacts.read(None, "train"), 1).facts)


def test_what_stands_beside_an_item_is_heard_before_what_its_file_says() -> None:
    embedded = {"exif:Copyright": "(c) Ann", "xmp:cc:license": "https://creativecommons.org/licenses/by/4.0/"}
    facts = of_a_picture(embedded)
    assert facts["item.copyright_notice"] == Fact("(c) Ann", "metadata")
    assert facts["item.licence"].value == "https://creativecommons.org/licenses/by/4.0/"
    facts = of_a_picture({**embedded, "license": "MIT", "copyright": "(c) Bob"})
    assert (facts["item.licence"].value, facts["item.copyright_notice"].value) == ("MIT", "(c) Bob")


def test_what_a_file_says_of_data_mining_is_a_fact_with_the_claim_that_says_so() -> None:
    facts = of_a_picture({"xmp:plus:DataMining": "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING"})
    assert facts["item.data_mining"] == Fact("prohibited-training", "metadata")
    assert facts["item.data_mining_claim"].value == "xmp:plus:DataMining = http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING"
    assert "item.data_mining" not in of_a_picture({})


MISSING = "item.copyright_information_missing"
NOTICE = {"exif:Copyright": "(c) Ann"}


def test_copyright_information_of_the_works_file_is_missing_in_an_item_that_carries_none() -> None:
    assert of_a_picture({}, NOTICE)[MISSING] == Fact(True, "measured")
    assert of_a_picture({"xmp:dc:creator": "Ann"}, NOTICE)[MISSING] == Fact(False, "measured")
    assert of_a_picture({"author": "Ann"}, NOTICE)[MISSING].value is True


def test_whether_copyright_information_is_missing_is_unknown_where_it_cannot_be_told() -> None:
    assert MISSING not in of_a_picture({}, {})  # the work's file carries none
    assert MISSING not in of_a_picture({}, None)  # nobody has looked at it
    assert MISSING not in of_a_picture({}, {"exif:unread": "broken"})
    assert MISSING not in of_a_picture({"xmp:unread": "broken"}, NOTICE)
    assert MISSING not in of_a_picture({}, NOTICE, Kind.LEAD)
    text = decided(FINDING, replace(RESERVED, claims={"x": NOTICE}), None, UserFacts.read(None, "train"), 1)
    assert MISSING not in text.facts


def test_what_is_measured_of_two_files_is_not_the_users_to_say(facts_file: Path) -> None:
    facts_file.write_text(f"facts: {{{MISSING}: true}}", encoding="utf-8")
    with pytest.raises(UsageError, match="is measured"):
        UserFacts.read(facts_file, "train")
