"""The perceptual hashes beside which this tool is measured, used as their documentation uses them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

import imagehash
import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image

Bits: TypeAlias = NDArray[np.uint8]
"""A packed hash."""
Hash: TypeAlias = Callable[[Image.Image], Bits | None]
"""Of an RGB picture; None where the method itself says that its hash is not to be used."""
PDQ_QUALITY: Final = 50
"""ThreatExchange's advice: a hash of lower quality is discarded."""


def _imagehash(function: Callable[[Image.Image], imagehash.ImageHash], image: Image.Image) -> Bits:
    return np.packbits(function(image).hash)


def pdq(image: Image.Image) -> Bits | None:
    """Meta's PDQ, unless it finds its hash too poor."""
    bits, quality = pdqhash.compute(np.ascontiguousarray(image))
    return np.packbits(bits) if quality >= PDQ_QUALITY else None


OURS: Final = "this tool"
PEERS: Final[Mapping[str, Hash]] = {
    "imagehash phash": partial(_imagehash, imagehash.phash),
    "imagehash dhash": partial(_imagehash, imagehash.dhash),
    "imagehash whash": partial(_imagehash, imagehash.whash),
    "imagehash phash 16x16": partial(_imagehash, partial(imagehash.phash, hash_size=16)),
    "pdqhash": pdq,
}


def hashed(image: Image.Image) -> dict[str, Bits | None]:
    """By every peer."""
    return {name: function(image) for name, function in PEERS.items()}


def distances(hash_: Bits, registered: Bits) -> NDArray[np.int64]:
    """Bits in which a hash differs from each registered one (n x bytes)."""
    counted: NDArray[np.int64] = np.bitwise_count(registered ^ hash_).sum(axis=1, dtype=np.int64)
    return counted
