import difflib
import json
import re
import sys
import tarfile
import wave
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fingerprints.model import Chance, Hit, Kind, Match, MediaBatch, Modality
from fingerprints.schemes import SCHEMES
from provenance.decide import UserFacts
from provenance.demo import EXPECTED, Expected, Material, Outcome, make, prose
from provenance.demo.expected import ANSWERS, SHARD, TRAIN
from provenance.demo.judgement import differences
from provenance.model import Finding, Item, Place, WorkRef
from provenance.registry import metadata

MEGABYTE = 1_000_000
SUFFIXES = {Modality.TEXT: {".txt"}, Modality.IMAGE: {".jpg", ".png"}, Modality.AUDIO: {".wav"}}
PLANTED = (
    (TRAIN, 4, "dusk"),
    (TRAIN, 10, "poem"),
    (TRAIN, 12, "school"),
    (TRAIN, 15, "clearance"),
    (TRAIN, 26, "notice"),
    (ANSWERS, 0, "ringer"),
)
EDITED, QUOTING = 18, 23


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return make(tmp_path_factory.mktemp("demo"))


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.replace("\u2019", "'").casefold())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


def texts(material: Material) -> dict[tuple[str, int | str], str]:
    """Every text under audit by path and record."""
    found: dict[tuple[str, int | str], str] = {}
    for path, field in ((TRAIN, "text"), (ANSWERS, "output")):
        for number, line in enumerate((material.folder / path).read_text(encoding="utf-8").splitlines()):
            found[path, number] = json.loads(line)[field]
    return found | {(SHARD, name): content.decode() for name, content in members(material).items() if name.endswith(".txt")}


def members(material: Material) -> dict[str, bytes]:
    with tarfile.open(material.folder / SHARD) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def media(material: Material, modality: Modality) -> dict[tuple[str, int | str | None], str | bytes]:
    """Every item of a modality under audit by path and record."""
    if modality is Modality.TEXT:
        return texts(material)
    suffixes = SUFFIXES[modality]
    files = [path for part in (material.dataset, material.outputs) for path in sorted(part.rglob("*")) if path.suffix in suffixes]
    found = {(path.relative_to(material.folder).as_posix(), None): path.read_bytes() for path in files}
    return found | {(SHARD, name): content for name, content in members(material).items() if Path(name).suffix in suffixes}


def works(material: Material) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in material.works.glob("*.txt")}


def test_the_same_bytes_are_written_every_time(material, tmp_path):
    make(tmp_path)
    first, second = ({p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()} for root in (material.folder, tmp_path))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_everything_together_stays_below_twelve_megabytes(material):
    assert sum(path.stat().st_size for path in material.folder.rglob("*") if path.is_file()) < 12 * MEGABYTE


def test_every_expected_item_is_there(material):
    assert material.expected == EXPECTED
    for row in EXPECTED:
        assert row.record is None or row.path != SHARD or row.record in members(material)
    assert {row.work for row in EXPECTED} <= {path.stem for path in material.works.iterdir()}


@pytest.mark.parametrize(("path", "record", "name"), PLANTED)
def test_a_planted_passage_stands_in_its_work_and_in_its_record_word_for_word(material, path, record, name):
    passage = prose.PASSAGES[name]
    assert works(material)[passage.text].count(passage.read()) == 1
    assert texts(material)[path, record].count(passage.read()) == 1
    assert (path, record, passage.text) in {(row.path, row.record, row.work) for row in EXPECTED}


def test_the_edited_excerpt_keeps_most_of_its_words_and_no_long_run(material):
    edited = texts(material)[TRAIN, EDITED]
    copied, original = words(edited), words(works(material)["the-lamp-keeper"])
    blocks = difflib.SequenceMatcher(None, original, copied, autojunk=False).get_matching_blocks()
    assert 0.80 < sum(block.size for block in blocks) / len(copied) < 0.92
    assert max(block.size for block in blocks) < 20
    assert '"' not in edited


def test_the_quotation_is_seven_words_in_quotation_marks(material):
    quoting = texts(material)[TRAIN, QUOTING]
    (quotation,) = re.findall("“([^”]*)”", quoting)
    assert len(words(quotation)) == 7
    assert tuple(words(quotation)) in runs(works(material)["the-lamp-keeper"], 7)
    assert not runs(quoting, 8) & set().union(*(runs(work, 8) for work in works(material).values()))


def test_the_poem_stands_twice_and_whole(material):
    assert texts(material)[TRAIN, 10] == texts(material)[TRAIN, 20] == works(material)["what-the-rain-counts"].strip()


def test_no_neighbour_shares_five_words_in_a_row_with_a_work(material):
    registered = set().union(*(runs(work, 5) for work in works(material).values()))
    planted = {(row.path, row.record) for row in EXPECTED}
    shared = {place: runs(text, 5) & registered for place, text in texts(material).items() if place not in planted}
    assert {place: found for place, found in shared.items() if found} == {}


def test_training_records_are_of_the_length_of_a_paragraph(material):
    lengths = [len(text.split()) for (path, _), text in texts(material).items() if path == TRAIN]
    assert len(lengths) == 40
    assert min(lengths) >= 80
    assert max(lengths) <= 250


