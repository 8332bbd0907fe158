"""Landmarks: the strongest spectral peaks on a logarithmic frequency axis, which survive noise, codecs and speech over music.

Wang 2003, "An industrial-strength audio search algorithm" (ISMIR), with the logarithmic axis of Fenet, Richard & Grenier 2011, on which a
change of pitch is a shift.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fingerprints.audio.resample import RATE
from fingerprints.compiled import compiled

FRAME = 2048
HOP = 256
FRAMES_A_SECOND = RATE / HOP
"""43.07: one frame is 23.2 ms."""
BINS_AN_OCTAVE = 36
"""Three a semitone: one bin is 1.9 % of frequency."""
LOWEST = 250.0  # hertz of bin 0; FFT bins are 5.4 Hz apart, about as far as the lowest bins
BINS = 156  # up to 5.0 kHz
FLOOR = 64.0
"""Added to magnitudes before the logarithm: above the rounding of 16-bit samples (about 8), below a tone at -70 dBFS."""
BACKGROUND = 0.7
BACKGROUND_FRAMES = 43  # the mean over a second to each side is taken off, this part of it: onsets count more than what lasts
PEAK_FRAMES, PEAK_BINS = 7, 4
"""A peak is the largest value this far to each side."""
RANK_FRAMES = 22
"""Half a second to each side: the strongest peaks within it are kept."""
WORK_DENSITY, ITEM_DENSITY = 24, 40
"""Peaks kept in a second. Items keep more: under noise, speech or other music the work's peaks are not the strongest."""
BLOCK = 2048  # frames at a time
MARGIN = BACKGROUND_FRAMES + PEAK_FRAMES

Spectrum: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Peaks:
    """A constellation, sorted by time and then frequency."""

    times: NDArray[np.int32]
    """In frames; frame t is centred on sample t * HOP + FRAME / 2."""
    bins: NDArray[np.int32]
    """In [0, BINS)."""
    frames: int
    """How many frames the sound has."""


