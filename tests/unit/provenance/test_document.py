"""The digest over an audit of any size, and which findings an audit holds itself."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from fingerprints.model import Chance, Kind, Match, Modality, Segment
from provenance import assembly, ledger, rows
from provenance.assembly import completed
from provenance.document import Kept, digest, dumps, keep, read_audit
from provenance.errors import UsageError
from provenance.model import Audit, Context, Coverage, Decision, Disposition, Fact, Finding, Item, Place, Run, Severity, WorkRef
from provenance.rows import every, read_parquet
from provenance.summary import summarised

CHANCE = Chance(1e-6, "one item against one work", "observed", 3)
PARTS = Audit(
    Run("", "2026-11-22T10:00:00+00:00", 1.0, "host", (), 1, {}),
    Context(date(2026, 11, 22), {}, {"snapshot": "5a" * 32}, None, {"stage": "train"}, {}, ()),
    Coverage(9, 9, 0, 0, 100, {}, {}),
    (),
    (),
    (),
    (),
)


def finding(number: int, rank: int | None = 3) -> Finding:
    item = Item(f"data/{number}", number, "text", f"data/{number}#{number}/text", Modality.TEXT, f"{number:064x}", {"title": "ü\u2028"})
    segments = (Segment("char", (0, 400), (7, 407)), Segment("px", ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)), (3, 9)))
    match = Match(Modality.TEXT, Kind.VERBATIM, "s", 0.1 + 0.2, segments, 1 / 3, 0.5, CHANCE, {"words": 80})
    decision = None if rank is None else Decision(tuple(Disposition)[rank], "R", Severity.NOTE)
    work = WorkRef(f"w{number % 3}", "W", "x", (), ("Ann",))
    place = Place(item.path, item.record, item.field, item.locator)
    facts = {"match.words": Fact(80, "measured")}
    return Finding(f"F-{number:016x}", "r", (place,), item, work, match, (), (), facts, decision, None, None, f"evidence/{number}.json", 4)


def made(ranks: Iterable[int | None], file: Path | None = None) -> tuple[Audit, list[Kept]]:
    findings = [finding(number, rank) for number, rank in enumerate(ranks)]
    kept = [keep(found) for found in findings]
    return completed(replace(PARTS, summary=summarised(findings)), kept, file), kept


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Audits that hold four findings."""
    monkeypatch.setattr(assembly, "INLINE_FINDINGS", 4)


def test_a_small_audit_holds_all_its_findings_and_its_digest_can_be_computed_from_it_alone(tmp_path: Path) -> None:
    audit, kept = made([3, 4, None], tmp_path / "audit.findings.parquet")
    assert [keep(found) for found in audit.findings] == kept
    assert audit.findings_file is None
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "audit.json").write_bytes(dumps(audit))
    again = read_audit(tmp_path / "audit.json")
    assert again == audit
    assert digest(again) == audit.run.digest != ""


def test_a_large_audit_holds_the_strictest_in_order_and_names_the_file_of_all(few: None, tmp_path: Path) -> None:
    ranks = [3, 0, 4, 3, 1, 4, 3, 3]
    audit, kept = made(ranks, tmp_path / "audit.findings.parquet")
    assert [found.item.record for found in audit.findings] == [0, 2, 3, 5]
    assert audit.findings_file is not None
    assert (audit.findings_file.name, audit.findings_file.count) == ("audit.findings.parquet", 8)
    (tmp_path / "audit.json").write_bytes(dumps(audit))
    again = read_audit(tmp_path / "audit.json")
    assert list(every(again, tmp_path / "audit.findings.parquet")) == kept
    assert digest(again, every(again, tmp_path / "audit.findings.parquet")) == audit.run.digest
    with pytest.raises(ValueError, match="4 findings of 8"):
        digest(again)


@given(st.lists(st.sampled_from((None, 0, 1, 2, 3, 4)), max_size=20), st.integers(1, 8), st.integers(1, 8))
def test_an_audit_holds_the_longest_beginning_of_the_strictest_that_fits(ranks: list[int | None], most: int, of_bytes: int) -> None:
    findings = [finding(number, rank) for number, rank in enumerate(ranks)]
    kept = [keep(found) for found in findings]
    limit = of_bytes * 1_500
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "INLINE_FINDINGS", most)
        patch.setattr(assembly, "INLINE_BYTES", limit)
        audit = completed(replace(PARTS, summary=summarised(findings)), kept)
    strictest = sorted(range(len(ranks)), key=lambda n: -1 if ranks[n] is None else ranks[n], reverse=True)
    strictest = sorted(range(len(ranks)), key=lambda n: (9 if ranks[n] is None else 4 - ranks[n], n))
    fitting, size = [], 0
    for number in strictest[:most]:
        size += len(kept[number].canonical)
        if size > limit:
            break
        fitting.append(number)
    assert [found.item.record for found in audit.findings] == sorted(fitting)


def test_the_digest_covers_findings_that_the_audit_does_not_hold(few: None) -> None:
    one, _ = made([3] * 8)
    other, _ = made([3] * 7 + [0])
    assert [f.id for f in one.findings] == [f.id for f in other.findings]
    assert one.run.digest != other.run.digest


