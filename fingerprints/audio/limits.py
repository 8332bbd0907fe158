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


def shaped(stretch: Aligned) -> bool:
    """Whether a stretch has the contrast, the peaks, the tones and the length without which evidence is a coincidence of a few notes."""
    return (
        stretch.contrast >= CONTRAST
        and stretch.found >= FOUND
        and stretch.tones >= TONES
        and stretch.stop - stretch.start >= SECONDS * FRAMES_A_SECOND
    )


def verified(stretch: Aligned) -> bool:
    """Whether a stretch is shaped and its evidence reaches the calibrated limit."""
    return shaped(stretch) and stretch.evidence >= (WARPED_EVIDENCE if warped(stretch) else EVIDENCE)


def lead(stretch: Aligned) -> bool:
    """Whether a stretch that is not verified is worth a person's look."""
    return shaped(stretch) and stretch.evidence >= LEAD_EVIDENCE
