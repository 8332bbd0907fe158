"""Matches in, findings out: the order, the counts, and that neither memory nor the sequence of units shows in the result."""

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from fingerprints.model import Chance, Kind, Match, Modality, Segment
from provenance import ledger as ledgers
from provenance import sorting
from provenance.ledger import Ledger, Settled
from provenance.model import Finding, Item, Reuse, Work
from provenance.summary import summarised

CHANCE = Chance(1e-6, "one item against one work", "observed", 3_000_000)
WORKS = {name: Work(name, name.title(), (name,)) for name in ("a", "b", "notice")}
WORKS["notice"] = replace(WORKS["notice"], boilerplate=True)


def match(start: int = 0, stop: int = 400) -> Match:
    segment = Segment("char", (start, stop), (start, stop))
    return Match(Modality.TEXT, Kind.VERBATIM, "text/test/1", 0.9, (segment,), 0.01, 0.5, CHANCE, {"words": 80, "equal_words": 79.5})


def reuse(path: str, record: int, content: int, work: str = "a", **at: int) -> Reuse:
    locator = f"{path}#{record}/text"
    return Reuse(Item(path, record, "text", locator, Modality.TEXT, f"{content:064x}", {"licence": "x"}), work, work, match(**at))


def settled(folder: Path, units: Iterable[tuple[tuple[str, int], list[Reuse]]], **more: object) -> tuple[Settled, list[Finding]]:
    with Ledger(folder) as ledger:
        for order, reuses in units:
            ledger.add(order, reuses)
        result = ledger.settled(WORKS, **more)
        return result, [kept.finding() for kept in result.findings]


@pytest.fixture
def units() -> list[tuple[tuple[str, int], list[Reuse]]]:
    """40 units of 25 items with 90 contents between them; every seventh item is a notice."""
    chosen = random.Random(7)
    return [
        (
            (f"data/{file}.jsonl", start),
            [reuse(f"data/{file}.jsonl", start + n, chosen.randrange(90), ("a", "b", "notice")[n % 7 % 3]) for n in range(25)],
        )
        for file in range(8)
        for start in range(0, 500, 100)
    ]


def test_an_item_that_occurs_in_many_places_is_one_finding_with_all_its_places(tmp_path: Path) -> None:
    _, found = settled(tmp_path, [((path, 0), [reuse(path, 0, 1)]) for path in ("c", "a", "b")])
    assert [[place.path for place in finding.occurrences] for finding in found] == [["a", "b", "c"]]
    assert (found[0].item.path, found[0].occurrence_count) == ("a", 3)


def test_findings_stand_in_the_order_of_their_first_places(tmp_path: Path) -> None:
    units = [(("b", 0), [reuse("b", 0, 3)]), (("a", 9), [reuse("a", 11, 9), reuse("a", 10, 2)]), (("a", 0), [reuse("a", 1, 5)])]
    _, found = settled(tmp_path, units)
    assert [finding.item.locator for finding in found] == ["a#1/text", "a#11/text", "a#10/text", "b#0/text"]


def test_units_of_a_file_are_ordered_by_number_not_by_digits(tmp_path: Path) -> None:
    _, found = settled(tmp_path, [(("a", start), [reuse("a", start, start)]) for start in (100, 20, 3)])
    assert [finding.item.record for finding in found] == [3, 20, 100]


def test_the_sequence_of_units_changes_nothing(tmp_path: Path, units: list) -> None:
    expected = settled(tmp_path, units)
    random.Random(3).shuffle(units)
    result = settled(tmp_path, units)
    assert result[1] == expected[1]
    assert (result[0].summary, result[0].explained) == (expected[0].summary, expected[0].explained)


@pytest.mark.parametrize(("held", "fan_in"), [(30_000, 64), (3_000, 3), (1, 2)])
def test_what_memory_does_not_hold_gives_the_same_findings(
    tmp_path: Path, units: list, monkeypatch: pytest.MonkeyPatch, held: int, fan_in: int
) -> None:
    expected, in_memory = settled(tmp_path, units)
    monkeypatch.setattr(sorting, "HELD_BYTES", held)
    monkeypatch.setattr(sorting, "FAN_IN", fan_in)
    monkeypatch.setattr(sorting, "BLOCK_BYTES", 2_000)
    with Ledger(tmp_path) as ledger:
        for order, reuses in units:
            ledger.add(order, reuses)
        assert list(tmp_path.rglob("*.run"))
        result = ledger.settled(WORKS)
        assert [kept.finding() for kept in result.findings] == in_memory
        assert [kept.finding() for kept in result.findings] == in_memory, "read a second time"
    assert (result.summary, result.explained) == (expected.summary, expected.explained)
    assert list(tmp_path.iterdir()) == []


