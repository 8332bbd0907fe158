"""A work laid over an item lies where it stands there, and what was changed shows where it was changed."""

import io
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from fingerprints.image.geometry import Map, box_corners, project, quadrilateral
from fingerprints.model import Chance, Kind, Match, Modality, Quadrilateral, Segment
from provenance.document import dumps, read_exhibit
from provenance.evidence import MOST_SEGMENTS, NOT_AT_HAND, ExhibitMaker, name_of
from provenance.evidence.alignment import PANEL_SIDE, aligned, matched
from provenance.evidence.folder import EvidenceFolder
from provenance.files import file_sha256
from provenance.model import LAID, Alignment, Attachment, Exhibit, Finding, Item, Place, Reuse, WorkRef

WIDTH, HEIGHT = 480, 360
WHOLE = quadrilateral(box_corners(0, 0, WIDTH, HEIGHT))
CHANCE = Chance(1e-6, "one picture against one registered picture", "observed", 3)
Panels = dict[str, np.ndarray]


@cache
def drawn(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A picture with soft and hard edges of its own."""
    rng = np.random.default_rng(seed)
    ground = rng.uniform(40, 220, (height // 40, width // 40, 3)).astype(np.uint8)
    image = Image.fromarray(ground).resize((width, height), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image)
    for _ in range(40):
        x, y, w, h = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(8, 70), rng.uniform(8, 70)
        (pen.ellipse if rng.random() < 0.5 else pen.rectangle)((x, y, x + w, y + h), fill=tuple(rng.integers(20, 236, 3).tolist()))
    return image


def encoded(image: Image.Image, form: str = "BMP", quality: int = 75) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, quality=quality)
    return buffer.getvalue()


def decoded(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def placed(work: Image.Image, mapping: Map, ground: Image.Image) -> Image.Image:
    """The ground with the work drawn over it under a map of coordinates."""
    centres = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    grid = np.linalg.inv(centres) @ mapping @ centres
    laid = cv2.warpPerspective(np.asarray(work), grid, ground.size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((work.height, work.width), 255, np.uint8), grid, ground.size) > 254
    return Image.fromarray(np.where(mask[:, :, None], laid, np.asarray(ground)).astype(np.uint8))


def stance(*, mirrored: bool, degrees: float, scale: float, at: tuple[float, float], bent: float = 0.0) -> Map:
    """The map of a work around its middle, mirrored, turned clockwise, scaled, bent a little, to a place."""
    turn = np.deg2rad(degrees)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.diag([-1.0 if mirrored else 1.0, 1.0])
    middle = np.array([[1, 0, -WIDTH / 2], [0, 1, -HEIGHT / 2], [0, 0, 1]])
    moved = np.vstack([np.column_stack([linear, at]), [0, 0, 1]])
    return moved @ np.array([[1, 0, 0], [0, 1, 0], [bent / WIDTH, 0, 1]]) @ middle


def shown(item: Image.Image | bytes, work: Image.Image, *segments: Segment) -> list[tuple[Alignment, Panels]]:
    content = item if isinstance(item, bytes) else encoded(item)
    made = aligned(content, encoded(work), segments, "E-x")
    return [(one, dict(zip(LAID, (decoded(each.content) for each in files), strict=True))) for one, files in made]


def inside(one: Alignment, edge: int = 4) -> np.ndarray:
    """Where the region is, without its edge."""
    mask = np.zeros((one.height, one.width), np.uint8)
    cv2.fillConvexPoly(mask, np.rint(one.outline).astype(np.int32), 1)
    return cv2.erode(mask, np.ones((2 * edge + 1, 2 * edge + 1), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0


def whole(work: Image.Image, item: Image.Image) -> Segment:
    return Segment(
        "px", quadrilateral(box_corners(0, 0, item.width, item.height)), quadrilateral(box_corners(0, 0, work.width, work.height))
    )


@given(
    mirrored=st.booleans(),
    degrees=st.floats(-180, 180),
    scale=st.floats(0.6, 1.4),
    bent=st.floats(-0.15, 0.15),
    jitter=st.integers(0, 999),
)
@settings(max_examples=12, deadline=None)
def test_the_work_is_laid_where_it_stands_however_it_was_turned(
    mirrored: bool, degrees: float, scale: float, bent: float, jitter: int
) -> None:
    work = drawn(1)
    mapping = stance(mirrored=mirrored, degrees=degrees, scale=scale, at=(450, 430), bent=bent)
    item = placed(work, mapping, drawn(2, 900, 860))
    corners = project(mapping, np.array(WHOLE)) + np.random.default_rng(jitter).uniform(-3, 3, (4, 2))  # what a match may be off by
    [(one, panels)] = shown(item, work, Segment("px", quadrilateral(corners), WHOLE))
    region = inside(one)
    assert np.abs(panels["item"] - panels["work"])[region].mean() < 6
    assert panels["difference"][region].mean() > 245
    assert one.differing < 0.01
    assert (one.measures["mirrored"], one.measures["inverted"]) == (mirrored, False)
    assert abs((one.measures["rotated"] - degrees + 180) % 360 - 180) < 1 + 60 * abs(bent)


@pytest.mark.parametrize(("seed", "degrees"), [(3, 8), (3, -20), (22, 25)])
def test_a_work_that_the_item_cuts_off_is_laid_where_it_stands_though_its_outline_ends_at_the_border(seed: int, degrees: float) -> None:
    work = drawn(seed)
    mapping = stance(mirrored=False, degrees=degrees, scale=1.2, at=(220, 160))
    item = placed(work, mapping, Image.new("RGB", (440, 320)))
    cut = np.clip(project(mapping, np.array(WHOLE)), 0, [440, 320])
    [(one, panels)] = shown(item, work, Segment("px", quadrilateral(cut), WHOLE))
    assert one.measures["rotated"] == pytest.approx(degrees, abs=0.5)
    assert one.measures["scaled"] == pytest.approx(1.2, abs=0.02)
    assert panels["difference"][inside(one)].mean() > 245


ALTERED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it was": lambda image: image.copy(),
    "smaller": lambda image: image.resize((300, 225), Image.Resampling.LANCZOS),
    "grey": lambda image: ImageOps.grayscale(image).convert("RGB"),
    "paler": lambda image: Image.blend(image, Image.new("RGB", image.size, "white"), 0.4),
    "tinted": lambda image: Image.blend(image, Image.new("RGB", image.size, (200, 120, 40)), 0.3),
    "inverted": ImageOps.invert,
}


@pytest.mark.parametrize("altered", ALTERED)
def test_the_difference_of_a_faithful_copy_is_nearly_all_white(altered: str) -> None:
    work = drawn(4)
    item = ALTERED[altered](work)
    [(one, panels)] = shown(encoded(item, "JPEG", 70), work, whole(work, item))
    assert panels["difference"][inside(one)].mean() > 230
    assert (panels["difference"][inside(one)] > 191).mean() > 0.97  # within 16 levels
    assert one.differing < 0.005
    assert one.measures["inverted"] is (altered == "inverted")


@pytest.mark.parametrize("altered", ["as it was", "grey", "inverted"])
def test_what_was_painted_over_is_dark_there_and_nowhere_else(altered: str) -> None:
    work = drawn(5)
    item = ALTERED[altered](work)
    spot = (200, 100, 280, 180)
    ImageDraw.Draw(item).rectangle(spot, fill=(255, 0, 255))
    [(one, panels)] = shown(item, work, whole(work, item))
    difference = panels["difference"].mean(axis=2)
    scale = one.width / WIDTH
    left, top, right, bottom = (round(edge * scale) for edge in spot)
    assert (difference[top + 3 : bottom - 3, left + 3 : right - 3] < 60).mean() > 0.95
    around = inside(one)
    around[top - 4 : bottom + 5, left - 4 : right + 5] = False
    assert (difference[around] > 205).mean() > 0.99
    assert one.differing == pytest.approx(81 * 81 / (WIDTH * HEIGHT), rel=0.2)


def test_another_picture_differs_nearly_everywhere() -> None:
    work, item = drawn(6), drawn(7)
    [(one, _)] = shown(item, work, whole(work, item))
    assert one.differing > 0.4


def test_every_second_square_of_the_overlay_is_the_work_and_the_rest_is_the_item() -> None:
    work = drawn(8)
    item = ImageOps.invert(work)
    [(_, panels)] = shown(item, work, whole(work, item))
    side = WIDTH // 6
    for row in range(4):
        for column in range(6):
            square = (slice(row * side + 9, (row + 1) * side - 9), slice(column * side + 9, (column + 1) * side - 9))
            source = "work" if (row + column) % 2 else "item"
            assert np.abs(panels["overlay"][square] - panels[source][square]).mean() < 4


def test_colours_are_matched_by_most_of_the_picture_not_by_a_patch() -> None:
    work = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    item = (0.5 * work + 60).astype(np.uint8)
    item[:20] = 255
    recoloured = matched(work, item, np.ones((60, 80), bool)).astype(int)
    assert np.abs(recoloured - item)[20:].max() <= 5


@pytest.mark.parametrize(
    "outline",
    [
        ((10.0, 10.0), (10.0, 10.0), (10.0, 10.0), (10.0, 10.0)),
        ((0.0, 0.0), (400.0, 0.0), (200.0, 0.0), (100.0, 0.0)),
        ((0.0, 0.0), (400.0, 300.0), (400.0, 0.0), (0.0, 300.0)),
    ],
)
def test_an_outline_without_an_area_is_left_out(outline: Quadrilateral) -> None:
    assert shown(drawn(1), drawn(1), Segment("px", outline, WHOLE)) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-50, 250), st.floats(-50, 200)), min_size=4, max_size=4), st.booleans())
def test_no_outline_stops_an_exhibit(corners: list[tuple[float, float]], flat: bool) -> None:
    item = Image.new("RGB", (200, 150), (90, 90, 90)) if flat else drawn(9, 200, 150)
    for one, panels in shown(item, drawn(1), Segment("px", (corners[0], corners[1], corners[2], corners[3]), WHOLE)):
        assert all(picture.shape == (one.height, one.width, 3) for picture in panels.values())
        assert max(one.width, one.height) <= PANEL_SIDE
        assert 0 <= one.differing <= 1


def test_the_pictures_are_small_and_the_same_each_time() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (750, 1000, 3)).astype(np.uint8))
    first, again = (list(aligned(encoded(noise), encoded(noise), [whole(noise, noise)], "E-x")) for _ in range(2))
    assert first == again
    [(one, files)] = first
    assert (one.width, one.height) == (PANEL_SIDE, 360)
    assert sum(len(each.content) for each in files) < 700_000  # noise; drawings and photographs take a fifth


# --- exhibits ----------------------------------------------------------------------------------------------------------------------


def item_of(content: bytes) -> Item:
    return Item("a.png", None, None, "a.png", Modality.IMAGE, f"{len(content):064x}")


def reuse(item: Item, asset: str, *segments: Segment, kind: Kind = Kind.VERIFIED) -> Reuse:
    return Reuse(item, f"W-{asset[:4]}", asset, Match(Modality.IMAGE, kind, "s", 1.0, segments, 1.0, 0.3, CHANCE))


def finding(item: Item, asset: str, match: Match) -> Finding:
    place = Place(item.path, None, None, item.locator)
    return Finding(f"F-{asset[:16]}", "r", (place,), item, WorkRef(f"W-{asset[:4]}", "W", asset), match, (), ())


@pytest.fixture
def collage(tmp_path: Path) -> tuple[bytes, dict[str, Path], list[Reuse]]:
    """A picture of two works, one of them twice, their files, and the matches."""
    files = {}
    for seed in (11, 12):
        path = tmp_path / f"{seed}.png"
        path.write_bytes(encoded(drawn(seed)))
        files[file_sha256(path)] = path
    places = [stance(mirrored=n == 1, degrees=5 * n, scale=0.5, at=at) for n, at in enumerate(((150, 120), (480, 130), (160, 360)))]
    sheet = Image.new("RGB", (700, 500), "white")
    for seed, mapping in zip((11, 11, 12), places, strict=True):
        sheet = placed(drawn(seed), mapping, sheet)
    content = encoded(sheet)
    one, two, three = (Segment("px", quadrilateral(project(mapping, np.array(WHOLE))), WHOLE) for mapping in places)
    first, second = files
    item = item_of(content)
    return content, files, [reuse(item, first, one, two), reuse(item, second, three)]


def test_both_works_of_a_collage_are_shown_each_wherever_it_stands(
    collage: tuple[bytes, dict[str, Path], list[Reuse]], tmp_path: Path
) -> None:
    content, files, reuses = collage
    item = reuses[0].item
    with EvidenceFolder.opened(tmp_path / "evidence") as folder:
        folder.take(ExhibitMaker(files)(item, content, reuses))
        names = [folder.settled(finding(item, each.asset, each.match)) for each in reuses]
    exhibits = [read_exhibit(tmp_path / name) for name in names if name]
    assert [[one.region for one in exhibit.alignments] for exhibit in exhibits] == [[1, 2], [1]]
    assert [one.measures["mirrored"] for one in exhibits[0].alignments] == [False, True]
    assert all(one.differing < 0.01 for exhibit in exhibits for one in exhibit.alignments)
    for exhibit in exhibits:
        assert [one.files for one in exhibit.alignments] == [
            tuple(f"{exhibit.finding}-{one.region}-{part}.jpg" for part in LAID) for one in exhibit.alignments
        ]
        assert all((tmp_path / "evidence" / file).stat().st_size > 500 for one in exhibit.alignments for file in one.files)
    assert len(list((tmp_path / "evidence").iterdir())) == 2 * 3 + 3 * 4


def test_an_exhibit_reads_as_it_was_written_and_one_from_before_alignments_too(
    collage: tuple[bytes, dict[str, Path], list[Reuse]], tmp_path: Path
) -> None:
    content, files, reuses = collage
    made = ExhibitMaker(files)(reuses[0].item, content, reuses[:1])
    file = tmp_path / "exhibit.json"
    file.write_bytes(made[0].content)
    exhibit = read_exhibit(file)
    assert dumps(exhibit) == made[0].content
    assert len(exhibit.alignments) == 2
    fields = orjson.loads(made[0].content)
    del fields["alignments"]
    file.write_bytes(orjson.dumps(fields))
    assert read_exhibit(file) == replace(exhibit, alignments=())


def made_exhibit(made: list[Attachment], tmp_path: Path) -> Exhibit:
    (tmp_path / "exhibit.json").write_bytes(made[0].content)
    return read_exhibit(tmp_path / "exhibit.json")


def test_without_the_registered_file_nothing_is_laid_over(collage: tuple[bytes, dict[str, Path], list[Reuse]], tmp_path: Path) -> None:
    content, _, reuses = collage
    made = list(ExhibitMaker({})(reuses[0].item, content, reuses[:1]))
    exhibit = made_exhibit(made, tmp_path)
    assert (exhibit.alignments, exhibit.work, exhibit.note) == ((), None, NOT_AT_HAND)
    assert len(made) == 2


def test_an_identical_file_needs_nothing_laid_over_it(collage: tuple[bytes, dict[str, Path], list[Reuse]], tmp_path: Path) -> None:
    _, files, _ = collage
    asset, file = next(iter(files.items()))
    item = item_of(file.read_bytes())
    made = ExhibitMaker(files)(item, file, [reuse(item, asset, Segment("px", WHOLE, WHOLE), kind=Kind.EXACT)])
    assert made_exhibit(list(made), tmp_path).alignments == ()
    assert len(made) == 3


def test_the_first_regions_are_laid_over_and_the_rest_is_counted(
    collage: tuple[bytes, dict[str, Path], list[Reuse]], tmp_path: Path
) -> None:
    content, files, reuses = collage
    many = reuse(reuses[0].item, reuses[0].asset, *[reuses[0].match.segments[0]] * (MOST_SEGMENTS + 2))
    exhibit = made_exhibit(list(ExhibitMaker(files)(many.item, content, [many])), tmp_path)
    assert len(exhibit.alignments) == MOST_SEGMENTS
    assert exhibit.note.startswith("2 further passages are not shown")


@pytest.mark.parametrize("damage", ["another name", "no file", "another region"])
def test_an_exhibit_whose_pictures_were_not_made_for_it_is_no_exhibit(
    collage: tuple[bytes, dict[str, Path], list[Reuse]], tmp_path: Path, damage: str
) -> None:
    content, files, reuses = collage
    (tmp_path / "secret.jpg").write_bytes(b"\xff\xd8\xff private")
    item, name = reuses[0].item, name_of(reuses[0].item.sha256, reuses[0].asset)
    with EvidenceFolder.opened(tmp_path / "evidence") as folder:
        folder.take(ExhibitMaker(files)(item, content, reuses[:1]))
        waiting = folder.waiting / f"{name}.json"
        exhibit = read_exhibit(waiting)
        first = exhibit.alignments[0]
        if damage == "no file":
            (folder.waiting / first.overlay).unlink()
        else:
            changed = replace(first, work="../../secret.jpg") if damage == "another name" else replace(first, region=3)
            waiting.write_bytes(dumps(replace(exhibit, alignments=(changed,))))
        assert folder.settled(finding(item, reuses[0].asset, reuses[0].match)) is None
    assert list((tmp_path / "evidence").iterdir()) == []
