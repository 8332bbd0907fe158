"""What does not flood a report: templates that many use, logos, screens of one program, blanks; and what still counts as a reuse."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from provenance.options import Options
from provenance.pipeline import audit
from provenance.registry import Registry


def scene(seed, width=640, height=480):
    """A picture with texture and shapes of its own."""
    rng = np.random.default_rng(seed)
    image = Image.fromarray(rng.integers(0, 256, (height // 20, width // 20, 3), dtype=np.uint8)).resize((width, height))
    pen = ImageDraw.Draw(image)
    for _ in range(50):
        x, y, w, h = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(5, 60), rng.uniform(5, 60)
        (pen.ellipse if rng.random() < 0.5 else pen.rectangle)((x, y, x + w, y + h), fill=tuple(rng.integers(0, 256, 3).tolist()))
    return image


def captioned(template, words):
    """The template with words across its foot."""
    image = template.copy()
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, image.height - 70, image.width, image.height), fill="white")
    pen.text((20, image.height - 60), words, fill="black", font=ImageFont.load_default(44))
    return image


def screen(content):
    """A window of one program around some content: bars with the same buttons, a column of the same names."""
    image = Image.new("RGB", (1000, 760), (236, 236, 240))
    pen, rng = ImageDraw.Draw(image), np.random.default_rng(99)
    for at in range(0, 1000, 50):
        pen.rounded_rectangle((at + 6, 8, at + 42, 44), 8, fill=tuple(rng.integers(0, 256, 3).tolist()), outline="black")
        pen.line((at + 12, 14, at + 36, int(rng.integers(16, 40))), fill="white", width=3)
    for row in range(16):
        pen.text((12, 70 + 42 * row), "".join(rng.choice(list("abcdefghiklmnop"), 12)), fill="black", font=ImageFont.load_default(24))
    image.paste(content.resize((700, 640)), (270, 80))
    return image


def logo():
    """Rings, a star and a name on white."""
    image = Image.new("RGB", (420, 420), "white")
    pen = ImageDraw.Draw(image)
    for k, colour in enumerate(("navy", "teal", "orange", "purple")):
        pen.ellipse((30 + 45 * k, 40 + 28 * k, 230 + 45 * k, 240 + 28 * k), outline=colour, width=14)
    pen.regular_polygon((130, 310, 70), 5, rotation=20, fill="crimson")
    pen.text((200, 330), "ORBITAL", fill="black", font=ImageFont.load_default(50))
    return image


def saved(image):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


TEMPLATE = scene(1)
WORKS = {  # name: picture, creator, boilerplate
    **{f"meme-{who}": (captioned(TEMPLATE, f"WHEN {who.upper()} CALLS"), who, False) for who in ("ann", "bob", "cleo")},
    **{f"screen-{who}": (screen(scene(seed)), who, False) for seed, who in ((21, "dora"), (22, "eli"), (23, "finn"))},
    "logo": (logo(), "orbital", True),
    "poster": (scene(5), "gus", False),
    "backdrop": (scene(8), "ivy", True),
    "square": (Image.new("RGB", (500, 500), "navy"), "hal", False),
}


@pytest.fixture(scope="module")
def registered(tmp_path_factory) -> Path:
    base = tmp_path_factory.mktemp("everybody")
    (base / "works").mkdir()
    with (base / "works.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "work_id", "title", "creators", "boilerplate"])
        for name, (image, creator, boilerplate) in WORKS.items():
            (base / "works" / f"{name}.jpg").write_bytes(saved(image))
            rows.writerow([f"works/{name}.jpg", name, name, creator, str(boilerplate).lower()])
    with Registry.init(base / "registry") as registry:
        registry.add([base / "works"], metadata=base / "works.csv", jobs=1)
    return base


@pytest.fixture
def audited(registered, tmp_path):
    """The works of which there are findings in one picture, and those of the explained passages by what explains them."""

    def run(image, *more):
        if more:
            image.save(tmp_path / "item.gif", save_all=True, append_images=more)
        else:
            (tmp_path / "item.jpg").write_bytes(saved(image))
        found = audit([tmp_path], registered / "registry", Options(use="train", jobs=1, cache=None))
        explained = {passage.by: set(passage.works) for passage in found.explained}
        return {finding.work.id for finding in found.findings}, explained

    return run


def test_a_template_that_three_have_used_is_nobodys(audited):
    findings, explained = audited(captioned(TEMPLATE, "ANOTHER JOKE ENTIRELY"))
    assert findings == set()
    assert explained == {"common-passage": {"meme-ann", "meme-bob", "meme-cleo"}}


def test_a_screen_of_the_same_program_is_no_reuse_of_what_others_had_on_theirs(audited):
    findings, explained = audited(screen(scene(31)))
    assert findings == set()
    assert set(explained) <= {"common-passage"}


def test_what_somebody_had_on_a_screen_is_found_in_it(audited):
    findings, _ = audited(screen(WORKS["poster"][0]))
    assert findings == {"poster"}


def test_a_logo_marked_as_everybodys_is_explained_and_the_picture_under_it_is_found(audited):
    poster = WORKS["poster"][0].resize((1280, 960))
    poster.paste(logo().resize((300, 300)), (40, 620))
    findings, explained = audited(poster)
    assert findings == {"poster"}
    assert explained == {"boilerplate": {"logo"}}


@pytest.mark.parametrize("plain", [Image.new("RGB", (640, 480), "navy"), Image.linear_gradient("L").resize((640, 480)).convert("RGB")])
def test_a_blank_and_a_gradient_match_nothing(audited, plain):
    assert audited(plain) == (set(), {})


def test_a_picture_pasted_over_one_that_is_everybodys_is_found(audited):
    backdrop = WORKS["backdrop"][0].resize((1280, 960))
    backdrop.paste(WORKS["poster"][0].resize((560, 420)), (360, 270))
    findings, explained = audited(backdrop)
    assert findings == {"poster"}
    assert explained == {"boilerplate": {"backdrop"}}


def test_what_other_frames_of_an_animation_show_explains_nothing(audited):
    findings, explained = audited(WORKS["poster"][0], WORKS["backdrop"][0], WORKS["backdrop"][0])
    assert findings == {"poster"}
    assert explained == {"boilerplate": {"backdrop"}}
