"""What claims mean: each vocabulary mapped as it is defined, the strictest statement holding."""

import pytest

from provenance.claims import meaning
from provenance.claims.meaning import DataMining, copyright_information, data_mining
from provenance.claims.xmp import PROPERTIES
from tests.unit.provenance import marked_pictures as marked

XMP = "xmp:plus:DataMining"
CAWG = "c2pa:cawg.training-mining:cawg."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("DMI-UNSPECIFIED", "unspecified"),
        ("DMI-ALLOWED", "allowed"),
        ("DMI-PROHIBITED-AIMLTRAINING", "prohibited-training"),
        ("DMI-PROHIBITED-GENAIMLTRAINING", "prohibited-generative-training"),
        ("DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING", "prohibited-except-search"),
        ("DMI-PROHIBITED", "prohibited"),
        ("DMI-PROHIBITED-SEECONSTRAINT", "constrained"),
        ("DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR", "constrained"),
        ("DMI-PROHIBITED-SEELINKEDRIGHTSEXPR", "constrained"),
    ],
)
def test_each_value_of_plus_is_mapped_by_address_and_by_key(value, expected):
    for written in (marked.PLUS + value, value, value.lower()):
        found = data_mining({XMP: written})
        assert (found.value, found.claim) == (expected, f"{XMP} = {written}")


@pytest.mark.parametrize("value", ["", "yes", "http://ns.useplus.org/ldf/vocab/", "DMI-", "DMI-PROHIBITEDLY"])
def test_a_value_that_is_not_in_the_vocabulary_states_nothing(value):
    assert data_mining({XMP: value}) is None


@pytest.mark.parametrize("prefix", ["cawg", "c2pa"])
@pytest.mark.parametrize(
    ("uses", "expected"),
    [
        ({"data_mining": "notAllowed"}, "prohibited"),
        ({"ai_training": "notAllowed"}, "prohibited-training"),
        ({"ai_generative_training": "notAllowed"}, "prohibited-generative-training"),
        ({"ai_generative_training": "notAllowed", "ai_training": "notAllowed"}, "prohibited-training"),
        ({"ai_inference": "notAllowed"}, "constrained"),
        ({"data_mining": "constrained"}, "constrained"),
        ({"data_mining": "constrained", "ai_training": "notAllowed"}, "constrained"),
        ({"data_mining": "perhaps"}, "constrained"),
        ({"data_mining": "allowed"}, "unspecified"),
        ({"ai_inference": "allowed"}, "unspecified"),
        ({"data_mining": "allowed", "ai_training": "allowed", "ai_generative_training": "allowed"}, "allowed"),
        ({"data_mining": "allowed", "ai_training": "allowed", "ai_generative_training": "notAllowed"}, "prohibited-generative-training"),
        ({"data_mining": "allowed", "ai_training": "allowed", "ai_generative_training": "allowed", "ai_inference": "allowed"}, "allowed"),
    ],
)
def test_each_use_of_a_training_and_mining_assertion_is_mapped(prefix, uses, expected):
    claims = {f"c2pa:{prefix}.training-mining:{prefix}.{name}": use for name, use in uses.items()}
    assert data_mining(claims).value == expected


def test_the_strictest_of_several_sources_holds_and_is_named():
    claims = {XMP: marked.PLUS + "DMI-ALLOWED", f"{CAWG}data_mining": "notAllowed", f"{CAWG}data_mining:constraints": "none"}
    assert data_mining(claims).claim == f"{CAWG}data_mining = notAllowed"
    assert data_mining({XMP: "DMI-PROHIBITED", f"{CAWG}ai_training": "notAllowed"}).claim == f"{XMP} = DMI-PROHIBITED"
    assert data_mining({XMP: "DMI-ALLOWED; DMI-PROHIBITED"}).value is DataMining.PROHIBITED


def test_what_an_ingredient_reserves_holds_for_the_whole():
    claims = {XMP: "DMI-ALLOWED", "c2pa:ingredient:cawg.training-mining:cawg.data_mining": "notAllowed"}
    assert data_mining(claims).value is DataMining.PROHIBITED


def test_a_reservation_by_tdmrep_reserves_and_its_absence_permits_nothing():
    assert data_mining({"xmp:tdm:reservation": "1"}).value is DataMining.PROHIBITED
    assert data_mining({"xmp:tdm:reservation": "0"}).value is DataMining.UNSPECIFIED
    assert data_mining({"xmp:tdm:reservation": "0; 1"}).value is DataMining.PROHIBITED


def test_only_a_reservation_reserves():
    assert {value for value in DataMining if not value.reserves} == {DataMining.ALLOWED, DataMining.UNSPECIFIED}


def test_the_notice_the_licence_and_the_creators_are_found_in_each_kind_of_metadata():
    for name in ("exif:Copyright", "iptc:CopyrightNotice", "xmp:dc:rights", "png:Copyright", "c2pa:cawg.metadata:dc:rights"):
        assert meaning.copyright_notice({name: "(c)"}) == "(c)"
    for name in ("xmp:cc:license", "xmp:xmpRights:UsageTerms", "xmp:xmpRights:WebStatement", "c2pa:stds.schema-org.CreativeWork:license"):
        assert meaning.licence({name: "L"}) == "L"
    for name in ("exif:Artist", "iptc:By-line", "xmp:dc:creator", "png:Author", "c2pa:stds.schema-org.CreativeWork:author"):
        assert meaning.creators({name: "Ann; Bob;"}) == meaning.Creators(("Ann", "Bob"), name)


def test_a_field_beside_the_item_is_no_claim_of_the_file():
    beside = {"author": "Ann", "license": "MIT", "copyright": "(c)", "title": "T", "url": "https://a.example/x:1"}
    assert copyright_information(beside) is False
    assert meaning.licence(beside) is meaning.creators(beside) is meaning.copyright_notice(beside) is data_mining(beside) is None


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, False),
        ({"xmp:dc:title": "T"}, True),
        ({"iptc:By-line": "Ann"}, True),
        ({"xmp:plus:CopyrightOwnerName": "Ann"}, True),
        ({"xmp:xmpRights:UsageTerms": "ask"}, True),
        ({"xmp:plus:ImageSupplierImageID": "7"}, True),
        ({XMP: "DMI-PROHIBITED"}, True),
        ({XMP: "DMI-UNSPECIFIED"}, False),
        ({"c2pa:validation": "Valid"}, False),
        ({"exif:unread": "broken"}, None),
        ({"exif:unread": "broken", "xmp:dc:rights": "(c)"}, True),
    ],
)
def test_copyright_information_is_what_the_statute_lists_and_unknown_where_not_all_was_read(claims, expected):
    assert copyright_information(claims) is expected


def test_every_property_that_has_a_meaning_is_one_that_is_read():
    xmp = {name for name in meaning.COPYRIGHT_INFORMATION if not name.startswith(("exif:", "iptc:", "png:", "schema:"))}
    assert xmp <= PROPERTIES
