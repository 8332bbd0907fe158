"""What the text scanner reports of copied, edited, reordered and unrelated texts, and where."""

import random
import re
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprints import calibration
from fingerprints.errors import SchemeError, UndecodableError, UnmatchableError
from fingerprints.model import Hit, Kind, MediaBatch, Modality
from fingerprints.text import SCHEME, Builder, Scanner
from fingerprints.text.normalise import Normaliser
from fingerprints.text.scheme import (
    ALPHABETIC_CHARACTERS,
    DISTINCT_PAIRS,
    DISTINCT_WORDS,
    EQUAL_SHARE,
    FINDING_CHARACTERS,
    FINDING_WORDS,
    GROUP_CHARACTERS,
    GROUP_GAIN,
    GROUP_WORDS,
    MOST_LEADS,
    UNSPACED_CHARACTERS,
)
from tests.laws.material import prose

WORK, OTHER = prose(1), prose(2)
HAN = "".join(chr(0x4E00 + n) for n in random.Random(3).choices(range(3000), k=2000))


def registry(folder: Path, works: dict[str, str]) -> Path:
    builder = Builder()
    for asset, text in works.items():
        builder.add(asset, builder.fingerprint(text))
    builder.write(folder)
    return folder


@pytest.fixture(scope="module")
def scanner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text") / "shard"
    works = {"work": WORK, "other": OTHER, "han": HAN, "haiku": "an old silent pond a frog jumps into the pond splash silence again"}
    return Scanner([registry(folder, works)])


def hits(scanner: Scanner, *texts: str) -> list[Hit]:
    return list(scanner.scan(MediaBatch(Modality.TEXT, pa.array(texts, pa.large_string()))))


def findings(scanner: Scanner, *texts: str) -> list[Hit]:
    return [hit for hit in hits(scanner, *texts) if hit.match.kind is not Kind.LEAD]


def words(text: str, start: int, count: int) -> str:
    return " ".join(text.split()[start : start + count])


def host(seed: int) -> tuple[str, str]:
    text = prose(seed, 600)
    return words(text, 0, 300), words(text, 300, 300)


def inside(passage: str, seed: int = 50) -> str:
    before, after = host(seed)
    return f"{before}\n\n{passage}\n\n{after}"


def test_a_copied_work_is_exact_however_it_is_set(scanner):
    (hit,) = hits(scanner, WORK.upper().replace(" ", "\n"))
    match = hit.match
    assert (match.kind, match.score, match.coverage_of_item, match.coverage_of_work) == (Kind.EXACT, 1.0, 1.0, 1.0)
    assert match.segments[0].item == (0, len(WORK))
    assert match.segments[0].work == (0, len(WORK))


def test_a_short_work_is_found_when_the_item_is_it(scanner):
    (hit,) = hits(scanner, "An old, silent pond.\nA frog jumps into the pond;\nsplash! Silence again.")
    assert (hit.asset, hit.match.kind) == ("haiku", Kind.EXACT)


@pytest.mark.parametrize("count", [14, 25, 50, 200])
def test_a_verbatim_passage_is_found_to_the_character(scanner, count):
    passage = words(WORK, 400, count).strip(".")
    item = inside(passage)
    (hit,) = findings(scanner, item)
    (segment,) = hit.match.segments
    assert (hit.asset, hit.match.kind) == ("work", Kind.VERBATIM)
    assert item[slice(*segment.item)] == passage == WORK[slice(*segment.work)]
    measured = {"words": count, "chars": len(passage), "equal_words": count, "quoted": False, "cited": False}
    assert hit.match.measures == measured
    assert hit.match.coverage_of_item == pytest.approx(len(passage) / len(item), abs=1e-5)
    assert 0.9 < hit.match.score < 1


def test_code_points_are_counted_not_bytes(scanner):
    passage = words(WORK, 400, 40).strip(".")
    item = f"\U0001f600 na\u00efve \u65e5\u672c {inside(passage)}"
    (hit,) = findings(scanner, item)
    assert item[slice(*hit.match.segments[0].item)] == passage


@pytest.mark.parametrize("count", [6, 8, 11])
def test_a_short_quotation_is_no_finding(scanner, count):
    for start in range(0, 1400, 23):
        assert findings(scanner, inside(f"\u201c{words(WORK, start, count)}\u201d")) == []


