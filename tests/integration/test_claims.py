"""From a registered picture with a notice to the facts of its copies: with the notice, without it, and what they say of mining."""

import pytest

from provenance.options import Options
from provenance.pipeline import audit
from provenance.registry import Registry
from tests.unit.provenance import marked_pictures as marked

MISSING = "item.copyright_information_missing"
MARKS = {"exif": marked.exif(Copyright="(c) Ann", Artist="Ann"), "xmp": marked.xmp(plus__DataMining=marked.PLUS + "DMI-PROHIBITED")}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A registry of one picture with a notice and one without, and a folder of copies."""
    base = tmp_path_factory.mktemp("claims")
    for name in ("works", "data"):
        (base / name).mkdir()
    with_notice, without = marked.picture(1, (640, 480)), marked.picture(2, (640, 480))
    (base / "works" / "noticed.jpg").write_bytes(marked.saved(with_notice, quality=95, **MARKS))
    (base / "works" / "bare.jpg").write_bytes(marked.saved(without, quality=95))
    (base / "data" / "stripped.jpg").write_bytes(marked.saved(with_notice, quality=80))
    (base / "data" / "kept.jpg").write_bytes(marked.saved(with_notice, quality=80, **MARKS))
    (base / "data" / "described.jpg").write_bytes(marked.saved(with_notice, quality=70))
    (base / "data" / "described.json").write_text('{"license": "CC-BY-4.0", "author": "Ann"}', encoding="utf-8")
    (base / "data" / "bare.jpg").write_bytes(marked.saved(without, quality=80))
    with Registry.init(base / "registry") as registry:
        registry.add([base / "works"], jobs=1)
    return base


def facts(place):
    """Of each finding, by the name of its item's file; results are kept beside the data."""
    found = audit([place / "data"], place / "registry", Options(use="train", jobs=1, cache=place / "cache"))
    return {finding.item.path.rpartition("/")[2]: {name: fact.value for name, fact in finding.facts.items()} for finding in found.findings}


@pytest.fixture(scope="module")
def found(place):
    """The facts of the first audit."""
    return facts(place)


def test_a_stripped_copy_lacks_the_information_that_the_work_carries_and_an_unstripped_one_does_not(found):
    assert found["stripped.jpg"][MISSING] is True
    assert found["kept.jpg"][MISSING] is False
    assert MISSING not in found["bare.jpg"]


def test_what_stands_beside_a_stripped_copy_is_told_apart_from_what_is_in_it(found):
    assert found["described.jpg"][MISSING] is True
    assert found["described.jpg"]["item.licence"] == "CC-BY-4.0"


def test_what_a_copy_says_of_mining_and_what_the_work_does_are_both_facts(found):
    assert found["kept.jpg"]["item.data_mining"] == "prohibited"
    assert found["kept.jpg"]["item.copyright_notice"] == "(c) Ann"
    assert "item.data_mining" not in found["stripped.jpg"]
    assert found["stripped.jpg"]["reservation.tdm"] is True
    assert found["stripped.jpg"]["reservation.mechanism"] == ["file-metadata"]


def test_results_that_are_kept_keep_the_claims(place, found):
    assert facts(place) == found
