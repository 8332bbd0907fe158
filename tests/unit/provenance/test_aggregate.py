"""Grouping by content and work, and what explains a passage away."""

from dataclasses import replace

import pytest

from fingerprints.model import Chance, Kind, Match, Modality, Segment
from provenance.aggregate import findings
from provenance.model import Item, Reuse, Rights, Work

CHANCE = Chance(1e-6, "one item against one work", "observed", 3_000_000)


def match(*spans: tuple[int, int], kind: Kind = Kind.VERBATIM, coverage: float = 0.5) -> Match:
    segments = tuple(Segment("char", span, (span[0] + 1_000, span[1] + 1_000)) for span in spans)
    words = sum(stop - start for start, stop in spans) // 5
    return Match(Modality.TEXT, kind, "text/test/1", 0.9, segments, 0.01, coverage, CHANCE, {"words": words})


def item(name: str = "a.txt", content: str = "0" * 64) -> Item:
    return Item(name, None, None, name, Modality.TEXT, content)


def work(name: str, creator: str = "", **more: object) -> Work:
    return replace(Work(name, name.title(), (creator,) if creator else ()), **more)


def registry(*works: Work) -> dict[str, Work]:
    return {w.id: w for w in works}


def test_an_item_that_occurs_in_many_places_is_one_finding_with_all_its_places() -> None:
    reuses = [Reuse(item(name), "w", "asset", match((0, 100))) for name in ("a.txt", "b.txt", "c.txt")]
    found, _ = findings(reuses, registry(work("w")))
    assert len(found) == 1
    assert [place.path for place in found[0].occurrences] == ["a.txt", "b.txt", "c.txt"]
    assert found[0].item.path == "a.txt"


def test_the_strongest_kind_leads_and_the_rest_is_kept() -> None:
    reuses = [Reuse(item(), "w", "asset", match((0, 100), kind=kind)) for kind in (Kind.LEAD, Kind.NEAR_VERBATIM, Kind.VERBATIM)]
    found, _ = findings(reuses, registry(work("w")))
    assert found[0].match.kind is Kind.VERBATIM
    assert [m.kind for m in found[0].other_matches] == [Kind.NEAR_VERBATIM, Kind.LEAD]


def test_a_passage_of_three_unrelated_works_is_explained_and_no_finding() -> None:
    works = registry(work("a", "Ann"), work("b", "Ben"), work("c", "Cem"))
    found, explained = findings([Reuse(item(), w, w, match((0, 400))) for w in works], works)
    assert not found
    assert [(e.by, e.works) for e in explained] == [("common-passage", ("a", "b", "c"))]


def test_two_unrelated_works_with_the_same_passage_are_two_findings_that_name_each_other() -> None:
    works = registry(work("a", "Ann"), work("b", "Ben"))
    found, explained = findings([Reuse(item(), w, w, match((0, 400))) for w in works], works)
    assert not explained
    assert [(f.work.id, [a.id for a in f.alternatives]) for f in found] == [("a", ["b"]), ("b", ["a"])]


def test_editions_by_one_author_are_one_finding_led_by_the_earliest_registered() -> None:
    works = registry(work("first", "Ann"), work("second", "Ann"), work("third", "ANN"))
    found, _ = findings([Reuse(item(), w, w, match((0, 400))) for w in reversed(works)], works)
    assert [(f.work.id, [a.id for a in f.alternatives]) for f in found] == [("first", ["second", "third"])]


def test_different_passages_of_one_author_are_different_findings() -> None:
    works = registry(work("first", "Ann"), work("second", "Ann"))
    found, _ = findings([Reuse(item(), "first", "x", match((0, 400))), Reuse(item(), "second", "y", match((500, 900)))], works)
    assert [f.work.id for f in found] == ["first", "second"]


@pytest.mark.parametrize(
    ("explaining", "reason"),
    [
        (work("notice", "Ben", boilerplate=True), "boilerplate"),
        (work("old", "Ben", rights=Rights("public-domain", frozenset({"WORLD"}))), "public-domain"),
    ],
)
def test_a_work_marked_as_common_explains_the_passages_it_holds(explaining: Work, reason: str) -> None:
    works = registry(work("a", "Ann"), explaining)
    reuses = [Reuse(item(), "a", "a", match((0, 100), (200, 600))), Reuse(item(), explaining.id, "x", match((0, 100)))]
    found, explained = findings(reuses, works)
    kept = next(f for f in found if f.work.id == "a")
    assert [s.item for s in kept.match.segments] == [(200, 600)]
    assert kept.match.measures["words"] == 80
    assert kept.match.coverage_of_item == pytest.approx(0.4)
    assert reason in {e.by for e in explained}


