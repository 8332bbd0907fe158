"""The ways in which works are reused here: 42 attacks in eleven groups, each group with its target."""

from dataclasses import dataclass
from typing import Final

from PIL import Image

from image_peers.changes import (
    Change,
    Pictures,
    Random,
    blurred,
    bordered,
    brighter,
    captioned,
    chained,
    collaged,
    contrasted,
    cropped,
    gamma,
    grey,
    hue_turned,
    inset,
    inverted,
    letterboxed,
    mirrored,
    noisy,
    on_page,
    painting,
    rotated,
    scaled,
    tilted,
    unchanged,
    watermarked,
)
from image_peers.placed import Placed

OTHERS: Final = 4
"""Pictures that an attack may want beside the work."""
QUALITY: Final = 90
"""Of the JPEG as which everything is saved that is no attack on its encoding."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One way in which works are reused."""

    name: str
    change: Change
    saved: str = "JPEG"
    quality: int = QUALITY
    beside: int = 0
    """How many of the other pictures it shows."""

    def apply(self, work: Image.Image, others: Pictures, rng: Random) -> tuple[bytes, Placed]:
        """The item as a file, and where the work stands in it."""
        placed = self.change(Placed.whole(work), others, rng)
        return placed.encoded(self.saved, self.quality), placed


@dataclass(frozen=True, slots=True)
class Group:
    """Attacks that have one target."""

    name: str
    target: float
    """Least share found."""
    attacks: tuple[Attack, ...]


GROUPS: Final = (
    Group(
        "codec, resize, tones, noise, blur",
        0.995,
        (
            Attack("JPEG 30", unchanged, quality=30),
            Attack("JPEG 10", unchanged, quality=10),
            Attack("WebP 30", unchanged, "WEBP", 30),
            Attack("AVIF 30", unchanged, "AVIF", 30),
            Attack("resize .25", scaled(0.25, 0.25)),
            Attack("resize 2", scaled(2, 2)),
            Attack("stretch 1.3", scaled(1.3, 1)),
            Attack("blur 2", painting(blurred(2))),
            Attack("blur 5", painting(blurred(5))),
            Attack("noise 20", noisy(20)),
            Attack("noise 50", noisy(50)),
            Attack("gamma .5", painting(gamma(0.5))),
            Attack("gamma 2", painting(gamma(2))),
            Attack("brightness 1.5", painting(brighter(1.5))),
            Attack("brightness .6", painting(brighter(0.6))),
            Attack("contrast .5", painting(contrasted(0.5))),
            Attack("contrast 2", painting(contrasted(2))),
            Attack("grey", painting(grey)),
            Attack("hue 90°", painting(hue_turned)),
        ),
    ),
    Group(
        "border, letterbox, meme text, watermark",
        0.99,
        (Attack("border", bordered), Attack("letterbox", letterboxed), Attack("meme text", captioned), Attack("watermark", watermarked)),
    ),
    Group("crop 5-10 %", 0.995, (Attack("crop 5 %", cropped(0.05)), Attack("crop 10 %", cropped(0.10)))),
    Group("crop 20-30 %", 0.99, (Attack("crop 20 %", cropped(0.20)), Attack("crop 30 %", cropped(0.30)))),
    Group("crop 50 %", 0.98, (Attack("crop 50 %", cropped(0.50)),)),
    Group("crop 75 %", 0.92, (Attack("crop 75 %", cropped(0.75)),)),
    Group(
        "mirror, 90°, invert",
        0.99,
        (Attack("mirror", mirrored), Attack("rotate 90°", rotated(90)), Attack("invert", painting(inverted))),
    ),
    Group(
        "rotate 2-15°, perspective",
        0.99,
        (
            Attack("rotate 2°", rotated(2)),
            Attack("rotate 5°", rotated(5)),
            Attack("rotate 15°", rotated(15)),
            Attack("perspective", tilted),
        ),
    ),
    Group("collage 2x2", 0.97, (Attack("collage 2x2", collaged, beside=3),)),
    Group(
        "page, inset",
        0.95,
        (
            Attack("page screenshot", on_page),
            Attack("inset 100 % at 25 %", inset(0, 0.25), beside=1),
            Attack("inset 50 % at 25 %", inset(0.5, 0.25), beside=1),
            Attack("inset 50 % at 10 %", inset(0.5, 0.10), beside=1),
        ),
    ),
    Group(
        "chained",
        0.95,
        (Attack("mirror, crop 20 %, text, JPEG 30", chained(mirrored, cropped(0.20), captioned), quality=30),),
    ),
)
ATTACKS: Final = tuple(attack for group in GROUPS for attack in group.attacks)
MEAN_TARGET: Final = 0.985
"""Of the shares found, over all attacks."""
