"""What is done to a picture on its way from a work to an item; each change knows where it leaves the work."""

from collections.abc import Callable, Sequence
from math import cos, radians, sin
from typing import Final, TypeAlias

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from image_peers.placed import Placed, box_corners, project, shifted

Random: TypeAlias = np.random.Generator
Pictures: TypeAlias = Sequence[Image.Image]
Change: TypeAlias = Callable[[Placed, Pictures, Random], Placed]
"""Of a placed work and other pictures, which some changes put beside it or under it."""
Paint: TypeAlias = Callable[[Image.Image], Image.Image]

WORDS: Final = ("when", "nobody", "asked", "but", "you", "still", "remember", "every", "picture", "on", "monday", "again", "why", "not")
MIN_SIDE: Final = 16
INSET_PAGE: Final = (900, 700)
COLLAGE: Final = 400
PAGE: Final = (1000, 800)
WHITE, BLACK, INK = (255, 255, 255), (0, 0, 0), (50, 52, 60)


def unchanged(placed: Placed, _others: Pictures, _rng: Random) -> Placed:
    """Only encoded anew."""
    return placed


def painting(paint: Paint) -> Change:
    """Pixels changed where they are."""
    return lambda placed, _others, _rng: placed.painted(paint(placed.image))


def scaled(across: float, down: float) -> Change:
    """To these shares of its sides."""

    def change(placed: Placed, _others: Pictures, _rng: Random) -> Placed:
        return placed.resized(max(MIN_SIDE, round(placed.image.width * across)), max(MIN_SIDE, round(placed.image.height * down)))

    return change


def noisy(deviation: float) -> Change:
    """Gaussian noise of so many levels on each channel."""

    def change(placed: Placed, _others: Pictures, rng: Random) -> Placed:
        pixels = np.asarray(placed.image, np.float32)
        louder = pixels + deviation * rng.standard_normal(pixels.shape, np.float32)
        return placed.painted(Image.fromarray(np.clip(louder, 0, 255).astype(np.uint8)))

    return change


def gamma(power: float) -> Paint:
    """Tones bent by a power."""
    curve = [round(255 * (level / 255) ** power) for level in range(256)]
    return lambda image: image.point(curve * 3)


def hue_turned(image: Image.Image) -> Image.Image:
    """Every colour a quarter of the wheel further."""
    hsv = np.array(image.convert("HSV"))
    hsv[..., 0] += 64
    return Image.fromarray(hsv, "HSV").convert("RGB")


def inverted(image: Image.Image) -> Image.Image:
    """A negative."""
    return Image.fromarray(255 - np.asarray(image))


def bordered(placed: Placed, _others: Pictures, rng: Random) -> Placed:
    """A frame of one colour, a tenth of each side wide."""
    across, down = placed.image.width // 10, placed.image.height // 10
    colour = tuple(rng.integers(0, 256, 3).tolist())
    return placed.pasted(Image.new("RGB", (placed.image.width + 2 * across, placed.image.height + 2 * down), colour), across, down)


def letterboxed(placed: Placed, _others: Pictures, _rng: Random) -> Placed:
    """Black bars above and below, a quarter of the height each."""
    bar = placed.image.height // 4
    return placed.pasted(Image.new("RGB", (placed.image.width, placed.image.height + 2 * bar)), 0, bar)


def said(rng: Random, count: int) -> str:
    """So many words."""
    return " ".join(rng.choice(WORDS, count))


