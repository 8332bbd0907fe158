"""Deterministic media of each modality: works, unrelated items, and items that hold a passage of a work at a known place."""

import io
import random
import wave
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from PIL import Image, ImageDraw

from fingerprints.model import Interval, MediaBatch, Modality, Quadrilateral

RATE = 22050
SCALE = (0, 2, 4, 5, 7, 9, 11)


@dataclass(frozen=True, slots=True)
class Planted:
    """An item, and where it and the work agree."""

    media: bytes
    item: Interval | Quadrilateral
    work: Interval | Quadrilateral


@dataclass(frozen=True, slots=True)
class Material:
    """How media of one modality are made: the same seed gives the same bytes."""

    work: Callable[[int], bytes]
    plant: Callable[[int], Planted]
    """An item that holds a passage of ``work(seed)``."""
    overlap: float
    """The least intersection over union of a found segment with the truth, on both sides."""


def batch(modality: Modality, *media: bytes) -> MediaBatch:
    """The media as a scanner takes them."""
    if modality is Modality.TEXT:
        return MediaBatch(modality, pa.array([text.decode() for text in media], pa.large_string()))
    return MediaBatch(modality, media)


def prose(seed: int, words: int = 1500) -> str:
    """Sentences of a made-up language: two hundred frequent words and a long tail of rare ones, as in any language."""
    language = random.Random("language")
    syllables = [c + v + e for c in "bdfgklmnprstvz" for v in "aeiou" for e in ("", "n", "r", "s")]
    vocabulary = ["".join(language.choices(syllables, k=language.choice((1, 2, 2, 3)))) for _ in range(6000)]
    weights = [1 / (rank + 5) for rank in range(len(vocabulary))]
    rng = random.Random(f"prose {seed}")
    chosen = iter(rng.choices(vocabulary, weights, k=words))
    sentences = []
    while sentence := [word for _, word in zip(range(rng.randint(5, 20)), chosen, strict=False)]:
        sentences.append(" ".join(sentence).capitalize() + ".")
    return " ".join(sentences)


def _text(seed: int) -> bytes:
    return prose(seed).encode()


def _planted_text(seed: int) -> Planted:
    work, host = prose(seed), prose(seed + 1000)
    start, stop = (work.index(" ", at) for at in (3000, 3800))
    cut = host.index(" ", 2500)
    passage = work[start + 1 : stop]
    item = f"{host[:cut]} {passage}{host[cut:]}"
    return Planted(item.encode(), (cut + 1, cut + 1 + len(passage)), (start + 1, stop))


def picture(seed: int, width: int = 640, height: int = 480) -> Image.Image:
    """Shapes over a rough ground, with grain: corners, edges and texture everywhere."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(160):
        x, y = rng.integers(0, width), rng.integers(0, height)
        points = [(int(x + dx), int(y + dy)) for dx, dy in rng.integers(-45, 46, (int(rng.integers(3, 6)), 2))]
        draw.polygon(points, fill=tuple(rng.integers(0, 256, 3).tolist()), outline=tuple(rng.integers(0, 256, 3).tolist()))
    grain = rng.normal(0, 6, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _image(seed: int) -> bytes:
    return _png(picture(seed))


def _planted_image(seed: int) -> Planted:
    left, top, right, bottom = 96, 60, 544, 420
    return Planted(
        _png(picture(seed).crop((left, top, right, bottom))),
        ((0, 0), (right - left, 0), (right - left, bottom - top), (0, bottom - top)),
        ((left, top), (right, top), (right, bottom), (left, bottom)),
    )


def melody(seed: int, seconds: float = 30.0) -> np.ndarray:
    """Notes of a scale with overtones and decay over a bass, with a little noise; mono, float in [-1, 1]."""
    rng = np.random.default_rng(seed)
    sound = rng.normal(0, 0.004, int(seconds * RATE))
    for octave, shortest, longest, level in ((60, 0.12, 0.5, 0.25), (48, 0.3, 0.9, 0.2), (36, 0.6, 1.6, 0.2)):
        at = 0.0
        root = int(rng.integers(0, 12))
        while at < seconds:
            length = rng.uniform(shortest, longest)
            pitch = octave + root + SCALE[rng.integers(0, 7)] + 12 * rng.integers(0, 2)
            start, stop = int(at * RATE), min(sound.size, int((at + length) * RATE))
            time = np.arange(stop - start) / RATE
            tones = sum(np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * n * time) / n for n in range(1, 6))
            sound[start:stop] += level * tones * np.exp(-3 * time / length) * np.minimum(1, time / 0.01)
            at += length
    return np.clip(sound / 1.5, -1, 1)


def _wav(sound: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32000).astype("<i2").tobytes())
    return buffer.getvalue()


def _audio(seed: int) -> bytes:
    return _wav(melody(seed))


def _planted_audio(seed: int) -> Planted:
    host = melody(seed + 1000, 16.0)
    cut, start, stop = 6 * RATE, 11 * RATE, 21 * RATE
    item = np.concatenate([host[:cut], melody(seed)[start:stop], host[cut:]])
    return Planted(_wav(item), (6000, 16000), (11000, 21000))


MATERIAL = {
    Modality.TEXT: Material(_text, _planted_text, 0.9),
    Modality.IMAGE: Material(_image, _planted_image, 0.8),
    Modality.AUDIO: Material(_audio, _planted_audio, 0.8),
}
