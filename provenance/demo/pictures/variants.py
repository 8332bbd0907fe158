"""What becomes of pictures on their way into a data set or out of a model."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

PAGE = (1_000, 1_010)
COLUMNS, LINE = 3, 27  # of text, and the pixels from one line to the next


def cropped_and_mirrored(picture: "Image", share: float = 0.70) -> "Image":
    """That share of the picture's area, around a point a little off its middle, left and right exchanged."""
    from PIL import ImageOps

    scale = share**0.5
    width, height = round(picture.width * scale), round(picture.height * scale)
    left, top = round(0.35 * (picture.width - width)), round(0.6 * (picture.height - height))
    return ImageOps.mirror(picture.crop((left, top, left + width, top + height)))


def recoloured_and_turned(picture: "Image", degrees: float = 3.0) -> "Image":
    """The picture in the hues of another hour, turned, on paper of the colour of its corner."""
    from PIL import Image

    values = np.asarray(picture.convert("RGB"), np.float32) / 255
    mixing = np.array(((0.35, 0.15, 0.50), (0.20, 0.75, 0.05), (0.70, 0.25, 0.05)), np.float32)
    hued = np.clip(values @ mixing.T, 0, 1) ** np.float32(0.9)
    corner = tuple(int(value) for value in np.round(hued[4, 4] * 255))
    turned = Image.fromarray(np.round(hued * 255).astype(np.uint8))
    return turned.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(corner[0], corner[1], corner[2]))


def page(main: "Image", others: tuple["Image", "Image"], heading: str, lines: tuple[str, ...]) -> "Image":
    """A magazine's page: a heading, the main picture, two small pictures beside it, and lines of text in three columns."""
    from PIL import Image, ImageDraw, ImageFont

    sheet = Image.new("RGB", PAGE, (250, 248, 243))
    pen = ImageDraw.Draw(sheet)
    pen.rectangle([50, 44, 950, 50], (150, 40, 36))
    pen.text((50, 60), heading, (24, 22, 20), ImageFont.load_default(50))
    pen.line([50, 132, 950, 132], (120, 116, 110), 2)
    below = _placed(sheet, main, (50, 156), 640)
    top = 156
    for other in others:
        top = _placed(sheet, other, (714, top), 236) + 24
    rows = -(-len(lines) // COLUMNS)
    for number, line in enumerate(lines):
        column, row = divmod(number, rows)
        pen.text((50 + 308 * column, below + 30 + LINE * row), line, (40, 38, 36), ImageFont.load_default(19))
    return sheet


def _placed(sheet: "Image", picture: "Image", corner: tuple[int, int], width: int) -> int:
    """Puts a picture on the sheet at that width; gives the row below it."""
    from PIL import Image

    height = round(width * picture.height / picture.width)
    sheet.paste(picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS), corner)
    return corner[1] + height
