"""The files of the demo's pictures and sounds, as bytes by name."""

import io
import json
import tarfile
from typing import TYPE_CHECKING, Final

from provenance.demo import prose

if TYPE_CHECKING:
    from PIL.Image import Image

WORK_QUALITY: Final = 92
COPY_QUALITY: Final = 60
NEIGHBOUR_QUALITY: Final = 86

EXCERPT_START: Final = 17.3  # s into the waltz
EXCERPT_SECONDS: Final = 15.0
NOISE_DECIBELS: Final = 10.0  # below the music
CHANGED: Final = 1_760_000_000  # Unix time of a tar member; any will do as long as it stays

CAPTIONS: Final = (
    ("000000", "Contours of a coast with three bays and an island, one line for every ten metres.", "https://maps.example.org/coast"),
    ("000001", "A page of a city magazine, with a night view, a map and a window.", "https://scans.example.org/city-42"),
    ("000002", "A floor of square tiles with quarter circles in two colours, somewhat worn.", "https://tiles.example.org/floor-8"),
)
"""Key, caption and source of each sample in the shard."""


def sounds() -> dict[str, bytes]:
    """The registered recordings, the noisy excerpt and the neighbour."""
    from provenance.demo.music import pieces
    from provenance.demo.music.synthesis import wav

    waltz = pieces.tidewater_waltz()
    return {
        "works/tidewater-waltz.wav": wav(waltz),
        "works/night-freight.wav": wav(pieces.night_freight()),
        "dataset/audio/field-recording-03.wav": wav(pieces.excerpt_in_noise(waltz, EXCERPT_START, EXCERPT_SECONDS, NOISE_DECIBELS)),
        "dataset/audio/kettle-song.wav": wav(pieces.kettle_song()),
    }


def pictures() -> dict[str, bytes]:
    """The registered pictures, their variants, the neighbours and the shard; raises ImportError without Pillow."""
    from provenance.demo.pictures import neighbours, variants
    from provenance.demo.pictures.harbour import harbour
    from provenance.demo.pictures.herbarium import plate
    from provenance.demo.pictures.landscape import AUTUMN, SPRING, landscape

    birches = landscape(900, 650, 11, SPRING, (0.66, 0.27), (0.13, 0.90, 0.24))
    night = harbour(900, 650, 5)
    flower = plate(900, 650, 9)
    coast = neighbours.contour_map(700, 500, 31)
    window = neighbours.leaded_window(700, 500, 32)
    floor = neighbours.tiled_floor(700, 500, 33)
    page = variants.page(night, (coast, window), "The City After Dark", _column())
    return {
        "works/birches-in-may.jpg": jpeg(birches, WORK_QUALITY),
        "works/harbour-at-night.jpg": jpeg(night, WORK_QUALITY),
        "works/plate-nine.png": png(flower),
        "dataset/images/img-00412.jpg": jpeg(landscape(700, 500, 23, AUTUMN, (0.30, 0.33), (0.82,)), NEIGHBOUR_QUALITY),
        "dataset/images/img-00417.jpg": jpeg(variants.cropped_and_mirrored(birches), COPY_QUALITY),
        "dataset/images/img-00421.jpg": jpeg(window, NEIGHBOUR_QUALITY),
        "dataset/shard-000.tar": shard([jpeg(picture, NEIGHBOUR_QUALITY) for picture in (coast, page, floor)]),
        "outputs/sunflower-blue.jpg": jpeg(variants.recoloured_and_turned(flower), NEIGHBOUR_QUALITY),
    }


def jpeg(picture: "Image", quality: int) -> bytes:
    """The picture as a JPEG of that quality."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def png(picture: "Image") -> bytes:
    """The picture as a PNG."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def shard(pictures: list[bytes]) -> bytes:
    """A WebDataset shard: picture, caption and source of each sample under one key."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for (key, caption, source), picture in zip(CAPTIONS, pictures, strict=True):
            sidecar = json.dumps({"url": source, "license": "unknown"})
            for suffix, content in (("jpg", picture), ("json", sidecar.encode()), ("txt", caption.encode())):
                member = tarfile.TarInfo(f"{key}.{suffix}")
                member.size, member.mtime = len(content), CHANGED
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _column() -> tuple[str, ...]:
    """Lines for the magazine's page, 31 characters wide."""
    import textwrap

    return tuple(textwrap.wrap(prose.text("city-column"), 31))
