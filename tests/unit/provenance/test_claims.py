"""What pictures say of themselves: read where the standards put it, verbatim, bounded, whatever the bytes are."""

import io
import os
import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import PackageNotFoundError, version

import pytest

from fingerprints.errors import DecoderError
from fingerprints.model import Chance, Kind, Match, Modality
from provenance import terms
from provenance.claims import claims_of, manifest, reading, unread
from provenance.claims.gathered import FIELD_CHARS, FIELDS, Gathered
from provenance.model import Item, PieceResult, Reuse
from provenance.options import Options
from provenance.pipeline import lasting
from provenance.terms import cache_key
from tests.unit.provenance import marked_pictures as marked

NOTICE = "© 2024 Jörg Bäcker"


def test_a_picture_without_metadata_claims_nothing():
    assert claims_of(marked.saved()) == {}
    assert claims_of(marked.saved(form="PNG")) == {}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_exif_is_read_in_every_form_that_carries_it(form):
    made = marked.saved(form=form, exif=marked.exif(Copyright=NOTICE, Artist="Ann; Bob", XPAuthor="Ånn".encode("utf-16-le")))
    assert claims_of(made) == {"exif:Copyright": NOTICE, "exif:Artist": "Ann; Bob", "exif:XPAuthor": "Ånn"}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "GIF"])
def test_xmp_is_read_in_every_form_that_carries_it(form):
    made = marked.with_packet(form, marked.xmp(xmpRights__WebStatement="https://example.org/rights"))
    assert claims_of(made) == {"xmp:xmpRights:WebStatement": "https://example.org/rights"}


def test_a_file_is_read_as_its_bytes_are(tmp_path):
    made = marked.saved(exif=marked.exif(Copyright=NOTICE))
    (tmp_path / "a.jpg").write_bytes(made)
    assert claims_of(tmp_path / "a.jpg") == claims_of(made) == {"exif:Copyright": NOTICE}


def test_iptc_fields_are_read_with_every_value_they_have():
    made = marked.iptc((80, b"Ann"), (80, b"Bob"), (116, NOTICE.encode()), (110, b"Agency"), (120, b"a caption is no claim"))
    assert claims_of(made) == {"iptc:By-line": "Ann; Bob", "iptc:CopyrightNotice": NOTICE, "iptc:Credit": "Agency"}


def test_iptc_in_latin_1_is_read_as_that():
    assert claims_of(marked.iptc((116, NOTICE.encode("latin-1")), charset=False)) == {"iptc:CopyrightNotice": NOTICE}


def test_exif_in_latin_1_is_read_as_that_and_its_nuls_separate():
    made = marked.saved(exif=marked.exif(Copyright=b"Photo \xa9 Ann\0Edit \xa9 Bob\0"))
    assert claims_of(made) == {"exif:Copyright": "Photo © Ann; Edit © Bob"}


def test_png_text_is_read_also_behind_the_pixels():
    made = marked.saved(form="PNG")
    chunk = b"tEXtCopyright\0\xa9 Ann"
    made = made[:-12] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + made[-12:]
    assert claims_of(made) == {"png:Copyright": "© Ann"}


def test_xmp_properties_are_read_however_rdf_writes_them():
    inside = (
        "<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li><rdf:li>Bob</rdf:li></rdf:Seq></dc:creator>"
        '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">(c) A &amp; B</rdf:li><rdf:li xml:lang="en">(c) A &amp; B</rdf:li>'
        '<rdf:li xml:lang="de">(c) A und B</rdf:li></rdf:Alt></dc:rights>'
        '<cc:license rdf:resource="https://creativecommons.org/licenses/by/4.0/"/>'
        '<plus:CopyrightOwner><rdf:Seq><rdf:li rdf:parseType="Resource"><plus:CopyrightOwnerName>Owner Ltd</plus:CopyrightOwnerName>'
        "</rdf:li></rdf:Seq></plus:CopyrightOwner>"
    )
    assert claims_of(marked.with_packet("JPEG", marked.xmp(inside, plus__DataMining=marked.PLUS + "DMI-PROHIBITED"))) == {
        "xmp:plus:DataMining": marked.PLUS + "DMI-PROHIBITED",
        "xmp:dc:creator": "Ann; Bob",
        "xmp:dc:rights": "(c) A & B; (c) A und B",
        "xmp:cc:license": "https://creativecommons.org/licenses/by/4.0/",
        "xmp:plus:CopyrightOwnerName": "Owner Ltd",
    }


