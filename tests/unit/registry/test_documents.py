from pathlib import Path

from fingerprints.model import MediaBatch, Modality
from fingerprints.schemes import SCHEMES
from provenance.registry import Registry

SAID = (
    "The ferry left the quay before the lamps were out, and nobody on board had slept that night; the boy sold pears from a crate and the"
    " old pilot bought six of them"
)


def test_a_work_may_be_a_document_and_is_found_by_its_text(tmp_path):
    import pyarrow as pa

    page = tmp_path / "story.html"
    page.write_text(f"<html><head><title>t</title><style>p {{}}</style></head><body><p>{SAID}</p><p>And more of it.</p></body></html>")
    with Registry.init(tmp_path / "registry") as registry:
        added = registry.add([page], jobs=1)
        snapshot = registry.snapshot()
    assert not added.unmatchable
    scanner = SCHEMES[Modality.TEXT].open(snapshot.shards[Modality.TEXT])
    (hit,) = scanner.scan(MediaBatch(Modality.TEXT, pa.array([f"He read aloud: {SAID}."], pa.large_string())))
    assert hit.match.measures["words"] >= 30


def test_a_document_that_cannot_be_read_whole_is_no_work_that_can_be_found(tmp_path):
    broken = tmp_path / "cut.pdf"
    broken.write_bytes(b"%PDF-1.4\nno more")
    with Registry.init(tmp_path / "registry") as registry:
        added = registry.add([broken], jobs=1)
    assert [Path(entry.file).name for entry in added.unmatchable] == ["cut.pdf"]
    assert "undecodable" in {entry.reason for entry in added.unmatchable}
