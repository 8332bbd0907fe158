"""Which strings of a column begin as an image or a sound in base64 does, told without an object for each."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from provenance.readers.columns import ENCODED

BEGINNINGS = tuple(entry.encode() for entry in ENCODED)
LONGEST = max(map(len, BEGINNINGS))


def _suspects() -> NDArray[np.bool_]:
    found = np.zeros(1 << 16, np.bool_)
    found[[entry[0] << 8 | entry[1] for entry in BEGINNINGS]] = True
    return found


SUSPECTS = _suspects()
"""By the first two characters, in big-endian order: True where they may begin an image or a sound."""


def begins_encoded(values: pa.LargeStringArray, among: NDArray[np.int64]) -> list[int]:
    """Those of the strings at ``among``, of two bytes or more each, that begin so."""
    if not len(among):
        return []
    _, offsets, data = values.buffers()
    view = np.frombuffer(data, np.uint8)
    starts = np.frombuffer(offsets, np.int64)[among + values.offset]
    begins = SUSPECTS[view[starts].astype(np.int64) << 8 | view[starts + 1]]
    pairs = zip(among[begins].tolist(), starts[begins].tolist(), strict=True)
    return [at for at, start in pairs if view[start : start + LONGEST].tobytes().startswith(BEGINNINGS)]
