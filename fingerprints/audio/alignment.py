"""Verification: whether the peaks of a work stand in an item along one line, against how often they would by chance.

Every peak of the work in the overlap either has a peak of the item at its place or has not. By chance it has one as often as the item's
frequency is occupied around that time, so a sustained tone proves nothing. The evidence of a stretch is the sum of log-likelihood ratios
over its peaks, in nats; the contrast compares it with the same stretch at other offsets of the same two sounds.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.audio.landmarks import BINS, FRAMES_A_SECOND, Peaks
from fingerprints.audio.lookup import Warp
from fingerprints.compiled import compiled

REACH = 1
"""Frames and bins by which an item's peak may be off its place."""
OCCUPANCY_SECONDS = 5
"""How far to each side the occupancy of a frequency is averaged."""

Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Raster:
    """An item's peaks as a grid in which every place within REACH of one is marked."""

    grid: NDArray[np.uint8]
    """(frames, BINS)"""
    occupancy: Floats
    """(seconds, BINS): the share of marked frames around that second."""
    bursts: Floats
    """(frames,): how many times as many places are marked as on average around that second, at least 1: an onset marks many at once."""


@dataclass(frozen=True, slots=True)
class Line:
    """Which frame of a work stands at which frame of an item: ``work = rate * (item - origin) + offset``."""

    origin: float
    offset: float
    warp: Warp

    def work(self, item: float) -> float:
        """The work's frame at an item's frame."""
        return self.warp.rate * (item - self.origin) + self.offset

    def item(self, work: float) -> float:
        """The item's frame at a work's frame."""
        return (work - self.offset) / self.warp.rate + self.origin


@dataclass(frozen=True, slots=True)
class Aligned:
    """A stretch of an item along a line, and what speaks for it."""

    line: Line
    start: float
    stop: float
    """Frames of the item: of the first and of the last of the work's peaks found."""
    evidence: float
    """Nats."""
    contrast: float
    """Robust standard deviations above the same stretch at other offsets."""
    peaks: int
    """Peaks of the work in the stretch."""
    found: int
    """How many of them stand in the item."""
    chance: float
    """The share of them that chance would find."""
    tones: int
    """Different frequencies among those found."""

    @property
    def share(self) -> float:
        """Peaks found, of all."""
        return self.found / max(1, self.peaks)


def raster(peaks: Peaks) -> Raster:
    """The grid of an item's peaks."""
    grid = np.zeros((peaks.frames, BINS), np.uint8)
    _mark(peaks.times, peaks.bins, grid)
    second = round(FRAMES_A_SECOND)
    blocks = -(-peaks.frames // second) if peaks.frames else 0
    sums = np.add.reduceat(grid, np.arange(blocks) * second, axis=0, dtype=np.int64) if blocks else np.zeros((0, BINS), np.int64)
    sizes = np.minimum(second, peaks.frames - np.arange(blocks) * second)
    total, frames = np.zeros((blocks + 1, BINS), np.int64), np.zeros(blocks + 1, np.int64)
    np.cumsum(sums, axis=0, out=total[1:])
    np.cumsum(sizes, out=frames[1:])
    at = np.arange(blocks)
    low, high = np.maximum(0, at - OCCUPANCY_SECONDS), np.minimum(blocks, at + OCCUPANCY_SECONDS + 1)
    occupancy = ((total[high] - total[low]) / (frames[high] - frames[low])[:, None]).astype(np.float32)
    average = occupancy.mean(axis=1)[np.minimum(np.arange(peaks.frames) // second, blocks - 1)] if blocks else np.ones(0, np.float32)
    bursts = np.maximum(1.0, grid.mean(axis=1, dtype=np.float32) / np.maximum(average, 1e-6)).astype(np.float32)
    return Raster(grid, occupancy, bursts)


@compiled
def _mark(times: NDArray[np.int32], bins: NDArray[np.int32], grid: NDArray[np.uint8]) -> None:
    for i in range(len(times)):
        for t in range(max(0, times[i] - REACH), min(grid.shape[0], times[i] + REACH + 1)):
            for b in range(max(0, bins[i] - REACH), min(grid.shape[1], bins[i] + REACH + 1)):
                grid[t, b] = 1
