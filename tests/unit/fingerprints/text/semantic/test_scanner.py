from dataclasses import replace

import pyarrow as pa
import pytest

from fingerprints.errors import SchemeError, TooLargeError
from fingerprints.model import Chance, Failure, Hit, Kind, Match, MediaBatch, Modality, Segment
from fingerprints.text.semantic import Builder, make, pack
from fingerprints.text.semantic.calibration import calibrated_scheme, chance
from fingerprints.text.semantic.index import Index
from fingerprints.text.semantic.scanner import LeadScanner
from fingerprints.text.semantic.scheme import LEAST_COSINE, MOST_LEADS
from fingerprints.text.semantic.windows import windows


class Finds:
    """A text scanner that gives what it was told to."""

    scheme = "text/test/1"

    def __init__(self, *entries):
        self.entries = entries

    def scan(self, batch):
        yield from self.entries


def batch(*texts):
    return MediaBatch(Modality.TEXT, pa.array(texts, pa.large_string()))


def finding(asset, interval, position=0, kind=Kind.NEAR_VERBATIM):
    segments = (Segment("char", interval, (0, 10)),)
    return Hit(position, asset, Match(Modality.TEXT, kind, "text/test/1", 0.5, segments, 0.1, 0.1, Chance(1e-6, "one", "observed", 3)))


@pytest.fixture
def index(tmp_path, model):
    """Writes works by asset and opens them."""

    def write(**works):
        builder = Builder(model.scheme)
        for asset, work in works.items():
            builder.add(asset, pack(model.scheme, make(work, model.encoder())))
        builder.write(tmp_path / "shard")
        model.made.calls = 0
        return Index(tmp_path / "shard", model.scheme)

    return write


@pytest.fixture
def scan(model):
    def hits(index, *texts, found=(), assets=None, every=True):
        wanted = frozenset(index.assets if assets is None else assets)
        return list(LeadScanner(Finds(*found), index, model, wanted, every=every).scan(batch(*texts)))

    return hits


def test_a_passage_in_other_words_is_a_lead_to_the_window_that_it_rewords(index, scan, text, model):
    work = f"{text(1, 160)} {text(2, 80)} {text(3, 160)}"
    here = f"{text(7, 80)} {text(2, 80, 'y')}"
    [hit] = scan(index(a=work, b=text(9, 400)), here)
    [segment] = hit.match.segments
    assert (hit.asset, hit.match.kind, hit.match.scheme) == ("a", Kind.LEAD, model.scheme)
    assert 0.99 <= hit.match.score <= 1
    assert here[slice(*segment.item)] == text(2, 80, "y")
    assert work[slice(*segment.work)] == text(2, 80)
    assert hit.match.coverage_of_item == pytest.approx(0.5, abs=0.02)
    assert hit.match.coverage_of_work == pytest.approx(0.2, abs=0.02)


def test_unrelated_text_gives_no_lead(index, scan, text):
    assert scan(index(a=text(1, 800)), text(2, 800), text(3, 800, "y"), "", "short") == []


def test_no_item_has_more_leads_than_allowed_and_the_nearest_come_first(index, scan, text):
    works = {f"a{number}": f"{text(5, 80 - 4 * number)} {text(number, 4 * number)}" for number in range(5)}
    hits = scan(index(**works), text(5, 80, "y"))
    assert [hit.asset for hit in hits] == ["a0", "a1", "a2"]
    assert len(hits) == MOST_LEADS
    assert all(hit.match.score >= LEAST_COSINE for hit in hits)


@pytest.mark.parametrize(
    ("asset", "share", "kind", "leads"),
    [("a", 1.0, Kind.NEAR_VERBATIM, 0), ("a", 0.2, Kind.NEAR_VERBATIM, 1), ("b", 1.0, Kind.VERBATIM, 1), ("a", 1.0, Kind.LEAD, 1)],
)
def test_a_window_within_a_finding_of_the_same_asset_is_no_lead(index, scan, text, asset, share, kind, leads):
    here = text(1, 80, "y")
    found = finding(asset, (0, int(share * len(here))), kind=kind)
    hits = scan(index(a=text(1), b=text(2)), here, found=[found])
    assert hits[0] is found
    assert len(hits) == 1 + leads


def test_assets_that_are_not_asked_for_give_no_lead_and_change_none(index, scan, text):
    opened = index(a=text(1), b=f"{text(1, 70)} {text(2, 10)}", c=text(3))
    together = scan(opened, text(1, 80, "y"))
    apart = [hit for asset in "abc" for hit in scan(opened, text(1, 80, "y"), assets=[asset])]
    assert [hit.asset for hit in together] == ["a", "b"]
    assert together == apart
    assert scan(opened, text(1, 80, "y"), assets=[]) == []


def test_hits_come_in_the_order_of_the_items_and_failed_items_have_no_lead(index, scan, text):
    failure, found = Failure(0, TooLargeError("large")), finding("a", (0, 5), position=2)
    hits = scan(index(a=text(1)), text(1, 80, "y"), text(1, 80, "y"), text(1, 80, "y"), found=[failure, found])
    assert [entry.position for entry in hits] == [0, 1, 2, 2]
    assert hits[0] is failure


def test_only_windows_with_rare_words_of_one_registered_window_are_embedded(index, scan, text, model):
    opened = index(a=text(1, 400), b=text(2, 400))
    mixed = f"{text(1, 20)} {text(30, 60)}"
    assert scan(opened, text(1, 400, "y"), every=False) == []
    assert model.made.calls == 0
    scan(opened, mixed, every=False)
    assert model.made.calls == 1
    scan(opened, text(1, 400, "y"))
    assert model.made.calls == 1 + 5


def test_a_registry_of_texts_too_short_for_a_window_gives_no_lead(index, scan, text):
    assert scan(index(a=text(1, 10)), text(1, 80, "y"), text(2), every=True) == []
    assert scan(index(a=text(1, 10)), text(1, 80, "y"), text(2), every=False) == []


def test_equal_works_give_equal_shards_and_a_changed_byte_is_refused(index, scan, text, tmp_path, model):
    index(a=text(1))
    before = {file.name: file.read_bytes() for file in (tmp_path / "shard").iterdir()}
    opened = index(a=text(1))
    assert {file.name: file.read_bytes() for file in (tmp_path / "shard").iterdir()} == before
    (tmp_path / "shard" / "hot-codes.npy").write_bytes(before["hot-codes.npy"][:-1] + b"\x01")
    with pytest.raises(SchemeError, match="damaged"):
        scan(Index(tmp_path / "shard", model.scheme), text(1, 80, "y"))
    with pytest.raises(SchemeError):
        Index(tmp_path / "shard", "text/semantic/other@1/1")
    assert opened.assets == ("a",)


def test_the_chance_is_known_for_the_measured_model_and_no_other(index, scan, text, model):
    assert chance(calibrated_scheme()).n >= 1_000
    assert chance(calibrated_scheme()).per_trial < 0.01
    [hit] = scan(index(a=text(1)), text(1, 80, "y"))
    assert (hit.match.chance.n, hit.match.chance.per_trial) == (0, 1.0)
    assert "not calibrated for this model" in hit.match.chance.trial


def test_repeated_windows_are_listed_once_each_with_their_nearest(index, scan, text):
    here = " ".join([text(1, 80, "y")] * 3)
    [hit] = scan(index(a=f"{text(1)} {text(2)} {text(1)}"), here)
    assert [segment.item for segment in hit.match.segments] == list(windows(here))
    assert hit.match.measures == {"windows": 3}
    assert replace(hit.match, segments=()).coverage_of_item == pytest.approx(1, abs=0.01)
