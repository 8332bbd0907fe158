"""What registered pictures say of themselves is on record, with its source, beside what the metadata says."""

import pytest

from provenance.model import Reservation
from provenance.registry import claimed, listing
from tests.unit.provenance import marked_pictures as marked

PROHIBITED = marked.xmp(dc__rights="(c) Ann", plus__DataMining=marked.PLUS + "DMI-PROHIBITED")


@pytest.fixture
def pictures(tmp_path):
    """Writes pictures into the folder of the works, each another one."""
    folder = tmp_path / "works"
    folder.mkdir()

    def write(**options):
        for seed, (name, how) in enumerate(options.items()):
            (folder / f"{name}.jpg").write_bytes(marked.saved(marked.picture(seed), **how))
        return folder

    return write


def stated(registry, work):
    return {(one.field.partition(".")[0], one.origin, one.source) for one in registry.history(work.id)}


def test_a_picture_is_recorded_with_what_it_says_and_who_says_so(registry, pictures):
    registry.add([pictures(a={"xmp": PROHIBITED, "exif": marked.exif(Artist="Ann; Bob")})], jobs=1)
    (work,) = registry.works()
    assert work.claims == {
        work.assets[0].id: {
            "exif:Artist": "Ann; Bob",
            "xmp:dc:rights": "(c) Ann",
            "xmp:plus:DataMining": marked.PLUS + "DMI-PROHIBITED",
        }
    }
    assert work.creators == ("Ann", "Bob")
    assert [(one.mechanism, one.value) for one in work.rights.reservations] == [("file-metadata", True)]
    assert stated(registry, work) == {
        ("title", "file", "a.jpg"),
        ("claims", "file", "a.jpg"),
        ("creators", "file", "a.jpg, exif:Artist"),
        ("reservations", "file", f"a.jpg, xmp:plus:DataMining = {marked.PLUS}DMI-PROHIBITED"),
    }
    assert registry.verify() == ()


def test_of_a_picture_that_says_nothing_it_is_on_record_that_somebody_looked(registry, pictures):
    registry.add([pictures(a={})], jobs=1)
    (work,) = registry.works()
    assert work.claims == {work.assets[0].id: {}}
    assert (work.creators, work.rights.reservations) == ((), None)


def test_a_text_has_no_claims(registry, shelf):
    registry.add([shelf], jobs=1)
    assert [work.claims for work in registry.works()] == [{}, {}]


def test_what_the_metadata_says_of_the_creators_holds_and_what_the_file_says_is_kept(registry, pictures, write):
    pictures(a={"exif": marked.exif(Artist="Ann")})
    registry.add([], write("file,work_id,creators\nworks/a.jpg,w,Zoe\n"), jobs=1)
    (work,) = registry.works()
    assert work.creators == ("Zoe",)
    assert list(work.claims.values()) == [{"exif:Artist": "Ann"}]


def test_creators_that_the_metadata_calls_unknown_stay_unknown(registry, pictures, write):
    pictures(a={"exif": marked.exif(Artist="Ann")})
    registry.add([], write("file,work_id,creators\nworks/a.jpg,w,unknown\n"), jobs=1)
    assert registry.work("w").creators == ()


def test_a_reservation_in_the_file_stands_beside_those_of_the_metadata(registry, pictures, write):
    pictures(a={"xmp": PROHIBITED})
    table = "file,work_id,reservation_tdm,reservation_mechanism\nworks/a.jpg,w,{}\n"
    registry.add([], write(table.format("true,robots-txt")), jobs=1)
    assert [one.mechanism for one in registry.work("w").rights.reservations] == ["robots-txt", "file-metadata"]
    registry.add([], write(table.format("true,tdmrep")), jobs=1)
    assert [one.mechanism for one in registry.work("w").rights.reservations] == ["tdmrep", "file-metadata"]


def test_what_was_set_by_hand_stays_when_the_same_file_comes_again(registry, pictures):
    folder = pictures(a={"xmp": PROHIBITED, "exif": marked.exif(Artist="Ann")})
    registry.add([folder], jobs=1)
    (work,) = registry.works()
    registry.set(work.id, "letter", reservation_tdm="false", creators="Zoe")
    registry.add([folder], jobs=1)
    (work,) = registry.works()
    assert (work.creators, work.rights.reservations) == (("Zoe",), ())


