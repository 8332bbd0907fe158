"""A town by the water at night: lit windows, a crane, boats, and all of it again in the harbour."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from provenance.demo.pictures.canvas import OVERSAMPLING, Canvas, Colour, blend, gradient, ink, smooth

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

WATERLINE = 0.60  # of the height
LAMPS: Final[tuple[Colour, ...]] = ((1.0, 0.80, 0.45), (1.0, 0.70, 0.36), (0.98, 0.90, 0.68), (0.75, 0.88, 1.0), (1.0, 0.55, 0.38))
NIGHT: Final[Colour] = (0.035, 0.050, 0.105)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of houses: how far down the sky its roofs reach, how wide and how dark its houses are, and how many windows are lit."""

    top: tuple[float, float]
    width: tuple[float, float]
    colour: Colour
    lit: float


ROWS: Final = (
    Row((0.16, 0.42), (34, 70), (0.135, 0.165, 0.275), 0.16),
    Row((0.28, 0.48), (44, 84), (0.090, 0.110, 0.195), 0.34),
    Row((0.40, 0.53), (40, 78), (0.055, 0.065, 0.120), 0.52),
)


def harbour(width: int, height: int, seed: int, glow: Colour = (0.86, 0.47, 0.34)) -> "Image":
    """A harbour at night; ``glow`` is the colour of the sky where the sun went down."""
    canvas = Canvas.blank(width, height, seed)
    _sky(canvas, glow)
    for row in ROWS:
        _houses(canvas, row)
    _crane(canvas, 0.80)
    lamps = _quay(canvas)
    _water(canvas, lamps)
    for place, size in ((0.16, 1.0), (0.43, 0.72), (0.70, 1.25), (0.91, 0.62)):
        _boat(canvas, place, size)
    return canvas.image()


def _sky(canvas: Canvas, glow: Colour) -> None:
    x, y = canvas.grid()
    canvas.pixels = gradient(((0.0, NIGHT), (0.30, (0.085, 0.115, 0.250)), (0.45, (0.36, 0.25, 0.36)), (WATERLINE, glow)), y)
    clouds = canvas.noise(3, 12, 6)
    canvas.paint(0.55 * smooth(0.05, 0.7, clouds) * smooth(0.05, 0.4, y), blend(glow, (0.25, 0.2, 0.35), 0.5))
    stars = canvas.random.uniform(0, 1, clouds.shape) > 1 - 0.0016
    canvas.glow((stars * canvas.random.uniform(0.2, 1, clouds.shape) * smooth(-0.36, 0.25, -y)).astype(np.float32), (0.9, 0.93, 1.0))
    distance = np.hypot((x - 0.545) * canvas.width / canvas.height, y - 0.14)
    canvas.glow(0.34 * np.exp(-distance / 0.07), (0.75, 0.80, 0.95))
    face = np.clip(0.93 + 0.13 * canvas.noise(60, 45, 3), 0, 1)[..., None] * np.asarray((0.97, 0.96, 0.90), np.float32)
    canvas.paint(smooth(-0.050, 0.004, -distance), face)


def _houses(canvas: Canvas, row: Row) -> None:
    random, scale = canvas.random, OVERSAMPLING
    floor = WATERLINE * canvas.height

    def strokes(pen: "ImageDraw") -> None:
        left = -20.0
        while left < canvas.width:
            wide, top = random.uniform(*row.width), random.uniform(*row.top) * canvas.height
            tone = blend(row.colour, (0.20, 0.14, 0.18), random.uniform(0, 0.45))
            pen.rectangle([left * scale, top * scale, (left + wide) * scale, floor * scale], ink(tone))
            side = blend(tone, NIGHT, 0.45)
            pen.rectangle([(left + 0.72 * wide) * scale, top * scale, (left + wide) * scale, floor * scale], ink(side))
            _roof(pen, random, (left, top, wide), tone)
            _windows(pen, random, (left, top, wide, floor), row.lit)
            left += wide + random.choice((0.0, 0.0, random.uniform(3, 16)))

    canvas.draw(strokes)


def _roof(pen: "ImageDraw", random: np.random.Generator, house: tuple[float, float, float], tone: Colour) -> None:
    """A gable, steps, a dome, a spire or a flat roof with its tank and aerial."""
    left, top, wide = (value * OVERSAMPLING for value in house)
    dark, kind = ink(blend(tone, NIGHT, 0.25)), int(random.integers(5))
    if kind == 0:
        pen.polygon([(left - 3, top), (left + wide / 2, top - 0.42 * wide), (left + wide + 3, top)], dark)
    elif kind == 1:
        for step in range(1, 4):
            pen.rectangle([left + step * wide / 8, top - step * wide / 9, left + wide - step * wide / 8, top], dark)
    elif kind == 2:
        pen.pieslice([left + 0.1 * wide, top - 0.4 * wide, left + 0.9 * wide, top + 0.4 * wide], 180, 360, dark)
        pen.line([left + wide / 2, top - 0.65 * wide, left + wide / 2, top - 0.3 * wide], dark, 3)
    elif kind == 3:
        pen.polygon([(left + 0.25 * wide, top), (left + 0.5 * wide, top - 1.15 * wide), (left + 0.75 * wide, top)], dark)
    else:
        pen.rectangle([left + 0.14 * wide, top - 0.22 * wide, left + 0.40 * wide, top], dark)
        pen.line([left + 0.75 * wide, top - 0.55 * wide, left + 0.75 * wide, top], dark, 2)
        pen.line([left + 0.65 * wide, top - 0.40 * wide, left + 0.85 * wide, top - 0.40 * wide], dark, 2)


