import os
import time
from functools import partial

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from fingerprints.errors import UndecodableError
from fingerprints.image import SCHEME, Scanner, perceptual
from fingerprints.image import scanner as module
from fingerprints.image.perceptual import views_of
from fingerprints.isolation import isolated
from fingerprints.model import Failure, Hit, Kind, MediaBatch, Modality

WHOLE = [(0, 0), (640, 0), (640, 480), (0, 480)]


def overlap(quadrilateral, box):
    """Intersection over union of the box around a quadrilateral and another box."""
    corners = np.array(quadrilateral)
    low, high = corners.min(axis=0), corners.max(axis=0)
    shared = np.prod(np.clip(np.minimum(high, box[2:]) - np.maximum(low, box[:2]), 0, None))
    return shared / (np.prod(high - low) + (box[2] - box[0]) * (box[3] - box[1]) - shared)


def test_a_work_matches_itself_with_score_and_coverage_one(registry, works, make):
    hit = registry.only(make[1](works["w2"]))
    assert (hit.position, hit.asset) == (0, "w2")
    match = hit.match
    assert (match.kind, match.score, match.coverage_of_work, match.coverage_of_item) == (Kind.EXACT, 1.0, 1.0, 1.0)
    assert (match.scheme, match.modality) == (SCHEME, Modality.IMAGE)
    assert match.segments[0].item == match.segments[0].work == tuple(WHOLE)


def test_identical_pixels_in_another_container_are_exact(registry, works, make):
    assert registry.only(make[1](works["w1"], "BMP")).match.kind is Kind.EXACT


