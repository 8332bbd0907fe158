"""A plate from a flora that nobody wrote: a flower head ruled by the golden angle, a fern, and their construction lines."""

from typing import TYPE_CHECKING, Final

import numpy as np

from provenance.demo.pictures.canvas import OVERSAMPLING, Canvas, Colour, Curve, blend, gradient, ink, smooth

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

GOLDEN_ANGLE: Final = np.pi * (3 - np.sqrt(5))  # the angle between one seed and the next (Vogel 1979)
PAPER: Final[Colour] = (0.955, 0.925, 0.850)
SEPIA: Final[Colour] = (0.26, 0.18, 0.12)
GREEN: Final[Colour] = (0.30, 0.42, 0.22)
PETAL: Final[Colour] = (0.90, 0.62, 0.16)
HEAD: Final = (0.385, 0.375)  # the flower's centre, as shares of width and height
UNIT: Final = 650  # lengths below are pixels of a plate of this height


def plate(width: int, height: int, seed: int) -> "Image":
    """The plate."""
    canvas = Canvas.blank(width, height, seed, PAPER)
    _paper(canvas)
    canvas.draw(lambda pen: _construction(pen, canvas), 0.55)
    canvas.draw(lambda pen: _stem(pen, canvas))
    canvas.draw(lambda pen: _flower(pen, canvas))
    canvas.draw(lambda pen: _fern(pen, canvas, (0.845, 0.86), 400.0))
    canvas.draw(lambda pen: _sections(pen, canvas))
    canvas.draw(lambda pen: _lettering(pen, canvas))
    return canvas.image(0.008)


def _paper(canvas: Canvas) -> None:
    """Fibres, stains and a darker edge."""
    x, y = canvas.grid()
    fibre = canvas.noise(140, 40, 3) + canvas.noise(40, 140, 3)
    canvas.pixels *= (1 + 0.018 * fibre)[..., None]
    canvas.paint(0.22 * smooth(0.15, 0.8, canvas.noise(4, 3, 6)), (0.80, 0.68, 0.48))
    edge = np.maximum(np.abs(x - 0.5), np.abs(y - 0.5)) + 0.012 * canvas.noise(9, 7, 5)
    canvas.paint(0.32 * smooth(0.40, 0.12, edge), (0.70, 0.55, 0.34))


def _at(canvas: Canvas, point: tuple[float, float]) -> tuple[float, float]:
    """A place given as shares of width and height, in the enlarged frame."""
    return point[0] * canvas.width * OVERSAMPLING, point[1] * canvas.height * OVERSAMPLING


def _unit(canvas: Canvas) -> float:
    return canvas.height * OVERSAMPLING / UNIT


def _points(x: Curve, y: Curve) -> list[tuple[float, float]]:
    return [(float(px), float(py)) for px, py in zip(x, y, strict=True)]


def _construction(pen: "ImageDraw", canvas: Canvas) -> None:
    """Circles, spokes and two logarithmic spirals around the flower; the frame and its scale."""
    (x, y), unit = _at(canvas, HEAD), _unit(canvas)
    line = ink(blend(SEPIA, PAPER, 0.25))
    for radius in (104, 142, 196, 214):
        pen.ellipse([x - radius * unit, y - radius * unit, x + radius * unit, y + radius * unit], outline=line, width=2)
    for spoke in range(72):
        angle, inner = spoke * np.pi / 36, 196 if spoke % 6 else 150
        ends = [(x + r * unit * np.cos(angle), y + r * unit * np.sin(angle)) for r in (inner, 214)]
        pen.line([(float(px), float(py)) for px, py in ends], line, 2)
    turns = np.linspace(0, 4.6 * np.pi, 400)
    for hand in (1, -1):
        radius_at = 6.0 * np.exp(0.245 * turns) * unit
        pen.line(_points(x + radius_at * np.cos(hand * turns), y + radius_at * np.sin(hand * turns)), line, 2)
    for inset in (17, 23):
        pen.rectangle([inset * unit, inset * unit, *(float(value - inset * unit) for value in _at(canvas, (1, 1)))], outline=line, width=2)
    for tick in range(61):
        top, left = 17 * unit, (30 + 13.6 * tick) * unit
        pen.line([left, top, left, top + (12 if tick % 5 == 0 else 6) * unit], line, 2)


