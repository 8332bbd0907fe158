"""Without numba the same is found: function by function here, whole texts and registries in a process that cannot load it."""

import pickle
import random
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprints import compiled
from fingerprints.model import MediaBatch, Modality
from fingerprints.text import Builder, Scanner, bits, fragments, seeds, tokens, vectorised
from fingerprints.text.normalise import Normaliser
from fingerprints.text.scheme import SEED_WORDS, SHORT_SEED_WORDS
from tests.laws.material import prose

RNG = np.random.default_rng(1)


def hashes(count: int, different: int = 1 << 32) -> np.ndarray:
    return RNG.integers(0, different, count, np.uint32)


@compiled.compiled
def flags(data, place):
    return bits.word_bits(data, place), bits.load_word(data, place)


@compiled.compiled
def edges(number):
    return bits.lowest(number), bits.highest(number)


@compiled.compiled
def same(one, place, other, partner):
    return bits.equal_bits(one, place, other, partner)


MARKED = st.lists(st.one_of(st.sampled_from(b"aZ9 '-`\n\xe2\x80"), st.integers(0x8F, 0xAA), st.integers(0, 255)), min_size=64, max_size=200)


@settings(deadline=None)
@given(MARKED.map(bytes), st.integers(0, 136))
def test_numpy_flags_the_bytes_that_vector_instructions_flag(text, place):
    data = np.frombuffer(text, np.uint8)
    place = min(place, data.size - 64)
    assert flags(data, place) == (vectorised.word_bits(data, place), vectorised.load_word(data, place))


@settings(deadline=None)
@given(st.one_of(st.integers(0, (1 << 64) - 1), st.integers(0, 63).map((1).__lshift__)))
def test_numpy_finds_the_edges_of_bitmaps(number):
    value = np.uint64(number)
    assert edges(value) == (vectorised.lowest(value), vectorised.highest(value))


def test_numpy_compares_words_as_vector_instructions_do():
    one, other = hashes(80, 2), hashes(80, 2)
    for place, partner in RNG.integers(0, 48, (50, 2)).tolist():
        assert same(one, place, other, partner) == vectorised.equal_bits(one, place, other, partner)


@settings(deadline=None)
@given(st.text(max_size=300), st.randoms(use_true_random=False))
def test_byte_offsets_become_code_points_with_and_without_numba(text, rng):
    characters = sorted(rng.choices(range(len(text) + 1), k=20))
    following = np.flatnonzero(np.frombuffer(text.encode(), np.uint8) & 0xC0 == 0x80)
    for count in (tokens.to_code_points, vectorised.to_code_points):
        places = np.array([len(text[:character].encode()) for character in characters], np.int64)
        count(following, places)
        assert places.tolist() == characters