def test_a_match_comes_out_as_it_went_in(tmp_path: Path) -> None:
    given = reuse("a", 0, 1)
    picture = Match(
        Modality.IMAGE,
        Kind.VERIFIED,
        "image/test/1",
        1 / 3,
        (Segment("px", ((0.0, 0.5), (9.0, 0.0), (9.0, 7.25), (0.1, 7.0)), ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))),),
        0.1,
        0.2,
        CHANCE,
        {"mirrored": True, "inliers": 17, "area": 0.5, "note": "x"},
    )
    image = Reuse(Item("b.png", None, None, "b.png", Modality.IMAGE, "f" * 64), "b", "b", picture)
    _, found = settled(tmp_path, [(("a", 0), [given]), (("b.png", 0), [image])])
    assert [(finding.item, finding.match) for finding in found] == [(given.item, given.match), (image.item, picture)]
    assert isinstance(found[1].match.measures["mirrored"], bool)


def test_of_very_many_places_the_first_are_listed_and_all_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "MOST_OCCURRENCES", 5)
    _, (found,) = settled(tmp_path, [((f"{n:03}", 0), [reuse(f"{n:03}", k, 1) for k in range(3)]) for n in range(40)])
    assert [place.locator for place in found.occurrences] == ["000#0/text", "000#1/text", "000#2/text", "001#0/text", "001#1/text"]
    assert (found.occurrence_count, found.further_occurrences) == (120, 115)


def test_a_place_of_which_the_user_knows_something_else_is_always_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "MOST_OCCURRENCES", 2)
    units = [((f"{n:03}", 0), [reuse(f"{n:03}", 0, 1)]) for n in range(40)]
    asked: list[set[str]] = []
    _, (found,) = settled(tmp_path, units, alike=lambda path: path in ("030", "031"), territories=lambda paths: asked.append(set(paths)))
    assert [place.path for place in found.occurrences] == ["000", "001", "030"]
    assert asked == [{"000", "001", "030"}]
    assert found.occurrence_count == 40


def test_a_place_with_several_matches_counts_once_also_when_shards_are_given_one_after_the_other(tmp_path: Path) -> None:
    units = [(("x", 0), [reuse("x", 0, 1, "a"), reuse("x", 1, 1, "a")]), (("x", 0), [reuse("x", 0, 1, "b"), reuse("x", 1, 1, "b")])]
    _, found = settled(tmp_path, units)
    assert [(finding.work.id, finding.occurrence_count) for finding in found] == [("a", 2), ("b", 2)]


def test_explained_passages_stand_in_order_and_all_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "MOST_EXPLAINED", 3)
    result, found = settled(tmp_path, [((f"{9 - n}", 0), [reuse(f"{9 - n}", 0, n, "notice")]) for n in range(9)])
    assert [passage.item.path for passage in result.explained] == ["1", "2", "3"]
    assert (result.summary.explained, found) == ({"boilerplate": 9}, [])


def test_findings_are_decided_and_counted_as_decided(tmp_path: Path, units: list) -> None:
    result, found = settled(tmp_path, units, decide=lambda finding, copies: replace(finding, baseline="known", evidence="evidence/x.json"))
    assert {finding.baseline for finding in found} == {"known"}
    assert {finding.evidence for finding in found} == {"evidence/x.json"}
    assert result.summary.known == len(found)
    assert replace(summarised(found), explained=result.summary.explained) == result.summary


def test_an_audit_without_matches_has_no_findings(tmp_path: Path) -> None:
    result, found = settled(tmp_path, [(("a", 0), [])])
    assert (found, result.summary.findings, result.explained) == ([], 0, ())


def test_a_finding_is_told_how_often_its_passage_stands_in_the_data(tmp_path: Path) -> None:
    told: dict[str, int] = {}

    def decide(finding: Finding, copies: int) -> Finding:
        told[finding.item.path] = copies
        return finding

    lead = reuse("lead", 0, 4)
    lead = replace(lead, match=replace(lead.match, kind=Kind.LEAD))
    whole = [(("whole", 0), [reuse("whole", 0, 1)]), (("lead", 0), [lead])]
    excerpts = [((f"part{n}", 0), [reuse(f"part{n}", 0, 2, start=96, stop=208)]) for n in range(3)]
    settled(tmp_path, [*whole, *excerpts, (("other", 0), [reuse("other", 0, 3, "b")])], decide=decide)
    assert told == {"whole": 1, "part0": 4, "other": 1, "lead": 1}
