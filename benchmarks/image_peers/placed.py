"""A picture that shows a work, and the map that says where."""

import io
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Map: TypeAlias = NDArray[np.float64]
"""3 x 3; takes (x, y, 1) in px of the work to px of the picture, both counted from the corner of the top left pixel."""
Corners: TypeAlias = NDArray[np.float64]
"""4 x 2, from the work's top left, clockwise."""
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""
TO_CENTRES: Final = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
"""OpenCV counts from the middle of a pixel."""
RASTER: Final = 1024
"""px of the longer side on which areas are counted."""
SUBPIXEL: Final = 4
"""Bits behind the point in OpenCV's drawing."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture and where the work stands in it; each method gives the picture that comes of one change."""

    image: Image.Image
    map: Map
    shown: Box
    """The part of the work that the picture shows, in px of the work."""
    size: tuple[int, int]
    """Of the work."""

    @staticmethod
    def whole(image: Image.Image) -> "Placed":
        """The work itself."""
        return Placed(image, np.eye(3), (0, 0, image.width, image.height), image.size)

    @property
    def work(self) -> Corners:
        """Corners of the shown part in the work."""
        return box_corners(self.shown)

    @property
    def item(self) -> Corners:
        """The same corners in the picture."""
        return project(self.map, self.work)

    def painted(self, image: Image.Image) -> "Placed":
        """Other pixels at the same places."""
        return replace(self, image=image)

    def resized(self, width: int, height: int) -> "Placed":
        """At exactly this size."""
        mapping = np.diag([width / self.image.width, height / self.image.height, 1.0])
        return replace(self, image=self.image.resize((width, height), Image.Resampling.LANCZOS), map=mapping @ self.map)

    def cropped(self, left: int, top: int, width: int, height: int) -> "Placed":
        """A part; the work must stand upright, mirrored or not."""
        inverse: Map = np.linalg.inv(self.map).astype(np.float64)
        back = project(inverse, box_corners((left, top, left + width, top + height)))
        low, high = back.min(axis=0), back.max(axis=0)
        x0, y0, x1, y1 = self.shown
        kept = (max(x0, float(low[0])), max(y0, float(low[1])), min(x1, float(high[0])), min(y1, float(high[1])))
        part = self.image.crop((left, top, left + width, top + height))
        return replace(self, image=part, map=shifted(-left, -top) @ self.map, shown=kept)

    def mirrored(self) -> "Placed":
        """Left and right exchanged."""
        mapping = np.array([[-1, 0, self.image.width], [0, 1, 0], [0, 0, 1]], float)
        return replace(self, image=self.image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), map=mapping @ self.map)

    def warped(self, mapping: Map, width: int, height: int, fill: tuple[int, int, int]) -> "Placed":
        """Taken by the map into a picture of this size."""
        grid = np.linalg.inv(TO_CENTRES) @ mapping @ TO_CENTRES
        pixels = cv2.warpPerspective(np.asarray(self.image), grid, (width, height), flags=cv2.INTER_CUBIC, borderValue=fill)
        return replace(self, image=Image.fromarray(pixels), map=mapping @ self.map)

    def pasted(self, canvas: Image.Image, left: int, top: int) -> "Placed":
        """On a copy of the canvas."""
        canvas = canvas.copy()
        canvas.paste(self.image, (left, top))
        return replace(self, image=canvas, map=shifted(left, top) @ self.map)

    def encoded(self, kind: str, quality: int) -> bytes:
        """The picture as a file of this format."""
        buffer = io.BytesIO()
        self.image.save(buffer, kind, quality=quality)
        return buffer.getvalue()


def shifted(x: float, y: float) -> Map:
    """The map that moves by so many px."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], float)


def box_corners(box: Box) -> Corners:
    """From the top left, clockwise."""
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def project(mapping: Map, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points (n x 2) on the other side."""
    moved = points @ mapping[:, :2].T + mapping[:, 2]
    result: NDArray[np.float64] = moved[:, :2] / moved[:, 2:]
    return result


def overlap(reported: list[Corners], truth: Corners, width: float, height: float) -> float:
    """Intersection over union of what the quadrilaterals cover together with the truth, in a picture of this size."""
    factor = RASTER / max(width, height)
    said, true = (_filled(quads, factor, width, height) for quads in (reported, [truth]))
    return float((said & true).sum() / max(1, (said | true).sum()))


def _filled(quads: list[Corners], factor: float, width: float, height: float) -> NDArray[np.bool_]:
    mask = np.zeros((round(height * factor), round(width * factor)), np.uint8)
    for quad in quads:
        points = np.rint((quad * factor - 0.5) * (1 << SUBPIXEL)).astype(np.int32)
        cv2.fillConvexPoly(mask, np.asarray(cv2.convexHull(points)), 1, shift=SUBPIXEL)
    return mask > 0
