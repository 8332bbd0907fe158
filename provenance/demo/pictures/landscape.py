"""Hills one behind the other, a lake, a meadow and birches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from provenance.demo.pictures.canvas import OVERSAMPLING, Canvas, Colour, Curve, Field, blend, gradient, ink, ridge, smooth

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

HILLS = 6
SHORE = 0.66  # of the height; the lake lies between here and the meadow
MEADOW = 0.80


@dataclass(frozen=True, slots=True)
class Season:
    """The colours of a landscape."""

    zenith: Colour
    horizon: Colour
    sun: Colour
    haze: Colour
    forest: Colour
    grass: Colour
    leaves: tuple[Colour, ...]
    flowers: tuple[Colour, ...]


SPRING: Final = Season(
    zenith=(0.30, 0.52, 0.74),
    horizon=(0.98, 0.84, 0.66),
    sun=(1.0, 0.93, 0.72),
    haze=(0.80, 0.78, 0.78),
    forest=(0.10, 0.24, 0.21),
    grass=(0.36, 0.50, 0.16),
    leaves=((0.55, 0.70, 0.20), (0.70, 0.80, 0.30), (0.38, 0.55, 0.16), (0.84, 0.84, 0.40)),
    flowers=((0.95, 0.92, 0.90), (0.90, 0.45, 0.50), (0.98, 0.80, 0.25)),
)
AUTUMN: Final = Season(
    zenith=(0.22, 0.23, 0.40),
    horizon=(0.96, 0.62, 0.42),
    sun=(1.0, 0.76, 0.50),
    haze=(0.66, 0.52, 0.56),
    forest=(0.20, 0.12, 0.16),
    grass=(0.50, 0.36, 0.14),
    leaves=((0.85, 0.45, 0.12), (0.93, 0.66, 0.18), (0.68, 0.25, 0.12), (0.90, 0.78, 0.30)),
    flowers=((0.72, 0.40, 0.30), (0.86, 0.74, 0.50)),
)


def landscape(width: int, height: int, seed: int, season: Season, sun: tuple[float, float], trees: tuple[float, ...]) -> "Image":
    """A landscape; ``sun`` and ``trees`` are places as shares of the width and height, each tree a little nearer than the one before."""
    canvas = Canvas.blank(width, height, seed)
    _sky(canvas, season, sun)
    for hill in range(HILLS):
        _hill(canvas, season, hill)
    _lake(canvas, season, sun)
    _meadow(canvas, season)
    for number, place in enumerate(trees):
        _birch(canvas, season, place, 0.72 + 0.5 * number / len(trees))
    return canvas.image()


def _sky(canvas: Canvas, season: Season, sun: tuple[float, float]) -> None:
    x, y = canvas.grid()
    canvas.pixels = gradient(((0.0, season.zenith), (0.36, blend(season.zenith, season.horizon, 0.55)), (0.58, season.horizon)), y)
    distance = np.hypot((x - sun[0]) * canvas.width / canvas.height, y - sun[1])
    canvas.paint(0.92 * np.exp(-distance / 0.20), season.sun)
    canvas.paint(smooth(-0.052, 0.005, -distance), blend(season.sun, (1, 1, 1), 0.75))
    clouds = canvas.noise(3, 9, 6) + 0.25 * np.sin(9 * y + 2 * x)
    lit = blend(season.horizon, (1, 1, 1), 0.45)
    canvas.paint(0.75 * smooth(0.05, 0.75, clouds) * smooth(-0.52, 0.30, -y), lit)
    canvas.paint(0.30 * smooth(0.15, 0.6, canvas.noise(5, 16, 5)) * smooth(-0.52, 0.30, -y), blend(season.zenith, season.haze, 0.5))


def _hill(canvas: Canvas, season: Season, number: int) -> None:
    """One range of hills: the nearer, the darker, the more textured and the more wooded."""
    near = number / (HILLS - 1)
    height = canvas.height
    line = (0.40 + 0.235 * near) * height + (0.085 - 0.05 * near) * height * ridge(canvas.random, canvas.width, 2.5 + number, 7)
    rows = np.arange(height, dtype=np.float32)[:, None] - line[None, :].astype(np.float32)
    colour = blend(blend(season.haze, season.horizon, 0.3), blend(season.forest, season.grass, 0.25), near**0.8)
    if number >= 2:
        line = line.copy()
        canvas.draw(_firs(canvas, line, blend(colour, season.forest, 0.35), 3 + 9 * near))
    texture = canvas.noise(10 + 8 * number, 8 + 10 * number, 5)
    shade = 1 + (0.10 + 0.32 * near) * texture + 0.10 * np.clip(rows / (0.1 * height), 0, 1)
    lit = np.asarray(colour, np.float32) * shade[..., None]
    mist = np.clip(rows / (0.16 * height), 0, 1)[..., None] * (0.42 * (1 - near))
    canvas.paint(smooth(0, 1.5, rows), lit + mist * (np.asarray(season.haze, np.float32) - lit))


def _firs(canvas: Canvas, line: Field, colour: Colour, size: float) -> "Callable[[ImageDraw], None]":
    """A ragged row of conifers along a ridge, in clumps."""
    random, scale = canvas.random, OVERSAMPLING
    clumps = ridge(random, canvas.width, 7, 3)

    def strokes(pen: "ImageDraw") -> None:
        for x in range(0, canvas.width, max(2, round(size / 3.2))):
            if clumps[x] < random.uniform(-0.5, 0.3):
                continue
            tall, wide, foot = size * random.uniform(0.8, 2.2), size * random.uniform(0.22, 0.4), float(line[x]) + 3
            shade = ink(blend(colour, (0, 0, 0), random.uniform(0, 0.25)))
            for tier in range(3):
                top, bottom = foot - tall * (1 - 0.22 * tier), foot - tall * (0.52 - 0.26 * tier)
                reach = wide * (0.5 + 0.28 * tier)
                pen.polygon([(x * scale, top * scale), ((x - reach) * scale, bottom * scale), ((x + reach) * scale, bottom * scale)], shade)

    return strokes


def _lake(canvas: Canvas, season: Season, sun: tuple[float, float]) -> None:
    """The land above the shore, mirrored and broken by ripples."""
    shore, end = round(SHORE * canvas.height), round((MEADOW + 0.05) * canvas.height)
    depth = np.arange(end - shore, dtype=np.float32)[:, None]
    ripple = canvas.noise(14, 110, 3)[shore:end] * (1 + depth * 0.10)
    mirrored = np.asarray(season.zenith, np.float32) * np.float32(0.12)
    for smear in (-0.6, -0.2, 0.2, 0.6):  # water blurs what it mirrors
        rows = np.clip(shore - 1 - depth * 1.5 + (2.2 + smear) * ripple + 2 * smear, 0, shore - 1).astype(int)
        columns = np.clip(np.arange(canvas.width)[None, :] + (2.4 + smear) * ripple, 0, canvas.width - 1).astype(int)
        mirrored = mirrored + canvas.pixels[rows, columns] * np.float32(0.205)
    x, _ = canvas.grid()
    sparkle = np.exp(-(((x[shore:end] - sun[0]) / 0.05) ** 2)) * smooth(0.15, 0.4, canvas.noise(30, 160, 3)[shore:end])
    mirrored += 0.5 * sparkle[..., None] * np.asarray(season.sun, np.float32)
    canvas.pixels[shore:end] = mirrored
    canvas.pixels[shore - 1 : shore + 2] *= 0.72


def _meadow(canvas: Canvas, season: Season) -> None:
    """The near bank: earth, some thousands of blades of grass, and flowers."""
    random, scale, width, height = canvas.random, OVERSAMPLING, canvas.width, canvas.height
    line = (MEADOW + 0.025 * ridge(random, width, 3, 5)) * height
    rows = np.arange(height, dtype=np.float32)[:, None] - line[None, :]
    earth = np.asarray(blend(season.grass, season.forest, 0.45), np.float32) * (1 + 0.35 * canvas.noise(30, 30, 5))[..., None]
    canvas.paint(smooth(0, 3, rows), earth)

    def strokes(pen: "ImageDraw") -> None:
        for share in np.sort(random.uniform(0, 1, 5200)):
            x = random.uniform(0, width)
            y = float(line[int(x)]) + (height + 14 - float(line[int(x)])) * share
            tall, lean = (6 + 26 * share) * random.uniform(0.5, 1.2), random.normal(1.5, 3.5) * (0.4 + share)
            light = random.uniform(-0.45, 0.45) + 0.25 * np.sin(x / 61 + 2 * share)
            colour = blend(season.grass, season.sun, 0.5 * light) if light > 0 else blend(season.grass, season.forest, -1.4 * light)
            bend = (x + 0.3 * lean, y - 0.6 * tall)
            points = [(px * scale, py * scale) for px, py in ((x, y), bend, (x + lean, y - tall))]
            pen.line(points, ink(colour), width=1 + round(1.6 * share))
            if random.random() < 0.035:
                size = (0.8 + 2.2 * share) * scale
                petal = season.flowers[int(random.integers(len(season.flowers)))]
                px, py = points[-1]
                pen.ellipse([px - size, py - size, px + size, py + 0.8 * size], ink(petal))

    canvas.draw(strokes)


def _birch(canvas: Canvas, season: Season, place: float, near: float) -> None:
    """A white trunk with its marks, hanging twigs and leaves."""
    random, scale, height = canvas.random, OVERSAMPLING, canvas.height
    foot = (MEADOW + 0.02 + 0.17 * max(0.0, near - 0.7)) * height
    levels = np.linspace(0, 1, 160)
    sway = random.normal(0, 7) * levels + 9 * near * np.sin(levels * random.uniform(2, 4) + random.uniform(0, 6)) * levels
    centre = place * canvas.width + sway
    y = foot - levels * foot * 1.06
    half = near * (10.5 - 6.8 * levels) + 3.5 * near * np.exp(-levels * 40)

    def trunk(pen: "ImageDraw") -> None:
        for step in np.linspace(-1, 1, 15):  # strips from the shaded side to the lit one
            light = 0.58 + 0.36 * np.cos(1.35 * (step - 0.35))
            tone = ink((light, light * 0.985, light * 0.95))
            left, right = centre + half * (step - 0.08), centre + half * (step + 0.08)
            edge = [*zip(left * scale, y * scale, strict=True), *zip(right[::-1] * scale, y[::-1] * scale, strict=True)]
            pen.polygon([(float(px), float(py)) for px, py in edge], tone)
        for _ in range(round(95 * near)):
            at = int(len(levels) * random.beta(1.0, 1.5))
            at = min(at, len(levels) - 1)
            long, thick = half[at] * random.uniform(0.2, 1.1), random.uniform(0.5, 2.2) * near
            middle = centre[at] + half[at] * random.uniform(-0.9, 0.9)
            low, high = max(middle - long, centre[at] - half[at]), min(middle + long, centre[at] + half[at])
            box = [low * scale, (y[at] - thick) * scale, high * scale, (y[at] + thick) * scale]
            pen.ellipse([float(value) for value in box], ink((0.13, 0.11, 0.10), random.uniform(0.5, 0.95)))

    def strokes(pen: "ImageDraw") -> None:
        trunk(pen)
        _crown(pen, canvas, season, centre, y, near)

    canvas.draw(strokes)


def _crown(pen: "ImageDraw", canvas: Canvas, season: Season, centre: Curve, y: Curve, near: float) -> None:
    random, scale = canvas.random, OVERSAMPLING
    for _ in range(30):
        at = int(random.uniform(0.42, 0.99) * (len(y) - 1))
        side, reach = random.choice((-1.0, 1.0)), random.uniform(45, 150) * near * (1.25 - at / len(y))
        along = np.linspace(0, 1, 14)
        bx = centre[at] + side * reach * along
        by = y[at] - 0.55 * reach * along + 0.85 * reach * along**2.2
        points = [(float(px) * scale, float(py) * scale) for px, py in zip(bx, by, strict=True)]
        pen.line(points, ink((0.20, 0.15, 0.14)), width=max(1, round(2.2 * near)))
        for _ in range(62):
            spot = int(random.beta(2.2, 1.2) * 13)
            lx, ly = points[spot][0] + random.normal(0, 15 * near), points[spot][1] + abs(random.normal(0, 24 * near))
            size = random.uniform(1.6, 4.2) * near
            leaf = season.leaves[int(random.integers(len(season.leaves)))]
            tone = ink(blend(leaf, (0.1, 0.15, 0.05), random.uniform(0, 0.45)), random.uniform(0.75, 1))
            pen.ellipse([lx - size, ly - 1.3 * size, lx + size, ly + 1.3 * size], tone)