def test_a_match_with_boilerplate_itself_is_no_finding() -> None:
    found, explained = findings([Reuse(item(), "n", "n", match((0, 100)))], registry(work("n", boilerplate=True)))
    assert not found
    assert explained[0].by == "boilerplate"


def test_a_finding_keeps_its_id_when_its_file_moves_and_its_scheme_changes() -> None:
    one, _ = findings([Reuse(item("a.txt"), "w", "x", match((0, 100)))], registry(work("w")))
    other, _ = findings([Reuse(item("moved/b.txt"), "w", "y", replace(match((5, 90)), scheme="text/test/2"))], registry(work("w")))
    assert one[0].id == other[0].id
    assert one[0].revision != other[0].revision


def test_a_lead_never_leads_over_a_finding_of_the_same_author() -> None:
    works = registry(work("first", "Ann"), work("second", "Ann"))
    reuses = [Reuse(item(), "first", "x", match((0, 400), kind=Kind.LEAD)), Reuse(item(), "second", "y", match((0, 400)))]
    found, _ = findings(reuses, works)
    assert [(f.work.id, f.match.kind) for f in found] == [("second", Kind.VERBATIM)]


@pytest.mark.parametrize(
    ("recorded", "act", "explained"),
    [
        (None, {"US"}, False),
        ({"US"}, {"US"}, True),
        ({"US"}, {"US", "DE"}, False),
        ({"US"}, None, False),
        ({"WORLD"}, None, True),
        (set(), {"US"}, False),
    ],
)
def test_the_public_domain_explains_only_where_it_is_on_record_for_every_territory_of_the_act(
    recorded: set[str] | None, act: set[str] | None, explained: bool
) -> None:
    rights = Rights("public-domain", None if recorded is None else frozenset(recorded))
    works = registry(work("a", "Ann"), work("old", "Ben", rights=rights))
    reuses = [Reuse(item(), w, w, match((0, 400))) for w in works]
    found, _ = findings(reuses, works, lambda _: None if act is None else frozenset(act))
    assert ("a" not in {f.work.id for f in found}) is explained


def test_works_of_unknown_creators_make_no_passage_common() -> None:
    works = registry(work("a"), work("b"), work("c"))
    found, explained = findings([Reuse(item(), w, w, match((0, 400))) for w in works], works)
    assert {f.work.id for f in found} == {"a", "b", "c"}
    assert not explained


def test_a_lead_on_a_common_work_explains_no_finding_away() -> None:
    works = registry(work("a", "Ann"), work("notice", "Ben", boilerplate=True))
    reuses = [Reuse(item(), "a", "a", match((0, 400))), Reuse(item(), "notice", "n", match((0, 400), kind=Kind.LEAD))]
    found, _ = findings(reuses, works)
    assert "a" in {f.work.id for f in found}


def test_another_edition_still_counts_when_the_strongest_match_is_explained() -> None:
    works = registry(work("a", "Ann"), work("notice", "Ben", boilerplate=True))
    reuses = [
        Reuse(item(), "a", "first edition", match((0, 100))),
        Reuse(item(), "a", "second edition", match((500, 5_000), kind=Kind.NEAR_VERBATIM)),
        Reuse(item(), "notice", "n", match((0, 100))),
    ]
    found, _ = findings(reuses, works)
    assert [(f.work.id, f.work.asset) for f in found] == [("a", "second edition")]


def test_what_is_left_of_a_match_may_be_too_little_for_a_finding() -> None:
    works = registry(work("a", "Ann"), work("notice", "Ben", boilerplate=True))
    reuses = [Reuse(item(), "a", "a", match((0, 100), (200, 230))), Reuse(item(), "notice", "n", match((0, 100)))]
    found, _ = findings(reuses, works)
    assert [f.match.kind for f in found] == [Kind.LEAD]


def test_explained_passages_are_listed_by_place_whatever_the_order_of_hashing() -> None:
    works = registry(work("a", "Ann"), work("b", "Ben"), work("c", "Cem"))
    spans = ((900, 1_000), (20, 400), (3, 10))
    _, explained = findings([Reuse(item(), w, w, match(*spans)) for w in works], works)
    assert [[s.item for s in e.segments] for e in explained] == [[(3, 10), (20, 400), (900, 1_000)]]
