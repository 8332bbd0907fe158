import io
from hashlib import sha256
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.readers import lines

LENGTHS = [1, 2, 3, 6, 15, 16, 17, 31, 60, 63, 64, 65, 76, 80, 82, 91, 128, 129, 151, 200, 700]
FILES = st.lists(st.tuples(st.sampled_from(LENGTHS), st.integers(0, 3)), max_size=40)


def text_of(drawn, *, end=True):
    """Lines of so many bytes, of which those of equal length and kind are equal."""
    text = b"".join(sha256(b"%d" % kind).hexdigest().encode().ljust(length, b"x")[: length - 1] + b"\n" for length, kind in drawn)
    return text if end else text.removesuffix(b"\n")


def parts_of(text, size):
    starts = range(0, len(text), size)
    return [found for start in starts if (found := lines.bounds(io.BytesIO(text), start, min(len(text), start + size), len(text)))]


def starts_of(text):
    return [at for at in range(len(text)) if at == 0 or text[at - 1] == lines.NEWLINE]


def ends_by_definition(text, start, mean, most):
    """The first line that ends a piece, (start, stop), among those that begin and are shorter than ``most`` bytes from a start."""
    for first, stop in pairwise([*starts_of(text), len(text)]):
        length = stop - first
        if start <= first < start + most and length < most and text[stop - 1] == lines.NEWLINE:
            view = np.frombuffer(text, np.uint8)
            if length * 0xFFFFFFFF >= mean * int(lines.line_hash(view, first, stop - 1)):
                return first, stop
    return None


def set_sizes(monkeypatch, block, mean, most):
    for name, size in (("BLOCK", block), ("MEAN", mean), ("MOST", most)):
        monkeypatch.setattr(lines, name, size)


SIZES = {
    "block": st.sampled_from([1, 7, 16, 64, 500]),
    "mean": st.sampled_from([1, 40, 300, 10_000]),
    "most": st.sampled_from([1, 16, 64, 100, 1000]),
}


@settings(max_examples=600, deadline=None)
@given(drawn=FILES, end=st.booleans(), size=st.sampled_from([1, 13, 64, 128, 500]), **SIZES)
def test_ranges_of_any_size_tile_a_file_of_any_lines(drawn, end, size, block, mean, most):
    text = text_of(drawn, end=end)
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_sizes(monkeypatch, block, mean, most)
        parts = parts_of(text, size)
    edges = [0, *(stop for _, stop in parts)] if parts else [len(text)]
    assert [start for start, _ in parts] == edges[:-1]
    assert edges[-1] == len(text)
    assert set(edges[:-1]) <= set(starts_of(text))


@settings(max_examples=150, deadline=None)
@given(drawn=FILES, **SIZES)
def test_an_end_that_one_start_finds_is_found_from_every_later_one_before_its_line(drawn, block, mean, most):
    text = text_of(drawn)
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_sizes(monkeypatch, block, mean, most)
        found = {start: lines._end_behind(io.BytesIO(text), start) for start in starts_of(text)}
    for start, end in found.items():
        expected = ends_by_definition(text, start, mean, most)
        assert end == (expected and expected[1])
        if expected:
            assert {found[later] for later in found if start <= later <= expected[0]} == {end}
    begins = [end or start for start, end in found.items()]
    assert begins == sorted(begins)


@pytest.mark.parametrize("kind", range(6))
def test_a_line_longer_than_a_piece_is_of_one_range_however_blocks_fall(monkeypatch, kind):
    """The second range once found the end of the line of 70 bytes, at 330, and the third, by blocks of its own, did not."""
    set_sizes(monkeypatch, 8, 40, 64)
    text = text_of([(length, kind) for length in (10, 242, 4, 4, 70, 10)])
    parts = parts_of(text, 128)
    assert sum(stop - start for start, stop in parts) == len(text)
    assert all(one[1] == following[0] for one, following in pairwise(parts))


def test_a_line_without_end_is_not_read_to_find_an_end(monkeypatch):
    set_sizes(monkeypatch, 16, 40, 64)
    file = io.BytesIO(b"a\n" + b"x" * 10_000)
    assert lines._end_behind(file, 2) is None
    assert file.tell() <= 2 + 64 + 16
