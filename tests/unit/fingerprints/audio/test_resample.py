import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprints.audio.resample import RATE, Resampler


def resampled(samples, rate):
    resampler = Resampler(rate)
    return np.concatenate((resampler.feed(samples), resampler.flush()))


def sine(frequency, rate, seconds=1.0):
    return np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("frequency", [100, 1_000, 2_500])
def test_a_tone_in_the_band_passes_unchanged(rate, frequency):
    middle = slice(RATE // 4, RATE * 3 // 4)
    np.testing.assert_allclose(resampled(sine(frequency, rate), rate)[middle], sine(frequency, RATE)[middle], atol=2e-3)


@pytest.mark.parametrize("frequency", [6_500, 9_000, 15_000])
def test_a_tone_above_the_band_is_gone(frequency):
    assert np.abs(resampled(sine(frequency, 44_100), 44_100)[RATE // 4 : RATE * 3 // 4]).max() < 1e-3


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(0, 5_000), max_size=6), rate=st.sampled_from((8_000, 44_100, 48_000, 44_099)))
def test_the_result_does_not_depend_on_how_the_input_was_cut(cuts, rate):
    samples = np.random.default_rng(1).standard_normal(5_000).astype(np.float32)
    resampler = Resampler(rate)
    parts = [resampler.feed(part) for part in np.split(samples, sorted(cuts))]
    np.testing.assert_array_equal(np.concatenate((*parts, resampler.flush())), resampled(samples, rate))


@given(length=st.integers(1, 3_000), rate=st.sampled_from((8_000, 11_025, 44_100, 48_000)))
@settings(max_examples=30, deadline=None)
def test_the_length_in_seconds_is_kept(length, rate):
    assert len(resampled(np.zeros(length, np.float32), rate)) == -(-length * RATE // rate)
