"""The exhibit of a picture: numbered outlines, the work laid over the item, other works in the same picture."""

import io
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.reader import PdfFileReader

from provenance.document import dumps, read_exhibit
from provenance.model import LAID, Alignment, Audit
from reports import exhibits, html, pdf, wording
from reports.exhibits import badges

MEASURES = {"mirrored": True, "inverted": False, "rotated": -12.2, "scaled": 0.31}
SQUARE = ((10.0, 10.0), (50.0, 10.0), (50.0, 50.0), (10.0, 50.0))
PLACED = ("The item, as it stands", "The work, brought into the same place", "Both: the framed squares are of the work")


@pytest.fixture
def laid_over(make, with_findings) -> tuple[Audit, Path]:
    """An audit with one picture in which two works were found, the first of them in two regions that are laid over."""
    audit, evidence = make(5)
    first, second = audit.findings[1], audit.findings[4]
    match = replace(first.match, measures=MEASURES, coverage_of_work=0.48, coverage_of_item=0.1)
    first = replace(first, match=match)
    second = replace(second, item=replace(second.item, sha256=first.item.sha256), decision=first.decision)
    alignments = []
    for region in (1, 2):
        names = [f"{first.id}-{region}-{part}.jpg" for part in LAID]
        for shade, name in enumerate(names):
            Image.fromarray(np.full((60, 80, 3), 60 * shade, np.uint8)).save(evidence / name)
        alignments.append(Alignment(region, 80, 60, SQUARE, *names, 0.034 * (region - 1), MEASURES | {"mirrored": region == 1}))
    file = evidence / "1.json"
    file.write_bytes(dumps(replace(read_exhibit(file), alignments=tuple(alignments))))
    return with_findings(audit, (first, second)), evidence


class Labels(HTMLParser):
    """The alternative texts of a page's drawings, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.labels: list[str] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        if tag == "svg":
            self.labels.append(dict(attrs)["aria-label"])

    def handle_data(self, data):
        self.text += data


def alternative_texts(document: bytes) -> list[str]:
    """The /Alt of every element of a PDF's structure, in order."""
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, DictionaryObject):
            if "/Alt" in node:
                found.append(str(node["/Alt"]))
            walk(node.get("/K"))
        elif isinstance(node, list):
            for position in range(len(node)):
                walk(node[position])

    walk(PdfFileReader(io.BytesIO(document)).root["/StructTreeRoot"])
    return found


def expected() -> list[str]:
    regions = (
        "Region 1, the work laid over the item: mirrored, turned by 12° counter-clockwise, scaled to 31 %",
        "Region 2, the work laid over the item: turned by 12° counter-clockwise, scaled to 31 %",
    )
    differ = ("No part of the region differs by 32 or more.", "3.4 % of the region differs by 32 or more.")
    said = []
    for title, end in zip(regions, differ, strict=True):
        said += [f"{title}. {caption}" for caption in PLACED] + [f"{title}. {exhibits.COMPARED} {end}"]
    return said


def test_the_page_tells_every_picture_in_words(laid_over):
    page = Labels(html.render(*laid_over).decode())
    assert [label for label in page.labels if label.startswith("Region")] == expected()
    assert any(
        label.endswith("with 1 matched region outlined; other works found in it: 2 The Old House at the Corner, part 2")
        for label in page.labels
    )


def test_the_document_tells_every_picture_in_words(laid_over):
    told = alternative_texts(pdf.render(*laid_over))
    assert [text for text in told if text.startswith("Region")] == expected()
    assert any(text.endswith("other works found in it: 2 The Old House at the Corner, part 2") for text in told)


def test_one_line_says_how_much_is_shown_and_how_it_was_altered(laid_over):
    line = "The item shows 48 % of the work; the work covers 10 % of the item; mirrored; turned by 12° counter-clockwise; scaled to 31 %."
    assert exhibits.load(laid_over[0].findings[0], laid_over[1]).facts == line
    assert line in Labels(html.render(*laid_over).decode()).text


@pytest.mark.parametrize(
    ("degrees", "said"),
    [
        (12.2, "turned by 12° clockwise"),
        (-90, "turned by 90° counter-clockwise"),
        (180, "turned by 180°"),
        (-179.8, "turned by 180°"),
        (0.3, ""),
    ],
)
def test_a_turn_says_which_way_round(degrees, said):
    assert wording.altered({"rotated": degrees}) == said


def test_outlines_are_numbered_and_told_apart_without_colour(laid_over):
    source = html.render(*laid_over).decode()
    assert 'class="name">1</text>' in source
    assert 'class="plate square"' in source
    assert source.count('class="halo"') == source.count('class="outline"') + source.count('class="neighbour"')
    style = source[source.index("<style>") : source.index("</style>")]
    dashes = [line.split("stroke-dasharray:")[1].split(";")[0] for line in style.splitlines() if "stroke-dasharray" in line]
    assert len(set(dashes)) == len(dashes) == 2


def test_other_works_of_a_picture_are_outlined_in_it_and_lead_to_their_findings(laid_over):
    audit, evidence = laid_over
    first, second = audit.findings
    found = exhibits.neighbours(audit.findings)
    assert {one: [other.id for other in others] for one, others in found.items()} == {first.id: [second.id], second.id: [first.id]}
    item = exhibits.load(first, evidence).exhibit.item
    [(name, corners)] = found[first.id][0].within(item)
    assert name == "2"
    assert corners[0] == (12.0 * item.scale, 10.0 * item.scale)
    assert f'href="#{second.id}">2 The Old House' in html.render(audit, evidence).decode()


def test_pictures_of_one_work_have_no_neighbours(make):
    assert exhibits.neighbours(make(6)[0].findings) == {}


def test_badges_at_one_corner_stand_beside_each_other_within_the_picture():
    placed = badges([("1", SQUARE), ("2", SQUARE), ("3", ((-40.0, 900.0),)), ("4", ())], 340, 200)
    assert [badge.name for badge in placed] == ["1", "2", "3"]
    assert placed[1].x >= placed[0].x + 2 * placed[0].radius
    assert all(badge.radius <= badge.x <= 340 - badge.radius and badge.radius <= badge.y <= 200 - badge.radius for badge in placed)


@pytest.mark.parametrize("part", LAID)
def test_a_region_without_all_its_pictures_is_left_out_and_the_rest_is_shown(laid_over, part):
    audit, evidence = laid_over
    (evidence / f"{audit.findings[0].id}-1-{part}.jpg").unlink()
    page = Labels(html.render(audit, evidence).decode())
    assert {label.split(",")[0] for label in page.labels if label.startswith("Region")} == {"Region 2"}
    told = alternative_texts(pdf.render(audit, evidence))
    assert {text.split(",")[0] for text in told if text.startswith("Region")} == {"Region 2"}


def test_no_more_regions_are_read_than_are_made(laid_over):
    audit, evidence = laid_over
    exhibit = read_exhibit(evidence / "1.json")
    (evidence / "1.json").write_bytes(dumps(replace(exhibit, alignments=exhibit.alignments * 500)))
    assert len(exhibits.load(audit.findings[0], evidence).exhibit.alignments) == exhibits.REGIONS
