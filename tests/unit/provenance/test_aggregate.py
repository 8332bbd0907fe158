"""Grouping by content and work, and what explains a passage away."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprints.model import Chance, Kind, Match, Modality, Segment
from fingerprints.text import scheme
from provenance.aggregate import MOST_LEADS, Aggregation, Content
from provenance.explaining import Territories
from provenance.model import Explained, Finding, Item, Place, Reuse, Rights, Work
from provenance.overlap import Extent

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


def findings(
    reuses: Iterable[Reuse], works: Mapping[str, Work], territories: Callable[[Iterable[str]], Territories] = lambda _: None
) -> tuple[tuple[Finding, ...], tuple[Explained, ...]]:
    """What comes of the matches of one item."""
    reuses = tuple(reuses)
    first = reuses[0].item
    content = Content(first, (Place(first.path, first.record, first.field, first.locator),), 0, reuses)
    return Aggregation(works, territories).findings(content)


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


def test_an_item_has_as_many_leads_however_the_index_is_cut() -> None:
    works = registry(*(work(name, name) for name in "abcdef"))
    leads = [Reuse(item(), w, w, match((0, 30), kind=Kind.LEAD, coverage=0.1 + 0.01 * n)) for n, w in enumerate(works)]
    for order in permutations(leads, len(leads)):
        found, _ = findings(order, works)
        assert {finding.work.id for finding in found} == {"d", "e", "f"}


def test_a_lead_on_an_asset_of_two_works_counts_once() -> None:
    works = registry(*(work(name, name) for name in "abcd"))
    shared = [Reuse(item(), name, "shared", match((0, 30), kind=Kind.LEAD, coverage=0.5)) for name in "ab"]
    others = [Reuse(item(), name, name, match((900, 930), kind=Kind.LEAD, coverage=0.3)) for name in "cd"]
    found, _ = findings([*shared, *others], works)
    assert {finding.work.id for finding in found} == {"a", "b", "c", "d"}


def test_leads_are_capped_as_the_scanners_cap_them() -> None:
    assert MOST_LEADS == scheme.MOST_LEADS


def test_the_same_match_from_two_shards_counts_once() -> None:
    found, _ = findings([Reuse(item(), "w", "asset", match((0, 400)))] * 2, registry(work("w")))
    assert found[0].other_matches == ()


def test_the_order_of_matches_changes_nothing() -> None:
    works = registry(work("a", "Ann"), work("b", "Ben"), work("c", "Cem"))
    reuses = [Reuse(item(), w, w, match((0, 400))) for w in works]
    reuses += [Reuse(item(), "a", "second", match((500, 700))), Reuse(item(), "b", "b", match((800, 900), kind=Kind.LEAD))]
    assert len({repr(findings(order, works)) for order in permutations(reuses)}) == 1


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=9), st.tuples(st.integers(0, 60), st.integers(1, 30)))
def test_the_share_within_others_is_what_comparing_with_each_gives(spans: list[tuple[int, int]], inner: tuple[int, int]) -> None:
    outer = [(start, start + length) for start, length in spans]
    start, stop = inner[0], inner[0] + inner[1]
    shared = sum(max(0, min(stop, b) - max(start, a)) for a, b in outer)
    expected = min(1.0, shared / (stop - start)) if outer else 1.0
    assert Extent(match(*outer).segments).share(match((start, stop)).segments) == pytest.approx(expected)


def test_a_work_in_thousands_of_stretches_is_aggregated_within_seconds() -> None:
    spans = tuple((200 * n, 200 * n + 100) for n in range(5_000))
    began = time.process_time()
    found, _ = findings([Reuse(item(), w, w, match(*spans)) for w in ("a", "b")], registry(work("a", "Ann"), work("b", "Ben")))
    assert len(found[0].match.segments) == 5_000
    assert time.process_time() - began < 5


def test_a_match_of_background_is_explained_and_the_rest_of_the_work_is_a_finding() -> None:
    common = replace(match((0, 400)), measures={"words": 80, "background": 0.85})
    own = replace(match((900, 1_300)), measures={"words": 80, "background": 0.3})
    found, explained = findings([Reuse(item(), "w", "w", common), Reuse(item(), "w", "w", own)], registry(work("w", "Ann")))
    assert [(f.match, f.other_matches) for f in found] == [(own, ())]
    assert [(e.by, e.works, e.segments) for e in explained] == [("background", ("w",), common.segments)]


def test_what_one_segment_decided_is_not_said_of_the_rest_of_a_match() -> None:
    works = registry(work("w", "Ann"), work("notice", "Ben", boilerplate=True))
    both = match((0, 400), (1_000, 1_400))
    for measured, left in (({"quoted": False, "cited": True}, {}), ({"quoted": True, "cited": False}, {"quoted": True, "cited": False})):
        found, _ = findings(
            [Reuse(item(), "w", "w", replace(both, measures={"words": 160, **measured})), Reuse(item(), "notice", "n", match((0, 400)))],
            works,
        )
        assert found[0].match.measures == {"words": 80, **left}
