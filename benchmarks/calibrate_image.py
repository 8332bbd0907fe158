"""Measures how often the image scheme matches pictures that have nothing to do with each other, and writes its calibration.

    python benchmarks/calibrate_image.py --first 100000 --works 1000 --items 1000 --date 2026-11-22 --write

Every picture is drawn here, from its number: clouds, mosaics, drawings, brickwork, pages of text, contours and scenes, and each item is
also cropped, turned, captioned, blurred, inset or saved badly as reused pictures are. No two share anything but their style, so each match
is false. One trial is one item against one work.
"""

import argparse
import io
import os
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import fingerprints.image
from fingerprints import calibration
from fingerprints.calibration import Calibration
from fingerprints.errors import UnmatchableError
from fingerprints.image import SCHEME, Builder, Scanner
from fingerprints.image.matches import LEAD_DISTANCE, LEAD_INLIERS, NEAR_DISTANCE
from fingerprints.image.verify import MIN_EVIDENCE, MIN_OFF_LINES, MIN_SHARE
from fingerprints.model import Failure, Kind, MediaBatch, Modality

Pixels = NDArray[np.uint8]
Random = np.random.Generator
WIDTH, HEIGHT = 512, 384
BATCH = 20
WORDS = ("the", "registered", "work", "stands", "in", "a", "set", "of", "pictures", "and", "its", "author", "may", "never", "know", "that")
POPULATION = (
    "drawn pictures of 512 x 384 px in seven styles (clouds, mosaics, drawings, brickwork, pages of text in one typeface, contours, "
    "scenes), items altered in seven ways"
)
SELECTION = (
    "A first run of as many pairs gave 2 false matches, both between pages of text on equal line spacing; a rule against them was added "
    "and all pairs were measured again on fresh pictures."
)
THRESHOLDS = {
    "evidence": MIN_EVIDENCE,
    "share": MIN_SHARE,
    "off_lines": MIN_OFF_LINES,
    "near_bits": NEAR_DISTANCE,
    "lead_bits": LEAD_DISTANCE,
    "lead_inliers": LEAD_INLIERS,
}


def clouds(rng: Random) -> Pixels:
    """Noise whose amplitude falls with frequency as in photographs (Field 1987), in three related colours."""
    across = np.hypot(*np.meshgrid(np.fft.fftfreq(HEIGHT), np.fft.rfftfreq(WIDTH), indexing="ij"))
    falling = 1 / np.maximum(across, 1 / WIDTH) ** rng.uniform(1.0, 1.7)
    planes = [np.fft.irfft2(np.fft.rfft2(rng.normal(size=(HEIGHT, WIDTH))) * falling, (HEIGHT, WIDTH)) for _ in range(2)]
    first, second = ((p - p.mean()) / p.std() for p in planes)
    mixed = np.stack([128 + rng.uniform(20, 50) * first + rng.uniform(-25, 25) * second for _ in range(3)], axis=2)
    return np.clip(mixed, 0, 255).astype(np.uint8)


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
    return rng.integers(0, 256, (len(seeds), 3)).astype(np.uint8)[owner]


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
    return rng.integers(0, 256, (32, 3)).astype(np.uint8)[levels]


def scene(rng: Random) -> Pixels:
    """A sky over hills, with grain."""
    rows = np.mgrid[:HEIGHT, :WIDTH][0]
    top, bottom = rng.uniform(80, 255, (2, 3))
    share = (rows / HEIGHT)[..., None]
    picture = top * (1 - share) + bottom * share
    for ground in np.sort(rng.uniform(0.3, 0.95, 4)):
        waves = sum(rng.uniform(4, 30) * np.sin(np.arange(WIDTH) / rng.uniform(15, 120) + rng.uniform(0, 6)) for _ in range(4))
        picture[rows > ground * HEIGHT + waves] = rng.uniform(10, 200, 3)
    return np.clip(picture + rng.normal(0, rng.uniform(2, 12), picture.shape), 0, 255).astype(np.uint8)


def turned(image: Image.Image, rng: Random) -> Image.Image:
    """By up to half a turn, corners black."""
    return image.rotate(float(rng.uniform(-180, 180)), Image.Resampling.BICUBIC, expand=True)


def cropped(image: Image.Image, rng: Random) -> Image.Image:
    """A part of 40-90 % of each side."""
    share = float(rng.uniform(0.4, 0.9))
    width, height = round(image.width * share), round(image.height * share)
    x, y = int(rng.integers(image.width - width + 1)), int(rng.integers(image.height - height + 1))
    return image.crop((x, y, x + width, y + height))


