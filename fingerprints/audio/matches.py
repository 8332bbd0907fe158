"""From verified stretches to the match that is reported: intervals in milliseconds, coverage, score, measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

import numpy as np

from fingerprints import calibration
from fingerprints.audio import chromaprint
from fingerprints.audio.alignment import Aligned
from fingerprints.audio.chromaprint import Codes
from fingerprints.audio.fingerprint import Fingerprint
from fingerprints.audio.landmarks import BINS_AN_OCTAVE, FRAME, HOP
from fingerprints.audio.limits import PLAIN_RATE, warped
from fingerprints.audio.resample import RATE
from fingerprints.audio.scheme import SCHEME
from fingerprints.model import Chance, Interval, Kind, Match, Modality, Segment

END_MS = 150
"""How far a stretch reaches beyond the first and last peaks found: at hard cuts they stood 0.15 to 0.22 s inside the truth on average."""
SNAP_MS = 450
"""An end then this near the item's or the work's own end is that end: no peak can stand nearer than half a frame, few do within 0.3 s."""
JOINED_MS = 3000
"""Stretches of one line with a gap up to this are one segment: a breath of silence, a shout over the music."""
SAME_LINE_MS = 150
SAME_SPEED = 0.4
"""Semitones between the pitch of a warp and that of its fitted rate that are one speed: the rate is fitted, the pitch is the grid's."""
LOWEST_OVERLAP = 8
"""Sub-fingerprints of Chromaprint that must overlap for a similarity."""


@dataclass(frozen=True, slots=True)
class Span:
    """A segment with the stretch it comes from."""

    item: Interval
    work: Interval
    stretch: Aligned


def exact(item: Fingerprint, work: Fingerprint) -> Match:
    """The match of identical bytes or identical decoded samples."""
    segment = Segment("ms", (0, item.milliseconds), (0, work.milliseconds))
    measures = {"seconds": item.samples / RATE, "offset_ms": 0, "similarity": 1.0, "speed": 1.0, "tempo": 1.0, "pitch": 0.0}
    return Match(Modality.AUDIO, Kind.EXACT, SCHEME, 1.0, (segment,), 1.0, 1.0, _chance(Kind.EXACT), measures)


def matched(kind: Kind, item: Fingerprint, work: Fingerprint, stretches: Sequence[Aligned]) -> Match:
    """The match that a work's stretches in an item add up to."""
    spans = _joined([_span(one, item, work) for one in stretches])
    strongest = max((span.stretch for span in spans), key=lambda one: one.evidence)
    return Match(
        modality=Modality.AUDIO,
        kind=kind,
        scheme=SCHEME,
        score=_score(stretches),
        segments=tuple(Segment("ms", span.item, span.work) for span in spans),
        coverage_of_work=_covered([span.work for span in spans]) / work.milliseconds,
        coverage_of_item=_covered([span.item for span in spans]) / item.milliseconds,
        chance=_chance(kind),
        measures=_measures(item, work, spans, strongest),
    )


def _span(one: Aligned, item: Fingerprint, work: Fingerprint) -> Span:
    """The stretch in milliseconds on both sides, within both sounds, its ends moved to theirs where they are near."""
    rate = one.line.warp.rate
    start, stop = _milliseconds(one.start), _milliseconds(one.stop)
    shift = _milliseconds(one.line.work(one.start)) - rate * start  # work = rate * item + shift
    first, last = max(0.0, -shift / rate), min(float(item.milliseconds), (work.milliseconds - shift) / rate)
    start = first if start - END_MS - first <= SNAP_MS else start - END_MS
    stop = last if last - stop - END_MS <= SNAP_MS else stop + END_MS
    heard = (max(0, round(start)), min(item.milliseconds, max(round(stop), round(start) + 1)))
    sung = (max(0, round(rate * start + shift)), min(work.milliseconds, max(round(rate * stop + shift), round(rate * start + shift) + 1)))
    return Span(heard, sung, one)


def _milliseconds(frame: float) -> float:
    return (frame * HOP + FRAME / 2) * 1000 / RATE


def _joined(spans: list[Span]) -> list[Span]:
    """Spans in order of the item; neighbours on one line are one."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.item, one.work)):
        last = result[-1] if result else None
        if last is not None and _continues(last, span):
            stronger = max(last.stretch, span.stretch, key=lambda one: one.evidence)
            item = (last.item[0], max(last.item[1], span.item[1]))
            result[-1] = Span(item, (last.work[0], max(last.work[1], span.work[1])), stronger)
        else:
            result.append(span)
    return result


def _continues(last: Span, span: Span) -> bool:
    gap, ahead = span.item[0] - last.item[1], span.work[0] - last.work[1]
    return (
        -JOINED_MS <= gap <= JOINED_MS and abs(ahead - gap * last.stretch.line.warp.rate) <= SAME_LINE_MS and span.work[0] >= last.work[0]
    )


def _score(stretches: Sequence[Aligned]) -> float:
    """The share of the work's landmarks found beyond what chance finds; below 1, which is kept for identical sounds."""
    peaks = sum(one.peaks for one in stretches)
    found = sum(one.found for one in stretches)
    chance = sum(one.chance * one.peaks for one in stretches)
    return round(min(0.999, max(0.001, (found - chance) / max(1e-9, peaks - chance))), 4)


def _covered(intervals: list[Interval]) -> int:
    total, reached = 0, 0
    for start, stop in sorted(intervals):
        total += max(0, stop - max(start, reached))
        reached = max(reached, stop)
    return total


def _measures(item: Fingerprint, work: Fingerprint, spans: list[Span], strongest: Aligned) -> dict[str, float | str | bool]:
    rate, bins = strongest.line.warp.rate, strongest.line.warp.bins
    pitch = bins / BINS_AN_OCTAVE * 12
    together = bins != 0.0 and abs(rate - 1.0) > PLAIN_RATE and abs(pitch - 12 * log2(rate)) < SAME_SPEED
    result: dict[str, float | str | bool] = {
        "seconds": round(_covered([span.item for span in spans]) / 1000, 3),
        "offset_ms": spans[0].work[0] - spans[0].item[0],
        "speed": round(rate, 4) if together else 1.0,
        "tempo": 1.0 if together else round(rate, 4),
        "pitch": 0.0 if together else round(pitch, 2),
        "evidence": round(strongest.evidence, 1),
        "contrast": round(strongest.contrast, 1),
    }
    similarity = None if warped(strongest) else _similarity(item.codes, work.codes, spans)
    return result | ({} if similarity is None else {"similarity": similarity})


def _similarity(item: Codes, work: Codes, spans: list[Span]) -> float | None:
    """Share of Chromaprint's bits that agree over the segments; 0.5 is chance. None where they are too short for it."""
    agreeing, compared = 0, 0
    for span in spans:
        spacing = chromaprint.HOP * 1000 / RATE
        first, last = int(np.ceil(span.item[0] / spacing)), int((span.item[1] - chromaprint.SPAN * 1000 / RATE) / spacing) + 1
        at = np.arange(first, max(first, last))
        beside = np.rint((at * spacing - span.item[0] + span.work[0]) / spacing).astype(np.int64)
        inside = (at < len(item)) & (beside >= 0) & (beside < len(work))
        differing = np.bitwise_count(item[at[inside]] ^ work[beside[inside]])
        agreeing += int(32 * len(differing) - differing.sum())
        compared += len(differing)
    return round(agreeing / (32 * compared), 4) if compared >= LOWEST_OVERLAP else None


def _chance(kind: Kind) -> Chance:
    return calibration.read("fingerprints.audio", SCHEME).chance(kind)
