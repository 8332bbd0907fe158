"""The music itself: who plays which notes when."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np

from provenance.demo.music.synthesis import (
    BELL,
    DOUBLE_BASS,
    ELECTRIC_PIANO,
    FLUTE,
    HARP,
    MUSIC_BOX,
    RATE,
    STRINGS,
    SYNTH_BASS,
    Note,
    Samples,
    in_a_room,
    mastered,
    performed,
    struck,
)

Chord: TypeAlias = tuple[int, ...]
Line: TypeAlias = tuple[tuple[float, int], ...]
"""Length in beats and pitch of each note, one after the other; pitch 0 is a rest."""

# D, A/C sharp, b, f sharp, G, D/F sharp, e, A; then G, A, f sharp, b, e, A, D, D
WALTZ_CHORDS: Final[tuple[Chord, ...]] = (
    *(
        (50, 57, 62, 66),
        (49, 57, 61, 64),
        (47, 54, 62, 66),
        (54, 57, 61, 66),
        (43, 59, 62, 67),
        (42, 57, 62, 66),
        (40, 55, 59, 64),
        (45, 57, 61, 64),
    ),
    *(
        (43, 55, 59, 62),
        (45, 57, 61, 64),
        (42, 57, 61, 66),
        (47, 59, 62, 66),
        (40, 55, 59, 67),
        (45, 55, 61, 64),
        (50, 57, 62, 66),
        (50, 57, 62, 69),
    ),
)
WALTZ_TUNE: Final[Line] = (
    *((2, 78), (1, 76), (1.5, 73), (0.5, 74), (1, 76), (2, 74), (1, 71), (2, 69), (1, 73)),
    *((1, 74), (1, 79), (1, 78), (2, 74), (1, 69), (1.5, 71), (0.5, 72), (1, 71), (3, 69)),
    *((1, 71), (1, 74), (1, 79), (2, 76), (1, 73), (1.5, 78), (0.5, 76), (1, 73), (2, 74), (1, 71)),
    *((1, 67), (1, 71), (1, 76), (1, 74), (1, 73), (1, 76), (2, 74), (1, 69), (3, 74)),
)
WALTZ_TEMPO: Final = 124.0  # beats a minute; 96 beats and a closing bar

# c, A flat, f, G; c, E flat, d half-diminished, G
FREIGHT_CHORDS: Final[tuple[Chord, ...]] = (
    *((36, 55, 60, 63, 70), (32, 56, 60, 63, 67), (41, 56, 60, 65, 67), (43, 55, 59, 62, 65)),
    *((36, 58, 63, 67, 70), (39, 55, 58, 62, 65), (38, 56, 60, 62, 65), (43, 53, 59, 62, 68)),
)
FREIGHT_TUNE: Final[Line] = (
    *((1.5, 0), (0.5, 79), (1, 82), (1, 79), (2.5, 75), (1.5, 0), (0.5, 72), (0.5, 77), (1, 80), (2, 79), (3, 74), (1, 0)),
    *((1, 84), (1.5, 82), (0.5, 79), (1, 75), (3, 77), (1, 74), (0.5, 72), (0.5, 74), (1, 75), (2, 80), (3.5, 79), (0.5, 0)),
)
FREIGHT_TEMPO: Final = 104.0

KETTLE_TUNE: Final[Line] = (
    *((0.5, 79), (0.5, 81), (1, 83), (0.5, 81), (0.5, 79), (1, 76), (1, 77), (0.5, 79), (0.5, 74), (2, 77)),
    *((0.5, 72), (0.5, 76), (0.5, 79), (0.5, 84), (1.5, 83), (0.5, 81), (1, 79), (1, 77), (0.5, 76), (0.5, 74), (1, 76), (2, 72)),
    *((1, 84), (0.5, 83), (0.5, 84), (1, 86), (1, 81), (0.5, 79), (0.5, 77), (1, 81), (2, 79), (1, 76), (1, 71), (1, 74), (3, 72)),
)
KETTLE_TEMPO: Final = 92.0


def tidewater_waltz() -> Samples:
    """About 50 s for harp, strings, flute, double bass and brushes, in D major."""
    random, tempo, bars = np.random.default_rng(41), WALTZ_TEMPO, 32
    seconds = (3 * bars + 4) * 60 / tempo
    chords = [(3.0 * bar, WALTZ_CHORDS[bar % 16]) for bar in range(bars)] + [(3.0 * bars, WALTZ_CHORDS[15])]
    harp = [note for beat, chord in chords[:-1] for note in _broken(beat, chord, rising=beat < 48)]
    harp += [Note(96 + 0.12 * step, pitch, 4, 0.6) for step, pitch in enumerate((50, 57, 62, 66, 69, 74, 78, 81))]
    strings = [Note(beat, pitch, 2.9, 0.30 if beat < 48 else 0.42) for beat, chord in chords[8:] for pitch in chord[1:]]
    bass = [Note(beat, chord[0] if chord[0] < 48 else chord[0] - 12, 2.2, 0.9) for beat, chord in chords]
    answer = tuple((length, pitch - 12 if pitch else 0) for length, pitch in WALTZ_TUNE)
    flute = [*_sung(WALTZ_TUNE, 0, 0.75), *_sung(WALTZ_TUNE, 48, 0.8)]
    cello = _sung(answer, 51, 0.35)  # the tune again, a bar behind
    brushes = [(3.0 * bar + beat, 0.5 + 0.1 * beat) for bar in range(4, bars) for beat in (1.0, 2.0)]
    parts = (
        0.55 * performed(HARP, harp, tempo, seconds, random),
        0.42 * performed(STRINGS, [*strings, *cello], tempo, seconds, random),
        0.75 * performed(FLUTE, flute, tempo, seconds, random),
        0.70 * performed(DOUBLE_BASS, bass, tempo, seconds, random),
        0.35 * struck(brushes, (2_500, 9_000), 26, tempo, seconds, random),
    )
    return mastered(in_a_room(_mixed(parts), random))


def night_freight() -> Samples:
    """About 48 s for electric piano, bells, synthetic bass and drums, in C minor."""
    random, tempo, bars = np.random.default_rng(43), FREIGHT_TEMPO, 20
    seconds = (4 * bars + 4) * 60 / tempo
    chords = [(4.0 * bar, FREIGHT_CHORDS[bar % 8]) for bar in range(bars)] + [(4.0 * bars, FREIGHT_CHORDS[0])]
    piano = [Note(beat + at, p, long, 0.5) for beat, chord in chords for at, long in ((0, 1.3), (1.5, 0.4), (2.75, 1.2)) for p in chord[1:]]
    steps = (0, 0, 12, 0, 7, 0, 10, 12)
    bass = [
        Note(beat + eighth / 2, chord[0] + steps[(eighth + int(beat) // 16) % 8], 0.42, 0.9 if eighth % 4 == 0 else 0.65)
        for beat, chord in chords[2:-1]
        for eighth in range(8)
    ]
    bells = [*_sung(FREIGHT_TUNE, 16, 0.7), *_sung(tuple((long, p + 12 if p else 0) for long, p in FREIGHT_TUNE), 48, 0.6)]
    kick = [(4.0 * bar + at, 1.0) for bar in range(4, bars) for at in (0.0, 1.75, 2.5)]
    snare = [(4.0 * bar + at, 0.8) for bar in range(4, bars) for at in (1.0, 3.0)]
    hats = [(at / 4, 0.5 if at % 4 == 2 else 0.22) for at in range(32, 16 * bars)]
    parts = (
        0.50 * performed(ELECTRIC_PIANO, piano, tempo, seconds, random),
        0.55 * performed(SYNTH_BASS, bass, tempo, seconds, random),
        0.62 * performed(BELL, bells, tempo, seconds, random),
        2.60 * struck(kick, (35, 130), 16, tempo, seconds, random),
        0.60 * struck(snare, (700, 6_500), 22, tempo, seconds, random),
        0.40 * struck(hats, (6_000, 10_500), 55, tempo, seconds, random),
    )
    return mastered(in_a_room(_mixed(parts), random, 0.9, 0.16))


def kettle_song() -> Samples:
    """About 26 s for a music box; no registered work."""
    random, tempo = np.random.default_rng(47), KETTLE_TEMPO
    tune = _sung(KETTLE_TUNE, 0, 0.8)
    end = tune[-1].beat + tune[-1].length
    ground = [
        Note(beat, pitch, 1.8, 0.5)
        for beat in np.arange(0, end, 2)
        for pitch in ((60, 64) if beat % 8 < 4 else (59, 65) if beat % 8 < 6 else (57, 60))
    ]
    return mastered(in_a_room(performed(MUSIC_BOX, [*tune, *ground], tempo, (end + 2) * 60 / tempo, random), random, 0.6))


def excerpt_in_noise(samples: Samples, start: float, seconds: float, decibels: float) -> Samples:
    """A stretch of the samples with white noise so many decibels below it."""
    first = round(start * RATE)
    part = samples[first : first + round(seconds * RATE)]
    noise = np.random.default_rng(53).normal(0, np.sqrt(np.mean(part**2)) * 10 ** (-decibels / 20), part.size)
    noisy: Samples = (0.8 * (part + noise)).astype(np.float32)
    return noisy


def _broken(beat: float, chord: Chord, *, rising: bool) -> list[Note]:
    """A bar of the harp: the chord in eighths, up and down again, or down and up an octave higher."""
    tones = (chord[1], chord[2], chord[3], chord[1] + 12, chord[3], chord[2])
    order = tones if rising else (tones[3], tones[2] + 12, tones[2], tones[1], tones[2], tones[3])
    return [Note(beat + step / 2, pitch, 1.4, 0.75 if step == 0 else 0.55) for step, pitch in enumerate(order)]


def _sung(line: Line, beat: float, loudness: float) -> list[Note]:
    """A tune from that beat on."""
    notes = []
    for length, pitch in line:
        if pitch:
            notes.append(Note(beat, pitch, 0.95 * length, loudness))
        beat += length
    return notes


def _mixed(parts: Sequence[Samples]) -> Samples:
    total: Samples = np.sum(np.stack(parts), axis=0, dtype=np.float32)
    return total
