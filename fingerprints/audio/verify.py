"""The steps of verification: refine a line, weigh its peaks, cut out the stretch, compare with other offsets."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.audio.alignment import Aligned, Line, Raster
from fingerprints.audio.landmarks import FRAMES_A_SECOND, Peaks
from fingerprints.audio.lookup import Warp
from fingerprints.compiled import compiled

FIRST_SHARES = (0.4, 0.18)
"""The share of a work's peaks expected in an excerpt at first: the second under a loud voice, where misses must cost less."""
LOWEST_SHARE, HIGHEST_SHARE = 0.15, 0.9
"""Bounds of the estimated share."""
LEAST_CHANCE, MOST_CHANCE = 0.01, 0.95
RATE_STEPS = np.linspace(-0.012, 0.012, 13)
"""Rates tried around a candidate's: the grid of warps leaves 0.75 %."""
OFFSET_STEPS = np.arange(-3.0, 4.0)
"""Offsets tried around a candidate's, in frames, at the middle of its window."""
ROUNDS = 3
FEWEST_FOUND = 8
SHIFTS = 96
"""Other offsets that the evidence is compared with."""
GOLDEN = 0.6180339887498949  # spreads them evenly, whatever the period of a loop

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sides:
    """The two sounds under comparison."""

    work: Peaks
    item: Peaks
    raster: Raster


@dataclass(frozen=True, slots=True)
class Seen:
    """The work's peaks that fall inside the item along a line, in order of time."""

    places: Floats
    """Frames of the item."""
    times: Floats
    """Frames of the work."""
    tones: NDArray[np.int64]
    """Bins of the item."""
    found: NDArray[np.bool_]
    chances: Floats