def test_a_namespace_is_known_by_its_address_not_by_its_prefix():
    packet = marked.xmp(dc__rights="(c) Ann").replace(b"xmlns:dc=", b"xmlns:q=").replace(b"dc:rights", b"q:rights")
    assert claims_of(marked.with_packet("JPEG", packet)) == {"xmp:dc:rights": "(c) Ann"}
    packet = marked.xmp(dc__rights="(c) Ann").replace(b"http://purl.org/dc/elements/1.1/", b"urn:other")
    assert claims_of(marked.with_packet("JPEG", packet)) == {}


def test_what_is_said_of_a_source_of_the_picture_is_not_said_of_the_picture():
    inside = (
        "<xmpMM:Pantry><rdf:Bag><rdf:li><rdf:Description><dc:rights>theirs</dc:rights></rdf:Description></rdf:li></rdf:Bag></xmpMM:Pantry>"
    )
    assert claims_of(marked.with_packet("JPEG", marked.xmp(inside, dc__rights="ours"))) == {"xmp:dc:rights": "ours"}


def test_xmp_in_utf_16_is_read():
    packet = marked.xmp(dc__rights=NOTICE).decode().replace("\ufeff", "").encode("utf-16")
    assert claims_of(marked.with_packet("WEBP", packet)) == {"xmp:dc:rights": NOTICE}


def test_entities_are_refused_before_they_expand():
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    packet = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'.encode() + marked.xmp("&l9;").split(b"?>", 1)[1]
    claims = claims_of(marked.with_packet("WEBP", packet))
    assert list(claims) == ["xmp:unread"]
    assert "declares the entity 'l0'" in claims["xmp:unread"]


def test_a_packet_of_50_mb_is_named_not_read():
    claims = claims_of(marked.with_packet("WEBP", marked.xmp("<dc:rights>" + "©" * (25 << 20) + "</dc:rights>")))
    assert list(claims) == ["xmp:unread"]
    assert "up to 8388608 are read" in claims["xmp:unread"]


def test_of_a_broken_packet_what_stands_before_the_fault_is_kept_and_the_fault_is_named():
    claims = claims_of(
        marked.with_packet("JPEG", marked.xmp("<dc:creator>Ann</dc:creator><dc:title>\xff</dc:creator>").replace(b"\xc3\xbf", b"\xff"))
    )
    assert claims["xmp:dc:creator"] == "Ann"
    assert "not well-formed" in claims["xmp:unread"]


@pytest.mark.parametrize(
    "packet", [b"<a>" * 5000, b'<?xml version="1.0" encoding="klingon"?><a/>', b'<?xml version="1.0" encoding="cp1252x"?><a/>']
)
def test_xmp_that_is_none_is_named(packet):
    assert list(claims_of(marked.with_packet("JPEG", packet))) == ["xmp:unread"]


@pytest.mark.parametrize(
    "broken",
    [
        b"Exif\0\0garbage, and no header of a TIFF",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x98\x82\x02\0\xff\xff\xff\x7f\xff\xff\xff\x7f" * 20,
        b"Exif\0\0II*\0\xff\xff\xff\x7f",
    ],
)
def test_broken_exif_is_named_and_leaves_the_rest(broken):
    made = marked.saved(exif=broken, xmp=marked.xmp(dc__rights="(c) Ann"))
    claims = claims_of(made)
    assert claims["xmp:dc:rights"] == "(c) Ann"
    assert set(claims) == {"xmp:dc:rights", "exif:unread"}