def test_the_stories_are_of_the_length_of_a_short_story():
    for name in ("the-lamp-keeper", "the-weight-of-the-bell"):
        assert 700 <= len(prose.text(name).split()) <= 1_100


def test_the_metadata_are_what_the_registry_reads(material):
    rows = {row.work: row for row in metadata.read(material.metadata)}
    assert len(rows) == len(list(material.works.iterdir())) == 11
    (agreement,) = rows["on-margins"].fields["licences"]
    assert (agreement.id, agreement.start, agreement.end) == ("AGR-2025-014", date(2025, 1, 1), date(2027, 12, 31))
    assert agreement.uses == {"train", "evaluate"}
    assert rows["letter-from-port-ansgar"].fields["public_domain_territories"] == {"US", "GB", "EU"}
    assert rows["reading-notice"].fields["boilerplate"] is True
    assert "licences" not in rows["the-weight-of-the-bell"].fields


def test_the_facts_of_the_use_are_what_an_audit_reads(material):
    user = UserFacts.read(material.use, "output")
    assert user.of("demo/outputs/answers.jsonl").values["output.web_search"].value is False
    assert "output.web_search" not in user.of("demo/dataset/train.jsonl").values


@pytest.mark.parametrize("name", ["tidewater-waltz", "night-freight"])
def test_a_registered_recording_lasts_most_of_a_minute_and_is_loud_and_broad(material, name):
    with wave.open(str(material.folder / "works" / f"{name}.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_768
        rate = file.getframerate()
    assert 40 <= samples.size / rate <= 60
    assert np.sqrt(np.mean(samples**2)) > 0.15
    power = np.abs(np.fft.rfft(samples)) ** 2
    heard = [np.sum(power[(np.fft.rfftfreq(samples.size, 1 / rate) // 1_000) == band]) for band in range(8)]
    assert min(heard) > 1e-6 * sum(heard)


def test_a_shard_holds_picture_caption_and_source_of_each_sample(material):
    assert [*members(material)] == [f"{key:06d}.{suffix}" for key in range(3) for suffix in ("jpg", "json", "txt")]


def test_without_pillow_texts_and_sounds_are_made_and_the_rest_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    made = make(tmp_path)
    assert len(made.missing) == 1
    assert "Pillow" in made.missing[0]
    assert {Path(row.path).suffix for row in made.expected} == {".jsonl", ".wav"}
    assert {path.suffix for path in made.works.iterdir()} == {".txt", ".wav"}
    assert len(metadata.read(made.metadata)) == 8


@pytest.mark.parametrize("modality", list(SUFFIXES))
def test_every_planted_reuse_is_found_and_no_neighbour_is(material, modality, tmp_path):
    scheme, index = SCHEMES[modality], tmp_path / "index"
    index.mkdir()
    builder = scheme.builder()
    for path in sorted(material.works.iterdir()):
        if path.suffix in SUFFIXES[modality]:
            builder.add(path.stem, builder.fingerprint(path.read_text(encoding="utf-8") if modality is Modality.TEXT else path))
    builder.write(index)
    items = media(material, modality)
    content = pa.array(items.values(), pa.large_string()) if modality is Modality.TEXT else tuple(items.values())
    hits = list(scheme.open([index]).scan(MediaBatch(modality, content)))
    assert all(isinstance(hit, Hit) and hit.match.kind is not Kind.LEAD for hit in hits)
    assert {(*list(items)[hit.position], hit.asset) for hit in hits} == {place(row) for row in EXPECTED if row_is(row, items)}


def place(row: Expected) -> tuple[str, int | str | None, str]:
    return row.path, row.record, row.work


def row_is(row: Expected, items: dict[tuple[str, int | str | None], str | bytes]) -> bool:
    return (row.path, row.record) in items and row.outcome is not Outcome.NOTHING


def found(*rows: Expected) -> list[Finding]:
    """Findings of one occurrence each, as an audit of ``demo/`` would have them."""
    match = Match(Modality.TEXT, Kind.VERBATIM, "text/test/1", 1.0, (), 1.0, 1.0, Chance(1e-6, "one item", "observed", 3))
    findings = []
    for row in rows:
        at = Place(f"demo/{row.path}", row.record, None, f"demo/{row.path}#{row.record}")
        item = Item(at.path, at.record, at.field, at.locator, Modality.TEXT, "0")
        findings.append(Finding("F-1", "r", (at,), item, WorkRef(row.work, "", ""), match, (), ()))
    return findings


PLANTED_FINDINGS = [row for row in EXPECTED if row.outcome is Outcome.FINDING]


def test_an_audit_that_finds_what_was_planted_differs_in_nothing():
    assert differences(EXPECTED, found(*PLANTED_FINDINGS)) == ()


def test_a_planted_passage_that_was_not_found_is_named():
    (difference,) = differences(EXPECTED, found(*PLANTED_FINDINGS[1:]))
    assert difference.startswith("not found: the-lamp-keeper in dataset/train.jsonl#4")


@pytest.mark.parametrize("row", [Expected(TRAIN, 0, "on-margins", ""), *(row for row in EXPECTED if row.outcome is not Outcome.FINDING)])
def test_a_finding_that_was_not_planted_is_named(row):
    (difference,) = differences(EXPECTED, found(*PLANTED_FINDINGS, row))
    assert difference == f"not planted: {row.work} in demo/{row.path}#{row.record} (verbatim)"
