"""Shards on disk: every byte is under a checksum, and only what is touched is compared with it."""

import random

import numpy as np
import pyarrow as pa
import pytest

from fingerprints import shard
from fingerprints.errors import SchemeError
from fingerprints.model import Hit, Kind, MediaBatch, Modality
from fingerprints.text import Builder, Scanner, prefilter, seeds
from fingerprints.text.index import Index
from fingerprints.text.scheme import MOST_LEADS
from tests.laws.material import prose

ROWS = 100_000  # of 4 bytes: seven blocks


@pytest.fixture
def place(tmp_path):
    arrays = {
        "long": np.arange(ROWS, dtype=np.uint32),
        "wide": np.arange(3000, dtype=np.uint16).reshape(-1, 3),
        "none": np.zeros(0, np.uint8),
    }
    shard.write(tmp_path / "s", "a/1", ["x", "é"], {}, arrays, {"n": 1})
    named = tmp_path / shard.digest(tmp_path / "s")
    return (tmp_path / "s").rename(named)


def flip(path, position):
    content = bytearray(path.read_bytes())
    content[position] ^= 4
    path.write_bytes(content)


def test_what_is_written_is_read_whole_in_rows_and_at_places(place):
    opened = shard.read(place, "a/1")
    assert (opened.assets, opened.extra) == (("x", "é"), {"n": 1})
    long, wide, none = (opened.cold[name] for name in ("long", "wide", "none"))
    assert (long.all() == np.arange(ROWS)).all()
    assert wide.rows(10, 12).tolist() == [[30, 31, 32], [33, 34, 35]]
    assert long.at(np.array([0, ROWS - 1, 5])).tolist() == [0, ROWS - 1, 5]
    assert none.all().size == none.rows(0, 0).size == 0
    assert not long.all().flags.writeable


def test_every_array_is_a_plain_npy_file(place):
    assert np.load(place / "cold-long.npy").tolist() == list(range(ROWS))


@pytest.mark.parametrize("position", [0, 127, 128, shard.BLOCK_BYTES - 1, shard.BLOCK_BYTES, 4 * ROWS + 127])
def test_a_damaged_block_is_refused_and_others_are_not_even_read(place, position):
    flip(place / "cold-long.npy", position)
    block = position // shard.BLOCK_BYTES
    long = shard.read(place, "a/1").cold["long"]
    start, stop = long.rows_of(block)
    for damaged in (long.all, lambda: long.rows(start, start + 1), lambda: long.at(np.array([3, stop - 1]))):
        with pytest.raises(SchemeError, match=rf"cold-long.npy, block {block} at .*--rebuild"):
            damaged()
    other = long.rows_of(block + 1 if block < 3 else block - 1)
    middle = sum(other) // 2
    assert long.rows(middle, middle + 1).tolist() == [middle]


@pytest.mark.parametrize("name", ["shard.json", "cold-long.npy"])
@pytest.mark.parametrize("harm", ["gone", "short"])
def test_a_file_that_is_gone_or_cut_is_refused_on_opening(place, name, harm):
    content = (place / name).read_bytes()
    (place / name).unlink()
    if harm == "short":
        (place / name).write_bytes(content[:-1])
    with pytest.raises(SchemeError, match="--rebuild"):
        shard.read(place, "a/1")


def test_any_change_of_a_head_is_refused_where_the_folder_has_its_digest_as_name(place):
    content = (place / "shard.json").read_bytes()
    (place / "shard.json").write_bytes(content.replace(b'"x"', b'"y"'))
    with pytest.raises(SchemeError, match=r"shard.json was changed.*--rebuild"):
        shard.read(place, "a/1")


def test_another_scheme_is_refused_by_name(place):
    with pytest.raises(SchemeError, match=r"the index is of a/1, this version reads a/2.*--rebuild"):
        shard.read(place, "a/2")


# --- text: several shards, and one filter over them ---


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("text")


@pytest.fixture(scope="module")
def shards(folder):
    """Three shards; passages of the first stand in works of the others, and there are more leads than are reported of one shard."""
    builder, made = Builder(), []
    for number in range(3):
        builder = Builder()
        for work in range(6):
            text = prose(100 * number + work, 200) + " " + clause(number, work) + " " + prose(500 + 100 * number + work, 200)
            builder.add(f"asset-{number}-{work}", builder.fingerprint(text))
        builder.write(folder / f"shard-{number}")
        made.append(folder / f"shard-{number}")
    return made


