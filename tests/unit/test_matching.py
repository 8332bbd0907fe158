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
from provenance import matching
from provenance.errors import AccountingError, RegistryError
from provenance.located import located
from provenance.matching import OTHER, Scan, Scanners
from provenance.model import Item, Source, Unit, UnitResult
from provenance.readers import ReadSettings
from provenance.readers.limits import LIMITS, Limits
from provenance.readers.plan import plan

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


class Found:
    """What came of a unit, in its place."""

    def __init__(self, unit, pieces):
        (result,) = located([UnitResult(unit, tuple(piece for piece, _ in pieces))], [unit])
        self.known = [known for piece, known in pieces if piece.content]
        self.reuses, self.unread, self.excluded = result.reuses, result.unread, result.excluded
        self.seen, self.scanned = Counter(), Counter()
        for piece in result.pieces:
            self.seen.update(piece.seen)
            self.scanned.update(piece.scanned)
        self.bytes = sum(piece.bytes for piece in result.pieces)
        self.pieces = [piece for piece in result.pieces if piece.content]


def scan_unit(unit, scanners, exhibitor=None, limits=LIMITS, known=None, share=1.0):
    return Found(unit, list(Scan(scanners, ReadSettings(limits), share, exhibitor, known).unit(unit)))


@pytest.fixture
def scanners(tmp_path, monkeypatch):
    """Scanners that find the given strings, by asset."""
    monkeypatch.syspath_prepend(Path(__file__).parent / "engines")

    def make(assets=None, works=None, schemes=(), **needles):
        import needles as odd

        shard = odd.write(tmp_path / "shard", **needles)
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


def test_only_pictures_that_match_are_asked_what_they_say_of_themselves(scanners, data, monkeypatch):
    asked = []
    monkeypatch.setattr(matching, "claims_of", lambda media: asked.append(media) or {"exif:Artist": "Ann"})
    units = data(a_png=PNG + b"needle", a_json=b'{"author": "Bob"}', b_png=PNG, c_txt="a needle", d_wav=b"RIFF\0\0\0\0WAVEfmt needle")
    found = {reuse.item.path: reuse.item.metadata for unit in units for reuse in scan_unit(unit, scanners(one="needle")).reuses}
    assert asked == [PNG + b"needle"]
    assert found == {"data/a.png": {"author": "Bob", "exif:Artist": "Ann"}, "data/c.txt": {}, "data/d.wav": {}}


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
    assert unread.detail == "field 'image': no text in it"


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
    scan_unit(unit, scanners(lead="maybe", sure="surely"), lambda *seen: shown.append(seen) or ())
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
    broken._opened[Modality.TEXT, broken.names(Modality.TEXT)] = Odd(*(Failure(position, SchemeError("odd")) for position in positions))
    with pytest.raises(AccountingError, match="odd"):
        scan_unit(unit, broken)


def test_an_item_both_failed_and_matched_stops_the_run(scanners, data):
    import needles

    (unit,) = data(a_txt="x")
    broken = scanners()
    broken._opened[Modality.TEXT, broken.names(Modality.TEXT)] = Odd(
        Failure(0, SchemeError("odd")), Hit(0, "a", needles.match(Modality.TEXT, 0, 1, 1))
    )
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
    first = [scan_unit(unit, scanners(x="one", y="two")).pieces for unit in units]
    assert [scan_unit(unit, scanners(x="one", y="two")).pieces for unit in units] == first


def test_a_vanished_file_is_unread(scanners, tmp_path):
    unit = Unit(Source(tmp_path / "gone.png", "gone.png", 3, 1), "image")
    assert [entry.reason for entry in scan_unit(unit, scanners()).unread] == ["unreadable", "changed"]


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
    assert (result.seen, result.scanned) == ({}, {})
    assert [entry.reason for entry in result.unread] == ["empty"]


class Remembered(dict):
    """Results by content, as a cache finds them."""

    def find(self, content):
        return self.get(content)

    def keep(self, found):
        self.update({piece.content: piece for piece in found.pieces})