def test_words_that_follow_a_quotation_by_chance_do_not_make_it_a_finding(scanner):
    tokens = WORK.split()
    start = next(n for n in range(300, 1000) if sum(map(len, tokens[n : n + 12])) > 70 and "." not in "".join(tokens[n : n + 12]))
    quotation, follower = " ".join(tokens[start : start + 11]), tokens[start + 11]
    assert findings(scanner, inside(f"\u201c{quotation}\u201d {follower}")) == []
    assert findings(scanner, inside(f"{quotation} {follower}")) != []


def test_edits_do_not_split_a_passage(scanner):
    tokens = words(WORK, 300, 120).split()
    rng = random.Random(4)
    for place in rng.sample(range(5, 115), 12):
        tokens[place] = rng.choice(["zzq", "zzq zzr", ""])
    item = inside(" ".join(tokens))
    (hit,) = findings(scanner, item)
    assert hit.match.kind is Kind.NEAR_VERBATIM
    (segment,) = hit.match.segments
    assert WORK[slice(*segment.work)].strip(".") == words(WORK, 300, 120).strip(".")
    assert hit.match.measures["equal_words"] / hit.match.measures["words"] >= 0.8


def test_an_inserted_sentence_does_not_split_a_passage(scanner):
    passage = f"{words(WORK, 300, 60)} {words(prose(9), 10, 14)} {words(WORK, 360, 60)}"
    (hit,) = findings(scanner, inside(passage))
    (segment,) = hit.match.segments
    assert WORK[slice(*segment.work)].strip(".") == words(WORK, 300, 120).strip(".")


def test_sentences_in_another_order_are_one_match_of_several_segments(scanner):
    sentences = [f"{sentence}." for sentence in WORK.split(". ")[20:32]]
    random.Random(5).shuffle(sentences)
    (hit,) = findings(scanner, inside(" ".join(sentences)))
    assert len(hit.match.segments) > 3
    covered = sum(segment.item[1] - segment.item[0] for segment in hit.match.segments)
    assert covered >= 0.8 * sum(map(len, sentences))
    items = [segment.item for segment in hit.match.segments]
    assert all(one[1] <= other[0] for one, other in pairwise(items))


def test_passages_of_two_works_are_two_matches(scanner):
    found = findings(scanner, inside(f"{words(WORK, 100, 60)} {words(OTHER, 100, 60)}"))
    assert [hit.asset for hit in found] == ["other", "work"] or [hit.asset for hit in found] == ["work", "other"]


def test_a_passage_repeated_in_the_item_is_covered_each_time(scanner):
    passage = words(WORK, 100, 60)
    (hit,) = findings(scanner, f"{inside(passage)} {inside(passage, 51)}")
    assert len(hit.match.segments) == 2
    assert hit.match.segments[0].work == hit.match.segments[1].work
    assert hit.match.coverage_of_work == pytest.approx(len(passage.strip(".")) / len(WORK), abs=2e-3)


def test_every_work_that_holds_a_passage_is_matched(tmp_path):
    notice = words(prose(70), 0, 90)
    shard = registry(tmp_path / "shard", {f"w{n}": f"{notice} {prose(100 + n, 200)}" for n in range(5)})
    assert sorted(hit.asset for hit in findings(Scanner([shard]), inside(notice))) == ["w0", "w1", "w2", "w3", "w4"]
    assert sorted(hit.asset for hit in findings(Scanner([shard], frozenset({"w3"})), inside(notice))) == ["w0", "w1", "w2", "w4"]


@pytest.mark.parametrize(("count", "step", "kind"), [(60, 7, Kind.NEAR_VERBATIM), (1500, 929, Kind.NEAR_DUPLICATE)])
def test_lines_in_another_order_are_found_one_by_one_or_where_they_are_too_far_apart_as_a_whole(tmp_path, count, step, kind):
    tokens = prose(60, 7 * count).replace(".", "").split()
    lines = [" ".join(tokens[n : n + 7]) for n in range(0, 7 * count, 7)]
    shard = registry(tmp_path / "shard", {"song": "\n".join(lines), "work": WORK})
    moved = [lines[n * step % count] for n in range(count)]
    (hit,) = findings(Scanner([shard]), "\n".join(moved))
    assert (hit.asset, hit.match.kind) == ("song", kind)
    assert hit.match.score >= 0.5


