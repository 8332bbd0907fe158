import base64
import hashlib
import json
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from fingerprints.errors import SchemeError
from fingerprints.model import Failure, Hit, Modality
from fingerprints.schemes import Scheme
from provenance.errors import AccountingError, RegistryError
from provenance.matching import OTHER, Scanners, scan_unit
from provenance.model import Item, Source, Unit
from provenance.readers.limits import Limits
from provenance.readers.plan import plan

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


@pytest.fixture
def scanners(tmp_path, monkeypatch):
    """Scanners that find the given strings, by asset."""
    monkeypatch.syspath_prepend(Path(__file__).parent / "engines")

    def make(assets=None, works=None, schemes=(), **needles):
        shard = tmp_path / "shard"
        shard.mkdir(exist_ok=True)
        (shard / "needles.txt").write_text("".join(f"{asset}\t{needle}\n" for asset, needle in needles.items()))
        known = {modality: Scheme(modality, "needles", {}) for modality in Modality} | dict(schemes)
        return Scanners(
            dict.fromkeys(Modality, (shard,)), frozenset(assets or ()), works or {asset: (f"work-{asset}",) for asset in needles}, known
        )

    return make


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Units of files given as name -> content."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)

    def make(**files):
        for name, content in files.items():
            rows = [row if isinstance(row, str) else json.dumps(row) + "\n" for row in content] if isinstance(content, list) else None
            text = "".join(rows) if rows is not None else content
            (folder / name.replace("_", ".")).write_bytes(text.encode() if isinstance(text, str) else text)
        return plan(["data"]).units

    return make


def test_a_match_names_its_item_its_digest_and_what_stood_beside_it(scanners, data):
    (unit,) = data(a_jsonl=[{"text": "nothing"}, {"text": "ü here", "url": "u"}])
    (reuse,) = scan_unit(unit, scanners(one="here")).reuses
    assert reuse.item == Item(
        "data/a.jsonl", 1, "text", "data/a.jsonl#1/text", Modality.TEXT, hashlib.sha256("ü here".encode()).hexdigest(), {"url": "u"}
    )
    assert (reuse.work, reuse.asset, reuse.match.segments[0].item) == ("work-one", "one", (2, 6))


def test_media_are_named_by_the_digest_of_their_bytes_wherever_they_stand(scanners, data, tmp_path):
    data(a_png=PNG + b"needle")
    with tarfile.open(tmp_path / "data" / "s.tar", "w") as archive:
        archive.add(tmp_path / "data" / "a.png", "in.png")
    encoded = base64.b64encode(PNG + b"needle" + bytes(400)).decode()
    found = [reuse.item for unit in data(b_jsonl=[{"image": encoded}]) for reuse in scan_unit(unit, scanners(one="needle")).reuses]
    assert [item.locator for item in found] == ["data/a.png", "data/b.jsonl#0/image", "data/s.tar#in.png"]
    assert found[0].sha256 == found[2].sha256 == hashlib.sha256(PNG + b"needle").hexdigest()


def test_an_asset_of_two_works_is_a_match_with_each(scanners, data):
    (unit,) = data(a_txt="one two")
    result = scan_unit(unit, scanners(works={"x": ("w1", "w2"), "y": ("w3",)}, x="one", y="two"))
    assert [(reuse.work, reuse.asset) for reuse in result.reuses] == [("w1", "x"), ("w2", "x"), ("w3", "y")]


def test_erased_assets_are_not_found(scanners, data):
    (unit,) = data(a_txt="one two")
    assert [reuse.asset for reuse in scan_unit(unit, scanners(assets={"x"}, x="one", y="two")).reuses] == ["y"]


def test_every_item_is_accounted_for(scanners, data, tmp_path):
    units = data(
        a_jsonl=[{"text": "a"}, "bad\n", {"text": "b"}, {"u": 1}], b_png=PNG, c_png=PNG + b"BROKEN", e_txt="x\xff".encode("latin-1")
    )
    with tarfile.open(tmp_path / "data" / "s.tar", "w") as archive:
        for name, content in {"1.png": PNG, "1.json": b"{}", "2.png": PNG + b"BROKEN", ".gitignore": b"x"}.items():
            (tmp_path / name).write_bytes(content)
            archive.add(tmp_path / name, name)
    results = [scan_unit(unit, scanners(one="nowhere")) for unit in data()]
    assert len(results) == len(units) + 1
    seen, scanned = Counter(), Counter()
    for result in results:
        seen.update(result.seen)
        scanned.update(result.scanned)
        unread, excluded = len(result.unread), sum(entry.count for entry in result.excluded)
        assert sum(result.seen.values()) == sum(result.scanned.values()) + unread + excluded
    assert seen == {"text": 5, "image": 4, OTHER: 2}
    assert scanned == {"text": 2, "image": 2}
    assert [(entry.reason, entry.count) for entry in results[-1].excluded] == [("no-media", 1), ("sidecar", 1)]


def test_an_item_that_cannot_be_decoded_is_unread_with_its_place(scanners, data, tmp_path):
    (unit,) = data(a_jsonl=[{"text": "x", "image": base64.b64encode(PNG + b"BROKEN" + bytes(400)).decode()}])
    (unread,) = scan_unit(unit, scanners()).unread
    assert (unread.path, unread.record, unread.reason, unread.modality) == ("data/a.jsonl", 0, "undecodable", Modality.IMAGE)
    assert unread.detail == "data/a.jsonl#0/image: no text in it"


def test_bytes_are_those_of_what_was_scanned(scanners, data):
    units = data(a_jsonl=[{"text": "äbc"}], b_png=PNG)
    assert [scan_unit(unit, scanners()).bytes for unit in units] == [4, len(PNG)]


