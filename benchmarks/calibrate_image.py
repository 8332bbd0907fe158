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

import numpy as np
from drawings import WORDS, Random, drawn
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import fingerprints.image
from fingerprints import calibration
from fingerprints.calibration import Calibration
from fingerprints.errors import UnmatchableError
from fingerprints.image import SCHEME, Builder, Scanner
from fingerprints.image.matches import LEAD_DISTANCE, LEAD_INLIERS, NEAR_DISTANCE
from fingerprints.image.verify import MIN_EVIDENCE, MIN_OFF_LINES, MIN_SHARE
from fingerprints.model import Failure, Kind, MediaBatch, Modality

BATCH = 20
POPULATION = (
    "drawn pictures of 512 x 384 px in seven styles (clouds, mosaics, drawings, brickwork, pages of text in one typeface, contours, "
    "scenes), items altered in seven ways"
)
SELECTION = (
    "Earlier runs of as many pairs gave false matches between pages of text on equal line spacing and between stretches of brickwork that "
    "six feature pairs brought together; rules against both were added, and all pairs were measured again on fresh pictures."
)
THRESHOLDS = {
    "evidence": MIN_EVIDENCE,
    "share": MIN_SHARE,
    "off_lines": MIN_OFF_LINES,
    "near_bits": NEAR_DISTANCE,
    "lead_bits": LEAD_DISTANCE,
    "lead_inliers": LEAD_INLIERS,
}


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


def encoded(number: int, *, altered: bool) -> bytes:
    """JPEG of the picture with this number."""
    rng = np.random.default_rng(number)
    image = Image.fromarray(drawn(number, rng))
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
