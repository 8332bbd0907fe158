"""Pictures of seven kinds, drawn at random: no two share anything but their style, and all may be given to anybody."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Random = np.random.Generator
WIDTH, HEIGHT = 512, 384
WORDS = ("the", "registered", "work", "stands", "in", "a", "set", "of", "pictures", "and", "its", "author", "may", "never", "know", "that")


def clouds(rng: Random) -> Pixels:
    """Noise whose amplitude falls with frequency as in photographs (Field 1987), in three related colours."""
    across = np.hypot(*np.meshgrid(np.fft.fftfreq(HEIGHT), np.fft.rfftfreq(WIDTH), indexing="ij"))
    falling = 1 / np.maximum(across, 1 / WIDTH) ** rng.uniform(1.0, 1.7)
    planes = [np.fft.irfft2(np.fft.rfft2(rng.normal(size=(HEIGHT, WIDTH))) * falling, (HEIGHT, WIDTH)) for _ in range(2)]
    first, second = ((p - p.mean()) / p.std() for p in planes)
    mixed = np.stack([128 + rng.uniform(20, 50) * first + rng.uniform(-25, 25) * second for _ in range(3)], axis=2)
    picture: Pixels = np.clip(mixed, 0, 255).astype(np.uint8)
    return picture


def mosaic(rng: Random) -> Pixels:
    """Flat cells around random points (Voronoi)."""
    seeds = rng.uniform((0, 0), (HEIGHT, WIDTH), (int(rng.integers(20, 200)), 2))
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    nearest = np.full((HEIGHT, WIDTH), np.inf)
    owner = np.zeros((HEIGHT, WIDTH), int)
    for number, (y, x) in enumerate(seeds):
        distance = (rows - y) ** 2 + (columns - x) ** 2
        owner[distance < nearest] = number
        nearest = np.minimum(nearest, distance)
    picture: Pixels = rng.integers(0, 256, (len(seeds), 3)).astype(np.uint8)[owner]
    return picture


def drawing(rng: Random) -> Pixels:
    """Ellipses, lines and polygons on a plain ground."""
    image = Image.new("RGB", (WIDTH, HEIGHT), tuple(rng.integers(0, 256, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(10, 60))):
        colour = tuple(rng.integers(0, 256, 3).tolist())
        x, y = float(rng.uniform(0, WIDTH)), float(rng.uniform(0, HEIGHT))
        reach = rng.uniform(8, 120, 8)
        shape = int(rng.integers(3))
        if shape == 0:
            draw.ellipse((x, y, x + reach[0], y + reach[1]), fill=colour)
        elif shape == 1:
            draw.line((x, y, x + reach[0] - 60, y + reach[1] - 60), fill=colour, width=int(rng.integers(1, 9)))
        else:
            draw.polygon([(x + a - 60, y + b - 60) for a, b in reach.reshape(4, 2)], fill=colour)
    return np.asarray(image)


def brickwork(rng: Random) -> Pixels:
    """Rows of bricks or stripes with uneven tones."""
    tall, wide, joint = int(rng.integers(12, 48)), int(rng.integers(24, 96)), int(rng.integers(1, 5))
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    row = rows // tall
    brick = (columns + (row % 2) * wide // 2) // wide
    tones = rng.normal(140, 25, (HEIGHT // tall + 1, WIDTH // wide + 3))[row, brick]
    mortar = (rows % tall < joint) | ((columns + (row % 2) * wide // 2) % wide < joint)
    grain = rng.normal(0, 8, (HEIGHT, WIDTH))
    return np.clip(np.where(mortar, 60, tones)[..., None] + grain[..., None] + rng.uniform(-40, 40, 3), 0, 255).astype(np.uint8)


def page(rng: Random) -> Pixels:
    """Lines of words in Pillow's own typeface."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (250, 250, 248))
    draw = ImageDraw.Draw(image)
    size = int(rng.integers(10, 30))
    for y in range(8, HEIGHT, size + 6):
        draw.text((12, y), " ".join(rng.choice(WORDS, 12)), fill=(30, 30, 40), font=ImageFont.load_default(size))
    return np.asarray(image)


def contours(rng: Random) -> Pixels:
    """Bands between the levels of a smooth surface."""
    surface = cv2.GaussianBlur(rng.normal(size=(HEIGHT, WIDTH)), (0, 0), float(rng.uniform(8, 30)))
    levels = np.floor((surface - surface.min()) / (surface.max() - surface.min()) * int(rng.integers(4, 16))).astype(int)
    picture: Pixels = rng.integers(0, 256, (32, 3)).astype(np.uint8)[levels]
    return picture


def scene(rng: Random) -> Pixels:
    """A sky over hills, with grain."""
    rows = np.mgrid[:HEIGHT, :WIDTH][0]
    top, bottom = rng.uniform(80, 255, (2, 3))
    share = (rows / HEIGHT)[..., None]
    picture = top * (1 - share) + bottom * share
    for ground in np.sort(rng.uniform(0.3, 0.95, 4)):
        waves = sum(rng.uniform(4, 30) * np.sin(np.arange(WIDTH) / rng.uniform(15, 120) + rng.uniform(0, 6)) for _ in range(4))
        picture[rows > ground * HEIGHT + waves] = rng.uniform(10, 200, 3)
    grained: Pixels = np.clip(picture + rng.normal(0, rng.uniform(2, 12), picture.shape), 0, 255).astype(np.uint8)
    return grained


STYLES: Final[tuple[Callable[[Random], Pixels], ...]] = (clouds, mosaic, drawing, brickwork, page, contours, scene)


def drawn(number: int, rng: Random) -> Pixels:
    """The picture with this number, rows x columns x 3, in the style whose turn it is; leaves ``rng`` behind what it has drawn."""
    style = STYLES[number % len(STYLES)]
    return style(rng)
