"""One frozen resampler: any sample rate to 11,025 Hz by a Kaiser-windowed sinc, polyphase, whatever the decoder's version.

Crochiere & Rabiner 1983, "Multirate Digital Signal Processing", chapter 2. Eight partial sums in a fixed order give the same bits on
every processor, because nothing is left for the compiler to reorder.
"""

from functools import lru_cache
from math import gcd

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled

RATE = 11_025
"""Hertz of everything that is fingerprinted: Chromaprint's rate."""
ZERO_CROSSINGS = 12  # of the sinc on each side
CUTOFF = 0.93  # of the lower Nyquist frequency: flat to 4.0 kHz, half the amplitude at 5.1 kHz; what aliases lands above 4.7 kHz
KAISER_BETA = 8.0  # stopband at about -80 dB
LANES = 8

Samples = NDArray[np.float32]


class Resampler:
    """Turns mono blocks of one sample rate into blocks at RATE; the result does not depend on how the input was cut."""

    def __init__(self, rate: int) -> None:
        common = gcd(rate, RATE)
        self.up, self.down = RATE // common, rate // common
        self._bank, self._half = _filters(self.up, self.down)
        self._held = np.zeros(self._half, np.float32)  # silence before the start
        self._held_from = -self._half  # position of the first held sample
        self._made = 0  # output samples so far

    def feed(self, block: Samples) -> Samples:
        """The output samples that the input so far determines."""
        self._held = np.concatenate((self._held, block))
        known = self._held_from + len(self._held)
        # output n is centred on input n * down / up and needs `half` samples after it
        ready = max(self._made, ((known - self._half) * self.up - 1) // self.down)
        return self._make(ready)

    def flush(self) -> Samples:
        """The rest, as if silence followed."""
        length = self._held_from + len(self._held)
        total = -(-length * self.up // self.down)
        self._held = np.concatenate((self._held, np.zeros(2 * self._half + 2, np.float32)))
        return self._make(max(self._made, total))

    def _make(self, until: int) -> Samples:
        out = np.empty(until - self._made, np.float32)
        _polyphase(self._held, self._held_from, self._bank, self._half, self.up, self.down, self._made, out)
        self._made = until
        spent = until * self.down // self.up - self._half - self._held_from
        if spent > 0:
            self._held = self._held[spent:]
            self._held_from += spent
        return out


@lru_cache(maxsize=16)
def _filters(up: int, down: int) -> tuple[Samples, int]:
    """One filter per output phase, float32 (up, taps), and how many input samples it reaches to each side."""
    if up == down:
        bank = np.zeros((1, LANES), np.float32)
        bank[0, LANES // 2 - 1] = 1.0
        return bank, LANES // 2
    width = max(1.0, down / up)  # input samples between zero crossings
    taps = -(-int(2 * ZERO_CROSSINGS * width + 2) // LANES) * LANES
    half = taps // 2
    phase = np.arange(up)[:, None] / up
    distance = np.arange(taps)[None, :] - (half - 1) - phase
    position = np.clip(distance / (ZERO_CROSSINGS * width), -1.0, 1.0)
    kernel = np.sinc(distance * CUTOFF / width) * np.i0(KAISER_BETA * np.sqrt(1.0 - position**2))
    kernel /= kernel.sum(axis=1, keepdims=True)
    return kernel.astype(np.float32), half


@compiled
def _polyphase(held: Samples, held_from: int, bank: Samples, half: int, up: int, down: int, made: int, out: Samples) -> None:
    taps = bank.shape[1]
    for n in range(len(out)):
        at = (made + n) * down
        first = at // up - (half - 1) - held_from
        row = bank[at % up]
        a = b = c = d = e = f = g = h = np.float32(0.0)
        for k in range(0, taps, LANES):
            i = first + k
            a += row[k] * held[i]
            b += row[k + 1] * held[i + 1]
            c += row[k + 2] * held[i + 2]
            d += row[k + 3] * held[i + 3]
            e += row[k + 4] * held[i + 4]
            f += row[k + 5] * held[i + 5]
            g += row[k + 6] * held[i + 6]
            h += row[k + 7] * held[i + 7]
        out[n] = ((a + b) + (c + d)) + ((e + f) + (g + h))