def test_broken_iptc_is_named_and_leaves_the_rest():
    made = marked.with_segment(
        b"\xff\xed",
        b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\x06" + b"\x1c\x02\x74\xff\xff\xff",
        marked.saved(exif=marked.exif(Artist="Ann")),
    )
    claims = claims_of(made)
    assert claims["exif:Artist"] == "Ann"
    assert "iptc:unread" in claims


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n" + bytes(range(200)), b"c2pa", os.urandom(500)])
def test_what_is_no_picture_is_named_in_the_same_words_each_time(content):
    claims = claims_of(content)
    assert list(claims) == ["file:unread"]
    assert unread(claims) == ("undecodable",)
    assert "0x" not in claims["file:unread"]
    assert claims_of(content) == claims


def test_a_file_beyond_the_limit_is_named_before_it_is_read(tmp_path):
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(600 << 20)
    assert unread(claims_of(tmp_path / "a.png")) == ("too-large",)


def test_long_and_unstorable_text_is_cut_and_mended():
    gathered = Gathered("xmp")
    gathered.add("dc:rights", "\ud800" + "x" * 5000)
    gathered.add("dc:title", " \0 \0")
    assert gathered.claims() == {"xmp:dc:rights": "?" + "x" * (FIELD_CHARS - 1)}


def test_more_fields_than_are_kept_are_not_dropped_in_silence():
    gathered = Gathered("c2pa")
    for number in range(FIELDS + 1):
        gathered.add(f"n{number}", "x")
    assert len(gathered.claims()) == FIELDS + 1
    assert gathered.claims()["c2pa:unread"] == f"more than {FIELDS} fields"


def test_a_decoder_that_dies_costs_the_claims_and_no_more(monkeypatch):
    def dies(*_):
        raise DecoderError("the decoder's process died", "decoder-died")

    monkeypatch.setattr(reading, "_embedded", dies)
    claims = claims_of(b"x")
    assert claims == {"file:unread": "decoder-died: the decoder's process died"}
    assert unread(claims) == ("decoder-died",)


# --- C2PA --------------------------------------------------------------------------------------------------------------------------


def test_a_manifest_is_read_with_who_signed_it_and_what_the_library_says_of_it():
    made = marked.signed(
        marked.entries(data_mining="notAllowed", ai_training="allowed"),
        (
            "cawg.metadata",
            {"@context": {"dc": "http://purl.org/dc/elements/1.1/"}, "dc:creator": ["Ann", "Bob"], "dc:rights": {"x-default": "(c)"}},
        ),
        ("stds.schema-org.CreativeWork", {"@context": "https://schema.org", "author": [{"@type": "Person", "name": "Ann"}]}),
    )
    assert claims_of(made) == {
        "c2pa:validation": "Valid, as stated by the library; no trust list was asked, and not whether the certificate was in force",
        "c2pa:signature:issuer": "Test Studio",
        "c2pa:cawg.training-mining:cawg.data_mining": "notAllowed",
        "c2pa:cawg.training-mining:cawg.ai_training": "allowed",
        "c2pa:cawg.metadata:dc:creator": "Ann; Bob",
        "c2pa:cawg.metadata:dc:rights": "(c)",
        "c2pa:stds.schema-org.CreativeWork:author": "Ann",
    }


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_a_manifest_is_read_in_every_form_that_carries_it(form):
    claims = claims_of(marked.signed(marked.entries("c2pa", data_mining="constrained"), form=form))
    assert claims["c2pa:c2pa.training-mining:c2pa.data_mining"] == "constrained"


def test_a_manifest_is_read_in_a_jpeg_of_several_pictures():
    several = marked.saved(form="MPO", save_all=True, append_images=[marked.picture(1)], exif=marked.exif(Artist="Ann"))
    claims = claims_of(marked.signed(marked.entries(data_mining="notAllowed"), source=several))
    assert claims["exif:Artist"] == "Ann"
    assert claims["c2pa:cawg.training-mining:cawg.data_mining"] == "notAllowed"