def test_known_content_is_not_scanned_again(scanners, data):
    (unit,) = data(a_jsonl=[{"text": "one"}, {"text": "two"}])
    known = Remembered()
    first = scan_unit(unit, scanners(x="one"))
    known.keep(first)
    again = scan_unit(unit, scanners(x="one"), known=known)
    assert again.known == [True]
    assert (again.reuses, again.seen, again.bytes) == (first.reuses, first.seen, first.bytes)


def test_known_content_is_compared_with_new_shards_alone(data, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent / "engines")
    import needles

    (unit,) = data(a_jsonl=[{"text": "one two"}, {"text": "two"}])
    old, new = needles.write(tmp_path / "old", x="one"), needles.write(tmp_path / "new", y="two")
    works, schemes = {"x": ("wx",), "y": ("wy",)}, {modality: Scheme(modality, "needles", {}) for modality in Modality}
    known = Remembered()
    known.keep(scan_unit(unit, Scanners({Modality.TEXT: (old,)}, frozenset(), works, schemes)))
    both = Scanners({Modality.TEXT: (old, new)}, frozenset(), works, schemes)
    again, fresh = scan_unit(unit, both, known=known), scan_unit(unit, both)
    assert (
        sorted([name.split("-")[0] for name in names] for _, names in both._opened) == [["new"], ["new", "old"]] or len(both._opened) == 2
    )
    assert again.reuses == fresh.reuses
    assert again.pieces == fresh.pieces
    known.keep(again)
    assert scan_unit(unit, both, known=known).known == [True]


def test_a_result_does_not_hold_where_a_work_was_removed_or_a_file_has_another_owner(scanners, data):
    (unit,) = data(a_txt="one two")
    known = Remembered()
    known.keep(scan_unit(unit, scanners(x="one", y="two")))
    again = scan_unit(unit, scanners(assets={"x"}, x="one", y="two"), known=known)
    assert (again.known, [reuse.asset for reuse in again.reuses]) == ([False], ["y"])
    known.keep(again)
    shared = scan_unit(unit, scanners(works={"x": ("w1", "w2"), "y": ("w3",)}, x="one", y="two"), known=known)
    assert (shared.known, [reuse.work for reuse in shared.reuses]) == ([False], ["w1", "w2", "w3"])


def test_a_result_without_the_exhibits_that_are_wanted_does_not_hold(scanners, data):
    (unit,) = data(a_txt="one")
    known = Remembered()
    known.keep(scan_unit(unit, scanners(x="one")))
    assert scan_unit(unit, scanners(x="one"), lambda *_: (), known=known).known == [False]
    known.keep(scan_unit(unit, scanners(x="nowhere")))
    assert scan_unit(unit, scanners(x="nowhere"), lambda *_: (), known=known).known == [True]


def test_a_sample_is_of_contents_and_the_rest_is_counted(scanners, data):
    rows = [{"text": f"one {i}"} for i in range(400)]
    (unit,) = data(a_jsonl=rows + rows)
    whole = [reuse.item.record for reuse in scan_unit(unit, scanners(x="one")).reuses]
    half, tenth = (scan_unit(unit, scanners(x="one"), share=share) for share in (0.5, 0.1))
    chosen, fewer = ({reuse.item.record for reuse in found.reuses} for found in (half, tenth))
    assert len(whole) == 800
    assert 300 < len(chosen) < 500
    assert fewer < chosen
    assert {record % 400 for record in chosen if record < 400} == {record % 400 for record in chosen if record >= 400}
    assert half.seen == {"text": 800}
    assert [(entry.reason, entry.count, entry.modality) for entry in half.excluded] == [("sample", 800 - len(chosen), Modality.TEXT)]


def test_a_sample_may_hold_nothing_of_a_batch(scanners, data):
    (unit,) = data(a_txt="one")
    found = scan_unit(unit, scanners(x="one"), share=1e-9)
    assert (found.seen, found.scanned, [entry.count for entry in found.excluded]) == ({"text": 1}, {"text": 0}, [1])


def test_a_file_that_is_written_to_is_said_to_have_changed(scanners, data):
    (unit,) = data(a_txt="one")
    Path("data/a.txt").write_text("one and more")
    assert [entry.reason for entry in scan_unit(unit, scanners(x="one")).unread] == ["changed"]
