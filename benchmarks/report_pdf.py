"""Seconds, memory and size of each report for 100 and 1,000 findings with exhibits: ``python benchmarks/report_pdf.py``.

Every measurement runs in a process of its own. A third of the findings are texts, two thirds images, each with both sides.
"""

import argparse
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from PIL import Image

import reports
from fingerprints.model import Chance, Kind, Match, Modality, Segment
from provenance.document import dumps
from provenance.model import (
    Audit,
    ConditionTrace,
    Context,
    Counts,
    Coverage,
    Decision,
    Disposition,
    Exhibit,
    Fact,
    Finding,
    Item,
    PictureSide,
    Piece,
    RuleTrace,
    Run,
    Severity,
    TextSide,
    WorkRef,
    finding_id,
)

CHANCE = Chance(3e-6, "one item against one work", "observed", 1_000_000)
WORDS = "The quick brown fox jumps over the lazy dog while the clocks are striking thirteen in the valley. "
SQUARE = ((10.0, 10.0), (190.0, 12.0), (188.0, 110.0), (12.0, 108.0))


def match(modality: Modality) -> Match:
    """One stretch of text, or one region of a picture."""
    if modality is Modality.TEXT:
        return Match(
            modality, Kind.VERBATIM, "text/1", 0.98, (Segment("char", (120, 790), (4000, 4670)),), 0.01, 0.4, CHANCE, {"words": 112}
        )
    return Match(modality, Kind.VERIFIED, "image/1", 0.9, (Segment("px", SQUARE, SQUARE),), 0.9, 0.6, CHANCE)


def finding(n: int) -> Finding:
    """The n-th finding, with three rules of three conditions and eight facts."""
    modality = Modality.TEXT if n % 3 == 0 else Modality.IMAGE
    item = Item(f"data/part-{n:05}", None, None, f"data/part-{n:05}", modality, f"{n:064x}")
    disposition = tuple(Disposition)[n % 5]
    conditions = tuple(ConditionTrace(f"match.words >= {50 + k}", 112, "true") for k in range(3))
    trace = tuple(RuleTrace(f"TXT-{k:03}", "true", disposition, conditions) for k in range(3))
    decision = Decision(disposition, "TXT-000", Severity.WARNING, "Long passage", "It is long.", "Remove it.", ("us-107",), trace)
    return Finding(
        id=finding_id(f"W-{n % 97}", item.sha256, modality),
        revision="0" * 16,
        occurrences=(item,),
        item=item,
        work=WorkRef(f"W-{n % 97}", f"A registered work, number {n % 97}", "e" * 64, ("An Author",), ("A Holder",)),
        match=match(modality),
        other_matches=(),
        alternatives=(),
        facts={f"fact.{k}": Fact(k or None, "measured") for k in range(8)},
        decision=decision,
        evidence=f"audit.evidence/{n}.json",
    )


def exhibit(found: Finding, folder: Path) -> None:
    """Writes a finding's exhibit; a picture of noise is as large as a photograph."""
    stem = Path(found.evidence or "").stem
    item: TextSide | PictureSide
    if found.match.modality is Modality.TEXT:
        item = TextSide(
            "item", 0, (Piece(WORDS * 2, matched=False), Piece(WORDS * 4, matched=True), Piece(WORDS, matched=True, omitted=900))
        )
    else:
        stream = io.BytesIO()
        Image.effect_noise((320, 200), 60).save(stream, "JPEG", quality=80)
        (folder / f"{stem}.jpg").write_bytes(stream.getvalue())
        item = PictureSide("item", f"{stem}.jpg", 320, 200, (SQUARE,), 0.5)
    (folder / f"{stem}.json").write_bytes(dumps(Exhibit(found.id, found.match.modality, item, item)))


def audit(findings: tuple[Finding, ...]) -> Audit:
    """An audit of these findings and nothing else."""
    count = len(findings)
    return Audit(
        run=Run("0" * 64, "2026-01-01T00:00:00Z", 1.0, "host", ("provenance", "audit", "data"), 1, {}),
        context=Context(date(2026, 1, 1), {}, {"snapshot": "0" * 64}, {"id": "example", "version": "1"}, {}, {}, ()),
        coverage=Coverage(count, count, 0, 0, count, {"text": Counts(count, count)}, {}),
        unread=(),
        excluded=(),
        explained=(),
        findings=findings,
        gate={"passed": True, "status": 0, "reasons": []},
    )


def measure(form: str, count: int) -> None:
    """Prints what rendering one report costs in this process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "audit.evidence"
        folder.mkdir()
        made = audit(tuple(finding(n) for n in range(count)))
        for found in made.findings:
            exhibit(found, folder)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started, cpu = time.perf_counter(), time.process_time()
        size = len(reports.render(form, made, folder))
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = f"{peak / 1024:6.0f} MiB ({(peak - before) / 1024:.0f} of them for the report)"
    print(f"{form:6} {count:6,} findings {seconds:7.2f} s {cpu:7.2f} CPU s {memory} {size / 1e6:7.2f} MB")


def main() -> None:
    """Measures every format and number of findings, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--formats", nargs="+", default=list(reports.FORMATS))
    parser.add_argument("--here", action="store_true", help="measure in this process")
    options = parser.parse_args()
    for form in options.formats:
        for count in options.findings:
            if options.here:
                measure(form, count)
            else:
                command = [sys.executable, __file__, "--here", "--formats", form, "--findings", str(count)]
                subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])})


if __name__ == "__main__":
    main()
