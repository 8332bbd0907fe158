"""A picture in floating point that layers are painted on, and the noise they are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Field: TypeAlias = NDArray[np.float32]
Curve: TypeAlias = NDArray[np.floating[Any]]
"""The x or y of the points of a line."""
Colour: TypeAlias = tuple[float, float, float]
"""Red, green, blue in [0, 1]."""

OVERSAMPLING = 2  # shapes are drawn so much larger and reduced, which smooths their edges


@dataclass(slots=True)
class Canvas:
    """A picture in the making: ``pixels`` is (height, width, 3) in [0, 1]."""

    pixels: Field
    random: np.random.Generator

    @classmethod
    def blank(cls, width: int, height: int, seed: int, colour: Colour = (0, 0, 0)) -> "Canvas":
        """A canvas of one colour, with randomness of its own."""
        return cls(np.full((height, width, 3), colour, np.float32), np.random.default_rng(seed))

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[0])

    def grid(self) -> tuple[Field, Field]:
        """The x and y of every pixel, from 0 to 1."""
        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        return x / self.width, y / self.height

    def paint(self, alpha: Field | float, colour: Colour | Field) -> None:
        """Lays a colour, or a picture of the same size, over the canvas; ``alpha`` says how much of it shows."""
        cover = np.asarray(alpha, np.float32)[..., None] if np.ndim(alpha) else np.float32(alpha)
        self.pixels += cover * (np.asarray(colour, np.float32) - self.pixels)

    def glow(self, alpha: Field, colour: Colour) -> None:
        """Adds light, as lamps do."""
        self.pixels += alpha[..., None] * np.asarray(colour, np.float32)

    def draw(self, strokes: "Callable[[ImageDraw], None]", opacity: float = 1.0) -> None:
        """Lays what ``strokes`` draws, in a frame of OVERSAMPLING times the size, over the canvas."""
        from PIL import Image, ImageDraw

        layer = Image.new("RGBA", (self.width * OVERSAMPLING, self.height * OVERSAMPLING))
        strokes(ImageDraw.Draw(layer))
        small: Field = np.asarray(layer.reduce(OVERSAMPLING)).astype(np.float32) / np.float32(255)
        self.paint(small[..., 3] * np.float32(opacity), small[..., :3])

    def noise(self, across: float, down: float, octaves: int = 5) -> Field:
        """Fractal noise in about [-1, 1]: ``across`` and ``down`` are the cells of its coarsest octave."""
        return fractal(self.random, self.width, self.height, across, down, octaves)

    def image(self, grain: float = 0.012) -> "Image":
        """The finished picture in 8 bits, with a little grain, so that no gradient shows steps."""
        from PIL import Image

        grained = self.pixels + self.random.normal(0, grain, (self.height, self.width, 1)).astype(np.float32)
        return Image.fromarray(np.round(np.clip(grained, 0, 1) * 255).astype(np.uint8))


def fractal(random: np.random.Generator, width: int, height: int, across: float, down: float, octaves: int) -> Field:
    """Value noise of several octaves, each half as strong and twice as fine as the one before; about [-1, 1]."""
    from PIL import Image

    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        size = (max(2, round(across * 2**octave) + 1), max(2, round(down * 2**octave) + 1))
        cells = Image.fromarray(random.uniform(-1, 1, size[::-1]).astype(np.float32))
        total += np.asarray(cells.resize((width, height), Image.Resampling.BICUBIC)) / 2**octave
    return total / np.float32(1.5)


def ridge(random: np.random.Generator, width: int, cells: float, octaves: int) -> Field:
    """A line of noise, (width,) in about [-1, 1]."""
    line: Field = fractal(random, width, 1, cells, 1, octaves)[0]
    return line


def smooth(edge: float, soft: float, values: Field) -> Field:
    """0 below ``edge``, 1 above ``edge + soft``, and a soft step between."""
    step = np.clip((values - edge) / soft, 0, 1)
    result: Field = (step * step * (3 - 2 * step)).astype(np.float32)
    return result


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """The first colour with that share of the second."""
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def gradient(stops: tuple[tuple[float, Colour], ...], values: Curve) -> Field:
    """Colours along a scale: each stop is a value and its colour."""
    places = [place for place, _ in stops]
    channels = [np.interp(values, places, [colour[channel] for _, colour in stops]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def ink(colour: Colour, opacity: float = 1.0) -> tuple[int, int, int, int]:
    """The colour as Pillow wants it; values beyond [0, 1] are cut off."""
    red, green, blue, alpha = (round(255 * min(1.0, max(0.0, value))) for value in (*colour, opacity))
    return red, green, blue, alpha
