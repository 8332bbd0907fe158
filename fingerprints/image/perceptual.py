"""The 256-bit perceptual hash of ImageHash, of a picture as it is, mirrored, turned and without its border."""

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TypeAlias

import faiss
import numpy as np
from numpy.typing import NDArray

from fingerprints.image.views import Grey, content_box, fit, shrink

faiss.omp_set_num_threads(1)

HASH_SIZE = 16
LOOKED_AT = 512  # px of the longer side, to which a larger picture is reduced before
HASH_BITS = HASH_SIZE * HASH_SIZE
INPUT_SIDE = HASH_SIZE * 4  # ImageHash's highfreq_factor; given this size it does not resize, so Pillow's filters play no part
NEAREST = 16  # works looked at a view of an item
AUDIBLE = 2.0  # size of a cosine wave above the rounding of grey levels, whose standard deviation is 0.3
MIN_WAVES = 100  # of the hash's 256 above it: linear gradients have 7-17, a radial one 67, the softest of 81 pictures 195
Box: TypeAlias = tuple[int, int, int, int]
Waves: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at an item: a part of it, turned counterclockwise by quarters and then mirrored."""

    box: Box
    """Left, top, right, bottom in px of the grey picture."""
    quarters: int
    mirrored: bool


def perceptual_hash(grey: Grey) -> NDArray[np.uint8]:
    """32 bytes (Zauner 2010): bit for bit what ImageHash's ``phash`` gives with ``hash_size=16`` of the picture at ``INPUT_SIDE``."""
    return _bits(_waves(shrink(grey, LOOKED_AT)))


def is_plain(grey: Grey) -> bool:
    """Whether the picture is a blank, a gradient or the like: its hash is then mostly rounding, and meets that of any other gradient."""
    return _inaudible(_waves(shrink(grey, LOOKED_AT)))


def views_of(grey: Grey) -> tuple[list[View], NDArray[np.uint8]]:
    """The eight upright, turned and mirrored views of a picture and of what its border leaves, with their hashes; none of a plain one."""
    small = shrink(grey, LOOKED_AT)
    height, width = small.shape
    across, down = grey.shape[1] / width, grey.shape[0] / height
    views, hashes = list[View](), [np.zeros((0, HASH_BITS // 8), np.uint8)]
    for left, top, right, bottom in dict.fromkeys([(0, 0, width, height), content_box(small)]):
        waves = _waves(np.ascontiguousarray(small[top:bottom, left:right]))
        if not views and _inaudible(waves):  # the first box is the whole picture
            break
        box = round(left * across), round(top * down), round(right * across), round(bottom * down)
        for quarters, mirrored in product(range(4), (False, True)):
            views.append(View(box, quarters, mirrored))
            hashes.append(_bits(_seen(waves, views[-1]))[None])
    return views, np.concatenate(hashes)


def _inaudible(waves: Waves) -> bool:
    return int((np.abs(waves) / (2 * INPUT_SIDE) > AUDIBLE).sum()) < MIN_WAVES


def _waves(grey: Grey) -> Waves:
    """The cosine transform's (DCT-II) lowest frequencies, HASH_SIZE x HASH_SIZE, down and across, without norm."""
    small = fit(grey, INPUT_SIDE, INPUT_SIDE).astype(np.float64)
    result: Waves = _cosines() @ small @ _cosines().T
    return result


@cache
def _cosines() -> Waves:
    places, frequencies = np.arange(INPUT_SIDE), np.arange(HASH_SIZE)
    return 2 * np.cos(np.pi * frequencies[:, None] * (2 * places + 1) / (2 * INPUT_SIDE))


def _bits(waves: Waves) -> NDArray[np.uint8]:
    return np.packbits(waves > np.median(waves))


def _seen(waves: Waves, view: View) -> Waves:
    """The waves of the view: a mirror turns the sign of the odd ones, a quarter turn swaps down and across besides."""
    mirror = np.where(np.arange(HASH_SIZE) % 2, -1.0, 1.0)
    for _ in range(view.quarters):
        waves = (waves * mirror).T
    return waves * mirror if view.mirrored else waves


def nearest(hashes: NDArray[np.uint8], registered: NDArray[np.uint8], limit: int, erased: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """(distance, view, work) of every registered hash at most ``limit`` bits away, exact, nearest first; none of an erased work.

    At most ``NEAREST`` works a view. The registered hashes are searched where they are mapped, without a copy.
    """
    if not len(registered):
        return []
    most = min(NEAREST, len(registered))
    while True:
        distances, works = faiss.knn_hamming(np.ascontiguousarray(hashes), registered, most)
        near = (distances <= limit) & (works >= 0)
        kept = near & ~erased[works]
        crowded = near.all(axis=1) & (kept.sum(axis=1) < NEAREST)  # erased works stand before others that may be near
        if most == len(registered) or not crowded.any():
            break
        most = min(4 * most, len(registered))
    kept &= kept.cumsum(axis=1) <= NEAREST
    rows, columns = np.nonzero(kept)
    return sorted((int(distances[r, c]), int(r), int(works[r, c])) for r, c in zip(rows, columns, strict=True))
