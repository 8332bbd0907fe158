"""A work laid over the item: the region as it stands, the work brought into the same frame, both in one picture, and what differs."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fingerprints.image.geometry import Map, pose, project
from fingerprints.model import Media, Segment
from provenance.evidence.picture import Canvas, canvas, file_of, jpeg
from provenance.evidence.registration import correlation, frame_around, grey, laid, region, registered
from provenance.model import LAID, Alignment, Attachment

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

PANEL_SIDE = 480  # px; about 30 kB a picture, of which each region has four
MARGIN = 0.08  # of the region's longer side, shown around it
SQUARES = 6  # of the overlay, along its longer side
FRAME = 255, 0  # levels of the lines around a square, from the outside: seen on any picture
LEAST_SEEN = 100  # px of a small picture; of less nobody can judge anything
EDGE = 2  # px at the region's edge where both pictures mix with what lies around them
FADED = 0.7  # of white, over what lies outside the region
BLACK_FROM = 64  # levels of 255 by which a pixel differs that is drawn black
DIFFERS_FROM = 32  # levels; recompression at quality 60 after a resize stays below at all but a few edges
SMOOTHING = 1.0  # px; what a fraction of a pixel's shift leaves at every edge is no difference
OUTSIDE = 218, 226, 236  # where the difference picture has nothing to say
FITS, SAMPLES, TOLERATED = 6, 20_000, 4.0  # rounds, pixels and levels of the match of colours
NOISE = 4.0  # levels squared; a grey picture has no more colour than this, and none is to be made of it


def aligned(
    item: Media, work: Media, segments: Sequence[Segment], stem: str, frames: tuple[int, int] = (0, 0)
) -> Iterator[tuple[Alignment, list[Attachment]]]:
    """What each segment gives that can be aligned, with its four pictures; ``frames`` of item and work. Raises FingerprintError."""
    whole, ours = canvas(file_of(item), frames[0]), canvas(file_of(work), frames[1])
    for number, segment in enumerate(segments, 1):
        mapping = registered(whole, ours, segment)
        if mapping is None:
            continue
        made = _drawn(whole, ours, mapping, np.array(segment.work, np.float64), number, f"{stem}-{number}")
        if made:
            yield made


def _drawn(
    item: Canvas, work: Canvas, mapping: Map, part: NDArray[np.float64], number: int, stem: str
) -> tuple[Alignment, list[Attachment]] | None:
    """One region's pictures, all of one frame and size; None where too little of it is to be seen."""
    frame = frame_around(item, np.clip(project(mapping, part), 0, [item.width, item.height]), MARGIN, PANEL_SIDE)
    stands, lies = laid(item, frame.map, frame.size)[0], laid(work, frame.map @ mapping, frame.size)
    seen = region(frame, mapping, part) & lies[1]
    told = _eroded(seen, EDGE)
    if told.sum() < LEAST_SEEN:
        return None
    recoloured = matched(lies[0], stands, seen)
    apart = distance(stands, recoloured)
    pictures = (
        _faded(stands, seen),
        _faded(np.where(lies[1][:, :, None], lies[0], np.uint8(255)), seen),
        _faded(checkered(stands, lies[0], seen), seen),
        np.where(told[:, :, None], shade(apart)[:, :, None], np.array(OUTSIDE, np.uint8)),
    )
    files = [f"{stem}-{name}.jpg" for name in LAID]
    outline = tuple((round(float(x), 1), round(float(y), 1)) for x, y in project(frame.map @ mapping, part))
    stance = pose(mapping, (float(part[:, 0].mean()), float(part[:, 1].mean())))
    inverted = correlation(grey(stands)[seen], grey(lies[0])[seen]) < 0
    alignment = Alignment(
        region=number,
        width=frame.size[0],
        height=frame.size[1],
        outline=outline,
        differing=round(float((apart[told] >= DIFFERS_FROM).mean()), 4),
        measures={"mirrored": stance.mirrored, "inverted": inverted, "rotated": stance.rotated, "scaled": stance.scaled},
        item=files[0],
        work=files[1],
        overlay=files[2],
        difference=files[3],
    )
    return alignment, [Attachment(file, jpeg(pixels)) for file, pixels in zip(files, pictures, strict=True)]


def matched(work: Pixels, item: Pixels, seen: Mask) -> Pixels:
    """The work in the item's colours: under the one affine map of red, green and blue that brings most of what is seen near the item.

    It takes in brighter, paler, tinted, grey and inverted copies as a whole. Pixels far off count for little (weights of an L1 fit), so
    what was painted over stays far off.
    """
    places = np.flatnonzero(seen)
    places = places[:: max(1, len(places) // SAMPLES)]
    if not len(places):
        return work
    ours, theirs = (pixels.reshape(-1, 3)[places].astype(np.float64) for pixels in (work, item))
    weights = np.ones(len(places))
    for _ in range(FITS):
        weights /= weights.sum()
        middle, target = weights @ ours, weights @ theirs
        spread = (ours - middle).T * weights
        mixing = np.linalg.solve(spread @ (ours - middle) + NOISE * np.eye(3), spread @ (theirs - target))
        weights = 1 / np.maximum(np.abs((ours - middle) @ mixing + target - theirs).max(axis=1), TOLERATED)
    return np.asarray(cv2.transform(work, np.column_stack([mixing.T, target - middle @ mixing])), np.uint8)


def distance(one: Pixels, other: Pixels) -> NDArray[np.float32]:
    """Levels of 255 by which pixels differ, in the channel that differs most, after slight smoothing."""
    smooth = [cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), SMOOTHING) for pixels in (one, other)]
    return np.asarray(np.abs(smooth[0] - smooth[1]).max(axis=2), np.float32)


def shade(apart: NDArray[np.float32]) -> Pixels:
    """White where pixels are equal, black from ``BLACK_FROM`` levels."""
    return np.asarray(np.rint(255 * (1 - np.minimum(apart / BLACK_FROM, 1))).astype(np.uint8))


def checkered(one: Pixels, other: Pixels, seen: Mask) -> Pixels:
    """The first picture with every second square of what is seen taken from the other, in a fine frame."""
    height, width = one.shape[:2]
    side = max(2 * len(FRAME) + 1, -(-max(height, width) // SQUARES))
    rows, columns = np.ogrid[:height, :width]
    inlaid = ((rows // side + columns // side) % 2 == 1) & seen
    result = np.where(inlaid[:, :, None], other, one)
    for shade in FRAME:
        inner = _eroded(inlaid, 1)
        result[inlaid & ~inner] = shade
        inlaid = inner
    return np.asarray(result)


def _eroded(mask: Mask, pixels: int) -> Mask:
    """Without what is within so many pixels of its edge; the picture's own edge counts as one."""
    kernel = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return np.asarray(cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0)


def _faded(pixels: Pixels, seen: Mask) -> Pixels:
    """The picture, pale where the region is not."""
    pale = np.rint(255 - (1 - FADED) * np.arange(255, -1, -1)).astype(np.uint8)[pixels]
    return np.asarray(np.where(seen[:, :, None], pixels, pale))
