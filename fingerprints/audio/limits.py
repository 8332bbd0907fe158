"""What makes a stretch verified, and what is at least worth a person's look."""

from fingerprints.audio.alignment import Aligned
from fingerprints.audio.landmarks import FRAMES_A_SECOND

EVIDENCE = 22.0
WARPED_EVIDENCE = 30.0
CONTRAST = 8.0
FOUND = 16
TONES = 10
SECONDS = 1.0
LEAD_EVIDENCE = 15.0
PLAIN_RATE = 0.006
"""A rate this near 1 is no warp: players and converters drift by less."""


def warped(stretch: Aligned) -> bool:
    """Whether a stretch runs at another speed, tempo or pitch than the work."""
    return stretch.line.warp.bins != 0.0 or abs(stretch.line.warp.rate - 1.0) > PLAIN_RATE


def verified(stretch: Aligned) -> bool:
    """Whether a stretch's evidence, contrast, peaks, tones and length all reach the calibrated limits."""
    return (
        stretch.evidence >= (WARPED_EVIDENCE if warped(stretch) else EVIDENCE)
        and stretch.contrast >= CONTRAST
        and stretch.found >= FOUND
        and stretch.tones >= TONES
        and stretch.stop - stretch.start >= SECONDS * FRAMES_A_SECOND
    )


def lead(stretch: Aligned) -> bool:
    """Whether a stretch that is not verified is worth a person's look."""
    return stretch.evidence >= LEAD_EVIDENCE and stretch.found >= FOUND // 2