def captioned(placed: Placed, _others: Pictures, rng: Random) -> Placed:
    """A white band with words over the top seventh, outlined words over the bottom, as on memes."""
    image = placed.image.copy()
    width, height = image.size
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(max(12, height // 9))
    draw.rectangle((0, 0, width, height // 7), fill="white")
    draw.text((width // 50, 0), said(rng, 4).upper(), fill="black", font=font)
    draw.text((width // 50, height - height // 6), said(rng, 4).upper(), fill="white", font=font, stroke_width=3, stroke_fill="black")
    return placed.painted(image)


def watermarked(placed: Placed, _others: Pictures, _rng: Random) -> Placed:
    """Half transparent words all over, as agencies sell pictures."""
    image = placed.image.convert("RGBA")
    width, height = image.size
    veil = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw, font = ImageDraw.Draw(veil), ImageFont.load_default(max(12, height // 11))
    for row, y in enumerate(range(0, height, max(1, height // 5))):
        for x in range(-(row % 2) * width // 5, width, max(1, width * 2 // 5)):
            draw.text((x, y), "© PREVIEW", fill=(255, 255, 255, 128), font=font)
    image.alpha_composite(veil)
    return placed.painted(image.convert("RGB"))


def cropped(removed: float) -> Change:
    """Without this share of the area, which is taken off at any of the sides."""

    def change(placed: Placed, _others: Pictures, rng: Random) -> Placed:
        side = (1 - removed) ** 0.5
        width, height = round(placed.image.width * side), round(placed.image.height * side)
        left, top = int(rng.integers(placed.image.width - width + 1)), int(rng.integers(placed.image.height - height + 1))
        return placed.cropped(left, top, width, height)

    return change


def mirrored(placed: Placed, _others: Pictures, _rng: Random) -> Placed:
    """Left and right exchanged."""
    return placed.mirrored()


def rotated(degrees: float) -> Change:
    """Turned clockwise or counterclockwise on a black ground that holds all of it."""

    def change(placed: Placed, _others: Pictures, rng: Random) -> Placed:
        angle = radians(degrees if rng.random() < 0.5 else -degrees)
        turn = np.array([[cos(angle), -sin(angle), 0], [sin(angle), cos(angle), 0], [0, 0, 1]])
        corners = project(turn, box_corners((0, 0, placed.image.width, placed.image.height)))
        low, size = corners.min(axis=0), np.ceil(np.ptp(corners, axis=0) - 1e-6).astype(int)
        return placed.warped(shifted(-low[0], -low[1]) @ turn, int(size[0]), int(size[1]), BLACK)

    return change


def tilted(placed: Placed, _others: Pictures, rng: Random) -> Placed:
    """Seen from aside: each corner up to 12 % of the sides further in, black around."""
    width, height = placed.image.size
    corners = box_corners((0, 0, width, height))
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * rng.uniform(0, 0.12, (4, 2)) * [width, height]
    mapping = cv2.getPerspectiveTransform(corners.astype(np.float32), (corners + inward).astype(np.float32))
    return placed.warped(np.asarray(mapping, np.float64), width, height, BLACK)


def on_page(placed: Placed, _others: Pictures, rng: Random) -> Placed:
    """A post on a page of a social network, with its head, its words and a column of links, as a screen shows it."""
    page = Image.new("RGB", PAGE, (250, 250, 250))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(20)
    draw.rectangle((0, 0, PAGE[0], 60), fill=(44, 72, 120))
    draw.text((20, 16), "network   home   messages   profile", fill=WHITE, font=font)
    for row in range(14):
        draw.text((600, 100 + 46 * row), said(rng, 5), fill=INK, font=font)
    for row in range(4):
        draw.text((60, 590 + 34 * row), said(rng, 7), fill=INK, font=font)
    draw.text((60, 96), said(rng, 6), fill=INK, font=font)
    factor = min(500 / placed.image.width, 420 / placed.image.height)
    return scaled(factor, factor)(placed, (), rng).pasted(page, 60, 140)


def collaged(placed: Placed, others: Pictures, rng: Random) -> Placed:
    """One of four pictures, each made square."""
    page, place = Image.new("RGB", (2 * COLLAGE, 2 * COLLAGE)), int(rng.integers(4))
    left = [other.resize((COLLAGE, COLLAGE)) for other in others[:3]]
    for number in range(4):
        if number != place:
            page.paste(left.pop(), (number % 2 * COLLAGE, number // 2 * COLLAGE))
    return placed.resized(COLLAGE, COLLAGE).pasted(page, place % 2 * COLLAGE, place // 2 * COLLAGE)


def inset(removed: float, share: float) -> Change:
    """The work without a share of its area, on ``share`` of the area of another picture."""

    def change(placed: Placed, others: Pictures, rng: Random) -> Placed:
        part = cropped(removed)(placed, others, rng)
        factor = (INSET_PAGE[0] * INSET_PAGE[1] * share / (part.image.width * part.image.height)) ** 0.5
        factor = min(factor, INSET_PAGE[0] / part.image.width, INSET_PAGE[1] / part.image.height)
        small = scaled(factor, factor)(part, others, rng)
        left, top = (int(rng.integers(max(0, room - side) + 1)) for room, side in zip(INSET_PAGE, small.image.size, strict=True))
        return small.pasted(others[0].resize(INSET_PAGE), left, top)

    return change


def chained(*changes: Change) -> Change:
    """One after the other."""

    def change(placed: Placed, others: Pictures, rng: Random) -> Placed:
        for one in changes:
            placed = one(placed, others, rng)
        return placed

    return change


def blurred(radius: float) -> Paint:
    """By a Gaussian of so many px."""
    return lambda image: image.filter(ImageFilter.GaussianBlur(radius))


def brighter(factor: float) -> Paint:
    """Every level times a factor."""
    return lambda image: ImageEnhance.Brightness(image).enhance(factor)


def contrasted(factor: float) -> Paint:
    """Further from the mean level, or nearer to it."""
    return lambda image: ImageEnhance.Contrast(image).enhance(factor)


def grey(image: Image.Image) -> Image.Image:
    """Without colour."""
    return image.convert("L").convert("RGB")
