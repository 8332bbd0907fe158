"""Pictures drawn for these tests, and what is done to them."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from fingerprints.image import Builder, Scanner
from fingerprints.model import Failure, MediaBatch, Modality


def draw(seed: int, width: int = 640, height: int = 480) -> Image.Image:
    """A picture with texture, edges and shapes of its own."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (height // 20, width // 20, 3)).astype(np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image)
    for _ in range(60):
        x, y, w, h = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(5, 60), rng.uniform(5, 60)
        (pen.ellipse if rng.random() < 0.5 else pen.rectangle)((x, y, x + w, y + h), fill=tuple(rng.integers(0, 256, 3).tolist()))
    return image


def encode(image: Image.Image, form: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


class Registry:
    """Registered pictures, and the scanner over their shard."""

    def __init__(self, directory, works, erased=frozenset()):
        builder = Builder()
        for asset, content in works.items():
            builder.add(asset, builder.fingerprint(content))
        builder.write(directory)
        self.scanner = Scanner([directory], erased)

    def hits(self, *items):
        found = list(self.scanner.scan(MediaBatch(Modality.IMAGE, items)))
        assert not [entry for entry in found if isinstance(entry, Failure)]
        return found

    def only(self, item):
        (hit,) = self.hits(item)
        return hit


@pytest.fixture(scope="session")
def works():
    return {f"w{seed}": draw(seed) for seed in range(6)}


@pytest.fixture(scope="session")
def registry(works, tmp_path_factory):
    return Registry(tmp_path_factory.mktemp("shard") / "s", {asset: encode(image) for asset, image in works.items()})


@pytest.fixture(scope="session")
def make():
    """The drawing and encoding above, for tests that need other pictures."""
    return draw, encode, Registry
