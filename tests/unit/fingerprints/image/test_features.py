import numpy as np
import pytest

from fingerprints.image.codes import CODE_BITS, PROBES, encode
from fingerprints.image.features import extract
from fingerprints.image.inverted import FULL_WEIGHT, Cells, by_cell, rarity, votes
from fingerprints.image.views import grey_of


@pytest.fixture(scope="module")
def pixels(make):
    return np.asarray(make[0](7))


def agreeing(one, other):
    """Share of the features of one picture that have their like, at the same place and angle, among those of the other."""
    apart = np.linalg.norm(one.points[:, None] - other.points[None], axis=2)
    alike = one.descriptors.astype(float) @ other.descriptors.astype(float).T / 512**2
    turned = (one.angles.astype(int)[:, None] - other.angles + 128) % 256 - 128
    return float(((apart < 0.25) & (alike > 0.95) & (np.abs(turned) <= 2)).any(axis=1).mean())


@pytest.mark.parametrize(("mirrored", "inverted"), [(True, False), (False, True), (True, True)])
def test_permuted_bins_are_the_features_of_the_altered_picture(pixels, mirrored, inverted):
    altered = pixels[:, ::-1] if mirrored else pixels
    altered = 255 - altered if inverted else altered
    direct = extract(grey_of(altered), 480, 200)
    ours = extract(grey_of(pixels), 480, 1000)
    assert agreeing(direct, ours.variant(mirrored=mirrored, inverted=inverted)) > 0.99
    assert agreeing(direct, ours) < 0.05


def test_features_are_spread_over_the_picture(pixels):
    half_text = pixels.copy()
    half_text[:, :320] = np.random.default_rng(1).integers(0, 2, (480, 320, 1)) * 255
    points = extract(grey_of(half_text), 480, 200).points
    assert (points[:, 0] > 240).mean() > 0.4


def test_a_blank_and_a_strip_have_no_features():
    for shape in ((100, 100), (1, 5000), (5000, 1), (1, 1)):
        found = extract(np.full(shape, 128, np.uint8), 480, 100)
        assert len(found) == 0
        assert len(encode(found.descriptors, PROBES).words) == 0


def test_a_code_is_two_words_and_its_own_cell_comes_first(pixels):
    found = extract(grey_of(pixels), 480, 100)
    once, probed = encode(found.descriptors), encode(found.descriptors, PROBES)
    assert once.words.shape == (len(found), CODE_BITS // 64)
    assert np.array_equal(once.cells[:, 0], probed.cells[:, 0])
    assert all(len(set(row)) == PROBES for row in probed.cells.tolist())


def test_a_picture_gets_the_votes_of_all_its_features_and_another_few(make, pixels):
    ours, others = extract(grey_of(pixels), 480, 200), extract(grey_of(np.asarray(make[0](8))), 480, 200)
    codes = encode(np.concatenate([ours.descriptors, others.descriptors]))
    order, starts = by_cell(codes.cells[:, 0])
    owners = np.repeat(np.arange(2, dtype=np.uint32), [len(ours), len(others)])[order]
    cells = Cells(starts, codes.words[order], owners, np.concatenate([ours.angles, others.angles])[order])
    query = encode(ours.descriptors, PROBES)
    weights = rarity(query)
    counted = votes(query, ours.angles, weights, cells, 2)
    assert counted[0] >= weights.sum()
    assert counted[1] < 0.1 * weights.sum()


def test_features_that_are_all_alike_share_one_vote():
    same = np.tile(np.random.default_rng(2).integers(0, 60, 128).astype(np.uint8), (8, 1))
    assert rarity(encode(same)).tolist() == [FULL_WEIGHT // 8] * 8
