import numpy as np
import pytest

from fingerprints.audio.chromaprint import SPAN, codes
from fingerprints.audio.decode import decode

TEST2 = 1


def library():
    try:
        import chromaprint
    except ImportError as error:
        pytest.skip(f"libchromaprint cannot be loaded: {error}")
    return chromaprint


def reference(pcm):
    chromaprint = library()
    printer = chromaprint.Fingerprinter(TEST2)
    printer.start(11_025, 1)
    printer.feed(pcm.tobytes())
    return np.array(chromaprint.decode_fingerprint(printer.finish())[0], np.int64).astype(np.uint32)


@pytest.mark.parametrize("seed", range(4))
def test_the_codes_are_those_of_libchromaprint_bit_for_bit(seed, make_melody, encode):
    pcm = decode(encode(make_melody(25, seed))).pcm
    np.testing.assert_array_equal(codes(pcm), reference(pcm))


def test_noise_and_silence_have_the_codes_of_libchromaprint():
    noise = (np.random.default_rng(1).standard_normal(11_025 * 10) * 3_000).astype(np.int16)
    for pcm in (noise, np.zeros(11_025 * 10, np.int16)):
        np.testing.assert_array_equal(codes(pcm), reference(pcm))


def test_what_is_shorter_than_one_code_has_none():
    assert len(codes(np.ones(SPAN - 1, np.int16))) == 0
    assert len(codes(np.ones(SPAN, np.int16))) == 1
