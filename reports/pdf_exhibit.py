"""An exhibit as the data that ``sheets.typ`` draws."""

import unicodedata
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from provenance.model import Alignment, PictureSide, SoundSide, TextSide
from reports.exhibits import NEIGHBOURING, OUTLINED, PANELS, Neighbour, Picture, Shown, Side, badges, laid_over, outlined
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

    one, item = shown.exhibit, side(shown.exhibit.item)
    if item and isinstance(one.item, PictureSide):
        item |= _overdrawn(one.item, shown.neighbours)
    drawn = {"missing": "", "modality": str(one.modality), "note": one.note, "item": item, "work": side(one.work)}
    alone = len(one.alignments) == 1
    laid = [made for alignment in one.alignments if (made := _laid_over(alignment, shown, keep, alone=alone))]
    return drawn | {"facts": shown.facts, "legend": _legend(shown.neighbours), "alignments": laid, "alone": alone}


def _legend(neighbours: tuple[Neighbour, ...]) -> str:
    named = ", ".join(f"{other.number} {other.work}" for other in neighbours)
    return f"{OUTLINED} {NEIGHBOURING} {named}." if named else OUTLINED


def _laid_over(alignment: Alignment, shown: Shown, keep: Callable[[Picture], str | None], *, alone: bool) -> dict[str, Any] | None:
    """The four pictures of a region, if they are at hand and can be drawn."""
    pictures = [shown.pictures.get(file) for file in alignment.files]
    files = [keep(picture) if picture else None for picture in pictures]
    if None in files:
        return None
    title, below = laid_over(alignment, alone=alone)
    said = [f"{title}. {caption}" for caption in (*PANELS[:-1], below)]
    panels = [{"file": file, "caption": caption, "alt": alt} for file, caption, alt in zip(files, PANELS, said, strict=True)]
    size = {"width": max(alignment.width, 1), "height": max(alignment.height, 1)}
    return {"title": title, "below": below, "panels": panels, "outline": alignment.outline, **size}


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
    size = {"width": max(side.width, 1), "height": max(side.height, 1)}
    return {"label": side.label, "file": file, **_overdrawn(side), **size}


def _overdrawn(side: PictureSide, neighbours: tuple[Neighbour, ...] = ()) -> dict[str, Any]:
    """What is drawn over a picture, in its pixels: the outlines of what matches, and of other works found in it."""
    others = [named for other in neighbours for named in other.within(side)]
    ours = [(str(number), corners) for number, corners in enumerate(side.outlines, 1)]
    plates = [
        asdict(badge) | {"square": place < len(others)} for place, badge in enumerate(badges([*others, *ours], side.width, side.height))
    ]
    return {"alt": outlined(side, neighbours), "others": [corners for _, corners in others], "outlines": side.outlines, "badges": plates}


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
