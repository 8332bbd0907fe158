"""Chromaprint's algorithm 1 (TEST2) over a sound's whole length, bit for bit what libchromaprint computes from the same samples.

Lukáš Lalinský, Chromaprint, https://acoustid.org/chromaprint (version 1.5; MIT, parts LGPL-2.1). The filters and thresholds below are
facts of that algorithm: its 16 trained classifiers (src/fingerprinter_configuration.cpp), after Ke, Hoiem & Sukthankar 2005.
"""

from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fingerprints.audio.resample import RATE

FRAME = 4096
HOP = FRAME // 3
"""Samples between sub-fingerprints: 8.08 of them a second."""
LOWEST, HIGHEST = 28, 3520  # hertz
NOTES = 12
SMOOTHING = (0.25, 0.75, 1.0, 0.75, 0.25)
SILENT = 0.01  # a chroma vector shorter than this counts as silence
WIDEST_FILTER = 16  # rows
SPAN = FRAME + HOP * (len(SMOOTHING) - 1 + WIDEST_FILTER - 1)
"""Samples that one sub-fingerprint looks at: 2.6 s."""
GRAY = np.array([0, 1, 3, 2], np.uint32)
BLOCK = 512  # frames transformed at a time: 17 MB

Codes: TypeAlias = NDArray[np.uint32]
Chroma: TypeAlias = NDArray[np.float64]

# (filter type, first note, notes, rows), (thresholds of the quantiser)
CLASSIFIERS: tuple[tuple[tuple[int, int, int, int], tuple[float, float, float]], ...] = (
    ((0, 4, 3, 15), (1.98215, 2.35817, 2.63523)),
    ((4, 4, 6, 15), (-1.03809, -0.651211, -0.282167)),
    ((1, 0, 4, 16), (-0.298702, 0.119262, 0.558497)),
    ((3, 8, 2, 12), (-0.105439, 0.0153946, 0.135898)),
    ((3, 4, 4, 8), (-0.142891, 0.0258736, 0.200632)),
    ((4, 0, 3, 5), (-0.826319, -0.590612, -0.368214)),
    ((1, 2, 2, 9), (-0.557409, -0.233035, 0.0534525)),
    ((2, 7, 3, 4), (-0.0646826, 0.00620476, 0.0784847)),
    ((2, 6, 2, 16), (-0.192387, -0.029699, 0.215855)),
    ((2, 1, 3, 2), (-0.0397818, -0.00568076, 0.0292026)),
    ((5, 10, 1, 15), (-0.53823, -0.369934, -0.190235)),
    ((3, 6, 2, 10), (-0.124877, 0.0296483, 0.139239)),
    ((2, 1, 1, 14), (-0.101475, 0.0225617, 0.231971)),
    ((3, 5, 6, 4), (-0.0799915, -0.00729616, 0.063262)),
    ((1, 9, 2, 12), (-0.272556, 0.019424, 0.302559)),
    ((3, 4, 2, 14), (-0.164292, -0.0321188, 0.0846339)),
)


def codes(pcm: NDArray[np.int16]) -> Codes:
    """One 32-bit sub-fingerprint every HOP samples of mono 11,025 Hz PCM; none when it is shorter than SPAN."""
    if len(pcm) < SPAN:
        return np.zeros(0, np.uint32)
    return _quantised(_normalised(_chroma(pcm)))


def _chroma(pcm: NDArray[np.int16]) -> Chroma:
    """Energy per frame and note (frames, 12)."""
    first = max(1, round(LOWEST * FRAME / RATE))
    last = min(FRAME // 2, round(HIGHEST * FRAME / RATE))
    octave = np.log2(np.arange(first, last) * RATE / FRAME / (440 / 16))
    note = (NOTES * (octave - np.floor(octave))).astype(np.int64)
    members = np.zeros((last - first, NOTES))
    members[np.arange(last - first), note] = 1.0
    hamming = (0.54 - 0.46 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))) / 32767
    frames = sliding_window_view(pcm, FRAME)[::HOP]
    result = np.empty((len(frames), NOTES))
    for start in range(0, len(frames), BLOCK):
        spectrum = np.fft.rfft(frames[start : start + BLOCK] * hamming)[:, first:last]
        result[start : start + BLOCK] = (spectrum.real**2 + spectrum.imag**2) @ members
    return result


def _normalised(chroma: Chroma) -> Chroma:
    """Smoothed over five frames and scaled to unit length; silence is zero."""
    rows = len(chroma) - len(SMOOTHING) + 1
    smooth = np.zeros((rows, NOTES))
    for shift, weight in enumerate(SMOOTHING):
        smooth += weight * chroma[shift : shift + rows]
    length = np.sqrt((smooth**2).sum(axis=1, keepdims=True))
    return np.where(length < SILENT, 0.0, smooth / np.maximum(length, SILENT))


def _quantised(image: Chroma) -> Codes:
    """Two Gray-coded bits of each classifier, the first classifier's highest."""
    integral = np.zeros((len(image) + 1, NOTES + 1))
    integral[1:, 1:] = image.cumsum(axis=0).cumsum(axis=1)
    count = len(image) - WIDEST_FILTER + 1
    result = np.zeros(count, np.uint32)
    for shape, thresholds in CLASSIFIERS:
        value = _filtered(integral, count, *shape)
        result = (result << np.uint32(2)) | GRAY[np.searchsorted(thresholds, value, side="right")]
    return result


def _filtered(integral: Chroma, count: int, kind: int, low: int, notes: int, rows: int) -> NDArray[np.float64]:
    """log((1 + a) / (1 + b)) of one Haar-like filter at every row, a and b the sums over its two areas."""
    at = np.arange(count)

    def area(row: int, note: int, row_end: int, note_end: int) -> NDArray[np.float64]:
        total: NDArray[np.float64] = (
            integral[at + row_end, note_end] - integral[at + row, note_end] - integral[at + row_end, note] + integral[at + row, note]
        )
        return total

    top, half_notes, half_rows = low + notes, low + notes // 2, rows // 2
    third_notes, third_rows = notes // 3, rows // 3
    whole = area(0, low, rows, top)
    if kind == 0:  # everything
        return np.log(1 + whole)
    if kind == 1:  # upper half of the notes against the lower
        inside = area(0, half_notes, rows, top)
        outside = area(0, low, rows, half_notes)
    elif kind == 2:  # later half of the rows against the earlier
        inside = area(half_rows, low, rows, top)
        outside = area(0, low, half_rows, top)
    elif kind == 3:  # two opposite quarters against the other two
        inside = area(0, half_notes, half_rows, top) + area(half_rows, low, rows, half_notes)
        outside = area(0, low, half_rows, half_notes) + area(half_rows, half_notes, rows, top)
    elif kind == 4:  # middle third of the notes against the outer ones
        inside = area(0, low + third_notes, rows, low + 2 * third_notes)
        outside = area(0, low, rows, low + third_notes) + area(0, low + 2 * third_notes, rows, top)
    else:  # middle third of the rows against the outer ones
        inside = area(third_rows, low, 2 * third_rows, top)
        outside = area(0, low, third_rows, top) + area(2 * third_rows, low, rows, top)
    return np.log((1 + inside) / (1 + outside))
