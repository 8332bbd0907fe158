"""What every modality's fingerprints promise, on media made here."""

import contextlib
import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fingerprints.errors import FingerprintError
from fingerprints.model import Failure, Hit, Interval, Kind, Modality, Quadrilateral
from fingerprints.schemes import SCHEMES
from tests.laws.material import MATERIAL, batch

ROOT = Path(__file__).parents[2]
WORKS = (1, 2, 3)


@pytest.fixture(scope="module", params=list(SCHEMES), ids=str)
def modality(request):
    return request.param


@pytest.fixture(scope="module")
def registered(modality, tmp_path_factory):
    """A shard of three works; the asset of seed n is "work-n"."""
    directory = tmp_path_factory.mktemp(modality) / "shard"
    return write(modality, directory, {f"work-{seed}": fingerprint(modality, seed) for seed in WORKS})


def fingerprint(modality: Modality, seed: int) -> bytes:
    return SCHEMES[modality].builder().fingerprint(MATERIAL[modality].work(seed))


def write(modality: Modality, directory: Path, fingerprints: dict[str, bytes]) -> Path:
    builder = SCHEMES[modality].builder()
    for asset, packed in fingerprints.items():
        builder.add(asset, packed)
    directory.mkdir(parents=True)
    builder.write(directory)
    return directory


def scan(modality: Modality, directory: Path, *media: bytes, erased: frozenset[str] = frozenset()) -> list[Hit | Failure]:
    return list(SCHEMES[modality].open([directory], erased).scan(batch(modality, *media)))


def findings(results: list[Hit | Failure]) -> list[Hit]:
    assert not [result for result in results if isinstance(result, Failure)]
    return [result for result in results if result.match.kind is not Kind.LEAD]


def box(span: Interval | Quadrilateral) -> tuple[tuple[float, float], ...]:
    """The extent of an interval, or of a quadrilateral along both axes."""
    if isinstance(span[0], tuple):
        return tuple((min(axis), max(axis)) for axis in zip(*span, strict=True))
    return (span,)


def overlap(found: Interval | Quadrilateral, truth: Interval | Quadrilateral) -> float:
    """Intersection over union."""
    shared, one, other = 1.0, 1.0, 1.0
    for (a, b), (c, d) in zip(box(found), box(truth), strict=True):
        shared *= max(0.0, min(b, d) - max(a, c))
        one *= b - a
        other *= d - c
    return shared / (one + other - shared)


def test_a_work_is_found_in_itself_whole(modality, registered):
    (hit,) = findings(scan(modality, registered, MATERIAL[modality].work(2)))
    assert (hit.position, hit.asset) == (0, "work-2")
    assert (hit.match.score, hit.match.coverage_of_item, hit.match.coverage_of_work) == (1.0, 1.0, 1.0)
    assert hit.match.scheme == SCHEMES[modality].name


def test_the_same_media_give_the_same_fingerprint_in_another_process(modality):
    code = (
        "import hashlib; from fingerprints.model import Modality; from tests.laws.test_laws import fingerprint;"
        f"print(hashlib.sha256(fingerprint(Modality('{modality}'), 1)).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(ROOT)}
    other = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == hashlib.sha256(fingerprint(modality, 1)).hexdigest()


def test_random_bytes_raise_nothing_but_a_fingerprint_error(modality):
    builder = SCHEMES[modality].builder()
    rng = random.Random(7)
    whole = MATERIAL[modality].work(1)
    for size in (0, 1, 10, 1000, 20000):
        for media in (rng.randbytes(size), whole[: size or 4] + rng.randbytes(size)):
            with contextlib.suppress(FingerprintError):
                assert isinstance(builder.fingerprint(media), bytes)


def test_random_items_are_failures_or_match_nothing(modality, registered):
    rng = random.Random(8)
    if modality is Modality.TEXT:  # an Arrow string column holds no invalid UTF-8
        media = [bytes(rng.randrange(1, 128) for _ in range(size)) for size in (0, 1, 10, 1000, 20000)]
    else:
        media = [rng.randbytes(size) for size in (0, 1, 10, 1000, 20000)]
    assert not [result for result in scan(modality, registered, *media) if isinstance(result, Hit)]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(), max_size=5))
def test_any_text_can_be_scanned(text_scanner, texts):
    assert list(text_scanner.scan(batch(Modality.TEXT, *(text.encode("utf-8", "replace") for text in texts)))) == []


@pytest.fixture(scope="module")
def text_scanner(tmp_path_factory):
    directory = tmp_path_factory.mktemp("any-text") / "shard"
    return SCHEMES[Modality.TEXT].open([write(Modality.TEXT, directory, {"work-1": fingerprint(Modality.TEXT, 1)})])


def test_a_copied_passage_is_found_where_it_stands(modality, registered):
    planted, least = MATERIAL[modality].plant(1), MATERIAL[modality].overlap
    unrelated = MATERIAL[modality].work(77)
    found = findings(scan(modality, registered, unrelated, planted.media))
    assert {(hit.position, hit.asset) for hit in found} == {(1, "work-1")}
    segment = max(found[0].match.segments, key=lambda segment: overlap(segment.item, planted.item))
    assert overlap(segment.item, planted.item) >= least
    assert overlap(segment.work, planted.work) >= least
    assert 0 < found[0].match.score <= 1


def test_an_unrelated_item_is_no_finding(modality, registered):
    assert findings(scan(modality, registered, *(MATERIAL[modality].work(seed) for seed in (81, 82, 83)))) == []


def test_an_erased_asset_is_never_reported(modality, registered):
    media = (MATERIAL[modality].work(2), MATERIAL[modality].plant(2).media, MATERIAL[modality].work(3))
    results = scan(modality, registered, *media, erased=frozenset({"work-2"}))
    assert {hit.asset for hit in findings(results)} == {"work-3"}
    assert "work-2" not in {hit.asset for hit in results}


def test_equal_input_gives_equal_shards(modality, registered, tmp_path):
    again = write(modality, tmp_path / "again", {f"work-{seed}": fingerprint(modality, seed) for seed in WORKS})
    names = sorted(path.name for path in registered.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    assert [name for name in names if (registered / name).read_bytes() != (again / name).read_bytes()] == []