def _windows(pen: "ImageDraw", random: np.random.Generator, house: tuple[float, float, float, float], lit: float) -> None:
    left, top, wide, floor = house
    across = max(2, round(wide / random.uniform(8.5, 12)))
    storey, pane = random.uniform(9.5, 13), wide / (across + 0.6)
    for storeys in range(int((floor - top - 8) / storey)):
        for column in range(across):
            x, y = left + 0.3 * pane + pane * (column + 0.22), top + 5 + storeys * storey
            box = [value * OVERSAMPLING for value in (x, y, x + 0.56 * pane, y + 0.56 * storey)]
            if random.random() > lit:
                pen.rectangle(box, ink(NIGHT, 0.5))
                continue
            lamp = blend(LAMPS[int(random.choice(len(LAMPS), p=(0.42, 0.24, 0.18, 0.08, 0.08)))], NIGHT, random.uniform(0, 0.5))
            pen.rectangle(box, ink(lamp))
            if random.random() < 0.45:  # a blind, half drawn
                pen.rectangle(
                    [box[0], box[1], box[2], box[1] + (box[3] - box[1]) * random.uniform(0.2, 0.7)], ink(blend(lamp, NIGHT, 0.45))
                )
            pen.line([(box[0] + box[2]) / 2, box[1], (box[0] + box[2]) / 2, box[3]], ink(NIGHT, 0.65))


def _crane(canvas: Canvas, place: float) -> None:
    """A harbour crane with its lattice."""
    scale, dark = OVERSAMPLING, ink((0.030, 0.034, 0.062))
    x, floor, unit = place * canvas.width, WATERLINE * canvas.height, canvas.height / 650

    def strokes(pen: "ImageDraw") -> None:
        def line(points: tuple[float, ...], width: float) -> None:
            placed = [(x + px * unit, floor - py * unit) for px, py in zip(points[::2], points[1::2], strict=True)]
            pen.line([(px * scale, py * scale) for px, py in placed], dark, max(1, round(width * unit * scale)))

        for foot in (-22.0, 22.0):
            line((foot, 0, foot * 0.45, 150), 4)
        for level in range(6):
            low, high = 22 - 2.0 * level, 22 - 2.0 * (level + 1)
            line((-low, 25.0 * level, high, 25.0 * (level + 1)), 1.4)
            line((low, 25.0 * level, -high, 25.0 * (level + 1)), 1.4)
        line((0, 140, 0, 205), 4)
        line((-72, 150, 12, 150, 178, 232), 3.4)
        line((-72, 162, 8, 164, 178, 234), 1.6)
        for step in range(12):
            along = step / 12
            line((12 + 166 * along, 150 + 82 * along, 12 + 166 * (along + 0.05), 166 + 70 * along), 1.2)
        line((-70, 158, 0, 205, 176, 234), 1.3)
        line((150, 219, 150, 96), 1.1)
        line((143, 96, 157, 96, 157, 84, 143, 84, 143, 96), 2)
        line((-80, 138, -52, 138), 18)

    canvas.draw(strokes)


def _quay(canvas: Canvas) -> tuple[tuple[float, Colour], ...]:
    """The quay with its lamps; gives where they stand, as a share of the width, and their colours."""
    random, scale, floor = canvas.random, OVERSAMPLING, WATERLINE * canvas.height
    places = tuple((float(x), LAMPS[int(random.integers(3))]) for x in np.linspace(0.03, 0.97, 17) + random.normal(0, 0.006, 17))
    posts = [(x * canvas.width, colour) for x, colour in places]

    def strokes(pen: "ImageDraw") -> None:
        pen.rectangle([0, (floor - 9) * scale, canvas.width * scale, floor * scale], ink((0.050, 0.052, 0.085)))
        for joint in range(0, canvas.width * scale, 13 * scale):
            pen.line([joint, (floor - 8) * scale, joint, floor * scale], ink((0.02, 0.02, 0.04)), 2)
        for x, colour in posts:
            pen.line([x * scale, (floor - 9) * scale, x * scale, (floor - 31) * scale], ink((0.02, 0.02, 0.035)), 3)
            pen.ellipse(
                [(x - 2.6) * scale, (floor - 35) * scale, (x + 2.6) * scale, (floor - 30) * scale], ink(blend(colour, (1, 1, 1), 0.5))
            )

    canvas.draw(strokes)
    x, y = canvas.grid()
    for place, colour in places:
        distance = np.hypot((x - place) * canvas.width, y * canvas.height - floor + 32) * 650 / canvas.height
        canvas.glow(0.55 * np.exp(-distance / 9) + 0.10 * np.exp(-distance / 38), colour)
    return places