def test_adding_again_reads_no_picture_again_and_records_nothing(registry, pictures, monkeypatch):
    folder = pictures(a={"xmp": PROHIBITED}, b={})
    registry.add([folder], jobs=1)
    before = registry.snapshot().digest
    monkeypatch.setattr(claimed, "claims_of", lambda _: pytest.fail("it was read before"))
    registry.add([folder], jobs=1)
    assert registry.snapshot().digest == before


def test_a_picture_that_could_not_be_read_whole_is_read_again(registry, pictures, monkeypatch):
    folder = pictures(a={"xmp": PROHIBITED})
    with monkeypatch.context() as before:
        before.setattr(claimed, "claims_of", lambda _: {"c2pa:unread": "not-installed"})
        registry.add([folder], jobs=1)
    registry.add([folder], jobs=1)
    (work,) = registry.works()
    assert work.rights.reservations is not None
    assert "xmp:dc:rights" in next(iter(work.claims.values()))


def test_a_picture_that_changes_while_it_is_read_is_not_taken_at_its_word(registry, pictures, monkeypatch):
    folder = pictures(a={"xmp": PROHIBITED})
    examined = claimed.Examined(folder / "a.jpg", "0" * 64, 1, None)
    assert claimed.read(examined) == {"file:unread": "changed: the file changed while it was read"}


def test_each_file_of_a_work_keeps_its_own_claims(registry, pictures, write):
    pictures(a={"exif": marked.exif(Artist="Ann")}, b={"exif": marked.exif(Artist="Bob")})
    registry.add([], write("file,work_id\nworks/a.jpg,w\nworks/b.jpg,w\n"), jobs=1)
    work = registry.work("w")
    assert [work.claims[asset.id] for asset in work.assets] == [{"exif:Artist": "Ann"}, {"exif:Artist": "Bob"}]
    assert work.creators == ("Ann",)


def test_one_file_of_two_works_has_its_claims_in_both(registry, pictures, write):
    pictures(a={"exif": marked.exif(Artist="Ann")})
    registry.add([], write("file,work_id\nworks/a.jpg,w\n"), jobs=1)
    registry.add([], write("file,work_id\nworks/a.jpg,v\n"), jobs=1)
    assert registry.work("v").claims == registry.work("w").claims != {}


def test_many_pictures_are_read_by_several_processes_in_order(pictures, monkeypatch):
    folder = pictures(a={"exif": marked.exif(Artist="Ann")}, b={"exif": marked.exif(Artist="Bob")}, c={})
    monkeypatch.setattr(claimed, "FEW", 2)
    files = [claimed.Examined(path, claimed.file_sha256(path), 1, None) for path in sorted(folder.iterdir())]
    assert list(claimed.read_all(files, 2)) == [{"exif:Artist": "Ann"}, {"exif:Artist": "Bob"}, {}]


def test_a_purged_work_leaves_no_claim_behind(registry, pictures):
    registry.add([pictures(a={"exif": marked.exif(Artist="Somebody Unique")})], jobs=1)
    (work,) = registry.works()
    registry.remove(work.id, "notice")
    registry.compact(purge=True, jobs=1)
    assert b"Somebody Unique" not in b"".join(path.read_bytes() for path in registry.path.rglob("*") if path.is_file())


def test_a_work_is_shown_with_the_claims_of_its_files(registry, pictures):
    registry.add([pictures(a={"xmp": PROHIBITED})], jobs=1)
    (work,) = registry.works()
    shown = "\n".join(listing.described(work, registry.history(work.id), ()))
    assert "      xmp:dc:rights  (c) Ann" in shown
    assert "claims = xmp:dc:rights (c) Ann" in shown
    assert "file-metadata (reserved" in shown
    assert Reservation is type(work.rights.reservations[0])
    assert registry.history(work.id)[-1].field == "reservations"