ALTERED = {
    "jpeg": lambda im, e: e(im, "JPEG", quality=25),
    "small": lambda im, e: e(im.resize((200, 150))),
    "large": lambda im, e: e(im.resize((1600, 1200)), "JPEG"),
    "stretched": lambda im, e: e(im.resize((832, 480))),
    "blurred": lambda im, e: e(im.filter(ImageFilter.GaussianBlur(4))),
    "grey": lambda im, e: e(im.convert("L")),
    "gamma": lambda im, e: e(im.point([round(255 * (i / 255) ** 2) for i in range(256)] * 3)),
    "mirrored": lambda im, e: e(ImageOps.mirror(im)),
    "quarter": lambda im, e: e(im.transpose(Image.Transpose.ROTATE_90)),
    "inverted": lambda im, e: e(ImageOps.invert(im)),
    "turned": lambda im, e: e(im.rotate(15, Image.Resampling.BICUBIC, expand=True)),
    "noisy": lambda im, e: e(
        Image.fromarray(np.clip(np.asarray(im) + np.random.default_rng(1).normal(0, 40, (480, 640, 3)), 0, 255).astype(np.uint8))
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_copy_is_verified_whole(registry, works, make, name):
    hit = registry.only(ALTERED[name](works["w3"], make[1]))
    match = hit.match
    assert (hit.asset, match.kind) == ("w3", Kind.VERIFIED)
    assert overlap(match.segments[0].work, (0, 0, 640, 480)) > 0.95
    assert match.coverage_of_work > 0.95
    assert 0.5 < match.score <= 1
    assert match.measures["mirrored"] is (name == "mirrored")
    assert match.measures["inverted"] is (name == "inverted")
    expected = {"quarter": -90, "turned": -15}.get(name, 0)
    assert match.measures["rotated"] == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("box", [(50, 30, 610, 450), (200, 100, 520, 340), (0, 240, 320, 480)])
def test_a_cropped_part_is_found_where_it_stands(registry, works, make, box):
    hit = registry.only(make[1](works["w4"].crop(box), "JPEG", quality=85))
    assert hit.asset == "w4"
    (segment,) = hit.match.segments
    assert overlap(segment.work, box) > 0.9
    assert overlap(segment.item, (0, 0, box[2] - box[0], box[3] - box[1])) > 0.9
    assert hit.match.coverage_of_work == pytest.approx((box[2] - box[0]) * (box[3] - box[1]) / (640 * 480), rel=0.1)
    assert hit.match.coverage_of_item > 0.9


def test_corners_go_clockwise_from_the_works_top_left(registry, works, make):
    upside_down = works["w4"].transpose(Image.Transpose.ROTATE_180)
    (segment,) = registry.only(make[1](upside_down)).match.segments
    assert np.abs(np.array(segment.work) - WHOLE).max() < 8
    assert np.abs(np.array(segment.item) - [(640, 480), (0, 480), (0, 0), (640, 0)]).max() < 8


def test_every_work_of_a_collage_is_found_in_its_place(registry, works, make):
    canvas = Image.new("RGB", (1000, 800), "white")
    places = {"w0": (20, 20), "w1": (520, 30), "w5": (40, 420)}
    for asset, place in places.items():
        canvas.paste(works[asset].resize((400, 300)), place)
    hits = {hit.asset: hit.match for hit in registry.hits(make[1](canvas, "JPEG", quality=80))}
    assert set(hits) == set(places)
    for asset, (x, y) in places.items():
        assert overlap(hits[asset].segments[0].item, (x, y, x + 400, y + 300)) > 0.9
        assert hits[asset].coverage_of_item == pytest.approx(0.15, abs=0.02)


def test_a_work_shown_twice_has_two_segments(registry, works, make):
    canvas = Image.new("RGB", (1000, 400), "grey")
    canvas.paste(works["w0"].resize((480, 360)), (10, 20))
    canvas.paste(works["w0"].resize((400, 300)), (550, 60))
    match = registry.only(make[1](canvas)).match
    assert len(match.segments) == 2
    lefts = sorted(min(x for x, _ in segment.item) for segment in match.segments)
    assert lefts == pytest.approx([10, 550], abs=12)


def test_a_large_photograph_is_located_in_its_own_pixels(registry, works, make):
    canvas = Image.new("RGB", (4000, 3000), "white")
    canvas.paste(works["w2"].resize((1920, 1440)), (1000, 800))
    (segment,) = registry.only(make[1](canvas, "JPEG", quality=85)).match.segments
    assert overlap(segment.item, (1000, 800, 2920, 2240)) > 0.95


def test_other_pictures_pages_and_gradients_give_nothing(registry, make):
    draw, encode, _ = make
    page = Image.new("RGB", (800, 600), "white")
    for line in range(20):
        ImageDraw.Draw(page).text((20, 20 + 28 * line), "words in lines that no work shows", fill="black")
    gradient = Image.linear_gradient("L").resize((640, 480))
    pictures = [page, gradient, Image.new("RGB", (1, 1)), Image.new("RGB", (3000, 2), "red"), *(draw(seed) for seed in range(100, 106))]
    assert registry.hits(*(encode(picture) for picture in pictures)) == []


def test_an_erased_work_is_never_reported(works, make, tmp_path):
    _, encode, registry = make
    content = {asset: encode(image) for asset, image in works.items()}
    erased = registry(tmp_path / "s", content, frozenset({"w1", "w3"}))
    assert [hit.asset for hit in erased.hits(content["w1"], encode(works["w3"].crop((50, 50, 500, 400))), content["w2"])] == ["w2"]


@pytest.fixture(scope="module")
def crowd(make, tmp_path_factory):
    """Ten works that all show the same emblem, seven in one shard and three in another, and the emblem."""
    draw, encode, new = make
    emblem, content = draw(50, 320, 240), {}
    for number in range(10):
        picture = draw(1000 + number)
        picture.paste(emblem, (40 + 20 * number, 30 + 15 * number))
        content[f"c{number}"] = encode(picture.resize((320, 240)), "JPEG", quality=90)
    folder = tmp_path_factory.mktemp("crowd")
    for name, numbers in {"a": range(7), "b": range(7, 10), "kept": range(4, 7)}.items():
        new(folder / name, {f"c{number}": content[f"c{number}"] for number in numbers})
    return folder, content, encode(emblem.resize((160, 120)))


def scan(shards, items, erased=frozenset()):
    return list(Scanner(shards, erased).scan(MediaBatch(Modality.IMAGE, items)))


def test_what_is_found_in_a_shard_never_depends_on_the_shards_beside_it(crowd, monkeypatch):
    monkeypatch.setattr(module, "CANDIDATES", 3)
    folder, content, emblem = crowd
    items = (emblem, content["c1"], content["c8"])
    together, one, other, turned = (scan([folder / name for name in names], items) for names in ("ab", "a", "b", "ba"))
    assert {hit.position for hit in one} == {hit.position for hit in other} == {0, 1, 2}
    assert len(together) == len(one) + len(other)
    assert all(hit in together for hit in (*one, *other))
    assert together == turned


def test_erased_works_take_no_place_from_others(crowd, monkeypatch):
    monkeypatch.setattr(module, "CANDIDATES", 3)
    folder, content, emblem = crowd
    items = (emblem, content["c5"])
    assert scan([folder / "a"], items, frozenset({"c0", "c1", "c2", "c3"})) == scan([folder / "kept"], items)


def test_copies_of_erased_works_do_not_hide_another_copy(make, tmp_path, monkeypatch):
    monkeypatch.setattr(perceptual, "NEAREST", 2)
    draw, encode, new = make
    soft = draw(9).filter(ImageFilter.GaussianBlur(30))  # found by its hash alone
    content = {f"s{number}": encode(soft, "JPEG", quality=60 + number) for number in range(9)}
    new(tmp_path / "s", content)
    item = encode(soft.resize((320, 240)), "JPEG", quality=90)
    assert len(scan([tmp_path / "s"], (item,))) < 9
    assert [hit.asset for kept in content for hit in scan([tmp_path / "s"], (item,), frozenset(content) - {kept})] == list(content)


@pytest.mark.parametrize(
    ("decoder", "reason"),
    [
        (partial(isolated(os.abort)), "decoder-died"),
        (partial(isolated(time.sleep, seconds=0.2), 30), "decoder-timeout"),
        (partial(isolated(bytearray, memory=50 << 20), 500 << 20), "decoder-memory"),
    ],
)
def test_a_picture_that_its_decoder_does_not_survive_is_one_failure(registry, works, make, monkeypatch, decoder, reason):
    sound = module.decode_grey
    monkeypatch.setattr(module, "decode_grey", lambda media: decoder() if media == b"bomb" else sound(media))
    items = (make[1](works["w1"]), b"bomb", make[1](works["w2"]))
    first, failure, last = registry.scanner.scan(MediaBatch(Modality.IMAGE, items))
    assert (first.asset, last.asset) == ("w1", "w2")
    assert (failure.position, failure.error.reason) == (1, reason)


def test_matches_do_not_depend_on_how_works_are_divided_into_shards(works, make, tmp_path, registry):
    _, encode, new = make
    content = {asset: encode(image) for asset, image in works.items()}
    halves = [tmp_path / "a", tmp_path / "b"]
    new(halves[0], dict(list(content.items())[:3]))
    new(halves[1], dict(list(content.items())[3:]))
    items = tuple(encode(works[asset].crop((60, 40, 560, 440)), "JPEG") for asset in works)
    batch = MediaBatch(Modality.IMAGE, items)
    assert list(Scanner(halves).scan(batch)) == registry.hits(*items)


def test_a_broken_item_is_a_failure_in_its_place_and_the_rest_is_scanned(registry, works, make, tmp_path):
    path = tmp_path / "w1.png"
    path.write_bytes(make[1](works["w1"]))
    found = list(registry.scanner.scan(MediaBatch(Modality.IMAGE, (b"", path, b"no picture"))))
    assert [entry.position for entry in found] == [0, 1, 2]
    assert isinstance(found[1], Hit)
    assert all(isinstance(entry, Failure) and isinstance(entry.error, UndecodableError) for entry in (found[0], found[2]))


def test_a_picture_too_soft_for_pixels_to_tell_is_a_near_duplicate(make, tmp_path):
    draw, encode, registry = make
    soft = draw(9).filter(ImageFilter.GaussianBlur(30))
    scanner = registry(tmp_path / "s", {"soft": encode(soft)})
    match = scanner.only(encode(soft.resize((320, 240)), "JPEG", quality=90)).match
    assert match.kind is Kind.NEAR_DUPLICATE
    assert match.measures["hash_distance"] <= 60
    assert overlap(match.segments[0].item, (0, 0, 320, 240)) == 1


def test_pages_of_other_words_on_the_same_lines_are_not_the_work(make, tmp_path):
    _, encode, registry = make

    def page(seed):
        image = Image.new("RGB", (512, 384), "white")
        words = np.random.default_rng(seed).choice(["registered", "work", "stands", "pictures", "never", "of", "its", "that"], (14, 12))
        for line, row in enumerate(words):
            ImageDraw.Draw(image).text((12, 8 + 27 * line), " ".join(row), fill="black", font=ImageFont.load_default(21))
        return image

    scanner = registry(tmp_path / "s", {f"p{seed}": encode(page(seed)) for seed in range(4)})
    others = [page(seed) for seed in range(10, 16)]
    hits = scanner.hits(*(encode(view) for other in others for view in (other, ImageOps.mirror(other), ImageOps.flip(other))))
    assert [hit for hit in hits if hit.match.kind is not Kind.LEAD] == []
    found = {hit.asset: hit.match.kind for hit in scanner.hits(encode(page(2), "JPEG"))}
    assert found == {"p2": Kind.VERIFIED}


def animated(encode, *frames):
    return encode(frames[0], "GIF", save_all=True, append_images=frames[1:])


def test_a_work_in_the_last_frame_of_an_animation_is_found_there(registry, works, make):
    draw, encode, _ = make
    match = registry.only(animated(encode, draw(90), draw(91), draw(92), works["w3"])).match
    assert match.kind is Kind.VERIFIED
    assert match.measures["frame"] == 3
    assert "frame_of_work" not in match.measures


def test_each_of_three_frames_of_an_animated_work_is_found(make, tmp_path):
    draw, encode, build = make
    frames = [draw(seed) for seed in range(70, 75)]
    registry = build(tmp_path / "s", {"film": animated(encode, *frames)})
    found = [registry.only(encode(frames[number], "JPEG")).match for number in (0, 2, 4)]
    assert [match.measures.get("frame_of_work", 0) for match in found] == [0, 2, 4]
    assert registry.hits(encode(frames[1], "JPEG")) == []


def test_a_whole_picture_is_compared_by_pdq_too(make, tmp_path):
    draw, encode, build = make
    soft = draw(5).resize((80, 60)).resize((640, 480))
    registry = build(tmp_path / "s", {"soft": encode(soft)})
    match = registry.only(encode(soft.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(9)), "JPEG")).match
    assert match.measures.get("pdq_distance", 0) <= 31


def test_a_small_copy_beside_a_large_one_is_a_segment_of_its_own(registry, works, make):
    _, encode, _ = make
    page = Image.new("RGB", (1100, 700), "white")
    page.paste(works["w2"], (10, 10))
    page.paste(works["w2"].resize((320, 240)), (720, 400))
    match = registry.only(encode(page)).match
    centres = sorted(np.mean(segment.item, axis=0).round(-1).tolist() for segment in match.segments)
    assert centres == [[330, 250], [880, 520]]


def test_a_work_identical_to_a_frame_is_named_with_it(make, tmp_path):
    draw, encode, build = make
    frames = [draw(seed).convert("P") for seed in range(80, 83)]
    registry = build(tmp_path / "s", {"film": encode(frames[0], "GIF", save_all=True, append_images=frames[1:])})
    match = registry.only(encode(frames[2].convert("RGB"))).match
    assert (match.kind, match.measures["frame_of_work"]) == (Kind.EXACT, 2)


@pytest.mark.parametrize("size", [(700, 1231), (3000, 40), (1000, 100), (613, 1999), (512, 512)])
def test_a_view_of_the_whole_picture_is_the_whole_picture(size):
    noise = np.random.default_rng(1).integers(0, 256, size[::-1], dtype=np.uint8)
    views, hashes = views_of(noise)
    assert {view.box for view in views} == {(0, 0, *size)}
    assert hashes.shape == (8, 32)


def test_a_soft_picture_with_many_features_in_one_place_is_verified(make, tmp_path):
    _, encode, build = make
    rng, (rows, columns) = np.random.default_rng(4), np.mgrid[:500, :500]
    spots = zip(*rng.uniform((20, 20, 10, 6), (480, 480, 24, 14), (110, 4)).T, strict=True)
    glow = 180 + sum(height * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * size**2)) for y, x, size, height in spots)
    soft = Image.fromarray(np.clip(glow, 0, 255).astype(np.uint8)).convert("RGB")
    registry = build(tmp_path / "s", {"mist": encode(soft)})
    match = registry.only(encode(soft.point(lambda level: level * 0.7).rotate(10, fillcolor="white"), "JPEG", quality=90)).match
    assert match.kind is Kind.VERIFIED
    assert match.measures["inliers"] >= 24
    assert match.measures["witnesses"] < 18
