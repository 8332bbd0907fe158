"""The pictures of a run: works, which are registered, and distractors, which are not; given in a folder, or drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final, Literal

import numpy as np
import pdqhash
from drawings import drawn
from PIL import Image, ImageOps, UnidentifiedImageError

SIDE: Final = 1024
"""px of the longer side to which given pictures are reduced, so that 42 attacks on each take seconds."""
LEAST_SIDE: Final = 128
"""px of the shorter side; smaller pictures are left out and listed."""
ALIKE: Final = 60
"""Bits of 256 between PDQ hashes, in any turn or mirroring, up to which two given pictures count as one."""
SEED: Final = 5
FIRST_DRAWING: Final = 10_000_000
"""Number of the first drawn picture; the calibration draws others."""
Half = Literal["a", "b"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, ready as a file without loss."""

    name: str
    file: Path
    drawn: bool

    def open(self) -> Image.Image:
        """Its pixels."""
        with Image.open(self.file) as image:
            return image.convert("RGB")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is asked."""

    plants: int
    """Works that are attacked."""
    works: int
    """Registered; drawn ones make up the number."""
    distractors: int
    """Pictures that are attacked though they are not registered."""

    def scaled(self, plants: int) -> "Sizes":
        """As much of the rest as so many attacked works call for."""
        return Sizes(plants, self.works * plants // self.plants, self.distractors * plants // self.plants)


@dataclass(frozen=True, slots=True)
class Material:
    """What everything is measured on."""

    works: tuple[Picture, ...]
    """The given ones first."""
    distractors: tuple[Picture, ...]
    plants: int
    """The first so many works are attacked."""
    left_out: tuple[str, ...]
    """Given pictures that are not used, and why."""
    described: str


def given(folder: Path, into: Path, sizes: Sizes, half: Half | None, without: Mapping[str, str]) -> Material:
    """The pictures in a folder but for those with a reason against them, every second one a work; drawn ones where there are too few."""
    kept, left_out = _told_apart(folder, into, without)
    Random(SEED).shuffle(kept)
    if half:
        kept = kept[half == "b" :: 2]
    works, distractors = kept[::2], kept[1::2]
    more_works, more = _drawings(into, sizes.works - len(works), sizes.distractors - len(distractors), half)
    told = f"{len(works)} of the registered pictures and {min(len(distractors), sizes.distractors)} of the distractors are given ones"
    told += f", half {half} of the collection" if half else ""
    plants = min(sizes.plants, len(works))
    return Material((*works, *more_works), (*distractors, *more)[: sizes.distractors], plants, tuple(left_out), told)


def generated(into: Path, sizes: Sizes, half: Half | None) -> Material:
    """Drawn pictures alone."""
    works, distractors = _drawings(into, sizes.works, sizes.distractors, half)
    return Material(tuple(works), tuple(distractors), min(sizes.plants, len(works)), (), "All pictures are drawn, in seven styles")


def reasons(file: Path) -> dict[str, str]:
    """Why pictures are not to be used, by name: the lines of a file, each a name, a tab and a reason."""
    lines = (line.partition("\t") for line in file.read_text("utf-8").splitlines() if line.strip())
    return {name: reason or "left out by name" for name, _, reason in lines}


def _told_apart(folder: Path, into: Path, without: Mapping[str, str]) -> tuple[list[Picture], list[str]]:
    kept: list[Picture] = []
    hashes: list[np.ndarray] = []
    left_out = []
    for name, image in _pictures(folder):
        if image is None or min(image.size) < LEAST_SIDE or name in without:
            left_out.append(f"{name}: {without.get(name, f'no picture of {LEAST_SIDE} px or more on a side')}")
            continue
        turned, _ = pdqhash.compute_dihedral(np.ascontiguousarray(image))
        apart = [min(int((one != other).sum()) for one in turned) for other in hashes]
        if apart and min(apart) <= ALIKE:
            left_out.append(f"{name}: {min(apart)} bits from {kept[int(np.argmin(apart))].name}")
            continue
        hashes.append(turned[0])
        kept.append(_saved(name, image, into, drawing=False))
    return kept, left_out


def _pictures(folder: Path) -> Iterator[tuple[str, Image.Image | None]]:
    """Each file's name and picture, upright and reduced; None for what is none."""
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        name = file.relative_to(folder).as_posix()
        try:
            with Image.open(file) as opened:
                opened.draft("RGB", (SIDE, SIDE))
                image = ImageOps.exif_transpose(opened).convert("RGBA")
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError):
            yield name, None
            continue
        white = Image.new("RGBA", image.size, "white")
        upright = Image.alpha_composite(white, image).convert("RGB")
        upright.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        yield name, upright


def _saved(name: str, image: Image.Image, into: Path, *, drawing: bool) -> Picture:
    file = into / f"{len(list(into.iterdir())):06}.png"
    image.save(file, compress_level=1)
    return Picture(name, file, drawing)


def _drawings(into: Path, works: int, distractors: int, half: Half | None) -> tuple[Sequence[Picture], Sequence[Picture]]:
    first = FIRST_DRAWING * (2 if half == "b" else 1)
    made = []
    for number in range(first, first + max(0, works) + max(0, distractors)):
        image = Image.fromarray(drawn(number, np.random.default_rng(number)))
        made.append(_saved(f"drawing {number}", image, into, drawing=True))
    return made[: max(0, works)], made[max(0, works) :]
