"""What hashes are taken from, to the bit: an OpenCV that resizes otherwise would silently part the hashes of items from registered ones.

Where this fails, keep the older OpenCV, or give the scheme a new name so that indexes are rebuilt.
"""

import hashlib

import cv2
import numpy as np
import pytest

from fingerprints.image.pdq import pdq, to_hex
from fingerprints.image.perceptual import perceptual_hash
from fingerprints.image.views import fit, shrink

FITTED = {  # height, width of the picture and of what it is made to fit: SHA-256 of the pixels, in OpenCV 5.0.0
    (480, 640, 64, 64): "ddeefb8b8e37d02e3b9afb632fe587cd100e01b54ff58fe2018ef6f181681475",
    (512, 512, 256, 256): "7bb79d91bce437be9a505a9848a75f9d089879fa1e72109e219f906823c0a9ea",
    (512, 512, 64, 64): "d5a440f742f797806b5ade14fe10c5000e008c721b351cc550adcfb1a491cd63",
    (479, 641, 97, 61): "619583631cb5d003e6971ed5ace6c905a1cc39aee054c84fe491ce4d60620248",
    (1536, 1537, 64, 64): "8ea994522c86896375e6a12c6b4d1f1322632d921eed8a62d70208f1d747452f",
    (37, 23, 64, 64): "333ede3be92595cecebd73eb65af5eee4f8fead1c3bc3d61e5dde0e2856a46a1",
    (30, 200, 64, 64): "0030120e6e6450b15457bc9cdf84e4d2c6bd4f6d8d5f38fecdcbfeaaa03f0720",
    (301, 299, 300, 299): "9b4bdc06bc4647f86f3b2f7339e3ac827ea87945f48d6efd686b62b16fe83814",
    (7, 1, 3, 1): "fa16a4be8ec55b30c6fa0f4c6e9ce2bdc72f522ed27caca0ab5c253412039961",
}
SHRUNK = {  # height, width and longer side: the same
    (480, 640, 480): "d389aab949fbb151ffe7ca2c61c5f2b4405ed24942d8a025beeaa42c2062029b",
    (1001, 700, 256): "22b8922de939332f3c770fdc87d89d803c235fe2042464f85ed8af7d04931834",
    (64, 9, 256): "cb5166a5d558698f7d758c4f49ad98567f1651667ffd5d0a7f6c0be9a41f8bc3",
    (3, 1000, 100): "3f9caeb642d258119ab5bdd36dfedab18c69b305667e8fe9f62f655e0c454ce0",
}
HASH = "c7dc03993b1907998cb90f3bce33fc73f0e681cc01cc0f19fe33f86601cc0f99"
PDQ = "671fccf899c0330f663f4c7899c091c1b307671f66396e784e98ccf0cc6ecce0"


def drawn(height, width):
    """Sawtooth waves, a chirp and a disc, in whole numbers alone, so that no library has a part in it."""
    y, x = np.mgrid[:height, :width].astype(np.int64)
    waves = (5 * x + 3 * y) % 173 + (x * x + 2 * y * y) // (height + width) % 61
    return (waves + 20 * ((x - width // 3) ** 2 + (y - height // 2) ** 2 < (height // 4) ** 2)).astype(np.uint8)


def sha256(pixels):
    return hashlib.sha256(pixels.tobytes()).hexdigest()


@pytest.mark.parametrize("sides", FITTED)
def test_a_picture_made_to_fit_has_the_same_pixels_for_ever(sides):
    height, width, high, wide = sides
    fitted = fit(drawn(height, width), wide, high)
    assert fitted.shape == (high, wide)
    assert sha256(fitted) == FITTED[sides]


@pytest.mark.parametrize("sides", SHRUNK)
def test_a_picture_shrunk_has_the_same_pixels_for_ever(sides):
    height, width, side = sides
    shrunk = shrink(drawn(height, width), side)
    assert max(shrunk.shape) == min(side, max(height, width))
    assert sha256(shrunk) == SHRUNK[sides]


def test_a_picture_of_half_the_size_has_the_means_of_its_pixels_rounded_up_from_the_half():
    assert np.array_equal(fit(drawn(60, 80), 40, 30), (drawn(60, 80).reshape(30, 2, 40, 2).sum(axis=(1, 3)) + 2) // 4)


def test_a_picture_has_the_same_hashes_for_ever():
    assert perceptual_hash(drawn(480, 640)).tobytes().hex() == HASH
    assert to_hex(pdq(drawn(480, 640)).bits) == PDQ  # as pdqhash 0.2.8 has it


@pytest.mark.parametrize("sides", FITTED)
def test_the_pixels_hang_on_neither_memory_nor_vector_instructions(sides):
    height, width, high, wide = sides
    picture = drawn(height, width)
    framed = np.pad(picture, ((3, 2), (5, 4)))[3:-2, 5:-4]
    fitted = fit(picture, wide, high)
    assert not framed.flags.c_contiguous
    assert np.array_equal(fit(framed, wide, high), fitted)
    cv2.setUseOptimized(False)
    try:
        assert np.array_equal(fit(picture, wide, high), fitted)
    finally:
        cv2.setUseOptimized(True)
