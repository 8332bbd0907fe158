"""Synthesised sounds: nothing is bundled, nothing is downloaded."""

import io

import numpy as np
import pytest
import soundfile

RATE = 22_050


def melody(seconds, seed):
    """Random notes of a minor scale over a second voice; two seeds share nothing but the scale."""
    rng = np.random.default_rng(seed)
    out = np.zeros(int(seconds * RATE) + RATE * 2)
    for low, lengths in ((45, (0.5, 1.0)), (64, (0.125, 0.25, 0.25, 0.5))):
        levels, time = rng.uniform(0.2, 1.0, 6) / np.arange(1, 7), 0.0
        while time < seconds:
            length = rng.choice(lengths)
            pitch = low + rng.choice((0, 2, 3, 5, 7, 8, 10, 12, 14, 15))
            at = np.arange(int((length + 0.3) * RATE)) / RATE
            sound = sum(v * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * (k + 1) * at) for k, v in enumerate(levels))
            start = int(time * RATE)
            out[start : start + len(at)] += sound * np.exp(-3 * at) * np.minimum(1, 100 * at)
            time += length
    out = out[: int(seconds * RATE)]
    return (out / np.abs(out).max() * 0.5).astype(np.float32)


def encoded(samples, rate=RATE, kind="WAV", subtype=None):
    """The samples as a file of the kind."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


@pytest.fixture(scope="session")
def make_melody():
    return melody


@pytest.fixture(scope="session")
def encode():
    return encoded


@pytest.fixture(scope="session")
def rate():
    return RATE
