"""Notes and strokes as samples: additive voices, shaped noise, a room."""

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]

RATE = 22_050  # Hz
HIGHEST = 9_500.0  # Hz; partials above are left out
STROKES = 7  # of noise, made once and taken in turn; no bar has seven, so that no two bars are alike
PEAK = 0.89  # of full scale, 1 dB below it


@dataclass(frozen=True, slots=True)
class Voice:
    """A way of sounding a note."""

    partials: tuple[tuple[float, float, float], ...]
    """Frequency as a multiple of the note's, level, and decay as a rate per second."""
    attack: float
    """Seconds."""
    release: float
    """Seconds after the note's end."""
    vibrato: float = 0.0
    """Depth as a share of the frequency."""
    chorus: float = 0.0
    """Detuning of a second player, as a share of the frequency."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note: its beat and length in beats, its pitch as a MIDI number (69 is A at 440 Hz), and its loudness in [0, 1]."""

    beat: float
    pitch: int
    length: float
    loudness: float


def harmonics(count: int, slope: float, decay: float, decay_slope: float = 0.0) -> tuple[tuple[float, float, float], ...]:
    """The first partials of a string or pipe, the n-th at level 1/n**slope, dying away at decay + decay_slope * n."""
    return tuple((float(n), n**-slope, decay + decay_slope * n) for n in range(1, count + 1))


HARP = Voice(harmonics(12, 1.15, 1.4, 0.8), 0.004, 0.5)
STRINGS = Voice(harmonics(14, 1.05, 0.0), 0.30, 0.45, vibrato=0.0025, chorus=0.0035)
FLUTE = Voice(((1, 1, 0), (2, 0.38, 0.1), (3, 0.16, 0.2), (4, 0.07, 0.2), (5, 0.03, 0.3)), 0.06, 0.14, vibrato=0.004)
DOUBLE_BASS = Voice(harmonics(8, 1.5, 1.0, 0.6), 0.012, 0.12)
ELECTRIC_PIANO = Voice((*harmonics(6, 1.7, 0.8, 0.6), (14.02, 0.14, 11.0)), 0.004, 0.18, chorus=0.0015)
SYNTH_BASS = Voice(harmonics(10, 1.0, 2.0, 1.6), 0.006, 0.05)
BELL = Voice(
    ((0.5, 0.35, 0.9), (1, 1, 1.5), (1.19, 0.5, 1.9), (1.5, 0.3, 2.3), (2, 0.55, 2.6), (2.74, 0.3, 3.6), (4.07, 0.2, 5.5)), 0.003, 0.9
)
MUSIC_BOX = Voice(((1, 1, 2.6), (2, 0.12, 3.0), (3.01, 0.3, 6.0), (6.24, 0.16, 10.0), (9.9, 0.07, 16.0)), 0.002, 0.6)


def sounded(voice: Voice, pitch: int, held: float) -> Samples:
    """A note of full loudness held for so many seconds, to the end of its release."""
    frequency = 440.0 * 2 ** ((pitch - 69) / 12)
    time = np.arange(round((held + voice.release) * RATE), dtype=np.float32) / RATE
    players = (1.0, 1.0 + voice.chorus) if voice.chorus else (1.0,)
    total = np.zeros_like(time)
    for player in players:
        swing = voice.vibrato * np.sin(2 * np.pi * 5.1 * player * time) / (5.1 * 2 * np.pi)
        phase = (2 * np.pi * frequency * player * (time - swing)).astype(np.float64)
        for ratio, level, decay in voice.partials:
            if ratio * frequency < HIGHEST:
                total += (level * np.exp(-decay * time) * np.sin(ratio * phase)).astype(np.float32)
    rise = np.minimum(1, time / voice.attack)
    fall = np.clip((held + voice.release - time) / voice.release, 0, 1)
    shaped: Samples = (total / len(players) * rise * fall * fall).astype(np.float32)
    return shaped


def performed(voice: Voice, notes: Sequence[Note], tempo: float, seconds: float, random: np.random.Generator) -> Samples:
    """The notes played together at that tempo (beats a minute), a few milliseconds early or late as players are."""
    track = np.zeros(round(seconds * RATE), np.float32)
    sounds = {key: sounded(voice, key[0], key[1] * 60 / tempo) for key in {(note.pitch, note.length) for note in notes}}
    for note in notes:
        start = max(0, round((note.beat * 60 / tempo + random.normal(0, 0.004)) * RATE))
        sound = sounds[note.pitch, note.length][: max(0, track.size - start)]
        track[start : start + sound.size] += np.float32(note.loudness) * sound
    return track


def struck(
    beats: Sequence[tuple[float, float]], band: tuple[float, float], decay: float, tempo: float, seconds: float, random: np.random.Generator
) -> Samples:
    """Strokes of noise in a band of frequencies (Hz), each given as beat and loudness, dying away at ``decay`` per second."""
    track = np.zeros(round(seconds * RATE), np.float32)
    time = np.arange(round(5 / decay * RATE), dtype=np.float32) / RATE
    shape = np.exp(-decay * time) * np.minimum(1, time / 0.002)
    strokes = [banded(random.normal(0, 1, time.size), *band) * shape for _ in range(STROKES)]
    for number, (beat, loudness) in enumerate(beats):
        start = round(beat * 60 / tempo * RATE)
        stroke = strokes[number % STROKES][: max(0, track.size - start)]
        track[start : start + stroke.size] += np.float32(loudness) * stroke
    return track


def banded(samples: NDArray[np.floating], low: float, high: float) -> Samples:
    """What of the samples lies between two frequencies (Hz)."""
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(samples.size, 1 / RATE)
    spectrum[(frequencies < low) | (frequencies > high)] = 0
    return np.fft.irfft(spectrum, samples.size).astype(np.float32)


def in_a_room(dry: Samples, random: np.random.Generator, seconds: float = 1.3, share: float = 0.22) -> Samples:
    """The sound with the echo of a room that dies away in ``seconds``."""
    time = np.arange(round(seconds * RATE)) / RATE
    echo = banded(random.normal(0, 1, time.size) * np.exp(-6.9 * time / seconds), 120, 5_000)
    size = 1 << (dry.size + echo.size).bit_length()
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(echo, size), size)[: dry.size]
    mixed: Samples = (dry + share * wet * np.sqrt(np.mean(dry**2) / np.mean(wet**2))).astype(np.float32)
    return mixed


def mastered(mix: Samples) -> Samples:
    """The mix as loud as may be, peaks rounded off, its ends faded."""
    loud = np.tanh(1.15 * mix / np.quantile(np.abs(mix), 0.999))
    fade = np.ones(mix.size)
    fade[: RATE // 50] = np.linspace(0, 1, RATE // 50)
    fade[-2 * RATE :] = np.linspace(1, 0, 2 * RATE) ** 1.5
    result: Samples = (PEAK * loud * fade / np.abs(loud).max()).astype(np.float32)
    return result


def wav(samples: Samples, rate: int = RATE) -> bytes:
    """The samples as a WAV file: one channel, 16 bits."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return buffer.getvalue()