def look(sides: Sides, line: Line, low: float = -np.inf, high: float = np.inf) -> Seen:
    """What of the work is seen in the item between two of its frames."""
    first, last = np.searchsorted(sides.work.times, (line.work(max(low, -1.0)), line.work(min(high, float(sides.item.frames)))))
    times = sides.work.times[first:last].astype(np.float64)
    places = (times - line.offset) / line.warp.rate + line.origin
    tones = np.rint(sides.work.bins[first:last] + line.warp.bins).astype(np.int64)
    rows = np.rint(places).astype(np.int64)
    frames, bins = sides.raster.grid.shape
    inside = (tones >= 0) & (tones < bins) & (rows >= 0) & (rows < frames)
    rows, tones = rows[inside], tones[inside]
    blocks = np.minimum(rows // round(FRAMES_A_SECOND), len(sides.raster.occupancy) - 1)
    chances = np.maximum(sides.raster.occupancy[blocks, tones].astype(np.float64) * sides.raster.bursts[rows], LEAST_CHANCE)
    chances = np.minimum(chances, MOST_CHANCE)
    return Seen(places[inside], times[inside], tones, sides.raster.grid[rows, tones] > 0, chances)


def refined(sides: Sides, line: Line, low: float, high: float) -> Line:
    """The line near a candidate's on which most improbable peaks are found, within a stretch of the item."""
    middle = (low + high) / 2
    first, last = np.searchsorted(sides.work.times, (line.work(low), line.work(high)))
    times, bins = sides.work.times[first:last].astype(np.float64), sides.work.bins[first:last].astype(np.float64)
    rates = line.warp.rate * (1.0 + RATE_STEPS)
    best = _searched(
        times, bins + line.warp.bins, middle, line.work(middle), rates, OFFSET_STEPS, sides.raster.grid, sides.raster.occupancy
    )
    rate, step = rates[best // len(OFFSET_STEPS)], OFFSET_STEPS[best % len(OFFSET_STEPS)]
    return Line(middle, line.work(middle) + step, Warp(float(rate), line.warp.bins))


@compiled
def _searched(
    times: Floats,
    bins: Floats,
    middle: float,
    work_middle: float,
    rates: Floats,
    steps: Floats,
    grid: NDArray[np.uint8],
    occupancy: NDArray[np.float32],
) -> int:
    best, best_sum = (len(rates) // 2) * len(steps) + len(steps) // 2, -1.0
    for order in range(len(rates)):
        r = (len(rates) // 2) + (order + 1) // 2 * (1 if order % 2 else -1)  # from the middle outwards: ties go to the candidate's own rate
        for s in range(len(steps)):
            total = 0.0
            for i in range(len(times)):
                t, b = round((times[i] - work_middle - steps[s]) / rates[r] + middle), round(bins[i])
                if 0 <= t < grid.shape[0] and 0 <= b < grid.shape[1] and grid[t, b]:
                    total -= np.log(max(0.01, occupancy[min(t // 43, occupancy.shape[0] - 1), b]))
            if total > best_sum:
                best, best_sum = r * len(steps) + s, total
    return best


def fitted(sides: Sides, line: Line, seen: Seen, first: int, last: int) -> Line:
    """The least-squares line through the found peaks of a stretch and the item's peaks they stand at."""
    chosen = np.arange(first, last)[seen.found[first:last]]
    nearest = _nearest(seen.places[chosen], seen.tones[chosen], sides.item.times, sides.item.bins)
    times, moved = seen.times[chosen], seen.places[chosen] + nearest
    if len(times) < FEWEST_FOUND:
        return line
    middle = float(times.mean())
    centred = times - middle
    spread = float((centred**2).sum())
    slope = float((centred * moved).sum()) / spread if spread > 0 else 0.0
    if not 0.98 < slope * line.warp.rate < 1.02:
        return line
    return Line(float(moved.mean()), middle, Warp(1.0 / slope, line.warp.bins))


@compiled
def _nearest(places: Floats, tones: NDArray[np.int64], times: NDArray[np.int32], bins: NDArray[np.int32]) -> Floats:
    """How far the item's nearest peak is from each place, in frames; 0 where none is near."""
    result = np.zeros(len(places))
    for i in range(len(places)):
        best = 3.0
        j = np.searchsorted(times, places[i] - 2.0)
        while j < len(times) and times[j] <= places[i] + 2.0:
            if abs(bins[j] - tones[i]) <= 1 and abs(times[j] - places[i]) < abs(best):
                best = times[j] - places[i]
            j += 1
        result[i] = best if best < 3.0 else 0.0
    return result


def weights(seen: Seen, share: float) -> Floats:
    """Log-likelihood ratio of each peak: found with probability share + (1 - share) * chance, against chance alone."""
    return np.where(seen.found, np.log(share / seen.chances + (1.0 - share)), np.log(1.0 - share))


def stretch(ratios: Floats) -> tuple[int, int]:
    """The run of peaks with the largest sum, half-open."""
    sums = np.concatenate(([0.0], np.cumsum(ratios)))
    lowest = np.minimum.accumulate(sums)
    last = int(np.argmax(sums - lowest))
    return int(np.argmin(sums[: last + 1])), last


def estimated(seen: Seen, first: int, last: int) -> float:
    """The share of the work's peaks that stand in the item beyond chance."""
    found, chances = seen.found[first:last], seen.chances[first:last]
    share = float((found - chances).sum() / max(1e-9, (1.0 - chances).sum()))
    return min(HIGHEST_SHARE, max(LOWEST_SHARE, share))


def aligned(sides: Sides, line: Line, low: float, high: float) -> Aligned | None:
    """The best stretch along a candidate's line, found from one window of the item and grown both ways; None without any."""
    near = refined(sides, line, low, high)
    grown = [found for share in FIRST_SHARES if (found := _grown(sides, near, share)) is not None]
    return max(grown, key=lambda found: found.evidence, default=None)


def _grown(sides: Sides, line: Line, share: float) -> Aligned | None:
    seen = look(sides, line)
    for _ in range(ROUNDS):
        if not len(seen.places):
            return None
        first, last = stretch(weights(seen, share))
        if last - first < FEWEST_FOUND:
            return None
        share = estimated(seen, first, last)
        line = fitted(sides, line, seen, first, last)
        seen = look(sides, line)
    return measured(sides, line, seen, share)


def measured(sides: Sides, line: Line, seen: Seen, share: float) -> Aligned | None:
    """The best stretch of what is seen along a line, with its measurements; None when nothing speaks for any."""
    if not len(seen.places):
        return None
    ratios = weights(seen, share)
    first, last = stretch(ratios)
    if first == last:
        return None
    found = seen.found[first:last]
    return Aligned(
        line=line,
        start=float(seen.places[first]),
        stop=float(seen.places[last - 1]),
        evidence=float(ratios[first:last].sum()),
        contrast=contrast(sides, seen, first, last, share),
        peaks=last - first,
        found=int(found.sum()),
        chance=float(seen.chances[first:last].mean()),
        tones=len(np.unique(seen.tones[first:last][found])),
    )


def contrast(sides: Sides, seen: Seen, first: int, last: int, share: float) -> float:
    """Robust standard deviations by which a stretch's evidence exceeds that of its own peaks shifted in time, around its end.

    A loop matches itself at a few shifts of very many: median and median deviation pass over them.
    """
    low, high = np.floor(seen.places[first]), np.ceil(seen.places[last - 1]) + 1
    length = high - low
    gain = np.log(share / seen.chances[first:last] + (1.0 - share)) - np.log(1.0 - share)
    shifts = np.unique(np.rint(4 + (np.arange(1, SHIFTS + 1) * GOLDEN % 1.0) * max(1.0, length - 8)))
    rows = (seen.places[first:last] - low + shifts[:, None]) % length + low
    rows = np.clip(np.rint(rows).astype(np.int64), 0, len(sides.raster.grid) - 1)
    others = (sides.raster.grid[rows, seen.tones[first:last]] * gain).sum(axis=1)
    own = float((seen.found[first:last] * gain).sum())
    middle = float(np.median(others))
    deviation = 1.4826 * float(np.median(np.abs(others - middle)))
    return (own - middle) / max(deviation, 1e-3 + 0.05 * abs(own))