def peaks(pcm: NDArray[np.int16], density: int) -> Peaks:
    """About ``density`` peaks a second of mono 11,025 Hz PCM; none in silence."""
    count = max(0, (len(pcm) - FRAME) // HOP + 1)
    found = [_block_peaks(pcm, start, min(start + BLOCK, count), count) for start in range(0, count, BLOCK)]
    if not found:
        empty = np.zeros(0, np.int32)
        return Peaks(empty, empty, 0)
    times, bins, values = (np.concatenate(part) for part in zip(*found, strict=True))
    kept = _strongest(times, values, RANK_FRAMES, round(density * (2 * RANK_FRAMES + 1) / FRAMES_A_SECOND))
    return Peaks(times[kept], bins[kept], count)


def _block_peaks(pcm: NDArray[np.int16], start: int, stop: int, count: int) -> tuple[NDArray[np.int32], NDArray[np.int32], Spectrum]:
    first, last = max(0, start - MARGIN), min(count, stop + MARGIN)
    whitened = _whitened(_log_spectrum(pcm[first * HOP : (last - 1) * HOP + FRAME]))
    times, bins, values = _maxima(whitened, start - first, stop - first)
    return times + np.int32(first), bins, values


def _log_spectrum(pcm: NDArray[np.int16]) -> Spectrum:
    """log(FLOOR + magnitude) - log(FLOOR) on the logarithmic axis (frames, BINS)."""
    starts, weights, firsts = _filterbank()
    window = np.hanning(FRAME).astype(np.float32)
    spectrum = np.fft.rfft(sliding_window_view(pcm, FRAME)[::HOP] * window)
    result = np.empty((len(spectrum), BINS), np.float32)
    _pooled(spectrum.view(np.float32), starts, weights, firsts, np.float32(FLOOR), result)
    return result


@lru_cache(maxsize=1)
def _filterbank() -> tuple[NDArray[np.int32], Spectrum, NDArray[np.int32]]:
    """Triangles over FFT bins: where each one's weights start, all weights, the first FFT bin of each."""
    starts, weights, firsts = [0], [], []
    for number in range(BINS):
        centre = LOWEST * 2 ** (number / BINS_AN_OCTAVE) * FRAME / RATE
        width = max(1.0, centre * (2 ** (1 / BINS_AN_OCTAVE) - 1))
        members = np.arange(int(np.ceil(centre - width)), int(np.floor(centre + width)) + 1)
        triangle = np.maximum(0.0, 1.0 - np.abs(members - centre) / width)
        weights.append(triangle / triangle.sum())
        firsts.append(members[0])
        starts.append(starts[-1] + len(members))
    return np.array(starts, np.int32), np.concatenate(weights).astype(np.float32), np.array(firsts, np.int32)


@compiled
def _pooled(
    spectrum: Spectrum, starts: NDArray[np.int32], weights: Spectrum, firsts: NDArray[np.int32], floor: np.float32, out: Spectrum
) -> None:
    low, high = firsts[0], firsts[-1] + starts[-1] - starts[-2]
    magnitude = np.zeros(high, np.float32)
    for t in range(spectrum.shape[0]):
        for k in range(low, high):
            real, imaginary = spectrum[t, 2 * k], spectrum[t, 2 * k + 1]
            magnitude[k] = np.sqrt(real * real + imaginary * imaginary)
        for b in range(out.shape[1]):
            total = np.float32(0.0)
            for j in range(starts[b], starts[b + 1]):
                total += weights[j] * magnitude[firsts[b] + j - starts[b]]
            out[t, b] = np.log(np.float32(1.0) + total / floor)


def _whitened(levels: Spectrum) -> Spectrum:
    """Levels less a part of their running mean in time."""
    frames = len(levels)
    sums = np.zeros((frames + 1, BINS))
    np.cumsum(levels, axis=0, dtype=np.float64, out=sums[1:])
    at = np.arange(frames)
    low, high = np.maximum(0, at - BACKGROUND_FRAMES), np.minimum(frames, at + BACKGROUND_FRAMES + 1)
    mean = (sums[high] - sums[low]) / (high - low)[:, None]
    return (levels - BACKGROUND * mean).astype(np.float32)


@compiled
def _maxima(levels: Spectrum, start: int, stop: int) -> tuple[NDArray[np.int32], NDArray[np.int32], Spectrum]:
    frames, bins = levels.shape
    room = (stop - start + PEAK_FRAMES) * (bins // (PEAK_BINS + 1) + 1)
    times, places, values = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.float32)
    found = 0
    for t in range(start, stop):
        for b in range(bins):
            here = levels[t, b]
            if here <= 0.0:
                continue
            largest = True
            for u in range(max(0, t - PEAK_FRAMES), min(frames, t + PEAK_FRAMES + 1)):
                for c in range(max(0, b - PEAK_BINS), min(bins, b + PEAK_BINS + 1)):
                    other = levels[u, c]
                    if other > here or (other == here and (u < t or (u == t and c < b))):
                        largest = False
                        break
                if not largest:
                    break
            if largest:
                times[found], places[found], values[found] = t, b, here
                found += 1
    return times[:found], places[:found], values[:found]


@compiled
def _strongest(times: NDArray[np.int32], values: Spectrum, reach: int, most: int) -> NDArray[np.bool_]:
    """Keeps a peak when fewer than ``most`` within ``reach`` frames are stronger: the choice moves with the sound."""
    keep = np.zeros(len(times), np.bool_)
    low = high = 0
    for i in range(len(times)):
        while times[low] < times[i] - reach:
            low += 1
        while high < len(times) and times[high] <= times[i] + reach:
            high += 1
        stronger = 0
        for j in range(low, high):
            if values[j] > values[i] or (values[j] == values[i] and j < i):
                stronger += 1
        keep[i] = stronger < most
    return keep
