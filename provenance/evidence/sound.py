"""A spectrogram of a whole sound, with the matched stretches beside it."""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fingerprints.model import Interval, Media
from provenance.model import SoundSide

WIDTH, HEIGHT = 1_000, 160  # px
WINDOW = 2_048  # samples; 186 ms at 11,025 Hz
LOWEST = 60.0  # Hz; the highest is half the rate
RANGE_DB = 60.0  # from white (quiet) to black (the loudest moment)


def spectrum(label: str, media: Media, stretches: Sequence[Interval], name: str) -> tuple[SoundSide, bytes]:
    """The side with the stretches in ms, and the spectrogram as PNG; raises FingerprintError."""
    if isinstance(media, str):
        raise TypeError("a sound is bytes or a path")
    png, milliseconds = _drawn(media)
    return SoundSide(label, milliseconds, tuple(sorted(stretches)), name), png


@lru_cache(maxsize=16)
def _drawn(media: bytes | Path) -> tuple[bytes, int]:
    """The spectrogram as PNG and the length in ms; a registered work is drawn once for the many items that match it."""
    from PIL import Image

    from fingerprints.audio.decode import decode
    from fingerprints.audio.resample import RATE

    samples = decode(media).samples
    buffer = io.BytesIO()
    Image.fromarray(_picture(samples, RATE)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue(), round(1000 * len(samples) / RATE)


def _picture(samples: NDArray[np.float32], rate: int) -> NDArray[np.uint8]:
    """Levels of grey, HEIGHT x WIDTH: time to the right, frequency upwards on a logarithmic scale."""
    padded = np.pad(samples, (0, max(0, WINDOW - len(samples))))
    starts = np.linspace(0, len(padded) - WINDOW, WIDTH).astype(np.int64)
    frames = padded[starts[:, None] + np.arange(WINDOW)] * np.hanning(WINDOW).astype(np.float32)
    power = np.abs(np.fft.rfft(frames)).astype(np.float32) ** 2
    rows = np.geomspace(LOWEST, rate / 2, HEIGHT) * WINDOW / rate
    level = 10 * np.log10(power[:, np.minimum(rows.astype(int), WINDOW // 2)].T[::-1] + 1e-9)
    loudness = np.clip((level - level.max()) / RANGE_DB + 1, 0, 1)
    result: NDArray[np.uint8] = np.round(255 * (1 - loudness)).astype(np.uint8)
    return result