def test_neither_exhibits_nor_the_run_nor_where_findings_are_kept_change_the_digest(few: None, tmp_path: Path) -> None:
    audit, kept = made([3] * 8, tmp_path / "x.parquet")
    bare = [keep(replace(each.finding(), evidence=None)) for each in kept]
    parts = replace(PARTS, summary=audit.summary, run=replace(PARTS.run, host="other", seconds=9.0))
    assert completed(parts, bare).run.digest == audit.run.digest


def test_a_findings_file_that_is_missing_or_another_is_refused_with_its_name(few: None, tmp_path: Path) -> None:
    audit, _ = made([3] * 8, tmp_path / "audit.findings.parquet")
    with pytest.raises(UsageError, match="holds 4 of 8 findings"):
        every(audit, None)
    with pytest.raises(UsageError, match="No such file"):
        every(audit, tmp_path / "gone.parquet")
    (tmp_path / "other.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match="not the file that belongs"):
        every(audit, tmp_path / "other.parquet")
    with pytest.raises(UsageError, match="cannot be read"):
        list(read_parquet(tmp_path / "other.parquet"))


def test_the_parquet_file_has_a_row_for_each_finding_in_row_groups(few: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "GROUP_BYTES", 1)
    audit, kept = made([3, None, 4, 0, 1], tmp_path / "f.parquet")
    table = pq.ParquetFile(tmp_path / "f.parquet")
    assert table.num_row_groups == 5
    metadata = table.schema_arrow.metadata
    assert metadata[b"provenance.audit_digest"].decode() == audit.run.digest
    assert (metadata[b"provenance.schema"], metadata[b"provenance.snapshot_digest"]) == (b"provenance-findings/1", b"5a" * 32)
    read = table.read().to_pylist()
    assert [row["disposition"] for row in read] == ["review", None, "block", "no-objection", "licence-on-record"]
    assert read[1] | {"finding": "", "facts": "", "segments": []} == {
        "id": "F-0000000000000001", "revision": "r", "disposition": None, "rule": None, "severity": None, "modality": "text",
        "kind": "verbatim", "scheme": "s", "score": 0.1 + 0.2, "coverage_of_work": 1 / 3, "coverage_of_item": 0.5, "words": 80.0,
        "seconds": None, "work_id": "w1", "work_title": "W", "rights_holders": ["Ann"], "path": "data/1", "record": "1", "field": "text",
        "locator": "data/1#1/text", "item_sha256": f"{1:064x}", "occurrence_count": 5, "copies": None,
        "occurrences": [{"path": "data/1", "record": "1", "field": "text", "locator": "data/1#1/text"}], "segments": [],
        "chance": 1e-6, "facts": "", "trace": None, "baseline": None, "waiver": None, "evidence": "evidence/1.json", "finding": "",
    }  # fmt: skip
    assert read[1]["segments"][1] == {"unit": "px", "item": [0.5, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0], "work": [3.0, 9.0]}
    assert orjson.loads(read[0]["facts"]) == {"match.words": {"value": 80, "source": "measured"}}
    assert [row["finding"].encode() for row in read] == [each.canonical for each in kept]


def test_findings_are_looked_up_by_the_beginning_of_their_id(few: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "GROUP_ROWS", 3)
    made([3] * 20, tmp_path / "f.parquet")
    assert [each.finding().item.record for each in read_parquet(tmp_path / "f.parquet", "F-000000000000001")] == [16, 17, 18, 19]
    assert list(read_parquet(tmp_path / "f.parquet", "F-9")) == []


def test_an_audit_written_elsewhere_takes_a_copy_of_the_findings_file_along(few: None, tmp_path: Path) -> None:
    audit, kept = made([3] * 8, tmp_path / "audit.findings.parquet")
    target = tmp_path / "elsewhere" / "again.json"
    reports.write("json", audit, target, findings=tmp_path / "audit.findings.parquet")
    again = read_audit(target)
    assert again.findings_file is not None
    assert again.findings_file.name == "again.findings.parquet"
    assert list(every(again, reports.findings_beside(target))) == kept
    reports.write("json", audit, tmp_path / "audit.json", findings=tmp_path / "audit.findings.parquet")
    assert read_audit(tmp_path / "audit.json") == audit


@pytest.mark.parametrize("form", sorted(reports.STREAMED))
def test_reports_of_all_findings_hold_those_that_the_audit_does_not(few: None, tmp_path: Path, form: str) -> None:
    file = tmp_path / "audit.findings.parquet"
    audit, _ = made([3] * 8, file)
    whole, _ = made([3] * 8)
    reports.write(form, audit, tmp_path / "out", findings=file)
    assert (tmp_path / "out").read_bytes() == reports.render(form, replace(whole, findings=tuple(map(finding, range(8)))))
    with pytest.raises(UsageError):
        reports.render(form, audit)


def test_every_column_is_documented_and_no_other() -> None:
    text = (Path(__file__).parents[3] / "docs" / "findings-parquet.md").read_text("utf-8")
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    documented = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(documented) == sorted(rows.columns().names)
    assert f"up\nto {assembly.INLINE_FINDINGS:,}" in text
    assert f"first {ledger.MOST_OCCURRENCES:,} places" in text