def _petal(pen: "ImageDraw", foot: tuple[float, float], angle: float, size: tuple[float, float], tone: Colour) -> None:
    """A petal or leaf with its outline, midrib and veins; ``size`` is its length and half its breadth in the enlarged frame."""
    along = np.linspace(0, 1, 40)
    half = size[1] * np.sin(np.pi * along**0.8) ** 0.85 * (1 - 0.25 * along)
    bow = 0.06 * size[0] * np.sin(np.pi * along)
    cosine, sine = np.cos(angle), np.sin(angle)

    def place(u: Curve, v: Curve) -> list[tuple[float, float]]:
        return _points(foot[0] + u * cosine - v * sine, foot[1] + u * sine + v * cosine)

    outline = [*place(size[0] * along, bow + half), *place(size[0] * along[::-1], (bow - half)[::-1])]
    pen.polygon(outline, ink(tone))
    pen.polygon([*place(size[0] * along, bow + half), *place(size[0] * along[::-1], bow[::-1])], ink(blend(tone, SEPIA, 0.16)))
    vein = ink(blend(tone, SEPIA, 0.55))
    for step in range(2, 33, 2):
        for side in (1.0, -1.0):
            u = size[0] * np.array([along[step], along[step] + 0.10, along[step] + 0.16])
            v = bow[step] + side * half[min(39, step + 6)] * np.array([0.0, 0.6, 0.9])
            pen.line(place(u, v), vein, 1)
    pen.line(place(size[0] * along, bow), ink(blend(tone, SEPIA, 0.75)), 2)
    pen.line([*outline, outline[0]], ink(SEPIA), 2)


def _stem(pen: "ImageDraw", canvas: Canvas) -> None:
    random, unit, (x, y) = canvas.random, _unit(canvas), _at(canvas, HEAD)
    along = np.linspace(0, 1, 60)
    sx = x + unit * (26 * np.sin(along * 2.6) - 8 * along)
    sy = y + unit * 388 * along
    for width, tone in ((15, SEPIA), (12, GREEN), (4, blend(GREEN, PAPER, 0.45))):
        pen.line(_points(sx - (width < 10) * 2.5 * unit, sy), ink(tone), round(width * unit / 2), joint="curve")
    for at, side, long in ((27, -1, 172), (35, 1, 178), (43, -1, 140), (49, 1, 128)):
        angle = (-0.18 if side > 0 else np.pi + 0.18) + side * 0.05 * random.normal()
        tone = blend(GREEN, (0.55, 0.58, 0.25), random.uniform(0, 0.5))
        _petal(pen, (float(sx[at]), float(sy[at])), float(angle), (long * unit, 30 * unit), tone)


def _flower(pen: "ImageDraw", canvas: Canvas) -> None:
    """Two rings of petals and, within, the seeds at multiples of the golden angle."""
    random, unit, (x, y) = canvas.random, _unit(canvas), _at(canvas, HEAD)
    for count, long, shade, turn in ((25, 98, 0.35, 0.13), (21, 82, 0.0, 0.0)):
        for petal in range(count):
            angle = 2 * np.pi * petal / count + turn + random.normal(0, 0.035)
            foot = (float(x + 88 * unit * np.cos(angle)), float(y + 88 * unit * np.sin(angle)))
            tone = blend(blend(PETAL, (0.80, 0.34, 0.12), random.uniform(0, 0.45)), SEPIA, 0.45 * shade)
            _petal(pen, foot, float(angle), (long * random.uniform(0.9, 1.06) * unit, 15.5 * unit), tone)
    pen.ellipse([x - 104 * unit, y - 104 * unit, x + 104 * unit, y + 104 * unit], ink(blend(SEPIA, (0, 0, 0), 0.35)))
    _seeds(pen, canvas, 760)


def _seeds(pen: "ImageDraw", canvas: Canvas, count: int) -> None:
    random, unit, (x, y) = canvas.random, _unit(canvas), _at(canvas, HEAD)
    scale = gradient(
        ((0, (0.62, 0.70, 0.30)), (0.35, (0.70, 0.58, 0.20)), (0.62, (0.52, 0.30, 0.12)), (1, (0.30, 0.18, 0.12))), np.linspace(0, 1, count)
    )
    for seed in range(count):
        radius, angle = 101 * unit * np.sqrt((seed + 0.5) / count), seed * GOLDEN_ANGLE
        sx, sy, size = x + radius * np.cos(angle), y + radius * np.sin(angle), unit * (1.5 + 1.9 * seed / count)
        out, across = np.array([np.cos(angle), np.sin(angle)]) * size * 1.5, np.array([-np.sin(angle), np.cos(angle)]) * size
        corners = [(sx + d[0], sy + d[1]) for d in (out, across, -out, -across)]
        tone: Colour = (float(scale[seed, 0]), float(scale[seed, 1]), float(scale[seed, 2]))
        pen.polygon([(float(px), float(py)) for px, py in corners], ink(blend(tone, PETAL, random.uniform(0, 0.3))), ink(SEPIA))
        pen.point([(float(sx - size / 3), float(sy - size / 3))], ink(PAPER))