def clause(number, work):
    """Nine words that the item has too: a lead."""
    return " ".join(prose(9000 + 10 * number + work, 9).split()[:9])


def item():
    copied = " ".join(prose(101, 200).split()[50:110])
    clauses = [f"{clause(number, work)} {prose(7000 + 10 * number + work, 40)}" for number in range(3) for work in range(6)]
    return "\n\n".join([prose(8000, 100), copied, *clauses])


def hits(shards):
    return list(Scanner(shards).scan(MediaBatch(Modality.TEXT, pa.array([item(), prose(2, 200)], pa.large_string()))))


def of(number, found):
    return [hit for hit in found if hit.asset.startswith(f"asset-{number}-")]


def test_the_hits_of_one_shard_do_not_depend_on_which_others_are_opened(shards):
    together = hits(shards)
    leads = [hit for hit in together if isinstance(hit, Hit) and hit.match.kind is Kind.LEAD]
    assert len(leads) > MOST_LEADS, "a cap over all shards would not be noticed"
    for number, directory in enumerate(shards):
        alone = hits([directory])
        assert alone
        assert alone == of(number, together)
    assert hits(shards[1:]) == [hit for hit in together if hit not in of(0, together)]


def test_one_filter_over_all_shards_changes_no_hit(shards, folder):
    before = hits(shards)
    place = folder / f"{shard.FILTER}all"
    prefilter.write(place, shards, None)
    assert prefilter.over(shards) is not None
    assert prefilter.over(shards[:2]) is not None
    assert hits(shards) == before
    assert [hits([directory]) for directory in shards] == [of(number, before) for number in range(3)]


def test_a_filter_over_more_shards_continues_the_one_before_and_loses_no_seed(shards, tmp_path):
    for directory in shards:
        (tmp_path / directory.name).symlink_to(directory)
    links = [tmp_path / directory.name for directory in shards]
    prefilter.write(tmp_path / f"{shard.FILTER}two", links[:2], None)
    assert not prefilter.over(links)
    prefilter.write(tmp_path / f"{shard.FILTER}three", links, tmp_path / f"{shard.FILTER}two")
    bits = prefilter.over(links)
    for directory in links:
        words = shard.read(directory, Scanner.scheme).cold["words"].all()
        tables = Index(directory, frozenset()).tables
        assert any(table.places.size for table in tables)
        for table in tables:
            keys = np.empty(table.places.size, np.uint64)
            seeds.keys_at(words, table.places, table.length, keys)
            assert table.length not in bits or not np.any(foreign(keys, bits[table.length]))
            assert table.length in bits or not keys.size


def foreign(keys, bits):
    """Whether each key is turned away by a filter."""
    missing = np.empty(keys.size, np.uint64)
    seeds.look_up(keys, bits, np.empty(keys.size, np.uint32), missing)
    return missing != 0


def test_few_foreign_seeds_pass_a_filter_that_is_full(shards, tmp_path):
    keys = np.random.default_rng(1).integers(0, 1 << 64, 20_000, dtype=np.uint64)
    bits = np.zeros(10_000 * seeds.FILTER_BITS // 64, np.uint64)
    seeds.fill_filter(keys[:10_000], bits)
    assert not np.any(foreign(keys[:10_000], bits))
    assert np.count_nonzero(~foreign(keys[10_000:], bits)) < 100


def test_a_damaged_work_is_refused_when_a_seed_leads_to_it_and_not_before(tmp_path):
    builder, texts = Builder(), [prose(number, 20_000) for number in range(3)]
    for number, text in enumerate(texts):
        builder.add(f"work-{number}", builder.fingerprint(text))
    builder.write(tmp_path / "s")
    flip(tmp_path / "s" / "cold-words.npy", 128 + 4 * 35_000)  # in the second work, two blocks behind the first work's beginning
    scanner, rng = Scanner([tmp_path / "s"]), random.Random(1)

    def look(text):
        words, start = text.split(), rng.randrange(10_000)
        passage = f"{prose(77, 40)} {' '.join(words[start : start + 60])} {prose(78, 40)}"
        return [hit.asset for hit in scanner.scan(MediaBatch(Modality.TEXT, pa.array([passage], pa.large_string())))]

    assert look(texts[0]) == ["work-0"]
    for _ in range(2):
        with pytest.raises(SchemeError, match=r"cold-words.npy"):
            look(texts[1])
    assert look(texts[0]) == ["work-0"]