@pytest.mark.parametrize("length", [SEED_WORDS, SHORT_SEED_WORDS])
@pytest.mark.parametrize("count", [300, vectorised.CHUNK + 99])
def test_numpy_looks_seeds_up_alike(length, count):
    """Keys, filter, probe, buckets and tags, on words of which many recur."""
    words = hashes(count, 60)
    (table,) = (table for table in seeds.build(words, np.zeros(1, np.int64), np.array([count])) if table.length == SEED_WORDS)
    texts = np.unique([0, 0, *RNG.integers(0, count, 30), count])
    texts = np.sort(np.append(texts, texts[1:3]))  # with texts of no words
    keys, other = np.empty((2, count - length + 1), np.uint64)
    seeds.seed_keys(words, length, keys)
    vectorised.seed_keys(words, length, other)
    assert np.array_equal(keys, other)

    places = RNG.integers(0, keys.size, 500).astype(np.uint32)
    ours, theirs = np.empty((2, places.size), np.uint64)
    seeds.keys_at(words, places, length, ours)
    vectorised.keys_at(words, places, length, theirs)
    assert np.array_equal(ours, theirs)

    filter_, filled = np.zeros((2, 1 + count // 8), np.uint64)
    seeds.fill_filter(keys[::3], filter_)
    vectorised.fill_filter(keys[::3], filled)
    assert np.array_equal(filter_, filled)

    found = seeds.probe(words, texts, length, filter_)
    where, what = np.empty(count + 1, np.int64), np.empty(count + 1, np.uint64)
    passed = vectorised.probe(words, texts, length, filter_, where, what)
    assert np.array_equal(found.places, where[:passed])
    assert np.array_equal(found.keys, what[:passed])
    assert found.places.size

    slots, slotted = np.empty((2, found.keys.size), np.int64)
    room = seeds._slots(found.keys, table.buckets, slots)
    assert room == vectorised.slots_of(found.keys, table.buckets, slotted)
    assert np.array_equal(slots, slotted)
    one, two = np.empty((2, 2, room), np.int64)
    listed = seeds._entries(found.keys, found.places, slots, table.buckets, table.tags, *one)
    assert listed == vectorised.entries_of(found.keys, found.places, slots, table.buckets, table.tags, *two)
    assert np.array_equal(one[:, :listed], two[:, :listed])


def test_numpy_compares_seeds_alike():
    item, work = hashes(500, 3), hashes(500, 3)
    here, there = RNG.integers(0, 490, (2, 300))
    for length in (SEED_WORDS, SHORT_SEED_WORDS):
        expected = fragments._equal(item, here, work, there, length)
        assert np.array_equal(expected, vectorised.equal(item, here, work, there, length))
        assert expected.any()


CHILD = """
import runpy, sys
sys.modules["numba"] = sys.modules["llvmlite"] = None
runpy.run_path(sys.argv[1])["answer"]()
"""
PIECES = (
    *("don't", "rock-'n'-roll", "well-known", "exam-\n  ple", "camelCase", "HTTPServer2xx", "-", "- ", "'", "`x`", "\r\n", "\n\n", ", "),
    *("def f(x_1, *args): return self.items[x-1] != 'a'", "https://example.org/a?b=c#d", "\u00a0", "\u2014", "\u2013 ", "\u2026"),
    *("it\u2019s", "o\u02bcclock", "\u201cquoted\u201d", "\u2018single\u2019", "na\u00efve", "E\u0301cole", "\U0001d424", "\U0001f600"),
    *(
        "exam\u00ad\nple",
        "ex\u00adample",
        "soft\u200bly",
        "a\u2010\u2028b",
        "\u0416\u0438\u0432\u0430\u0433\u043e",
        "\u05e6\u05d4\u05f4\u05dc",
    ),
    *("\u65e5\u672c\u8a9e\u3001\u6587", "\u306f\u3099", "\u0e01\u0e31\u0e19", "\ud55c\uad6d\uc5b4"),
)


def material() -> tuple[list[list[bytes]], list[str], list[str]]:
    """Columns of texts to be cut into words; works; and items that quote them, changed and unchanged."""
    rng = random.Random(7)
    mixed = ["".join(rng.choice((*PIECES, " ", " ", "a" * rng.randint(1, 200))) for _ in range(rng.randint(0, 60))) for _ in range(300)]
    torn = [rng.randbytes(rng.randint(0, 3)).join(piece.encode() for piece in rng.choices(PIECES, k=20)) for _ in range(100)]
    long = [
        " ".join(mixed),
        "".join(rng.choices("\u65e5\u306f\u3099\u672c\uff0c\u0e01", k=200_000)),
        "x" * 270_000 + "-\nyz",
    ]
    columns = [[text.encode() for text in mixed], torn, [b"", *(text.encode() for text in long), b""]]
    works = [
        prose(1),
        prose(2),
        "".join(map(chr, rng.choices(range(0x4E00, 0x5000), k=3000))),
        "an old silent pond a frog jumps into the pond",
    ]
    items = [
        works[0][2000:3500],
        " ".join(word for word in works[1][500:4000].split() if rng.random() < 0.95),
        f"{prose(9)[:900]} {works[2][100:200]} {works[3]}",
        works[0][:800].replace(" ", "\u00a0").replace("e", "\u0435"),
        prose(10),
        works[3],
    ]
    return columns, works, items


def found(folder: Path) -> tuple[list[object], dict[str, bytes], list[str]]:
    """All words with their places, the registry's files, and all hits."""
    columns, works, items = material()
    normaliser, words = Normaliser(), list[object]()
    for column in columns:
        data, offsets = np.frombuffer(b"".join(column), np.uint8), np.cumsum([0, *map(len, column)])
        of_column = normaliser.words(data, offsets)
        words += [of_column.hashes.tobytes(), of_column.texts.tolist()]
        for placed in map(normaliser.placed, column):
            words += [placed.hashes.tobytes(), placed.starts.tobytes(), placed.stops.tobytes(), placed.size]
    builder = Builder()
    for number, work in enumerate(works):
        builder.add(f"work {number}", builder.fingerprint(work))
    builder.write(folder / "shard")
    batch = MediaBatch(Modality.TEXT, pa.array(items, pa.large_string()))
    hits = [repr(hit) for hit in Scanner([folder / "shard"]).scan(batch)]
    return words, {path.name: path.read_bytes() for path in (folder / "shard").iterdir()}, hits


def answer() -> None:
    """Writes what is found, and the warnings of a process that says when it cannot load numba."""
    with TemporaryDirectory() as folder:
        sys.stdout.buffer.write(pickle.dumps((compiled.COMPILED, *found(Path(folder)))))


def test_the_same_is_found_without_numba_and_said_once(tmp_path):
    command = [sys.executable, "-c", CHILD, __file__]
    child = subprocess.run(command, cwd=Path(__file__).parents[4], capture_output=True, check=True)
    is_compiled, words, files, hits = pickle.loads(child.stdout)
    assert not is_compiled
    assert child.stderr.count(b"Warning") == child.stderr.count(b"numba cannot be loaded") == 1
    assert compiled.REMEDY.encode() in child.stderr
    our_words, our_files, our_hits = found(tmp_path)
    assert words == our_words
    assert files == our_files
    assert hits == our_hits
    assert all(any(f"asset='work {number}'" in hit for hit in hits) for number in range(4))
