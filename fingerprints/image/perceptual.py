"""The 256-bit perceptual hash of ImageHash, of a picture as it is, mirrored, turned and without its border."""

from dataclasses import dataclass

import cv2
import faiss
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fingerprints.image.views import Grey, content_box, fit

faiss.omp_set_num_threads(1)

HASH_SIZE = 16
HASH_BITS = HASH_SIZE * HASH_SIZE
INPUT_SIDE = HASH_SIZE * 4  # imagehash's highfreq_factor: given this size it does not resize, so Pillow's filters play no part
NEAREST = 16  # works looked at a view of an item
AUDIBLE = 2.0  # size of a cosine wave above the rounding of grey levels, whose standard deviation is 0.3
MIN_WAVES = 100  # of the hash's 256 above it: linear gradients have 7-17, a radial one 67, the softest of 81 pictures 195
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at an item: a part of it, turned counterclockwise by quarters and then mirrored."""

    box: Box
    """Left, top, right, bottom in px of the grey picture."""
    quarters: int
    mirrored: bool


def perceptual_hash(grey: Grey) -> NDArray[np.uint8]:
    """32 bytes (Zauner 2010, as ImageHash's ``phash`` with ``hash_size=16``)."""
    small = Image.fromarray(fit(grey, INPUT_SIDE, INPUT_SIDE))
    return np.packbits(imagehash.phash(small, hash_size=HASH_SIZE).hash)


def is_plain(grey: Grey) -> bool:
    """Whether the picture is a blank, a gradient or the like: its hash is then mostly rounding, and meets that of any other gradient."""
    waves = cv2.dct(fit(grey, INPUT_SIDE, INPUT_SIDE).astype(np.float32))[:HASH_SIZE, :HASH_SIZE]
    return int((np.abs(waves) > AUDIBLE).sum()) < MIN_WAVES


def views_of(grey: Grey) -> tuple[list[View], NDArray[np.uint8]]:
    """The eight upright, turned and mirrored views of a picture and of what its border leaves, and the hash of each."""
    height, width = grey.shape
    boxes = list(dict.fromkeys([(0, 0, width, height), content_box(grey)]))
    views = [View(box, quarters, mirrored) for box in boxes for quarters in range(4) for mirrored in (False, True)]
    small = {box: fit(np.ascontiguousarray(grey[box[1] : box[3], box[0] : box[2]]), INPUT_SIDE, INPUT_SIDE) for box in boxes}
    return views, np.stack([perceptual_hash(_seen(small[view.box], view)) for view in views])


def _seen(small: Grey, view: View) -> Grey:
    turned = np.rot90(small, view.quarters)
    return np.ascontiguousarray(turned[:, ::-1] if view.mirrored else turned)


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
