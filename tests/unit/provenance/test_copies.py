"""How often a passage stands in the data: over all items, excerpts and edits, whatever the order in which they come."""

import random
from itertools import permutations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from fingerprints.model import Chance, Interval, Kind, Match, Modality, Segment
from provenance import sorting
from provenance.copies import STEP, CopyCounter, copies_of

CHANCE = Chance(1e-6, "one item against one work", "observed", 3_000_000)
Content = tuple[bytes, int, list[tuple[str, Match]]]


def text(*work: Interval, kind: Kind = Kind.VERBATIM) -> Match:
    segments = tuple(Segment("char", (10_000 * n, 10_000 * n + stop - start), (start, stop)) for n, (start, stop) in enumerate(work))
    return Match(Modality.TEXT, kind, "text/test/1", 0.9, segments, 0.1, 0.1, CHANCE)


def counted(folder: Path, contents: list[Content]) -> dict[bytes, list[int]]:
    """By content, the copies of each of its matches."""
    counter = CopyCounter(folder)
    for content in contents:
        counter.add(*content)
    found = dict(counter.copies())
    return {key: [copies_of(match, asset, found.get(key, {})) for asset, match in matches] for key, _, matches in contents}


def test_other_excerpts_and_edited_ones_of_the_same_passage_are_copies(tmp_path):
    whole, within, edited, beside = (
        text((0, 10_000)),
        text((4_000, 4_400)),
        text((3_900, 4_500), kind=Kind.NEAR_VERBATIM),
        text((8_000, 8_300)),
    )
    contents = [(b"a", 1, [("w", whole)]), (b"b", 5, [("w", within)]), (b"c", 2, [("w", edited)]), (b"d", 1, [("w", beside)])]
    assert counted(tmp_path, contents) == {b"a": [1], b"b": [8], b"c": [8], b"d": [2]}


def test_a_famous_line_does_not_multiply_the_whole_book_it_stands_in(tmp_path):
    book, line = text((0, 100_000)), text((500, 600))
    found = counted(tmp_path, [(b"a", 2, [("w", book)]), *((b"b%d" % n, 1, [("w", line)]) for n in range(50))])
    assert (found[b"a"], found[b"b0"]) == ([2], [52])


def test_a_line_matched_beside_another_passage_counts_as_often_as_it_stands(tmp_path):
    both, line = text((500, 600), (50_000, 60_000)), text((500, 600))
    assert counted(tmp_path, [(b"a", 1, [("w", both)]), (b"b", 9, [("w", line)])]) == {b"a": [10], b"b": [10]}


def test_a_passage_that_stands_twice_in_one_item_is_two_copies_and_a_split_one_is_one(tmp_path):
    assert counted(tmp_path, [(b"a", 1, [("w", text((0, 400), (0, 400)))])]) == {b"a": [2]}
    assert counted(tmp_path, [(b"a", 1, [("w", text((0, 200), (203, 400)))])]) == {b"a": [1]}


def test_a_match_that_is_given_twice_is_one_copy(tmp_path):
    assert counted(tmp_path, [(b"a", 3, [("w", text((0, 400))), ("w", text((0, 400)))])]) == {b"a": [3, 3]}


def test_leads_are_no_copies_and_other_works_do_not_count(tmp_path):
    lead = text((0, 100), kind=Kind.LEAD)
    contents = [(b"a", 1, [("w", text((0, 100)))]), (b"b", 9, [("w", lead)]), (b"c", 9, [("x", text((0, 100)))]), (b"d", 1, [("y", lead)])]
    assert counted(tmp_path, contents) == {b"a": [1], b"b": [0], b"c": [9], b"d": [0]}


def test_the_shortest_finding_of_every_medium_holds_a_place(tmp_path):
    for start in range(STEP["char"]):
        assert counted(tmp_path, [(b"a", 4, [("w", text((start, start + 20)))])]) == {b"a": [4]}
    sound = Match(Modality.AUDIO, Kind.VERIFIED, "t", 0.9, (Segment("ms", (0, 900), (7, 907)),), 0.1, 0.1, CHANCE)
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    picture = Match(Modality.IMAGE, Kind.VERIFIED, "i", 0.9, (Segment("px", corners, corners),) * 2, 0.1, 0.1, CHANCE)
    near = Match(Modality.IMAGE, Kind.NEAR_DUPLICATE, "i", 0.9, (), 0.1, 0.1, CHANCE)
    found = counted(tmp_path, [(b"a", 4, [("s", sound)]), (b"b", 2, [("p", picture)]), (b"c", 3, [("p", near)])])
    assert found == {b"a": [4], b"b": [5], b"c": [5]}


def test_the_order_of_contents_changes_nothing(tmp_path):
    contents = [(b"%d" % n, n + 1, [("w", text((100 * n, 100 * n + 250))), ("x", text((7, 90)))]) for n in range(4)]
    assert len({str(sorted(counted(tmp_path, list(order)).items())) for order in permutations(contents)}) == 1


def test_what_memory_does_not_hold_is_counted_alike(tmp_path, monkeypatch):
    rng = random.Random(5)
    contents = [
        (
            b"%05d" % n,
            rng.randrange(1, 4),
            [(f"w{rng.randrange(20)}", text((start := rng.randrange(5_000), start + rng.randrange(20, 900))))],
        )
        for n in range(600)
    ]
    expected = counted(tmp_path / "a", contents)
    monkeypatch.setattr(sorting, "HELD_BYTES", 3_000)
    assert counted(tmp_path / "b", contents) == expected


@given(st.data())
def test_the_copies_are_those_that_counting_one_by_one_gives(tmp_path_factory, data):
    spans = data.draw(st.lists(st.tuples(st.integers(0, 400), st.integers(20, 300), st.integers(1, 5)), min_size=1, max_size=8))
    contents = [(b"%d" % n, times, [("w", text((start, start + length)))]) for n, (start, length, times) in enumerate(spans)]
    found = counted(tmp_path_factory.mktemp("copies"), contents)
    for n, (start, length, _) in enumerate(spans):
        places = [at for at in range(0, 800, STEP["char"]) if start <= at < start + length]
        depths = sorted((sum(t for s, size, t in spans if s <= at < s + size) for at in places), reverse=True)
        assert found[b"%d" % n] == [depths[(len(depths) + 1) // 2 - 1]]
