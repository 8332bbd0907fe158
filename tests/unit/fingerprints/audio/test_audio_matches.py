import subprocess
import sys

import numpy as np
import pytest

from fingerprints import calibration
from fingerprints.audio import SCHEME, Builder, Scanner, limits, search
from fingerprints.errors import SchemeError, UndecodableError, UnmatchableError
from fingerprints.model import Failure, Kind, MediaBatch, Modality

SEEDS = (1, 2, 3, 4)
SECONDS = 30


@pytest.fixture(scope="module")
def works(make_melody):
    return {seed: make_melody(SECONDS, seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def shard(works, encode, tmp_path_factory):
    return written(tmp_path_factory.mktemp("audio"), {f"work-{seed}": encode(samples) for seed, samples in works.items()})


def written(directory, media):
    builder = Builder()
    for asset, content in media.items():
        builder.add(asset, builder.fingerprint(content))
    builder.write(directory / "shard")
    return directory / "shard"


def scan(shard, *media, erased=frozenset()):
    return list(Scanner([shard], erased).scan(MediaBatch(Modality.AUDIO, media)))


def verified(results):
    return [hit for hit in results if not isinstance(hit, Failure) and hit.match.kind is not Kind.LEAD]


def part(samples, rate, start, stop):
    return samples[int(start * rate) : int(stop * rate)]


def near(interval, start, stop, tolerance=0.35):
    return abs(interval[0] / 1000 - start) < tolerance and abs(interval[1] / 1000 - stop) < tolerance


def test_a_work_is_exactly_itself(shard, works, encode):
    (hit,) = verified(scan(shard, encode(works[1])))
    assert (hit.asset, hit.match.kind, hit.match.score) == ("work-1", Kind.EXACT, 1.0)
    assert (hit.match.coverage_of_item, hit.match.coverage_of_work) == (1.0, 1.0)
    assert hit.match.segments[0].item == hit.match.segments[0].work == (0, 30_000)


def test_the_same_samples_in_another_container_are_exact(tmp_path, works, encode):
    samples = (works[1] * 32_767).astype(np.int16)
    (hit,) = verified(scan(written(tmp_path, {"a": encode(samples)}), encode(samples, kind="FLAC")))
    assert hit.match.kind is Kind.EXACT


@pytest.mark.parametrize(("kind", "subtype"), [("MP3", None), ("OGG", "VORBIS"), ("FLAC", None)])
def test_an_excerpt_is_found_where_it_stands_in_any_codec(kind, subtype, shard, works, encode, rate):
    (hit,) = verified(scan(shard, encode(part(works[2], rate, 11, 21), rate, kind, subtype)))
    assert (hit.asset, hit.match.kind, hit.match.scheme) == ("work-2", Kind.VERIFIED, SCHEME)
    (segment,) = hit.match.segments
    assert near(segment.item, 0, 10)
    assert near(segment.work, 11, 21)
    assert hit.match.coverage_of_work == pytest.approx(1 / 3, abs=0.03)
    assert hit.match.coverage_of_item > 0.95
    assert hit.match.measures["offset_ms"] == pytest.approx(11_000, abs=100)


def test_an_excerpt_inside_a_longer_mix_has_the_right_edges(shard, works, encode, rate, make_melody):
    before, after = make_melody(15, 101), make_melody(15, 102)
    (hit,) = verified(scan(shard, encode(np.concatenate((before, part(works[3], rate, 5, 15), after)))))
    (segment,) = hit.match.segments
    assert hit.asset == "work-3"
    assert near(segment.item, 15, 25)
    assert near(segment.work, 5, 15)


def test_two_works_in_one_item_are_both_found(shard, works, encode, rate):
    hits = verified(scan(shard, encode(np.concatenate((part(works[1], rate, 0, 10), part(works[4], rate, 10, 20))))))
    assert {hit.asset for hit in hits} == {"work-1", "work-4"}


def test_two_passages_of_a_work_are_two_segments(shard, works, encode, rate, make_melody):
    joined = np.concatenate((part(works[1], rate, 20, 28), make_melody(8, 103), part(works[1], rate, 2, 10)))
    (hit,) = verified(scan(shard, encode(joined)))
    assert len(hit.match.segments) == 2
    assert near(hit.match.segments[0].work, 20, 28)
    assert near(hit.match.segments[1].work, 2, 10)


def test_a_passage_with_a_gap_on_one_line_is_one_segment(shard, works, encode, rate):
    gap = part(works[1], rate, 5, 20).copy()
    gap[7 * rate : 8 * rate] = 0
    (hit,) = verified(scan(shard, encode(gap)))
    assert len(hit.match.segments) == 1


def test_an_excerpt_of_a_loop_is_found_once(tmp_path, encode, rate, make_melody):
    looped = np.tile(make_melody(4, 7), 8)
    (hit,) = verified(scan(written(tmp_path, {"loop": encode(looped)}), encode(part(looped, rate, 4.5, 14.5), kind="FLAC")))
    assert hit.match.coverage_of_item > 0.9
    assert (hit.match.segments[0].work[0] / 1000 - 4.5) % 4 == pytest.approx(0, abs=0.1) or len(hit.match.segments) == 1


def test_noise_as_loud_as_half_the_music_does_not_hide_it(shard, works, encode, rate):
    excerpt = part(works[1], rate, 3, 13)
    noise = np.random.default_rng(1).standard_normal(len(excerpt)) * np.sqrt((excerpt**2).mean()) / 2
    (hit,) = verified(scan(shard, encode((excerpt + noise).astype(np.float32) / 3)))
    assert hit.asset == "work-1"


@pytest.mark.parametrize("speed", [0.95, 1.03, 1.10])
def test_an_excerpt_at_another_speed_is_found_and_its_speed_measured(speed, shard, works, encode, rate):
    excerpt = part(works[1], rate, 4, 16)
    at = np.arange(int(len(excerpt) / speed)) * speed
    (hit,) = verified(scan(shard, encode(np.interp(at, np.arange(len(excerpt)), excerpt).astype(np.float32))))
    assert hit.match.measures["speed"] == pytest.approx(speed, abs=0.004)
    assert (hit.match.measures["tempo"], hit.match.measures["pitch"]) == (1.0, 0.0)
    assert near(hit.match.segments[0].work, 4, 16)


@pytest.mark.parametrize("seed", [51, 52])
def test_unrelated_music_is_no_finding(seed, shard, encode, make_melody):
    assert not verified(scan(shard, encode(make_melody(20, seed))))


@pytest.mark.parametrize("name", ["silence", "tone", "noise", "clicks", "one sample"])
def test_what_carries_no_tune_matches_nothing(name, shard, encode, rate):
    at = np.arange(12 * rate) / rate
    sounds = {
        "silence": np.zeros(len(at)),
        "tone": np.sin(2 * np.pi * 440 * at) * 0.5,
        "noise": np.random.default_rng(3).standard_normal(len(at)) * 0.1,
        "clicks": (np.arange(len(at)) % (rate // 2) == 0) * 0.9,
        "one sample": np.ones(1) * 0.1,
    }
    assert scan(shard, encode(sounds[name].astype(np.float32))) == []


def test_two_equal_tones_are_no_finding(tmp_path, encode, rate):
    at = np.arange(20 * rate) / rate
    drone = sum(np.sin(2 * np.pi * 330 * k * at) for k in range(1, 5)) * 0.1
    rng = np.random.default_rng(4)
    hiss = [(drone + rng.standard_normal(len(at)) * 0.01).astype(np.float32) for _ in range(2)]
    assert not verified(scan(written(tmp_path, {"drone": encode(hiss[0])}), encode(hiss[1])))


def test_an_erased_asset_is_never_reported(shard, works, encode, rate):
    media = encode(works[1]), encode(part(works[1], rate, 5, 15))
    assert all(hit.asset != "work-1" for hit in scan(shard, *media, erased=frozenset({"work-1"})))


@pytest.fixture(scope="module")
def crowd(make_melody, encode, rate, tmp_path_factory):
    """Eleven works that hold the same eight seconds, eight in one shard and three in another, and an excerpt of them."""
    shared, content = make_melody(8, 70), {}
    for number in range(11):
        own = make_melody(4, 200 + number)
        content[f"c{number:02}"] = encode(np.concatenate((own, shared, own[::-1])), kind="FLAC")
    folder = tmp_path_factory.mktemp("crowd")
    parts = {name: written(folder / name, {a: content[a] for a in sorted(content)[which]}) for name, which in CROWDS.items()}
    return parts, content, encode(part(shared, rate, 0.5, 7.5), kind="FLAC")


CROWDS = {"a": slice(0, 8), "b": slice(8, 11), "rebuilt": slice(5, 8)}


def test_what_is_found_in_a_shard_never_depends_on_the_shards_beside_it(crowd):
    shards, content, excerpt = crowd
    batch = MediaBatch(Modality.AUDIO, (excerpt, content["c01"]))
    together, one, other, turned = (list(Scanner([shards[name] for name in names]).scan(batch)) for names in ("ab", "a", "b", "ba"))
    assert {hit.position for hit in verified(one)} == {hit.position for hit in verified(other)} == {0, 1}
    assert len(together) == len(one) + len(other)
    assert all(hit in together for hit in (*one, *other))
    assert together == turned


def test_leads_are_counted_in_each_shard_by_itself(crowd, monkeypatch):
    monkeypatch.setattr(search, "verified", lambda stretch: False)
    shards, _, excerpt = crowd
    batch = MediaBatch(Modality.AUDIO, (excerpt,))
    together, one, other = (list(Scanner([shards[name] for name in names]).scan(batch)) for names in ("ab", "a", "b"))
    assert {hit.match.kind for hit in together} == {Kind.LEAD}
    assert (len(one), len(other)) == (3, 3)
    assert together == [*one, *other]


def test_erased_works_take_no_place_from_others(crowd):
    shards, content, excerpt = crowd
    kept = {hit.asset for hit in verified(scan(shards["rebuilt"], excerpt))}
    assert len(kept) == 3
    assert {hit.asset for hit in verified(scan(shards["a"], excerpt, erased=frozenset(content) - kept))} == kept


def test_an_item_that_cannot_be_read_is_a_failure_and_the_next_is_scanned(shard, works, encode):
    failure, *others = scan(shard, b"garbage", encode(works[2]))
    (hit,) = verified(others)
    assert isinstance(failure.error, UndecodableError)
    assert (failure.position, hit.position, hit.asset) == (0, 1, "work-2")


@pytest.mark.parametrize("seconds", [0.01, 2.0])
def test_a_work_too_short_cannot_be_registered(seconds, encode, make_melody, rate):
    with pytest.raises(UnmatchableError, match="longer or louder"):
        Builder().fingerprint(encode(part(make_melody(3, 1), rate, 0, seconds)))


def test_silence_cannot_be_registered(encode, rate):
    with pytest.raises(UnmatchableError, match="silence"):
        Builder().fingerprint(encode(np.zeros(10 * rate, np.float32)))


def test_another_process_makes_the_same_fingerprint(tmp_path, works, encode):
    path = tmp_path / "a.wav"
    path.write_bytes(encode(works[1]))
    code = "from fingerprints.audio import Builder; from pathlib import Path; import sys; "
    code += "sys.stdout.buffer.write(Builder().fingerprint(Path(sys.argv[1])))"
    other = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=True).stdout
    assert other == Builder().fingerprint(path)


def test_equal_input_gives_equal_shard_bytes(tmp_path, works, encode):
    media = {"a": encode(works[1]), "b": encode(works[2])}
    one, two = written(tmp_path / "one", media), written(tmp_path / "two", media)
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in two.iterdir())
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


def test_an_empty_shard_finds_nothing(tmp_path, works, encode):
    assert scan(written(tmp_path, {}), encode(works[1])) == []


@pytest.mark.parametrize("data", [b"", b"PAF1", b"x" * 200])
def test_bytes_that_are_no_fingerprint_are_refused(data):
    with pytest.raises(SchemeError):
        Builder().add("a", data)


def test_an_hour_is_stored_and_indexed_in_the_bytes_promised(works, encode):
    builder = Builder()
    stored = builder.fingerprint(encode(works[1]))
    assert len(stored) * 3600 / SECONDS < 350_000


def test_the_calibration_is_of_this_scheme_and_found_no_false_match():
    measured = calibration.read("fingerprints.audio", SCHEME)
    assert measured.thresholds == {"evidence": limits.EVIDENCE, "warped_evidence": limits.WARPED_EVIDENCE, "contrast": limits.CONTRAST}
    assert measured.false_matches["finding"] == 0
    assert measured.n >= 100_000


def test_a_match_says_how_often_chance_gives_one(shard, works, encode, rate):
    (hit,) = verified(scan(shard, encode(part(works[2], rate, 5, 15), kind="FLAC")))
    assert hit.match.chance.basis == "observed"
    assert hit.match.chance.per_trial == 3 / hit.match.chance.n
