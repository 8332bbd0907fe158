"""What the registry keeps of a work for paraphrases: each window's place, its embedding in eight bits a number, its words' stems."""

import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.errors import SchemeError
from fingerprints.text.semantic.encoder import Encoder, Vectors
from fingerprints.text.semantic.scheme import MOST_CHARACTERS, WORK_OVERLAP
from fingerprints.text.semantic.windows import Stems, stems, windows

Codes: TypeAlias = NDArray[np.int8]
Places: TypeAlias = NDArray[np.uint32]

AGAIN = "make it again with: provenance registry embed REGISTRY --model MODEL"


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """The windows of one work."""

    windows: Places
    """(windows, 2) first code point, and the one behind the last."""
    codes: Codes
    """(windows, dimensions) a number of the embedding in steps of its window's scale: a cosine is off by 0.002 at most."""
    scales: Vectors
    """(windows,)"""
    stems: Stems
    """(all,) of one window after the other, each ascending."""
    counts: Places
    """(windows,) how many of them each has."""
    size: int
    """Code points of the text."""


def make(text: str, encoder: Encoder) -> Embeddings:
    """The embeddings of a text; of one that is too short for a window there are none."""
    places = list(windows(text, WORK_OVERLAP))
    passages = [text[start:stop][:MOST_CHARACTERS] for start, stop in places]
    codes, scales = quantised(encoder.embed(passages)) if places else (np.zeros((0, 0), np.int8), np.zeros(0, np.float32))
    of_each = [stems(passage) for passage in passages]
    found = np.concatenate(of_each) if of_each else np.zeros(0, np.uint32)
    counts = np.array([each.size for each in of_each], np.uint32)
    return Embeddings(np.array(places, np.uint32).reshape(-1, 2), codes, scales, found, counts, len(text))


def quantised(vectors: Vectors) -> tuple[Codes, Vectors]:
    """Codes and scales whose product is nearest to the vectors."""
    scales = np.maximum(np.abs(vectors).max(axis=1), np.finfo(np.float32).tiny) / np.float32(127)
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def pack(scheme: str, found: Embeddings) -> bytes:
    """The embeddings as bytes: the scheme, a line feed, and the zlib-compressed arrays."""
    head = np.array([found.size, *found.codes.shape, found.stems.size], "<u4")
    arrays = (head, found.windows.astype("<u4"), found.scales.astype("<f4"), found.counts.astype("<u4"), found.stems.astype("<u4"))
    return scheme.encode() + b"\n" + zlib.compress(b"".join(array.tobytes() for array in arrays) + found.codes.tobytes(), 1)


def unpack(scheme: str, packed: bytes) -> Embeddings:
    """What ``pack`` packed; raises SchemeError when it is of another scheme or damaged."""
    magic = scheme.encode() + b"\n"
    if not packed.startswith(magic):
        raise SchemeError(f"the embeddings are not of {scheme}; {AGAIN}")
    try:
        data = zlib.decompress(packed[len(magic) :])
        size, count, dimensions, in_all = np.frombuffer(data, "<u4", 4).tolist()
        ends = np.cumsum([16, 8 * count, 4 * count, 4 * count, 4 * in_all, count * dimensions]).tolist()
        parts = [data[start:stop] for start, stop in pairwise(ends)]
        codes = np.frombuffer(parts[4], np.int8).reshape(count, dimensions)
    except (zlib.error, ValueError) as error:
        raise SchemeError(f"the embeddings are damaged ({error}); {AGAIN}") from error
    return Embeddings(
        np.frombuffer(parts[0], "<u4").reshape(-1, 2),
        codes,
        np.frombuffer(parts[1], "<f4"),
        np.frombuffer(parts[3], "<u4"),
        np.frombuffer(parts[2], "<u4"),
        size,
    )