def test_without_its_library_a_modality_is_unread_and_the_remedy_named(scanners, data):
    (unit,) = data(a_png=PNG)
    lacking = scanners(schemes={Modality.IMAGE: Scheme(Modality.IMAGE, "needles", {"no_such_module": "such-package"})})
    result = scan_unit(unit, lacking)
    assert [(entry.reason, entry.modality) for entry in result.unread] == [("no-library", Modality.IMAGE)]
    assert "pip install such-package" in result.unread[0].detail
    assert (result.seen, result.scanned) == ({"image": 1}, {})


def test_a_modality_that_does_not_occur_is_never_opened(scanners, data):
    (unit,) = data(a_txt="x")
    odd = scanners(schemes={Modality.IMAGE: Scheme(Modality.IMAGE, "no_such_module", {})})
    assert scan_unit(unit, odd).scanned == {"text": 1}


def test_more_unread_than_are_listed_are_still_counted(scanners, data):
    (unit,) = data(a_jsonl=["bad\n"] * 50)
    result = scan_unit(unit, scanners(), limits=Limits(listed=10))
    assert result.seen == {"text": 50}
    assert [entry.reason for entry in result.unread] == ["bad-record"] * 10 + ["more-unread"]
    assert result.unread[-1].detail.startswith("40 more")


def test_an_exhibit_is_made_of_matches_that_are_more_than_leads(scanners, data):
    (unit,) = data(a_jsonl=[{"text": "maybe"}, {"text": "surely maybe"}])
    shown = []
    scan_unit(unit, scanners(lead="maybe", sure="surely"), lambda *seen: shown.append(seen))
    ((item, media, reuses),) = shown
    assert (item.record, media, [reuse.asset for reuse in reuses]) == (1, "surely maybe", ["lead", "sure"])


class Odd:
    """A scanner that accounts for its items in a given way."""

    scheme = "test/odd/1"

    def __init__(self, *entries):
        self.entries = entries

    def scan(self, batch):
        yield from self.entries


@pytest.mark.parametrize("positions", [(1, 0), (0, 5), (-1,)])
def test_a_scanner_that_loses_count_stops_the_run(scanners, data, positions):
    (unit,) = data(a_jsonl=[{"text": "x"}] * 3)
    broken = scanners()
    broken._opened[Modality.TEXT] = Odd(*(Failure(position, SchemeError("odd")) for position in positions))
    with pytest.raises(AccountingError, match="odd"):
        scan_unit(unit, broken)


def test_an_item_both_failed_and_matched_stops_the_run(scanners, data):
    import needles

    (unit,) = data(a_txt="x")
    broken = scanners()
    broken._opened[Modality.TEXT] = Odd(Failure(0, SchemeError("odd")), Hit(0, "a", needles.match(Modality.TEXT, 0, 1, 1)))
    with pytest.raises(AccountingError):
        scan_unit(unit, broken)


def test_an_asset_the_registry_does_not_know_stops_the_run(scanners, data):
    (unit,) = data(a_txt="one")
    with pytest.raises(RegistryError, match="does not"):
        scan_unit(unit, scanners(works={"y": ("w",)}, x="one"))


def test_a_damaged_index_stops_the_run(tmp_path, data):
    (unit,) = data(a_txt="one")
    (tmp_path / "bad").mkdir()
    with pytest.raises(RegistryError):
        scan_unit(unit, Scanners({Modality.TEXT: (tmp_path / "bad",)}, frozenset(), {}))


def test_the_result_is_the_same_each_time(scanners, data):
    units = data(a_jsonl=[{"text": f"one {i} two"} for i in range(200)], b_txt="two")
    first = [scan_unit(unit, scanners(x="one", y="two")) for unit in units]
    assert [scan_unit(unit, scanners(x="one", y="two")) for unit in units] == first


def test_a_vanished_file_is_unread(scanners, tmp_path):
    unit = Unit(Source(tmp_path / "gone.png", "gone.png", 3), "image")
    assert [entry.reason for entry in scan_unit(unit, scanners()).unread] == ["unreadable"]


def test_text_too_deep_is_counted_once_beside_what_was_scanned(scanners, data):
    deep = "one"
    for _ in range(20):
        deep = [deep]
    (unit,) = data(a_jsonl=[{"text": "one", "a": deep, "b": deep}, {"text": "two"}])
    result = scan_unit(unit, scanners(x="one"))
    assert (result.seen, result.scanned, len(result.reuses)) == ({"text": 3}, {"text": 2}, 1)
    assert [(entry.record, entry.reason) for entry in result.unread] == [(0, "too-deep")]


@pytest.mark.parametrize("record", ['{"text": "one", "title": "\\ud800"}', '{"text": "one", "\\ud800": "one"}'])
def test_what_is_found_can_be_written_as_utf_8(scanners, data, record):
    (unit,) = data(a_jsonl=[record + "\n", {"text": "one", "title": "\U0001f3b5"}])
    result = scan_unit(unit, scanners(x="one"))
    assert [entry.reason for entry in result.unread] == ["bad-record"]
    assert [dict(reuse.item.metadata) for reuse in result.reuses] == [{"title": "\U0001f3b5"}]
    assert repr(result.reuses).encode()


def test_a_file_without_records_is_one_unread(scanners, data):
    (unit,) = data(a_json="[]")
    result = scan_unit(unit, scanners())
    assert (result.seen, result.scanned) == ({"text": 1}, {})
    assert [entry.reason for entry in result.unread] == ["empty"]
