"""Any mode of Pillow's to 8-bit sRGB: profiles, transparency, palettes, CMYK, 16-bit and floating-point samples."""

import io
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

PROFILED = ("RGB", "CMYK", "L")
Samples: TypeAlias = NDArray[np.float32] | NDArray[np.int32] | NDArray[np.uint16]


def to_rgb(image: Image.Image) -> Image.Image:
    """The picture in sRGB, over white where it is transparent."""
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_eight_bits(np.asarray(image)), "L").convert("RGB")
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        layered = image.convert("RGBA")
        flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), layered).convert("RGB")
    else:
        flat = image if image.mode in PROFILED else image.convert("RGB")
    profile = image.info.get("icc_profile")
    transform = _transform(profile, flat.mode) if profile else None
    return flat.convert("RGB") if transform is None else ImageCms.applyTransform(flat, transform) or flat.convert("RGB")


def _eight_bits(samples: Samples) -> NDArray[np.uint8]:
    """Integers over the range of 8 or 16 bits as it is; floating point over [0, 1], or stretched where it leaves that range."""
    values = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if samples.dtype.kind == "f":
        low, high = (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)
    elif low >= 0 and high <= 65535:
        low, high = 0.0, 255.0 if high <= 255 and samples.dtype.itemsize != 2 else 65535.0
    scaled = (values - low) * (255.0 / max(high - low, 1e-12))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """What turns colours of a profile into sRGB; None for sRGB itself, or a profile that is damaged or of another mode."""
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(profile))
        if mode == "RGB" and "sRGB" in ImageCms.getProfileDescription(source):
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
