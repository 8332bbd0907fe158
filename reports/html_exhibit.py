"""An exhibit as HTML: passages side by side, outlines over pictures, stretches over spectrograms."""

import base64

from provenance.model import Alignment, PictureSide, SoundSide, TextSide
from reports.exhibits import NEIGHBOURING, OUTLINED, PANELS, Badge, Neighbour, Outline, Picture, Shown, Side, badges, laid_over, outlined
from reports.markup import Content, Markup, joined, tag
from reports.wording import clock, number, plural, stretch

WIDTH, HEIGHT = 1000, 180  # of a time line's drawing, in its own units
TICKS = 5
LONG = 3  # letters of a badge's name, from which on they are smaller
SIDES = 2  # of the four pictures of a region, the item's and the work's: on these the region is outlined


def exhibit(shown: Shown, *, pictures: bool) -> Markup:
    """Both sides of an exhibit, or why there is none; ``pictures`` is False where the page is full of them."""
    one = shown.exhibit
    if one is None:
        return tag("p", shown.missing, class_="note")
    note = one.note if pictures else f"{one.note} Pictures left out: the page has reached its limit of size.".strip()
    sides = [("In the item", one.item), ("In the registered work", one.work)]
    drawn = [tag("section", tag("h4", name), _side(side, shown, pictures=pictures), class_="side") for name, side in sides]
    return joined(
        tag("p", shown.facts) if shown.facts else "",
        tag("div", drawn, class_="exhibit wide" if isinstance(one.item, SoundSide) else "exhibit"),
        _legend(shown) if isinstance(one.item, PictureSide) else "",
        [_laid_over(alignment, shown, alone=len(one.alignments) == 1) for alignment in one.alignments] if pictures else "",
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
    if picture is None:
        return joined(label, tag("p", "No picture at hand.", class_="note"))
    neighbours = shown.neighbours if shown.exhibit and side is shown.exhibit.item else ()
    return joined(label, _picture(side, picture, neighbours))


def _text(side: TextSide) -> Markup:
    pieces = []
    for piece in side.pieces:
        if piece.omitted:
            pieces.append(tag("span", f" [… {plural(piece.omitted, 'character')} omitted …] ", class_="omitted"))
        pieces.append(tag("mark", piece.text) if piece.matched else joined(piece.text))
    begins = tag("p", f"From character {number(side.start + 1)}; the matched words are marked.", class_="note")
    return joined(tag("blockquote", pieces, dir="auto"), begins)


def _picture(side: PictureSide, picture: Picture, neighbours: tuple[Neighbour, ...]) -> Markup:
    size = side.width, side.height
    others = [(name, corners) for other in neighbours for name, corners in other.within(side)]
    ours = [(str(number), corners) for number, corners in enumerate(side.outlines, 1)]
    lines = [_outline(corners, kind) for kind, named in (("neighbour", others), ("outline", ours)) for _, corners in named]
    plates = [_badge(badge, square=place < len(others)) for place, badge in enumerate(badges([*others, *ours], *size))]
    return _drawing(picture, size, outlined(side, neighbours), [*lines, *plates])


def _drawing(picture: Picture, size: tuple[int, int], what: str, over: Content = "") -> Markup:
    width, height = size
    image = tag("image", href=_data(picture), width=width, height=height)
    return tag("svg", image, over, viewBox=f"0 0 {width} {height}", role="img", aria_label=what, class_="picture")


def _outline(corners: Outline, kind: str) -> Markup:
    """Dashes on a white line, which show on any picture and without colour."""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return joined([tag("polygon", points=points, class_=style, vector_effect="non-scaling-stroke") for style in ("halo", kind)])


def _badge(badge: Badge, *, square: bool) -> Markup:
    """A name on a disc, or on a square if it is a neighbour's."""
    corner = 0 if square else badge.radius
    place = {"x": round(badge.x - badge.radius, 1), "y": round(badge.y - badge.radius, 1)}
    side, style = round(2 * badge.radius, 1), "plate square" if square else "plate"
    plate = tag("rect", width=side, height=side, rx=corner, class_=style, vector_effect="non-scaling-stroke", **place)
    letters = round((1.35 if len(badge.name) < LONG else 0.9) * badge.radius, 1)
    return joined(plate, tag("text", badge.name, x=badge.x, y=badge.y, font_size=letters, class_="name"))


def _legend(shown: Shown) -> Markup:
    others = [
        joined(", " if place else "", tag("a", f"{other.number} {other.work}", href=f"#{other.id}"))
        for place, other in enumerate(shown.neighbours)
    ]
    also = joined(f" {NEIGHBOURING} ", others, ".") if others else ""
    return tag("p", OUTLINED, also, class_="note")


def _laid_over(alignment: Alignment, shown: Shown, *, alone: bool) -> Markup:
    """The four pictures of a region, if they are at hand; large if it is the only one."""
    drawn = [picture for file in alignment.files if (picture := shown.pictures.get(file))]
    if len(drawn) < len(PANELS):
        return Markup()
    title, below = laid_over(alignment, alone=alone)
    size = max(alignment.width, 1), max(alignment.height, 1)
    panels = []
    for place, (picture, caption) in enumerate(zip(drawn, PANELS, strict=True)):
        over = _outline(alignment.outline, "outline") if place < SIDES else ""
        said = f"{title}. {below if caption == PANELS[-1] else caption}"
        panels.append(tag("figure", _drawing(picture, size, said, over), tag("figcaption", caption)))
    four = tag("div", panels, class_="panels large" if alone else "panels")
    return tag("section", tag("h4", title), four, tag("p", below, class_="note"), class_="aligned")


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
