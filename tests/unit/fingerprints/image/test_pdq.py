import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fingerprints.errors import UndecodableError
from fingerprints.image import pdq as module
from fingerprints.image.pdq import SIDE, dihedral, from_hex, pdq, to_hex

SAME = 31  # bits up to which the authors of PDQ take two hashes for the same picture
ROUNDING = 2  # bits; what the order of sums may change
seeds = st.integers(0, 2**32 - 1)


def apart(one, other):
    return int(np.bitwise_count(one ^ other).sum())


def noise(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def smooth(seed, height, width):
    """Noise without fine grain, as pictures are: what one sample of the low-pass more or less does not change it much."""
    return np.asarray(Image.fromarray(noise(seed, 24, 24)).resize((width, height), Image.Resampling.BICUBIC))


REFERENCE = (  # of pdqhash 0.2.8, for ``tiles`` of a seed, of rows and columns of tiles and of the px of a tile
    ((1, 12, 16, 40), "7d3d424615586f9811ff00e76aa735b902c2197e488b0cd512be26e238ff75bb"),
    ((2, 9, 7, 60), "3a946b65789d3386c47b3f807cd9c07f8326c07f3b8c4c798762949ac58bb58a"),
    ((3, 30, 40, 9), "150db7da8bbd4e3f91e98007b76cd1c04ff6248755d6cf2909b93a45cba1058b"),
    ((4, 13, 13, 5), "26b473b80fcb37baf034cc47d84a0f7bd96033680f4e73ee0e618c4473534eb4"),
    ((5, 24, 32, 32), "25cf88f2b5883ca6a111387a44e3624d29b79909606d7bcfcf9c3cbea495b1c7"),
    ((6, 8, 8, 8), "7f005f02f6c821bd007feec449b61873e07c670c364911bbff005ec28937207d"),
    ((7, 100, 3, 7), "2492db6d8e3c71c7db6d8e38acb22cb2db6d24922492db6dcf3c8e3824926596"),
    ((8, 20, 15, 50), "916c6aa57b05805131a88bb8cdc28f9662fb72d282ee4c178b3bdf4c9b51c63f"),
)


def tiles(seed, rows, columns, side):
    return np.kron(noise(seed, rows, columns), np.ones((side, side), np.uint8))


@pytest.mark.parametrize(("drawn", "expected"), REFERENCE)
def test_the_hash_is_the_one_that_the_reference_gave(drawn, expected):
    ours = pdq(tiles(*drawn))
    assert apart(ours.bits, from_hex(expected)) <= ROUNDING
    assert ours.quality == 100


@pytest.fixture(scope="module")
def pixels(make):
    return np.asarray(make[0](11))


@pytest.mark.parametrize("level", [0, 77, 255])
def test_a_blank_has_no_quality(level):
    assert pdq(np.full((300, 400, 3), level, np.uint8)).quality == 0


def test_a_picture_saved_badly_keeps_its_hash_and_another_has_another(make):
    draw, encode, _ = make
    saved = pdq(np.asarray(Image.open(io.BytesIO(encode(draw(1), "JPEG", quality=40)))))
    assert apart(saved.bits, pdq(np.asarray(draw(1))).bits) <= 10
    assert apart(saved.bits, pdq(np.asarray(draw(2))).bits) > SAME


@given(seeds, st.sampled_from([SIDE, 5 * SIDE]), st.integers(0, 3), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_turned_picture_has_the_hash_foretold(seed, side, quarters, mirrored):
    """To rounding, where the samples of the low-pass stand in the middle of what they are taken from."""
    picture = smooth(seed, side, side)
    turned = np.rot90(picture, quarters)
    seen = np.ascontiguousarray(turned[:, ::-1] if mirrored else turned)
    foretold = dihedral(picture)[2 * quarters + mirrored]
    assert apart(pdq(seen).bits, foretold.bits) <= ROUNDING
    assert pdq(seen).quality == foretold.quality


def test_the_eight_hashes_of_a_turned_picture_are_those_of_the_picture_turned(pixels):
    square = np.ascontiguousarray(pixels[: 5 * SIDE, : 5 * SIDE])
    turned = dihedral(np.rot90(square))
    for quarters in range(4):
        for mirrored in (0, 1):
            of_turned = turned[2 * quarters + mirrored].bits
            assert apart(of_turned, dihedral(square)[2 * ((quarters + 1) % 4) + mirrored].bits) <= ROUNDING


def test_a_photograph_s_eight_views_are_found_whatever_its_size(make):
    for size in ((640, 480), (333, 501), (1000, 250)):
        picture = np.asarray(make[0](5).resize(size))
        for number, foretold in enumerate(dihedral(picture)):
            turned = np.rot90(picture, number // 2)
            seen = np.ascontiguousarray(turned[:, ::-1] if number % 2 else turned)
            assert apart(pdq(seen).bits, foretold.bits) <= SAME
            assert number == 0 or apart(pdq(picture).bits, foretold.bits) > SAME


@given(seeds, st.integers(5, 700), st.integers(1, 30), st.sampled_from([np.uint8, np.float64]))
@settings(max_examples=40, deadline=None)
def test_what_is_compiled_and_what_is_not_are_equal_to_the_bit(seed, height, width, kind):
    rows = noise(seed, height, width).astype(kind)
    starts, weights = module._weights(height)
    interpreted = getattr(module._weights, "py_func", module._weights)(height)
    assert np.array_equal(interpreted[0], starts)
    assert np.array_equal(interpreted[1], weights)
    assert np.array_equal(module._means(rows, starts, weights), module._means_numpy(rows, starts, weights))


@given(st.integers(5, 3000))
@settings(deadline=None)
def test_the_low_pass_is_two_box_filters(length):
    """Each of which averages what there is where it reaches beyond an end of the row."""
    window = -(-length // (2 * SIDE))
    reach = window // 2 + 1
    row = noise(length, length).astype(float)
    for _ in range(2):
        row = np.array([row[max(0, k + reach - window) : k + reach].mean() for k in range(length)])
    wanted = row[((np.arange(SIDE) + 0.5) * length / SIDE).astype(int)]
    means = module._means(noise(length, length, 1), *module._weights(length))[:, 0]
    assert np.abs(means - wanted).max() < 0.01


def test_waves_are_added_up_in_the_order_of_the_reference():
    grid = noise(3, SIDE, SIDE).astype(np.float32) / np.float32(3)
    columns = np.zeros((module.WAVES, SIDE), np.float32)
    for cosines, row in zip(module.COSINES, grid, strict=True):
        columns += np.outer(cosines, row)
    assert np.array_equal(module._along_columns(grid), columns)


def test_a_picture_is_hashed_where_it_lies(pixels):
    assert np.array_equal(pdq(pixels[::2, ::-1]).bits, pdq(np.ascontiguousarray(pixels[::2, ::-1])).bits)


@given(st.binary(min_size=32, max_size=32))
def test_a_printed_hash_reads_as_it_was(content):
    bits = np.frombuffer(content, np.uint8)
    assert np.array_equal(from_hex(to_hex(bits)), bits)
    assert np.array_equal(from_hex(to_hex(bits).upper()), bits)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "ends after 0 digits"),
        ("f" * 63, "ends after 63 digits"),
        ("f" * 65, "ends after 65 digits"),
        ("f" * 16 + "g" + "f" * 47, "'g' is character 17 of 64"),
        ("f" * 64 + "\n", r"'\\n' is character 65 of 65"),
        (" " + "f" * 63, "' ' is character 1 of 64"),
        ("٣" * 64, "'٣' is character 1 of 64"),
    ],
)
def test_what_is_no_hash_is_refused_with_its_place_and_a_remedy(text, where):
    with pytest.raises(UndecodableError, match=f"{where}.*64 hexadecimal digits.*copy it again"):
        from_hex(text)
