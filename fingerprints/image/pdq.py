"""PDQ, Meta's 256-bit perceptual hash of a picture with its quality, for interchange with ThreatExchange.

Dalins, Wilson & Boudry 2019, "PDQ & TMK + PDQF"; the reference is pdq/cpp of facebook/ThreatExchange. Its authors take two hashes up to 31
bits apart for the same picture, discard those of a quality below 50, and call another implementation correct within 10 bits. They hash the
picture as it is decoded (pdqhash, python-threatexchange) or thin a larger one to 512 x 512 px first (their command); this is the former.

The reference's low-pass runs over every pixel, and all but 64 x 64 of its values are then dropped. What stays are weighted means of the
pixels around, and only those are computed here (1.2 ms of CPU for a megapixel of RGB; pdqhash 0.2.8: 25; n = 9). Their sums are of whole
numbers that a float64 holds exactly in any order, and what follows is summed in the reference's order: every machine has the same hash.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import compiled, compiled_or
from fingerprints.errors import UndecodableError

Bits: TypeAlias = NDArray[np.uint8]
Means: TypeAlias = NDArray[np.float64]
Grid: TypeAlias = NDArray[np.float32]

SIDE = 64  # of what remains of a picture
WAVES = 16  # frequencies 1 to 16 of SIDE along either axis; the mean, frequency 0, is left out
HEX_DIGITS = WAVES * WAVES // 4
MIN_SIDE = 5  # px; the reference gives a narrower picture the hash of zeros and quality 0
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
UNIT = 1 << 20  # what the weights of a mean add up to, about
LEVEL = 2.0**-24  # of grey, to which the means along one axis are kept: those along the other are sums of 20 + 24 + 8 bits of float64's 53
POINT = 90  # percent of black to white, in differences between neighbours, make a point of quality
LEAST_QUALITY = 50  # below which a hash says nothing (the authors' advice)
WIDEST = 1 << 15  # px; a wider picture is laid on its side, or 64 rows of it would take more than 50 MB

_FREQUENCIES = np.arange(1, WAVES + 1)
_ANGLES = np.pi / 2 / SIDE * np.outer(2 * np.arange(SIDE) + 1, _FREQUENCIES)
COSINES = (float(np.float32(np.sqrt(2 / SIDE))) * np.cos(_ANGLES)).astype(np.float32)  # SIDE x WAVES, rounded where the reference rounds
MIRROR = np.where(_FREQUENCIES % 2, -1, 1).astype(np.float32)  # a mirrored picture has its odd waves negated


@dataclass(frozen=True, slots=True, eq=False)
class Pdq:
    """The hash of one picture."""

    bits: Bits
    """32 bytes, highest frequency first, as printed; XOR and ``faiss.knn_hamming`` compare them."""
    quality: int
    """0 (blank) to 100: how much its grey levels vary from place to place."""


def pdq(pixels: NDArray[np.uint8]) -> Pdq:
    """The hash of a picture: rows x columns of grey, or rows x columns x 3 of sRGB.

    Of 81 pictures every bit is the reference's. Where waves cancel out, their bits are the rounding of either: along a side of 8 px up to
    20 differed, in a chequerboard 36, in a gradient (of quality 44) 102. A blank has quality 0 and a hash of rounding alone; a picture of
    less than ``MIN_SIDE`` px has quality 0 and no bit set.
    """
    grid = _grid(pixels)
    return Pdq(_bits(_waves(grid)), _quality(grid))


def dihedral(pixels: NDArray[np.uint8]) -> tuple[Pdq, ...]:
    """The hashes of the picture turned and mirrored in all eight ways, from one transform.

    Number ``2 * quarters + mirrored`` is that of the picture turned counterclockwise by quarters (``numpy.rot90``) and then mirrored left
    to right, as ``perceptual.View`` has it. The reference names them, in this order: original, flip Y, rotate 90, flip minus 1, rotate 180,
    flip X, rotate 270, flip plus 1. They are within a few bits of the hashes of the altered pixels, which the low-pass samples elsewhere.
    """
    grid = _grid(pixels)
    quality, waves, hashes = _quality(grid), _waves(grid), []
    for _ in range(4):
        hashes += [Pdq(_bits(waves), quality), Pdq(_bits(waves * MIRROR), quality)]
        waves = MIRROR[:, None] * waves.T
    return tuple(hashes)


def to_hex(bits: Bits) -> str:
    """The 64 hexadecimal digits that ThreatExchange exchanges."""
    return bits.tobytes().hex()


def from_hex(text: str) -> Bits:
    """The 32 bytes of a hash as ThreatExchange prints it, in either case; raises UndecodableError for anything else."""
    wrong = next((place for place, character in enumerate(text) if character not in "0123456789abcdefABCDEF"), None)
    remedy = f"a PDQ hash has {HEX_DIGITS} hexadecimal digits and nothing else; copy it again from where it was printed"
    if wrong is not None:
        raise UndecodableError(f"no PDQ hash: {text[wrong]!r} is character {wrong + 1} of {len(text)}; {remedy}")
    if len(text) != HEX_DIGITS:
        raise UndecodableError(f"no PDQ hash: it ends after {len(text)} digits; {remedy}")
    return np.frombuffer(bytes.fromhex(text), np.uint8)


def _grid(pixels: NDArray[np.uint8]) -> Grid:
    """SIDE x SIDE of grey: the low-pass and the decimation of the reference, rows first."""
    height, width = pixels.shape[:2]
    if min(height, width) < MIN_SIDE:
        return np.zeros((SIDE, SIDE), np.float32)
    if width > WIDEST:
        return _grid(pixels.swapaxes(0, 1)).T
    columns = _means(np.ascontiguousarray(pixels).reshape(height, -1), *_weights(height))
    if pixels.ndim == 3:
        red, green, blue = np.moveaxis(columns.reshape(SIDE, width, 3), 2, 0)
        columns = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    return _means(np.ascontiguousarray((np.rint(columns / LEVEL) * LEVEL).T), *_weights(width)).T.astype(np.float32)


@compiled
def _weights(length: int) -> tuple[NDArray[np.int64], Means]:
    """Where each of SIDE samples of a row of pixels begins, and the weight of each pixel from there on, a whole number.

    A box of the reference reaches ``before`` and ``after`` a pixel; at an end of the row it averages what there is. Two of them, one after
    the other, give a pixel the share of the boxes around the sample that hold it.
    """
    window = (length + 2 * SIDE - 1) // (2 * SIDE)
    before, after = (window - 1) // 2, window // 2
    shares = np.zeros(length + 1)  # of the boxes before each pixel, added up
    for k in range(length):
        shares[k + 1] = shares[k] + 1.0 / (min(length, k + after + 1) - max(0, k - before))
    starts, weights = np.zeros(SIDE, np.int64), np.zeros((SIDE, 2 * window - 1))
    for sample in range(SIDE):
        centre = (2 * sample + 1) * length // (2 * SIDE)
        low, high = max(0, centre - before), min(length, centre + after + 1)
        starts[sample] = max(0, low - before)
        for pixel in range(starts[sample], min(length, high + after)):
            held = shares[min(high, pixel + before + 1)] - shares[max(low, pixel - after)]
            weights[sample, pixel - starts[sample]] = np.rint(held / (high - low) * UNIT)
    return starts, weights


def _means_numpy(rows: NDArray[np.uint8] | Means, starts: NDArray[np.int64], weights: Means) -> Means:
    means = np.empty((SIDE, rows.shape[1]))
    for sample, (start, weight) in enumerate(zip(starts, weights, strict=True)):
        some = rows[start : start + len(weight)]
        means[sample] = weight[: len(some)] @ some / weight.sum()
    return means


@compiled_or(_means_numpy)
def _means(rows: NDArray[np.uint8] | Means, starts: NDArray[np.int64], weights: Means) -> Means:
    """SIDE weighted means of rows, column by column."""
    means = np.zeros((SIDE, rows.shape[1]))
    for sample in range(SIDE):
        mean = means[sample]
        for k in range(min(weights.shape[1], len(rows) - starts[sample])):
            row, weight = rows[starts[sample] + k], weights[sample, k]
            for column in range(mean.size):
                mean[column] += weight * row[column]
        mean /= weights[sample].sum()
    return means


def _quality(grid: Grid) -> int:
    """The differences between neighbours, each in whole percent of black to white."""
    percents = (np.trunc(np.diff(grid, axis=axis) * np.float32(100) / np.float32(255)) for axis in (0, 1))
    return min(100, int(sum(np.abs(percent).sum() for percent in percents)) // POINT)


def _waves(grid: Grid) -> Grid:
    """WAVES x WAVES of the discrete cosine transform."""
    return _along_columns(_along_columns(grid).T).T


def _along_columns(values: Grid) -> Grid:
    """The transform of each column, added up pixel by pixel: where a wave would be zero, the reference's rounding decides its bit."""
    return np.multiply(COSINES[:, :, None], values[:, None, :], order="C").sum(axis=0)  # numpy adds in order along all but the last axis


def _bits(waves: Grid) -> Bits:
    """Which waves are above the lower median of all."""
    flat = waves.ravel()[::-1]
    return np.packbits(flat > np.partition(flat, flat.size // 2 - 1)[flat.size // 2 - 1])
