from dataclasses import replace

from reports import exhibits


def test_an_exhibit_comes_with_its_pictures(make):
    audit, evidence = make(3)
    shown = [exhibits.load(finding, evidence) for finding in audit.findings]
    assert [len(one.pictures) for one in shown] == [0, 2, 2]
    assert {picture.mime for picture in shown[1].pictures.values()} == {"image/png"}


def test_a_missing_exhibit_is_a_sentence(make):
    audit, evidence = make(1, exhibits=False)
    finding = audit.findings[0]
    assert exhibits.load(finding, evidence).missing == "no exhibit: audit.evidence/0.json is missing or too large"
    assert exhibits.load(finding, None).missing == "no exhibit: the report was made without the evidence folder"
    assert exhibits.load(replace(finding, evidence=None), evidence).missing == "no exhibit: none was made for this finding"


def test_a_damaged_exhibit_is_a_sentence(make):
    audit, evidence = make(1)
    (evidence / "0.json").write_text("{")
    assert exhibits.load(audit.findings[0], evidence).missing.endswith("cannot be read")


def test_an_exhibit_of_another_finding_is_not_shown(make):
    audit, evidence = make(2)
    assert exhibits.load(replace(audit.findings[1], evidence="audit.evidence/0.json"), evidence).missing.endswith(
        "belongs to another finding"
    )


def test_nothing_outside_the_evidence_folder_is_read(make, tmp_path):
    audit, evidence = make(1)
    (evidence / "0.json").rename(tmp_path / "outside.json")
    (evidence / "link.json").symlink_to(tmp_path / "outside.json")
    for path in ("../outside.json", str(tmp_path / "outside.json"), "audit.evidence/link.json", "..", "", "a\0b", "x" * 5000):
        assert exhibits.load(replace(audit.findings[0], evidence=path or None), evidence).exhibit is None


def test_only_png_and_jpeg_are_pictures(make):
    audit, evidence = make(2)
    (evidence / "1-item.png").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    assert list(exhibits.load(audit.findings[1], evidence).pictures) == ["1-work.png"]


def test_strings_of_an_exhibit_are_printable(make):
    audit, evidence = make(1, "bell\x07\u202e")
    item = exhibits.load(audit.findings[0], evidence).exhibit.item
    assert not any(character in piece.text for piece in item.pieces for character in "\x07\u202e")