def captioned(image: Image.Image, rng: Random) -> Image.Image:
    """A white band with words across the top."""
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, image.width, 60), fill="white")
    draw.text((8, 6), " ".join(rng.choice(WORDS, 3)).upper(), fill="black", font=ImageFont.load_default(40))
    return image


def inset(image: Image.Image, rng: Random) -> Image.Image:
    """Small, on a white page."""
    canvas = Image.new("RGB", (800, 600), "white")
    canvas.paste(image.resize((300, 225)), (int(rng.integers(500)), int(rng.integers(375))))
    return canvas


def blurred(image: Image.Image, rng: Random) -> Image.Image:
    """By a Gaussian of 1-4 px."""
    return image.filter(ImageFilter.GaussianBlur(float(rng.uniform(1, 4))))


def resized(image: Image.Image, rng: Random) -> Image.Image:
    """To 30-150 % of its sides, each its own way."""
    return image.resize((round(image.width * rng.uniform(0.3, 1.5)), round(image.height * rng.uniform(0.3, 1.5))))


def flipped(image: Image.Image, rng: Random) -> Image.Image:
    """Mirrored or upside down."""
    return image.transpose(Image.Transpose(int(rng.integers(2))))


ALTERATIONS = (turned, cropped, captioned, inset, blurred, resized, flipped)
STYLES = (clouds, mosaic, drawing, brickwork, page, contours, scene)


def encoded(number: int, *, altered: bool) -> bytes:
    """JPEG of the picture with this number."""
    rng = np.random.default_rng(number)
    image = Image.fromarray(STYLES[number % len(STYLES)](rng))
    if altered:
        image = ALTERATIONS[int(rng.integers(len(ALTERATIONS)))](image, rng)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(30, 95)))
    return buffer.getvalue()


def register(first: int, count: int, directory: Path) -> int:
    """Writes a shard of pictures with these numbers; gives how many were matchable."""
    builder, registered = Builder(), 0
    for number in range(first, first + count):
        try:
            builder.add(f"w{number}", builder.fingerprint(encoded(number, altered=False)))
            registered += 1
        except UnmatchableError as error:
            print(f"not registered: picture {number}: {error}")
    builder.write(directory)
    return registered


def scan(scanner: Scanner, first: int, count: int) -> Counter[Kind]:
    """Matches by kind in pictures that are not registered; each is printed."""
    found: Counter[Kind] = Counter()
    for start in range(first, first + count, BATCH):
        numbers = range(start, min(start + BATCH, first + count))
        for hit in scanner.scan(MediaBatch(Modality.IMAGE, tuple(encoded(n, altered=True) for n in numbers))):
            if isinstance(hit, Failure):
                raise SystemExit(f"picture {numbers[hit.position]}: {hit.error}")
            found[hit.match.kind] += 1
            print(f"picture {numbers[hit.position]} -> {hit.asset}: {hit.match.kind} {hit.match.score} {dict(hit.match.measures)}")
    return found


def measured(day: date, works: int, items: int, found: Counter[Kind]) -> Calibration:
    """The calibration that these counts amount to."""
    findings = sum(found[kind] for kind in (Kind.VERIFIED, Kind.NEAR_DUPLICATE, Kind.EXACT))
    false = {"finding": findings, "lead": findings + found[Kind.LEAD]}
    return Calibration(SCHEME, day, POPULATION, "one picture against one registered picture", works * items, false, THRESHOLDS, SELECTION)


def main() -> None:
    """Registers, scans, prints, and with --write replaces the shipped calibration."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--works", type=int, default=150)
    options.add_argument("--items", type=int, default=200)
    options.add_argument(
        "--first",
        type=int,
        default=0,
        help="number of the first picture; take fresh ones after a threshold was moved because of what it measured",
    )
    options.add_argument("--date", required=True, help="of the measurement, YYYY-MM-DD")
    options.add_argument("--write", action="store_true", help="replace fingerprints/image/calibration.json")
    args = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        works = register(args.first, args.works, Path(folder))
        middle = time.process_time()
        found = scan(Scanner([Path(folder)]), args.first + args.works, args.items)
        ended = time.process_time()
    print(f"{(middle - started) / args.works * 1e3:.0f} ms a work, {(ended - middle) / args.items * 1e3:.0f} ms an item, drawing included")
    result = measured(date.fromisoformat(args.date), works, args.items, found)
    print(f"{result.n:,} pairs, false matches: {dict(result.false_matches)}")
    if args.write:
        calibration.write(Path(fingerprints.image.__file__).parent / "calibration.json", result)


if __name__ == "__main__":
    main()
