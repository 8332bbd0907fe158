import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fingerprints.errors import SchemeError, UndecodableError, UnmatchableError
from fingerprints.image import Builder, Scanner
from fingerprints.image.record import Record
from fingerprints.model import MediaBatch, Modality


def test_the_same_picture_gives_the_same_fingerprint_in_another_process(make, tmp_path):
    draw, encode, _ = make
    path = tmp_path / "a.png"
    path.write_bytes(encode(draw(1)))
    program = "import sys; from pathlib import Path; from fingerprints.image import Builder; "
    program += "sys.stdout.buffer.write(Builder().fingerprint(Path(sys.argv[1])))"
    root = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=True, cwd=root)
    assert done.stdout == Builder().fingerprint(path)
    assert Builder().fingerprint(path) == Builder().fingerprint(path.read_bytes())


def test_a_record_comes_back_from_its_bytes(make):
    draw, encode, _ = make
    content = Builder().fingerprint(encode(draw(2)))
    (record,) = Record.all_from(content)
    assert record.to_bytes() == content
    assert (record.width, record.height) == (640, 480)
    assert len(record.marks) > 100


def test_damaged_fingerprints_are_refused(make):
    draw, encode, _ = make
    content = Builder().fingerprint(encode(draw(2)))
    for damaged in (b"", content[:50], content[:-40], b"XXXX" + content[4:]):
        with pytest.raises(SchemeError):
            Builder().add("a", damaged)


def test_equal_input_gives_equal_shard_files(make, tmp_path):
    draw, encode, _ = make
    shards = []
    for name in ("one", "two"):
        builder = Builder()
        for seed in range(3):
            builder.add(f"w{seed}", builder.fingerprint(encode(draw(seed))))
        builder.write(tmp_path / name)
        shards.append({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()})
    assert shards[0] == shards[1]


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (Image.new("RGB", (300, 200), "white"), "blank"),
        (Image.linear_gradient("L").resize((640, 480)), "gradient"),
        (Image.effect_noise((20, 20), 90), "larger copy"),
        (Image.effect_noise((4000, 40), 90), "strip"),
    ],
    ids=["blank", "gradient", "tiny", "strip"],
)
def test_a_work_that_cannot_be_told_from_others_is_refused_with_what_to_do(make, picture, why):
    with pytest.raises(UnmatchableError, match=why):
        Builder().fingerprint(make[1](picture))


def test_text_is_no_picture():
    with pytest.raises(UndecodableError):
        Builder().fingerprint("a caption")


def test_an_empty_shard_finds_nothing(make, tmp_path):
    draw, encode, _ = make
    Builder().write(tmp_path / "s")
    assert list(Scanner([tmp_path / "s"]).scan(_batch(encode(draw(1))))) == []


def test_a_shard_of_another_scheme_is_refused_with_the_remedy(make, tmp_path):
    draw, encode, registry = make
    registry(tmp_path / "s", {"a": encode(draw(1))})
    head = tmp_path / "s" / "shard.json"
    head.write_text(head.read_text().replace("image/", "image/older-"))
    with pytest.raises(SchemeError, match="rebuild"):
        Scanner([tmp_path / "s"])


def test_a_damaged_thumbnail_stops_the_scan_and_is_not_blamed_on_the_item(make, tmp_path):
    draw, encode, registry = make
    registry(tmp_path / "s", {"a": encode(draw(1))})
    path = tmp_path / "s" / "cold-thumbnails.npy"
    np.save(path, np.zeros_like(np.load(path)))
    with pytest.raises(SchemeError, match="rebuild"):
        list(Scanner([tmp_path / "s"]).scan(_batch(encode(draw(1), "JPEG"))))


def _batch(*items):
    return MediaBatch(Modality.IMAGE, items)