def test_a_headline_in_a_longer_text_is_a_lead(tmp_path):
    headline = "Lander finds ancient river delta beneath frost"
    shard = registry(tmp_path / "shard", {"headline": headline, "work": WORK})
    item = inside(headline)
    (hit,) = hits(Scanner([shard]), item)
    assert (hit.asset, hit.match.kind) == ("headline", Kind.LEAD)
    assert item[slice(*hit.match.segments[0].item)] == headline


def test_a_poem_is_found_where_every_fifth_word_is_another(tmp_path):
    poem = prose(90, 60)
    shard = registry(tmp_path / "shard", {"poem": poem, "work": WORK})
    edited = " ".join(word if n % 5 != 3 else "otherwise" for n, word in enumerate(poem.split()))
    (hit,) = findings(Scanner([shard]), inside(edited))
    assert (hit.asset, hit.match.kind) == ("poem", Kind.NEAR_VERBATIM)
    assert hit.match.coverage_of_work > 0.9


def test_code_is_found_whether_its_names_are_camels_or_snakes(tmp_path):
    code = """
def loadUserSettings(configPath, defaultValues):
    # settings of the user come before those of the machine
    mergedSettings = readFile(configPath) or defaultValues
    for eachName, eachValue in machineSettings.items():
        mergedSettings.setdefault(eachName, eachValue)
    return applyChanges(mergedSettings) if mergedSettings else None
"""
    snake = re.sub("(?<=[a-z])(?=[A-Z])", "_", code).lower()
    shard = registry(tmp_path / "shard", {"code": code, "work": WORK})
    (hit,) = findings(Scanner([shard]), inside(snake))
    assert hit.asset == "code"


@pytest.mark.parametrize(("count", "found"), [(12, False), (20, True), (60, True)])
def test_a_script_without_spaces_is_compared_by_characters(scanner, count, found):
    foreign = "".join(chr(0x4E00 + n) for n in random.Random(8).choices(range(3000), k=400))
    passage = HAN[700 : 700 + count]
    item = foreign[:200] + passage + foreign[200:]
    results = findings(scanner, item)
    assert bool(results) is found
    if found:
        assert item[slice(*results[0].match.segments[0].item)] == passage
        assert results[0].match.segments[0].work == (700, 700 + count)


def test_a_slice_of_a_column_with_nulls_is_scanned_by_position(scanner):
    column = pa.array(["x", None, inside(words(WORK, 100, 60)), ""], pa.large_string())[1:]
    found = list(scanner.scan(MediaBatch(Modality.TEXT, column)))
    assert [hit.position for hit in found] == [1]


def test_several_shards_give_what_one_gives(scanner, tmp_path):
    item = inside(f"{words(WORK, 100, 60)} {words(OTHER, 100, 60)}")
    apart = Scanner([registry(tmp_path / "a", {"work": WORK}), registry(tmp_path / "b", {"other": OTHER})])
    assert findings(apart, item) == findings(scanner, item)


def test_an_empty_shard_and_an_empty_batch_match_nothing(tmp_path):
    assert hits(Scanner([registry(tmp_path / "shard", {})]), WORK, "") == []
    assert hits(Scanner([])) == []


def test_repetition_ends_and_matches_itself(tmp_path):
    refrain = "la la la " * 700
    (hit,) = hits(Scanner([registry(tmp_path / "shard", {"song": refrain})]), refrain)
    assert hit.match.kind is Kind.EXACT


@settings(deadline=None, max_examples=40)
@given(start=st.integers(0, 1400), count=st.integers(15, 60), seed=st.integers(200, 240))
def test_any_passage_of_fifteen_words_is_found(scanner, start, count, seed):
    passage = words(WORK, start, count)
    if len(passage) < 75 or len(passage.split()) < 15:
        return
    (hit,) = findings(scanner, inside(passage, seed))
    assert hit.asset == "work"


@pytest.mark.parametrize(
    ("media", "error", "message"),
    [
        (b"two words", UnmatchableError, "2 words"),
        ("", UnmatchableError, "at least 3"),
        (b"abc \xff def", UndecodableError, "byte 4"),
        ("half a pair \ud800", UndecodableError, "character 12"),
        (Path("no such file"), UndecodableError, "cannot be read"),
    ],
)
def test_unusable_media_say_why(media, error, message):
    with pytest.raises(error, match=message):
        Builder().fingerprint(media)


