"""An exhibit as HTML: passages side by side, outlines over pictures, stretches over spectrograms."""

import base64

from provenance.model import PictureSide, SoundSide, TextSide
from reports.exhibits import Picture, Shown, Side
from reports.markup import Markup, joined, tag
from reports.wording import clock, number, plural, stretch

WIDTH, HEIGHT = 1000, 180  # of a time line's drawing, in its own units
TICKS = 5


def exhibit(shown: Shown, *, pictures: bool) -> Markup:
    """Both sides of an exhibit, or why there is none; ``pictures`` is False where the page is full of them."""
    if shown.exhibit is None:
        return tag("p", shown.missing, class_="note")
    note = shown.exhibit.note if pictures else f"{shown.exhibit.note} Pictures left out: the page has reached its limit of size.".strip()
    sides = [("In the item", shown.exhibit.item), ("In the registered work", shown.exhibit.work)]
    drawn = [tag("section", tag("h4", name), _side(side, shown, pictures=pictures), class_="side") for name, side in sides]
    return joined(
        tag("div", drawn, class_="exhibit wide" if isinstance(shown.exhibit.item, SoundSide) else "exhibit"),
        tag("p", note, class_="note") if note else "",
    )


def _side(side: Side | None, shown: Shown, *, pictures: bool) -> Markup:
    if side is None:
        return tag("p", "Not shown.", class_="note")
    label = tag("p", side.label, class_="label")
    if isinstance(side, TextSide):
        return joined(label, _text(side))
    picture = shown.pictures.get(side.file) if pictures else None
    if isinstance(side, SoundSide):
        return joined(label, _sound(side, picture))
    return joined(label, _picture(side, picture) if picture else tag("p", "No picture at hand.", class_="note"))


def _text(side: TextSide) -> Markup:
    pieces = []
    for piece in side.pieces:
        if piece.omitted:
            pieces.append(tag("span", f" [… {plural(piece.omitted, 'character')} omitted …] ", class_="omitted"))
        pieces.append(tag("mark", piece.text) if piece.matched else joined(piece.text))
    begins = tag("p", f"From character {number(side.start + 1)}; the matched words are marked.", class_="note")
    return joined(tag("blockquote", pieces, dir="auto"), begins)


def _picture(side: PictureSide, picture: Picture) -> Markup:
    outlines = [
        tag("polygon", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in corners), class_="outline", vector_effect="non-scaling-stroke")
        for corners in side.outlines
    ]
    image = tag("image", href=_data(picture), width=side.width, height=side.height)
    what = f"{side.label}, with {plural(len(outlines), 'matched region')} outlined"
    return tag("svg", image, outlines, viewBox=f"0 0 {side.width} {side.height}", role="img", aria_label=what, class_="picture")


def _sound(side: SoundSide, picture: Picture | None) -> Markup:
    length = max(side.duration_ms, 1)
    drawn = tag("image", href=_data(picture), width=WIDTH, height=HEIGHT, preserveAspectRatio="none") if picture else ""
    bars = [
        tag(
            "rect",
            x=f"{WIDTH * start / length:.1f}",
            y=0,
            width=f"{max(WIDTH * (stop - start) / length, 2):.1f}",
            height=HEIGHT,
            class_="stretch",
        )
        for start, stop in side.stretches
    ]
    ticks = [_tick(place, length) for place in range(TICKS + 1)]
    what = f"Time line of {side.label}, {clock(side.duration_ms)} long, matched: {_stretches(side)}"
    line = tag("svg", drawn, bars, ticks, viewBox=f"-6 0 {WIDTH + 12} {HEIGHT + 44}", role="img", aria_label=what, class_="sound")
    return joined(line, tag("p", f"Matched: {_stretches(side)} of {clock(side.duration_ms)}"))


def _tick(place: int, length: int) -> Markup:
    x = WIDTH * place / TICKS
    anchor = "start" if place == 0 else "end" if place == TICKS else "middle"
    mark = tag("line", x1=x, x2=x, y1=HEIGHT, y2=HEIGHT + 8, class_="tick")
    return joined(mark, tag("text", clock(length * place // TICKS), x=x, y=HEIGHT + 36, text_anchor=anchor))


def _stretches(side: SoundSide) -> str:
    return ", ".join(stretch(start, stop) for start, stop in side.stretches) or "nothing"


def _data(picture: Picture) -> str:
    return f"data:{picture.mime};base64,{base64.b64encode(picture.content).decode()}"
