"""The last step: which findings an audit holds itself, where the others are, and the digest over all of them."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from provenance.document import Kept, digest
from provenance.model import Audit, Disposition, FindingsFile
from provenance.rows import write_findings_file

INLINE_FINDINGS = 5_000  # in audit.json, the strictest: 11 kB of memory each once decided; code hosts show as many results of a SARIF file
INLINE_BYTES = 25_000_000  # of their canonical JSON, which is 4.5 kB each with 50 rules; audit.json, indented, has twice as many
STRICTEST_FIRST = (*sorted(Disposition, key=lambda d: -d.rank), None)


def completed(audit: Audit, findings: Iterable[Kept], file: Path | None = None) -> Audit:
    """The audit with its digest and with the findings that it holds itself, in order.

    Those are all up to ``INLINE_FINDINGS`` and ``INLINE_BYTES``, else the strictest, of one disposition the first. If some are left out,
    all are written to ``file`` as Parquet (none: they are not kept), and ``findings_file`` names it. ``audit.summary`` must count them all;
    ``findings`` is read two or three times.
    """
    audit = replace(audit, run=replace(audit.run, digest=digest(audit, findings)))
    inline = _inline(findings)
    if len(inline) < audit.summary.findings and file:
        sha256 = write_findings_file(audit, findings, file)
        audit = replace(audit, findings_file=FindingsFile(file.name, sha256, audit.summary.findings))
    return replace(audit, findings=tuple(kept.finding() for kept in inline))


def _inline(findings: Iterable[Kept]) -> list[Kept]:
    """The strictest that fit, in order: of the sequence by strictness, then order, as many as the limits hold from its beginning."""
    kept: list[list[tuple[int, Kept]]] = [[] for _ in STRICTEST_FIRST]
    count = size = 0
    closed = len(kept)  # from this strictness on, something was left out already
    for place, finding in enumerate(findings):
        strictness = STRICTEST_FIRST.index(Disposition(finding.disposition) if finding.disposition else None)
        if strictness >= closed:
            continue
        kept[strictness].append((place, finding))
        count, size = count + 1, size + len(finding.canonical)
        while count > INLINE_FINDINGS or size > INLINE_BYTES:
            closed = max(number for number, group in enumerate(kept) if group)
            count, size = count - 1, size - len(kept[closed].pop()[1].canonical)
    return [finding for _, finding in sorted((entry for group in kept for entry in group), key=lambda entry: entry[0])]