def _water(canvas: Canvas, lamps: tuple[tuple[float, Colour], ...]) -> None:
    """Town and sky mirrored, broken by ripples that grow towards us, with a path of light below each lamp."""
    shore, height = round(WATERLINE * canvas.height), canvas.height
    depth = np.arange(height - shore, dtype=np.float32)[:, None]
    ripple = canvas.noise(9, 80, 4)[shore:] * (1.2 + depth * 0.055)
    mirrored = np.zeros_like(canvas.pixels[shore:])
    for smear in (-0.10, 0.0, 0.10, 0.22):  # light is drawn out downwards
        rows = np.clip(shore - 1 - depth * (1.35 + smear) + 2.0 * ripple, 0, shore - 1).astype(int)
        columns = np.clip(np.arange(canvas.width)[None, :] + 1.5 * ripple, 0, canvas.width - 1).astype(int)
        mirrored += canvas.pixels[rows, columns] / 4
    canvas.pixels[shore:] = 0.66 * mirrored + 0.34 * np.asarray((0.045, 0.085, 0.150), np.float32)
    x, y = canvas.grid()
    broken = smooth(-0.12, 0.35, canvas.noise(26, 150, 3))
    for place, colour in lamps:
        fall = np.clip(y - WATERLINE, 0, 1)
        path = np.exp(-(((x - place) / (0.0045 + 0.028 * fall)) ** 2)) * np.exp(-fall / 0.13) * broken * (y > WATERLINE)
        canvas.glow((0.62 * path).astype(np.float32), colour)
    crest = smooth(0.30, 0.35, canvas.noise(22, 130, 3)) * (y > WATERLINE)
    canvas.paint((0.16 * crest).astype(np.float32), (0.50, 0.52, 0.66))


def _boat(canvas: Canvas, place: float, size: float) -> None:
    """A moored sailing boat, its rigging, and its dark reflection."""
    random, scale = canvas.random, OVERSAMPLING
    x, y = place * canvas.width, (WATERLINE + 0.07 + 0.16 * size) * canvas.height
    long, tall = 62 * size * canvas.height / 650, 150 * size * canvas.height / 650
    hull, cabin = ink(LAMPS[int(random.integers(3))]), blend((0.58, 0.20, 0.18), (0.16, 0.30, 0.42), random.uniform(0, 1))

    def point(px: float, py: float) -> tuple[float, float]:
        return (x + px * long) * scale, (y - py * tall) * scale

    def strokes(pen: "ImageDraw") -> None:
        shade = ink((0.02, 0.03, 0.06), 0.55)
        for band in np.arange(0, 0.62, 0.035):
            wide = (0.80 - band * 0.9) * (0.86 + 0.2 * random.random())
            shift = 0.05 * random.normal()
            pen.line([point(shift - wide, -0.09 - band), point(shift + wide, -0.09 - band)], shade, max(2, round(3.4 * size)))
        pen.polygon([point(-1, 0.09), point(-0.78, -0.10), point(0.70, -0.10), point(1.12, 0.12)], ink(blend(cabin, NIGHT, 0.30)))
        pen.polygon([point(-1, 0.09), point(-0.97, 0.065), point(1.07, 0.09), point(1.12, 0.12)], ink((0.82, 0.80, 0.76)))
        pen.polygon([point(-0.55, 0.09), point(-0.45, 0.19), point(0.22, 0.19), point(0.40, 0.10)], ink((0.55, 0.53, 0.54)))
        for window in (-0.34, -0.14, 0.06):
            pen.rectangle([*point(window, 0.165), *point(window + 0.11, 0.125)], hull)
        rope = ink((0.62, 0.62, 0.68), 0.85)
        pen.line([point(0.10, 0.1), point(0.12, 1.0)], ink((0.60, 0.56, 0.52)), max(2, round(4 * size)))
        pen.line([point(-0.80, 0.27), point(0.10, 0.24)], ink((0.72, 0.70, 0.68)), max(3, round(9 * size)))
        for stay in (-0.97, -0.5, 0.5, 1.10):
            pen.line([point(stay, 0.09), point(0.12, 0.99)], rope, 1)
        pen.line([point(-0.12, 0.68), point(0.34, 0.68)], rope, 2)
        pen.ellipse([*point(0.085, 1.02), *point(0.155, 0.99)], ink((1.0, 0.95, 0.85)))

    canvas.draw(strokes)