def test_pixels_changed_after_signing_are_stated():
    made = bytearray(marked.signed(marked.entries(data_mining="notAllowed")))
    made[-200] ^= 1
    claims = claims_of(bytes(made))
    assert claims["c2pa:validation"].startswith("Invalid (assertion.dataHash.mismatch), as stated by the library")
    assert claims["c2pa:cawg.training-mining:cawg.data_mining"] == "notAllowed"


def test_what_an_ingredient_reserves_is_told_as_an_ingredients():
    import c2pa

    reserved = marked.signed(marked.entries(data_mining="notAllowed"))
    chain, key = marked._signing()
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None))
    with c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_after_sign": False}}) as context:
        builder = c2pa.Builder({"claim_generator_info": [{"name": "test"}], "assertions": []}, context=context)
        builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
        into = io.BytesIO()
        builder.sign(signer, "image/jpeg", io.BytesIO(reserved), into)
    assert claims_of(into.getvalue())["c2pa:ingredient:cawg.training-mining:cawg.data_mining"] == "notAllowed"


def test_a_manifest_elsewhere_is_never_fetched():
    asked = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/a.c2pa"
        claims = claims_of(marked.signed(marked.entries(data_mining="notAllowed"), remote=address))
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []
    assert claims["xmp:dcterms:provenance"] == address
    assert claims["c2pa:unread"].startswith("Remote")


def test_without_the_library_a_manifest_is_named_and_the_rest_is_read(monkeypatch):
    made = marked.signed(marked.entries(data_mining="notAllowed"), source=marked.saved(exif=marked.exif(Artist="Ann")))
    monkeypatch.setattr(reading, "find_spec", lambda _: None)
    claims = claims_of(made)
    assert claims["exif:Artist"] == "Ann"
    assert "provenance-audit[c2pa]" in claims["c2pa:unread"]


@pytest.mark.parametrize("at", [400, 1200, 1600, 2000, 4400])  # an assertion, the claim, the certificate, the signature, the picture
def test_a_damaged_manifest_is_named_and_leaves_the_rest(at):
    made = bytearray(marked.signed(marked.entries(data_mining="notAllowed"), source=marked.saved(exif=marked.exif(Artist="Ann"))))
    at += made.index(b"jumb")
    made[at : at + 40] = b"\xff" * 40
    claims = claims_of(bytes(made))
    assert claims.get("exif:Artist") == "Ann"
    assert "c2pa:unread" in claims or claims["c2pa:validation"].startswith("Invalid")


def test_the_day_of_reading_changes_no_claim():
    def stated(*codes):
        return manifest._validation({"validation_results": {"activeManifest": {"failure": [{"code": code} for code in codes]}}})

    assert stated("signingCredential.expired") == stated("signingCredential.untrusted") == stated() == "Valid"
    assert stated("signingCredential.expired", "claimSignature.mismatch") == "Invalid (claimSignature.mismatch)"


# --- results that are kept -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "kept"), [("decoder-timeout: it took long", False), ("no well-formed XMP", True), ("not-installed: x", True)]
)
def test_a_result_whose_claims_another_run_may_read_is_not_kept(why, kept):
    item = Item("", None, None, "", Modality.IMAGE, "0", {"xmp:unread": why})
    reuse = Reuse(item, "w", "a", Match(Modality.IMAGE, Kind.EXACT, "s", 1.0, (), 1.0, 1.0, Chance(1e-6, "one", "observed", 3)))
    assert lasting(PieceResult("c", 0, 0, {}, {}, 0, reuses={"shard": (reuse,)})) is kept


def test_results_without_the_library_are_not_those_with_it(monkeypatch):
    def without(name):
        if name == "c2pa-python":
            raise PackageNotFoundError(name)
        return version(name)

    before = cache_key(Options())
    monkeypatch.setattr(terms, "version", without)
    assert cache_key(Options()) != before