def test_text_bytes_and_file_give_one_fingerprint(tmp_path):
    (tmp_path / "work.txt").write_bytes(b"\xef\xbb\xbf" + WORK.encode())
    builder = Builder()
    assert builder.fingerprint(WORK) == builder.fingerprint(WORK.encode()) == builder.fingerprint(tmp_path / "work.txt")


def test_a_foreign_or_damaged_fingerprint_is_refused():
    packed = Builder().fingerprint(WORK)
    for damaged in (b"text/other/1\n" + packed, packed[:-40], packed[:60]):
        with pytest.raises(SchemeError):
            Builder().add("work", damaged)


def test_the_calibration_is_of_these_thresholds():
    expected = {
        "words": FINDING_WORDS,
        "characters": FINDING_CHARACTERS,
        "equal_share": EQUAL_SHARE,
        "unspaced_characters": UNSPACED_CHARACTERS,
        "alphabetic_characters": ALPHABETIC_CHARACTERS,
        "distinct_words": DISTINCT_WORDS,
        "distinct_pairs": DISTINCT_PAIRS,
        "group_words": GROUP_WORDS,
        "group_characters": GROUP_CHARACTERS,
        "group_gain": GROUP_GAIN,
    }
    assert calibration.read("fingerprints.text", SCHEME).thresholds == expected


def test_a_short_word_behind_a_blank_line_is_not_part_of_a_passage(tmp_path):
    notice = words(prose(70), 0, 40).strip(".")
    shard = registry(tmp_path / "shard", {"work": f"{notice}.\n\nThe {words(WORK, 0, 100)}"})
    item = f"{notice}.\n\nThe {words(OTHER, 0, 100)}"
    (hit,) = findings(Scanner([shard]), item)
    assert [segment.item for segment in hit.match.segments] == [(0, len(notice))]


@pytest.mark.parametrize("text", ["aB_aB", "aB " * 5000, "aB_" * 5000])
def test_the_densest_camels_have_room(scanner, text):
    texts = [text, "aB", "aB", "aB"]
    assert hits(scanner, *texts) == []
    assert Normaliser().placed(text.encode()).hashes.size == 2 * text.count("aB")


def test_a_text_of_very_many_short_stretches_is_judged(tmp_path):
    tokens = prose(95, 12_000).replace(".", "").split()
    shard = registry(tmp_path / "shard", {"work": " ".join(tokens)})
    item = " ".join("otherwise" if n % 10 < 5 else word for n, word in enumerate(tokens))
    assert all(hit.asset == "work" for hit in hits(Scanner([shard]), item))


def test_a_notice_in_both_hides_no_reordered_work(tmp_path):
    notice = (
        "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files "
        "(the Software), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge"
    )
    tokens = prose(60, 7 * 1500).replace(".", "").split()
    lines = [" ".join(tokens[n : n + 7]) for n in range(0, 7 * 1500, 7)]
    shard = registry(tmp_path / "shard", {"song": notice + "\n\n" + "\n".join(lines), "work": WORK})
    item = notice + "\n\n" + "\n".join(lines[n * 929 % 1500] for n in range(1500))
    found = findings(Scanner([shard]), item)
    assert [hit.match.kind for hit in found if "background" not in hit.match.measures] == [Kind.NEAR_DUPLICATE]
    assert any(hit.match.measures.get("background", 0) >= 0.8 for hit in found)


def test_which_leads_are_left_does_not_hang_on_the_cut_of_the_index(tmp_path):
    short, long = prose(97, 400), prose(98, 400)
    works = {f"a{n}": f"{words(short, 40 * n, 9)} {prose(200 + n, 300)}" for n in range(3)}
    works |= {f"b{n}": f"{words(long, 40 * n, 10)} {prose(300 + n, 300)}" for n in range(3)}
    item = " ".join(inside(words(short, 40 * n, 9), 400 + n) + inside(words(long, 40 * n, 10), 500 + n) for n in range(3))
    one = hits(Scanner([registry(tmp_path / "one", works)]), item)
    several = [registry(tmp_path / asset, {asset: text}) for asset, text in works.items()]
    apart = sorted(hits(Scanner(several), item), key=lambda hit: (-hit.match.coverage_of_item, -hit.match.score, hit.asset))
    assert len(one) == MOST_LEADS
    assert [hit.asset for hit in apart[:MOST_LEADS]] == [hit.asset for hit in one]
