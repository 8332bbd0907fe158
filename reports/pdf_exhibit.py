"""An exhibit as the data that ``sheets.typ`` draws."""

import unicodedata
from collections.abc import Callable
from typing import Any

from provenance.model import PictureSide, SoundSide, TextSide
from reports.exhibits import Picture, Shown, Side
from reports.wording import clock, plural, stretch

TICKS = 5


def exhibit(shown: Shown, keep: Callable[[Picture], str | None]) -> dict[str, Any]:
    """Both sides of an exhibit; ``keep`` stores a picture for typst and gives its name, None for one that cannot be drawn."""
    if shown.exhibit is None:
        return {"missing": shown.missing}

    def side(found: Side | None) -> dict[str, Any] | None:
        if found is None:
            return None
        if isinstance(found, TextSide):
            return _text(found)
        picture = shown.pictures.get(found.file)
        file = keep(picture) if picture else None
        return _sound(found, file) if isinstance(found, SoundSide) else _picture(found, file)

    one = shown.exhibit
    return {"missing": "", "modality": str(one.modality), "note": one.note, "item": side(one.item), "work": side(one.work)}


def _text(side: TextSide) -> dict[str, Any]:
    pieces = [
        {"text": piece.text, "matched": piece.matched, "omitted": f"{plural(piece.omitted, 'character')} omitted" if piece.omitted else ""}
        for piece in side.pieces
    ]
    label = f"{side.label}, from character {side.start + 1:,}; the matched words are marked"
    return {"label": label, "pieces": pieces, "rtl": _right_to_left("".join(piece.text for piece in side.pieces))}


def _right_to_left(text: str) -> bool:
    """By the first letter that has a direction, as browsers do (Unicode Standard Annex 9, rule P2)."""
    strong = (direction for character in text if (direction := unicodedata.bidirectional(character)) in {"L", "R", "AL"})
    return next(strong, "L") != "L"


def _picture(side: PictureSide, file: str | None) -> dict[str, Any]:
    alt = f"{side.label}, with {plural(len(side.outlines), 'matched region')} outlined"
    size = {"width": max(side.width, 1), "height": max(side.height, 1)}
    return {"label": side.label, "file": file, "alt": alt, "outlines": side.outlines, **size}


def _sound(side: SoundSide, file: str | None) -> dict[str, Any]:
    matched = ", ".join(stretch(start, stop) for start, stop in side.stretches) or "nothing"
    return {
        "label": f"{side.label}, {clock(side.duration_ms)} long",
        "file": file,
        "alt": f"Time line of {side.label} with its spectrum; matched: {matched}",
        "duration_ms": side.duration_ms,
        "stretches": side.stretches,
        "ticks": [clock(side.duration_ms * place // TICKS) for place in range(TICKS + 1)],
        "matched": matched,
    }
