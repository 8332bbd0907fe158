"""The warps an item is tried under when it has no match as it stands: other speeds, tempos and pitches. The registry does not grow."""

from math import log2

from fingerprints.audio.landmarks import BINS_AN_OCTAVE
from fingerprints.audio.lookup import Warp

BINS_A_SEMITONE = BINS_AN_OCTAVE // 12
SPEED_STEP, SPEED_REACH = 1.0125, 10
"""Speeds, pitch and all, from -12 to +13 %: between steps a pair of 40 frames is a quarter of a frame off, a bin a third."""
TEMPO_STEP, TEMPO_REACH = 1.015, 13
"""Tempos alone, from -18 to +21 %."""
SEMITONES = (-3.0, -2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Pitches alone."""


def speed(rate: float) -> Warp:
    """A recording played ``rate`` times as fast, its pitch rising with it."""
    return Warp(rate, BINS_AN_OCTAVE * log2(rate))


PLAIN = Warp()
GRID: tuple[Warp, ...] = (
    *(speed(SPEED_STEP**step) for step in range(-SPEED_REACH, SPEED_REACH + 1) if step),
    *(Warp(TEMPO_STEP**step) for step in range(-TEMPO_REACH, TEMPO_REACH + 1) if step),
    *(Warp(1.0, BINS_A_SEMITONE * semitones) for semitones in SEMITONES),
)
