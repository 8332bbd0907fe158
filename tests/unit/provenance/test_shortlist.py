"""The first of very many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprints.model import Modality
from provenance import shortlist
from provenance.model import Counts, Unread
from provenance.shortlist import Shortlist, UnreadList, shortened


@given(st.lists(st.integers(), unique=True), st.integers(1, 9))
def test_the_smallest_are_kept_whatever_their_order(numbers: list[int], most: int) -> None:
    kept: Shortlist[str] = Shortlist(most)
    for number in numbers:
        kept.add(number, str(number))
    assert kept.listed() == tuple(map(str, sorted(numbers)[:most]))
    assert kept.count == len(numbers)


def test_unread_entries_stand_by_path_and_number() -> None:
    entries = UnreadList()
    for path, record in (("b", None), ("a", 100), ("a", 9), ("a", "member"), ("a", None)):
        entries.add(Unread(path, record, "truncated", "", Modality.TEXT))
    assert [(entry.path, entry.record) for entry in entries.listed()] == [
        ("a", None), ("a", 9), ("a", 100), ("a", "member"), ("b", None),
    ]  # fmt: skip


def test_a_million_unread_entries_are_a_list_and_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortlist, "MOST_UNREAD", 3)
    entries = UnreadList()
    for number in range(1_000):
        entries.add(Unread("a", 999 - number, "bad-record", "", None))
    *listed, last = entries.listed()
    assert [entry.record for entry in listed] == [0, 1, 2]
    assert (last.reason, last.path, last.detail.split()[0]) == ("more-unread", "", "997")


def test_the_counts_of_files_that_are_not_named_are_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{9 - n}": Counts(10 + n, 6 + n, 3, 1) for n in range(10)}
    assert list(shortened(files)) == sorted(files)
    monkeypatch.setattr(shortlist, "MOST_FILES", 8)
    short = shortened(files)
    assert list(short) == ["0", "1", "2", "3", "4", "5", "6", "7", "(2 further files)"]
    assert short["(2 further files)"] == Counts(21, 13, 6, 2)
    assert sum(counts.seen for counts in short.values()) == sum(counts.seen for counts in files.values())
