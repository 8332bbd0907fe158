"""Signatures are datasketch's, its bands are asked all at once, and editions of works are found by them."""

from collections.abc import Callable, Sequence
from itertools import chain
from random import Random

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fingerprints.text import whole
from fingerprints.text.normalise import Normaliser

VOCABULARY = 20_000
WORKS = 12
Text = list[str]


def works(count: int, seed: int, least: int = 3_000, most: int = 12_000) -> list[Text]:
    """Texts in words as frequent as those of a language (Zipf)."""
    rng = np.random.default_rng(seed)
    weights = 1 / (np.arange(VOCABULARY) + 2.7)
    sizes = rng.integers(least, most, count)
    return [[f"word{n}" for n in rng.choice(VOCABULARY, size, p=weights / weights.sum()).tolist()] for size in sizes]


def hashes(words: Sequence[str]) -> whole.Hashes:
    return Normaliser().placed(" ".join(words).encode()).hashes


def changed(text: Text, rng: Random) -> Text:
    return [f"word{rng.randrange(VOCABULARY)}" if rng.random() < 0.05 else word for word in text]


def misread(text: Text, rng: Random) -> Text:
    return [word[:-1] + rng.choice("lIo ") + word[-1] if rng.random() < 0.05 else word for word in text]


def prefaced(text: Text, rng: Random) -> Text:
    return [*works(1, rng.randrange(1 << 30), len(text) // 5, len(text) // 5 + 1)[0], *text]


def without_chapters(text: Text, rng: Random) -> Text:
    gone = len(text) * 3 // 10
    at = rng.randrange(len(text) - gone)
    return text[:at] + text[at + gone :]


def abridged(text: Text, rng: Random) -> Text:
    sentences = (text[at : at + 20] for at in range(0, len(text), 20))
    return list(chain.from_iterable(sentence for sentence in sentences if rng.random() < 0.6))


def in_another_order(text: Text, rng: Random) -> Text:
    chapters = [text[at : at + 500] for at in range(0, len(text), 500)]
    rng.shuffle(chapters)
    return list(chain.from_iterable(chapters))


def all_of_it(text: Text, rng: Random) -> Text:
    for edit in (changed, misread, abridged, in_another_order, prefaced):
        text = edit(text, rng)
    return text


EDITS = (changed, misread, prefaced, without_chapters, abridged, in_another_order, all_of_it)


def registered(words: list[whole.Hashes]) -> whole.Signatures:
    return whole.Signatures(np.array([whole.signature(each) for each in words]), np.array([each.size for each in words]))


@pytest.fixture(scope="module")
def known() -> tuple[list[Text], whole.Signatures]:
    texts = works(WORKS, 1)
    return texts, registered([hashes(text) for text in texts])


@settings(deadline=None)  # the first call compiles
@given(arrays(np.uint32, st.integers(0, 300)))
def test_a_signature_is_bit_for_bit_what_datasketch_gives_the_same_shingles(words: whole.Hashes) -> None:
    minhash = MinHash(whole.PERMUTATIONS, hashfunc=int, scheme="affine32")
    minhash.update_batch(whole.shingles(words))
    assert np.array_equal(whole.signature(words), minhash.hashvalues)


def test_without_a_compiler_the_signature_of_a_long_text_is_the_same() -> None:
    words = np.random.default_rng(3).integers(0, 1 << 32, 2 * whole.CHUNK, dtype=np.uint32)
    assert np.array_equal(whole.by_datasketch(whole.shingles(words)), whole.signature(words))


def test_without_a_compiler_the_same_values_are_equal() -> None:
    rng = np.random.default_rng(4)
    signatures, numbers = rng.integers(0, 3, (40, whole.PERMUTATIONS), dtype=np.uint32), np.array([3, 4, 39])
    expected = [int((signatures[number] == signatures[0]).sum()) for number in numbers]
    for counted in (whole._equal_values, whole._equal_values_numpy):
        assert counted(signatures, numbers, signatures[0]).tolist() == expected


def test_texts_shorter_than_a_shingle_are_told_apart() -> None:
    signatures = [whole.signature(hashes(text)) for text in ([], ["one"], ["two"], ["one", "two"], ["two", "one"])]
    assert all((one != other).any() for k, one in enumerate(signatures) for other in signatures[:k])


def test_equal_values_estimate_the_share_of_equal_shingles() -> None:
    (text,), rng = works(1, 5), Random(5)
    for edit in EDITS:
        other = edit(text, rng)
        one, two = set(whole.shingles(hashes(text)).tolist()), set(whole.shingles(hashes(other)).tolist())
        true = len(one & two) / len(one | two)
        estimated = float(np.mean(whole.signature(hashes(text)) == whole.signature(hashes(other))))
        assert abs(estimated - true) <= 4 * np.sqrt(max(true * (1 - true), 0.01) / whole.PERMUTATIONS)


def test_the_candidates_are_those_of_datasketch() -> None:
    rng = np.random.default_rng(7)
    shared = rng.integers(0, 1 << 32, whole.PERMUTATIONS, dtype=np.uint32)
    signatures = rng.integers(0, 1 << 32, (300, whole.PERMUTATIONS), dtype=np.uint32)
    signatures = np.where(rng.random(signatures.shape) < rng.random((300, 1)) * 0.4, shared, signatures)
    lsh, ours = MinHashLSH(whole.LSH_THRESHOLD, whole.PERMUTATIONS), whole.Signatures(signatures, np.full(300, 1_000))
    minhashes = [MinHash(hashvalues=values, scheme=whole.MINHASH) for values in signatures]
    for number, minhash in enumerate(minhashes):
        lsh.insert(number, minhash)
    found = [ours.candidates(values).tolist() for values in signatures]
    assert found == [sorted(lsh.query(minhash)) for minhash in minhashes]
    assert any(1 < len(candidates) < len(signatures) for candidates in found)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_every_edition_is_found_and_no_other_work(edit: Callable[[Text, Random], Text], known: tuple[list[Text], whole.Signatures]) -> None:
    texts, signatures = known
    for number, text in enumerate(texts):
        assert [found for found, _ in signatures.near(hashes(edit(text, Random(number))))] == [number]


def test_a_work_is_near_itself_with_similarity_one(known: tuple[list[Text], whole.Signatures]) -> None:
    texts, signatures = known
    assert [list(signatures.near(hashes(text))) for text in texts] == [[(number, 1.0)] for number in range(WORKS)]


@pytest.mark.parametrize(("size", "shared", "expected"), [(300, 200, []), (3_000, 2_000, [0])])
def test_what_a_short_text_may_share_makes_a_long_one_an_edition(size: int, shared: int, expected: list[int]) -> None:
    one, other = works(2, size, size, size + 1)
    notice = works(1, 11, shared, shared + 1)[0]  # similarity 0.25
    signatures = registered([hashes(notice + one)])
    assert [number for number, _ in signatures.near(hashes(notice + other))] == expected


def test_long_texts_that_share_a_seventh_are_candidates_and_no_editions() -> None:
    notice = works(1, 19, 500, 501)[0]
    texts = [hashes(notice + text) for text in works(WORKS, 23, 3_000, 3_001)]
    signatures = registered(texts[1:])
    assert signatures.candidates(whole.signature(texts[0])).size > 0
    assert list(signatures.near(texts[0])) == []


def test_all_pairs_of_editions_among_many_works_are_found_once_in_order() -> None:
    texts = works(WORKS, 13)
    editions = [all_of_it(text, Random(number)) for number, text in enumerate(texts)]
    words = [hashes(text) for text in texts + editions]
    signatures, sizes = np.array([whole.signature(each) for each in words]), np.array([each.size for each in words])
    found = list(whole.similar(signatures, sizes))
    assert [(one, other) for one, other, _ in found] == [(number, number + WORKS) for number in range(WORKS)]
    assert all(similarity == np.mean(signatures[one] == signatures[other]) for one, other, similarity in found)


def test_a_pair_is_as_long_as_its_shorter_text() -> None:
    signatures = np.tile(whole.signature(np.arange(5_000, dtype=np.uint32)), (3, 1))
    signatures[:, whole.PERMUTATIONS // 3 :] = np.random.default_rng(17).integers(
        0, 1 << 32, signatures[:, whole.PERMUTATIONS // 3 :].shape
    )
    sizes = np.array([whole.EDITION_WORDS, whole.EDITION_WORDS - 1, whole.EDITION_WORDS])
    assert [pair[:2] for pair in whole.similar(signatures, sizes)] == [(0, 2)]


def test_where_nothing_is_registered_nothing_is_near() -> None:
    none, sizes = np.empty((0, whole.PERMUTATIONS), np.uint32), np.empty(0, np.int64)
    assert list(whole.Signatures(none, sizes).near(hashes(["word"] * 100))) == []
    assert list(whole.similar(none, sizes)) == []
