"""Pictures that no registered work stands in: a contour map, a leaded window and a tiled floor."""

from typing import TYPE_CHECKING

import numpy as np

from provenance.demo.pictures.canvas import OVERSAMPLING, Canvas, Colour, blend, gradient, ink, smooth

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

GLASS: tuple[Colour, ...] = (
    (0.75, 0.15, 0.18),
    (0.10, 0.30, 0.62),
    (0.93, 0.72, 0.20),
    (0.14, 0.48, 0.34),
    (0.90, 0.88, 0.80),
    (0.48, 0.20, 0.50),
)


PANES = (10, 7)


def contour_map(width: int, height: int, seed: int) -> "Image":
    """Hills and a bay on a map: tints by height, contour lines, shading from the north-west and a grid."""
    canvas = Canvas.blank(width, height, seed)
    x, y = canvas.grid()
    land = canvas.noise(4, 3, 6) + 0.5 - 1.1 * x * y
    tints = (
        (-0.4, (0.45, 0.66, 0.80)),
        (-0.001, (0.74, 0.87, 0.92)),
        (0.0, (0.78, 0.85, 0.66)),
        (0.5, (0.93, 0.90, 0.72)),
        (1.1, (0.80, 0.62, 0.46)),
    )
    canvas.pixels = gradient(tints, land)
    slope_y, slope_x = np.gradient(land)
    canvas.pixels *= np.clip(1 + 9 * (slope_x + slope_y) * (land > 0), 0.6, 1.25)[..., None]
    steepness = np.hypot(slope_x, slope_y) + 1e-4
    for interval, wide, dark in ((0.06, 0.55, 0.5), (0.30, 1.1, 0.8)):
        off = np.abs(land - interval * np.round(land / interval)) / steepness
        canvas.paint((dark * np.clip(1.4 * wide - off, 0, 1)).astype(np.float32), (0.50, 0.33, 0.20))
    off_grid = np.minimum(np.abs(10 * x - np.round(10 * x)) * width, np.abs(10 * y - np.round(10 * y)) * height) / 10
    canvas.paint((0.35 * (off_grid < 0.6)).astype(np.float32), (0.2, 0.3, 0.5))
    return canvas.image()


def leaded_window(width: int, height: int, seed: int) -> "Image":
    """Panes of coloured glass between strips of lead, with daylight behind them."""
    canvas = Canvas.blank(width, height, seed)
    x, y = canvas.grid()
    cells = np.stack(np.meshgrid(np.arange(PANES[0]), np.arange(PANES[1])), axis=-1).reshape(-1, 2)
    sites = ((cells + canvas.random.uniform(0.12, 0.88, cells.shape)) / PANES).astype(np.float32)
    wobble = 0.02 * canvas.noise(9, 7, 3)
    pane = np.zeros(x.shape, np.intp)
    nearest, second = np.full(x.shape, np.inf, np.float32), np.full(x.shape, np.inf, np.float32)
    for number, (site_x, site_y) in enumerate(sites):
        distance = np.hypot((x - site_x + wobble) * np.float32(width / height), y - site_y)
        second = np.minimum(second, np.maximum(nearest, distance))
        pane[distance < nearest] = number
        nearest = np.minimum(nearest, distance)
    colours = np.asarray(
        [blend(GLASS[i % len(GLASS)], (1, 1, 1), 0.25 * float(canvas.random.random())) for i in canvas.random.permutation(len(sites))],
        np.float32,
    )
    daylight = 0.78 + 0.45 * np.exp(-(((x - 0.6) / 0.4) ** 2 + ((y - 0.3) / 0.5) ** 2)) + 0.14 * canvas.noise(40, 30, 5)
    canvas.pixels = colours[pane] * daylight[..., None].astype(np.float32)
    lead = smooth(-0.016, 0.006, nearest - second)
    canvas.paint(lead, np.float32(0.16) + 0.06 * np.repeat(canvas.noise(120, 90, 2)[..., None], 3, axis=2))
    return canvas.image()


def tiled_floor(width: int, height: int, seed: int) -> "Image":
    """Quarter circles on worn square tiles, turned at random (Truchet 1704; Smith 1987)."""
    canvas = Canvas.blank(width, height, seed, (0.84, 0.80, 0.72))
    canvas.pixels *= (1 + 0.10 * canvas.noise(14, 10, 6))[..., None]
    side, random = 50 * OVERSAMPLING, canvas.random

    def strokes(pen: "ImageDraw") -> None:
        for left in range(0, width * OVERSAMPLING, side):
            for top in range(0, height * OVERSAMPLING, side):
                tone = blend((0.16, 0.34, 0.46), (0.62, 0.25, 0.18), float(random.random() < 0.22))
                corners = ((0, 0), (side, side)) if random.random() < 0.5 else ((side, 0), (0, side))
                for dx, dy in corners:
                    for radius, colour in ((0.66, tone), (0.58, blend(tone, (1, 1, 1), 0.4)), (0.42, tone), (0.34, (0.84, 0.80, 0.72))):
                        start = {(0, 0): 0, (side, 0): 90, (side, side): 180, (0, side): 270}[dx, dy]
                        cx, cy, reach = left + dx, top + dy, radius * side
                        shade = blend(colour, (0, 0, 0), random.uniform(0, 0.12))
                        pen.pieslice([cx - reach, cy - reach, cx + reach, cy + reach], start, start + 90, ink(shade))
                pen.rectangle([left, top, left + side, top + side], outline=ink((0.36, 0.33, 0.30)), width=3)

    canvas.draw(strokes, 0.92)
    canvas.pixels *= (1 + 0.10 * canvas.noise(60, 45, 4))[..., None]
    return canvas.image()
