"""EXIF, IPTC-IIM, PNG text and XMP of a picture, by Pillow; for the decoders' process."""

import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fingerprints.errors import TooLargeError, UndecodableError
from provenance.claims import xmp
from provenance.claims.gathered import Gathered, decoded

if TYPE_CHECKING:
    from PIL.Image import Image

EXIF_IFD = 0x8769
EXIF = {  # CIPA DC-008-2023; the XP tags are Microsoft's, in UTF-16
    0x013B: "Artist",
    0x8298: "Copyright",
    0x9C9B: "XPTitle",
    0x9C9D: "XPAuthor",
    0xA430: "CameraOwnerName",
    0xA436: "ImageTitle",
    0xA437: "Photographer",
}
IPTC = {  # IIM 4.2, record 2
    5: "ObjectName",
    40: "SpecialInstructions",
    80: "By-line",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    118: "Contact",
}
PNG = ("Title", "Author", "Copyright", "Disclaimer", "Source")  # W3C PNG, 11.3.3.1
PNG_METADATA = (b"tEXt", b"zTXt", b"iTXt", b"eXIf")
PACKET, PACKET_END = b"<x:xmpmeta", b"</x:xmpmeta>"  # XMP part 1, 7.3: how a packet is found in a format that one does not know


@dataclass(frozen=True, slots=True)
class Embedded:
    """The claims in a picture's metadata, and the media type by which a manifest is looked for."""

    claims: dict[str, str]
    mime: str


def embedded_here(media: bytes | Path) -> Embedded:
    """The claims of a picture, read in this process; raises UndecodableError or TooLargeError where it is no picture that is read."""
    from PIL import Image

    from fingerprints.image.decode import BROKEN, FORMATS, MAX_BYTES

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata; what matters is noted
        try:
            size = len(media) if isinstance(media, bytes) else media.stat().st_size
            if size > MAX_BYTES:
                raise TooLargeError(f"{size} bytes; the limit is {MAX_BYTES}")
            content = media if isinstance(media, bytes) else media.read_bytes()
            Image.init()
            with Image.open(io.BytesIO(content), formats=[name for name in FORMATS if name in Image.OPEN]) as image:
                mime = "image/jpeg" if image.format == "MPO" else image.get_format_mimetype()  # an MPO is a JPEG with more behind it
                return Embedded(_claims(image, content), mime or "")
        except Image.DecompressionBombError as error:
            raise TooLargeError(str(error)) from error
        except BROKEN as error:
            raise UndecodableError(f"no readable picture: {type(error).__name__}") from error  # whose message may hold an address in memory


def _claims(image: "Image", content: bytes) -> dict[str, str]:
    """Everything that is read of it; what is broken in one kind of metadata leaves the others."""
    from fingerprints.image.decode import BROKEN

    parts: Mapping[str, Callable[[Gathered], None]] = {
        "png": lambda into: _png(image, content, into),  # first: a PNG's metadata may stand behind its pixels
        "exif": lambda into: _exif(image, into),
        "iptc": lambda into: _iptc(image, into),
        "xmp": lambda into: _xmp(image, content, into),
    }
    found: dict[str, str] = {}
    for namespace, read in parts.items():
        gathered = Gathered(namespace)
        try:
            read(gathered)
        except BROKEN as error:
            gathered.unread(f"{type(error).__name__}: {error}")
        found |= gathered.claims()
    return found


def _png(image: "Image", content: bytes, into: Gathered) -> None:
    from fingerprints.image.decode import MAX_PIXELS

    if image.format != "PNG":
        return
    pixels = content.find(b"IDAT")
    if any(content.find(kind, pixels) >= 0 for kind in PNG_METADATA):  # Pillow reads on only once it has decoded them, 30 ms a megapixel
        if image.width * image.height <= MAX_PIXELS:
            image.load()
        else:
            into.unread(f"{image.width} x {image.height} pixels: what stands behind them was not read")
    for name in PNG:
        if isinstance(value := image.info.get(name), str):
            into.add(name, value)


def _exif(image: "Image", into: Gathered) -> None:
    from PIL.Image import Image as Plain

    with warnings.catch_warnings(record=True) as odd:
        warnings.simplefilter("always")
        tags = Plain.getexif(image)  # a PNG's own would decode the pixels in search of it
        values = {**tags, **tags.get_ifd(EXIF_IFD)}
    for tag, name in EXIF.items():
        value = values.get(tag)
        if isinstance(value, bytes):
            into.add(name, value.decode("utf-16-le", "replace") if name.startswith("XP") else decoded(value))
        elif isinstance(value, str):
            into.add(name, decoded(value.encode("latin-1", "replace")))  # as Pillow read it; it is ASCII by the standard, UTF-8 in practice
    if odd:
        into.unread(str(odd[0].message))
    elif image.info.get("exif") and not values:
        into.unread("there is EXIF, and no tag of it could be read")


def _iptc(image: "Image", into: Gathered) -> None:
    from PIL.IptcImagePlugin import getiptcinfo

    for (record, dataset), value in (getiptcinfo(image) or {}).items():  # type: ignore[arg-type] # any picture, of which it takes three kinds
        if record == 2 and dataset in IPTC:
            for each in value if isinstance(value, list) else [value]:
                into.add(IPTC[dataset], decoded(each or b""))


def _xmp(image: "Image", content: bytes, into: Gathered) -> None:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or _packet(content)
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    if packet:
        xmp.read(bytes(packet), into)


def _packet(content: bytes) -> bytes:
    """The first packet in a file of a format whose metadata Pillow does not hand out, such as GIF."""
    start = content.find(PACKET)
    stop = content.find(PACKET_END, start) if start >= 0 else -1
    return content[start : stop + len(PACKET_END)] if stop >= 0 else b""