def _fern(pen: "ImageDraw", canvas: Canvas, foot: tuple[float, float], long: float) -> None:
    """A frond whose pinnae are fronds again."""
    random, unit, (x, y) = canvas.random, _unit(canvas), _at(canvas, foot)
    along = np.linspace(0, 1, 44)
    bend = -0.17 * along**2.2
    rx, ry = x + long * unit * bend, y - long * unit * along * (1 - 0.10 * along**2)
    for at in range(5, 43):
        reach = 118 * unit * np.sin(np.pi * (0.10 + 0.88 * along[at])) ** 0.75 * (1 - 0.30 * along[at])
        lean = np.arctan2(ry[at] - ry[at - 1], rx[at] - rx[at - 1])
        for side in (-1, 1):
            angle = lean + side * (1.22 - 0.35 * along[at]) + random.normal(0, 0.03)
            for part in np.linspace(0.12, 1, 13):
                px, py = rx[at] + reach * part * np.cos(angle), ry[at] + reach * part * np.sin(angle)
                size = unit * (7.5 - 5.2 * part) * (1.1 - 0.8 * along[at])
                tone = ink(blend(GREEN, (0.56, 0.62, 0.30), random.uniform(0, 0.7)))
                for edge in (-1, 1):
                    tip = angle + edge * 1.0
                    qx, qy = px + 1.9 * size * np.cos(tip), py + 1.9 * size * np.sin(tip)
                    wx, wy = -0.5 * size * np.sin(tip), 0.5 * size * np.cos(tip)
                    leaf = [(px, py), ((px + qx) / 2 + wx, (py + qy) / 2 + wy), (qx, qy), ((px + qx) / 2 - wx, (py + qy) / 2 - wy)]
                    pen.polygon([(float(a), float(b)) for a, b in leaf], tone, ink(blend(SEPIA, GREEN, 0.3)))
            end = (float(rx[at] + reach * np.cos(angle)), float(ry[at] + reach * np.sin(angle)))
            pen.line([(float(rx[at]), float(ry[at])), end], ink(SEPIA), 2)
    pen.line(_points(rx, ry), ink(SEPIA), round(2.2 * unit), joint="curve")


def _sections(pen: "ImageDraw", canvas: Canvas) -> None:
    """Two cross-sections and a row of seeds at the left."""
    unit = _unit(canvas)
    for place, arms in (((0.098, 0.20), 5), ((0.098, 0.42), 8)):
        x, y = _at(canvas, place)
        turn = np.linspace(0, 2 * np.pi, 241)
        for ring in range(11, 0, -1):
            radius = unit * 4.9 * ring * (1 + 0.10 * (ring / 11) * np.cos(arms * turn))
            tone = blend(blend(GREEN, PAPER, 0.72), blend(PETAL, PAPER, 0.35), (ring % 3) / 2)
            shape = _points(x + radius * np.cos(turn), y + radius * np.sin(turn))
            pen.polygon(shape, ink(tone))
            pen.line(shape, ink(SEPIA), 2)
        for cell in range(arms * 5):
            angle = 2 * np.pi * cell / (arms * 5)
            cx, cy, size = x + 35 * unit * np.cos(angle), y + 35 * unit * np.sin(angle), unit * (4.6 if cell % 5 == 0 else 2.6)
            pen.ellipse([float(v) for v in (cx - size, cy - size, cx + size, cy + size)], ink(blend(SEPIA, PETAL, 0.3)), ink(SEPIA))
    for number in range(6):
        x, y = _at(canvas, (0.066 + 0.031 * (number % 3), 0.60 + 0.085 * (number // 3)))
        _petal(
            pen,
            (x, y + 18 * unit),
            -np.pi / 2 + 0.12 * (number - 2.5),
            ((34 - 2 * number) * unit, 7 * unit),
            blend(PETAL, SEPIA, 0.2 + 0.1 * number),
        )


def _lettering(pen: "ImageDraw", canvas: Canvas) -> None:
    """The plate's title, the numbers of its figures, and their leaders."""
    from PIL import ImageFont

    unit, tone = _unit(canvas), ink(SEPIA)
    large, small = ImageFont.load_default(19 * unit), ImageFont.load_default(11.5 * unit)
    for place, words, font in (
        ((0.592, 0.935), "HELIANTHELLA  IMAGINARIA", large),
        ((0.098, 0.305), "Fig. 2.  stem, a", small),
        ((0.098, 0.525), "Fig. 3.  stem, b", small),
        ((0.098, 0.760), "Fig. 4.  seeds", small),
        ((0.868, 0.900), "Fig. 5.  frond", small),
        ((0.655, 0.100), "Fig. 1.  capitulum", small),
        ((0.930, 0.062), "PL. IX", small),
    ):
        pen.text(_at(canvas, place), words, tone, font, "mm")
    pen.line([_at(canvas, (0.595, 0.113)), _at(canvas, (0.490, 0.165))], tone, 2)
