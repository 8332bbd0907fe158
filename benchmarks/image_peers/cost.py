"""Question 3: pictures a second by tier and size, and bytes of the index a work."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import imagehash
import numpy as np
import pdqhash
from PIL import Image

from fingerprints import shard
from fingerprints.image import Scanner
from fingerprints.image.decode import decode_grey
from fingerprints.image.perceptual import views_of
from fingerprints.model import Failure, MediaBatch, Modality
from image_peers.material import Material, Picture
from image_peers.processes import decode_apart, decode_here, family_seconds
from image_peers.registry import Registry

SIZES: Final = {"1 MP": (1152, 868), "12 MP": (4000, 3000)}
GRAIN: Final = 4.0
"""Levels of noise, without which an enlarged picture would be decoded faster than a photograph."""
QUALITY: Final = 85
LEAST_SECONDS: Final = 1.5
"""Of a measurement; processes are timed to a hundredth."""
Step = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast one thing is done."""

    what: str
    size: str
    rate: float
    """Pictures a CPU second, of this process and the decoder's together."""


@dataclass(frozen=True, slots=True)
class Files:
    """JPEGs of one size."""

    size: str
    distractors: tuple[Path, ...]
    works: tuple[Path, ...]

    @property
    def bytes(self) -> float:
        """On average."""
        both = (*self.distractors, *self.works)
        return sum(file.stat().st_size for file in both) / len(both)


@dataclass(frozen=True, slots=True)
class Array:
    """One array of the index."""

    name: str
    part: str
    """Hot or cold."""
    group: str
    bytes: float
    """That one more work takes."""


@dataclass(frozen=True, slots=True)
class Costs:
    """All of it."""

    files: tuple[Files, ...]
    rates: tuple[Rate, ...]
    arrays: tuple[Array, ...]


def measured(material: Material, registry: Registry, folder: Path, count: int) -> Costs:
    """On so many distractors and works of each size."""
    made = _files(material, folder, count)
    return Costs(tuple(made), tuple(_rates(registry, made)), tuple(_arrays(registry)))


def _files(material: Material, folder: Path, count: int) -> list[Files]:
    """So many distractors and works, enlarged and grained, as JPEGs of each size."""
    made = []
    for name, size in SIZES.items():
        place = folder / name.replace(" ", "")
        place.mkdir()
        both = [
            tuple(_jpeg(one, size, place / f"{kind}-{n}.jpg") for n, one in enumerate(pictures[:count]))
            for kind, pictures in (("distractor", material.distractors), ("work", material.works))
        ]
        made.append(Files(name, both[0], both[1]))
    return made


def _jpeg(picture: Picture, size: tuple[int, int], file: Path) -> Path:
    pixels = np.asarray(picture.open().resize(size, Image.Resampling.BICUBIC), np.float32)
    grain = np.random.default_rng(len(picture.name)).standard_normal(pixels.shape[:2], np.float32)[..., None] * np.float32(GRAIN)
    Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=QUALITY)
    return file


def _rates(registry: Registry, made: Sequence[Files]) -> Iterator[Rate]:
    """Each tier and peer on the same files."""
    scan: Step = partial(_scan, Scanner([registry.shard]))
    tiers: dict[str, Step] = {"decode": decode_grey, "hash tier": _hash_tier, "all tiers": scan}
    for of_size in made:
        print(f"cost: {of_size.size}", file=sys.stderr)
        for suffix, prepare in (("in one process", decode_here), ("isolated decoder", decode_apart)):
            prepare()
            for tier, step in tiers.items():
                yield Rate(f"{tier}, {suffix}", of_size.size, _rate(step, of_size.distractors))
        decode_here()
        yield Rate("all tiers, in one process, items that show a work", of_size.size, _rate(scan, of_size.works))
        for name, peer in PEERS.items():
            yield Rate(name, of_size.size, _rate(peer, of_size.distractors))


def _rate(step: Step, items: Sequence[Path]) -> float:
    step(items[0])  # compiles, maps and starts what has to be started
    began, done = family_seconds(), 0
    while (spent := family_seconds() - began) < LEAST_SECONDS or not done:
        for item in items:
            step(item)
        done += len(items)
    return done / spent


def _hash_tier(file: Path) -> object:
    """What is done before a registry is asked for whole pictures."""
    ((_, picture),) = decode_grey(file)
    return views_of(picture.pixels)


def _scan(scanner: Scanner, file: Path) -> object:
    found = list(scanner.scan(MediaBatch(Modality.IMAGE, (file,))))
    for one in found:
        if isinstance(one, Failure):
            raise one.error
    return found


def _opened(file: Path) -> Image.Image:
    with Image.open(file) as image:
        return image.convert("RGB")


PEERS: Final[Mapping[str, Step]] = {
    "Pillow, decode": _opened,
    "imagehash phash": lambda file: imagehash.phash(_opened(file)),
    "imagehash phash 16x16": lambda file: imagehash.phash(_opened(file), hash_size=16),
    "pdqhash": lambda file: pdqhash.compute(np.asarray(_opened(file))),
}


HASHES: Final = ("hashes", "digests", "digest-owners", "sizes", "pdq")
THUMBNAILS: Final = "thumbnail"


def _arrays(registry: Registry) -> list[Array]:
    """Bytes a work by array: what the second half of the works adds to the first."""
    whole, half = (shard.head(directory).arrays for directory in (registry.shard, registry.half))
    added = len(registry.works) - len(registry.works) // 2
    return [_array(name, (layout.bytes - half[name].bytes) / added) for name, layout in whole.items()]


def _array(full: str, size: float) -> Array:
    part, _, name = full.partition("-")
    group = "thumbnails" if name.startswith(THUMBNAILS) else "hashes" if name.startswith(HASHES) else "features"
    return Array(name, part, group, size)
