"""Our PDQ beside the reference's own, where that is installed: it has no wheel and needs a compiler."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprints.image.pdq import MIN_SIDE, WIDEST, dihedral, pdq, to_hex

pdqhash = pytest.importorskip("pdqhash")

ROUNDING = 2  # bits; what the order of sums may change
REFERENCE_ORDER = (0, 2, 4, 6, 5, 1, 7, 3)  # where original, rotations, flip X, flip Y, flip plus 1 and flip minus 1 stand in ours
SIZES = (  # width, height
    (640, 480), (641, 479), (1153, 868), (4000, 3000), (256, 256), (129, 127), (128, 128), (65, 63), (64, 64), (37, 23), (5, 5), (5, 700),
    (2001, 6), (WIDEST + 1, 7),
)  # fmt: skip


def apart(one, other):
    return int(np.bitwise_count(one ^ other).sum())


def noise(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture(scope="module")
def pixels(make):
    return np.asarray(make[0](11))


def reference(pixels):
    """The reference's hash, packed, and quality."""
    vector, quality = pdqhash.compute(pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2))
    return np.packbits(vector.astype(np.uint8)), quality


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
def test_hash_and_quality_are_those_of_the_reference(make, size):
    resized = np.asarray(make[0](3).resize(size))
    for seen in (resized, np.ascontiguousarray(resized[:, :, 1])):
        ours, (bits, quality) = pdq(seen), reference(seen)
        assert apart(ours.bits, bits) <= ROUNDING
        assert abs(ours.quality - quality) <= 1
        assert ours.quality > 10


@given(st.integers(0, 2**32 - 1), st.integers(33, 400), st.integers(33, 400), st.booleans())
@settings(max_examples=40, deadline=None)
def test_hash_of_noise_is_that_of_the_reference(seed, height, width, grey):
    picture = noise(seed, height, width) if grey else noise(seed, height, width, 3)
    bits, quality = reference(picture)
    assert apart(pdq(picture).bits, bits) <= ROUNDING
    assert abs(pdq(picture).quality - quality) <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 500, 3), (500, 4, 3), (MIN_SIDE - 1, MIN_SIDE - 1)])
def test_a_picture_too_narrow_to_hash_has_no_bit_and_no_quality_as_in_the_reference(shape):
    narrow, (bits, quality) = pdq(noise(1, *shape)), reference(noise(1, *shape))
    assert (narrow.bits.any(), narrow.quality) == (bits.any(), quality) == (False, 0)


def test_the_fainter_a_picture_the_less_its_quality_as_in_the_reference(pixels):
    qualities = [pdq(pixels // faintness).quality for faintness in (1, 2, 3, 4, 6, 16)]
    assert qualities == [reference(pixels // faintness)[1] for faintness in (1, 2, 3, 4, 6, 16)]
    assert qualities == sorted(qualities, reverse=True)
    assert qualities[0] > 80
    assert qualities[-1] < 20


def test_the_eight_hashes_are_the_reference_s_of_one_transform(pixels):
    vectors, quality = pdqhash.compute_dihedral(pixels)
    ours = dihedral(pixels)
    for vector, place in zip(vectors, REFERENCE_ORDER, strict=True):
        assert apart(ours[place].bits, np.packbits(vector.astype(np.uint8))) <= ROUNDING
        assert ours[place].quality == quality


def test_a_hash_is_printed_as_threatexchange_prints_it(pixels):
    vector, _ = pdqhash.compute(pixels)
    assert to_hex(pdq(pixels).bits) == f"{int(''.join(map(str, vector)), 2):064x}"
