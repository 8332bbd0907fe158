"""An audit in words: what the terminal, the HTML page and the PDF all say, so that they say the same."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fingerprints.model import Modality
from provenance.model import Audit, Finding, Sample
from reports import prose, tables, wording
from reports.sheet import Pairs, Sheet, disposition, sheet
from reports.tables import ROWS, STRICTEST_FIRST, Table
from reports.wording import number, percent, plural, printable


@dataclass(frozen=True, slots=True)
class View:
    """A whole report in words; no string needs more than escaping."""

    title: str
    draft: str
    as_of: str
    digest: str
    cover: Pairs
    """Matter (if given), date, registry, policy, material."""
    headline: str
    coverage: str
    dispositions: Table
    works: Table
    sources: Table
    media: Table
    gate: str
    reasons: tuple[str, ...]
    sheets: tuple[Sheet, ...]
    """Of the strictest findings; ``left_out`` says how many others there are and where."""
    left_out: str
    findings: int
    methods: Pairs
    rates: Table
    unread: Table
    excluded: Table
    explained: Table
    unknown: Table
    integrity: tuple[tuple[str, Pairs], ...]
    again: tuple[str, ...]
    limitations: tuple[str, ...]


def view(audit: Audit, most: int) -> View:
    """The audit in words; the ``most`` strictest findings, ordered by disposition, severity, modality, work and place, have a sheet."""
    policy = audit.context.policy or {}
    law = policy.get("law")
    sheets = tuple(
        sheet(place, finding, law if isinstance(law, Mapping) else {}) for place, finding in enumerate(ordered(audit.findings)[:most], 1)
    )
    return View(
        title=prose.TITLE,
        draft=prose.DRAFT,
        as_of=wording.day(audit.context.as_of),
        digest=printable(audit.run.digest, 80),
        cover=_cover(audit),
        headline=_headline(audit),
        coverage=coverage(audit),
        dispositions=tables.dispositions(audit.summary),
        works=tables.works(audit.summary),
        sources=tables.sources(audit.summary),
        media=tables.media(audit),
        gate=gate(audit),
        reasons=tuple(printable(reason, 500) for reason in audit.gate.get("reasons") or ()),
        sheets=sheets,
        left_out=_left_out(audit, len(sheets)),
        findings=audit.summary.findings,
        methods=tuple((wording.MODALITIES[m], prose.METHODS[m]) for m in Modality if m in _searched(audit)),
        rates=tables.rates(audit.context.error_rates),
        unread=tables.unread(audit),
        excluded=tables.excluded(audit.excluded),
        explained=tables.explained(audit),
        unknown=tables.unknown(audit.summary),
        integrity=_integrity(audit),
        again=_again(audit),
        limitations=prose.LIMITATIONS,
    )


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Strictest disposition first, then the loudest severity; waived ones after the others of their disposition."""
    loud = ("error", "warning", "note", "")
    media = tuple(Modality)

    def key(finding: Finding) -> tuple[object, ...]:
        severity = finding.decision.severity if finding.decision else ""
        strictness = STRICTEST_FIRST.index(disposition(finding))
        return strictness, bool(finding.waiver), loud.index(severity), media.index(finding.match.modality), finding.work.title, finding.id

    return tuple(sorted(findings, key=key))


def coverage(audit: Audit) -> str:
    """The accounting in one line: seen = scanned + unread + excluded."""
    found = audit.coverage
    return (
        f"{plural(found.seen, 'item')} seen = {number(found.scanned)} scanned + {number(found.unread)} unread"
        f" + {number(found.excluded)} excluded ({wording.size(found.bytes)}){_sample(audit.sample)}"
    )


def _sample(sample: Sample | None) -> str:
    """What a sample says of the rest, as a second sentence."""
    if sample is None:
        return ""
    return (
        f". A sample of {percent(sample.share)}, chosen by content: {number(sample.with_finding)} of {number(sample.scanned)} items hold a"
        f" finding; of the {number(sample.left_out)} left out at most {percent(sample.upper_95)} do (95 % bound, for distinct contents)"
    )


def gate(audit: Audit) -> str:
    """Whether the run passed and with which exit status."""
    if "passed" not in audit.gate:
        return "Gate: not asked"
    return f"Gate: {'passed' if audit.gate['passed'] else 'not passed'} (exit status {printable(audit.gate.get('status', 'unknown'), 20)})"


def _cover(audit: Audit) -> Pairs:
    context, policy = audit.context, audit.context.policy
    matter = context.use.get("matter")
    lines = matter.items() if isinstance(matter, Mapping) else [("Matter", matter)] if matter else []
    named = "none; findings are undecided"
    if policy:
        owner = f", owner {printable(policy['owner'], 80)}" if policy.get("owner") else ""
        named = f"{printable(policy.get('id', 'unnamed'), 80)} {printable(policy.get('version', ''), 40)}{owner}"
    return (
        *((printable(name, 40), wording.value(found)) for name, found in lines),
        ("As of", wording.day(context.as_of)),
        ("Use", printable(context.use.get("stage") or "not stated", 80)),
        ("Registry snapshot", printable(context.registry.get("snapshot") or "not named", 100)),
        ("Policy", named),
        ("Audit digest", printable(audit.run.digest, 80)),
    )


def _headline(audit: Audit) -> str:
    found = audit.summary
    if not found.findings:
        return "No finding was made. What was not read and what was not searched is listed below."
    more = [f"{number(found.waived)} waived"] * bool(found.waived) + [f"{number(found.known)} known from the baseline"] * bool(found.known)
    said = f"{plural(found.findings, 'finding')} in {plural(found.works, 'registered work')}"
    return f"{said}{', of which ' + ' and '.join(more) if more else ''}."


def _left_out(audit: Audit, shown: int) -> str:
    """How many findings have no sheet, and where they are; empty where all have one."""
    rest = audit.summary.findings - shown
    if rest <= 0:
        return ""
    said = f"The strictest findings are shown, {number(shown)} of {number(audit.summary.findings)}."
    if len(audit.findings) == audit.summary.findings:
        return f"{said} All are in audit.json."
    if audit.findings_file:
        return f"{said} {plural(rest, 'further finding is', 'further findings are')} in {printable(audit.findings_file.name, 200)}."
    return f"{said} {plural(rest, 'further finding was', 'further findings were')} not kept; an audit with -o json=FILE keeps all."


def _searched(audit: Audit) -> set[str]:
    return {*audit.summary.by_modality} | {name for name, c in audit.coverage.by_modality.items() if c.scanned}


def _integrity(audit: Audit) -> tuple[tuple[str, Pairs], ...]:
    context, run = audit.context, audit.run
    policy = {name: found for name, found in (context.policy or {"policy": "none"}).items() if name != "law"}
    record = (
        (
            "Audit",
            {
                "digest (SHA-256, without the circumstances of the run)": run.digest,
                "schema": audit.schema,
                "as of": context.as_of.isoformat(),
            },
        ),
        ("Inputs", context.inputs),
        ("Registry", context.registry),
        ("Policy", policy),
        ("Use", context.use),
        ("Settings", context.settings),
        ("Versions", run.versions),
        ("Run", {"started": run.started, "seconds": f"{run.seconds:,.1f}", "host": run.host, "workers": run.workers}),
    )
    return tuple((name, _flat(fields)) for name, fields in record if fields)


def _flat(fields: Mapping[str, Any], prefix: str = "") -> Pairs:
    """Nested fields as lines with dotted names, at most ``ROWS``."""
    lines: list[tuple[str, str]] = []
    for name, found in fields.items():
        label = printable(f"{prefix}{name}", 160)
        lines += _flat(found, f"{label}.") if isinstance(found, Mapping) and found else [(label, wording.value(found, 600))]
    return (*lines[:ROWS], ("…", f"{number(len(lines) - ROWS)} more in audit.json")) if len(lines) > ROWS else tuple(lines)


def _again(audit: Audit) -> tuple[str, ...]:
    """The command line, with the day that counted as today, so that a later run gives the same digest."""
    command = audit.run.command
    dated = command if "--as-of" in command else (*command, "--as-of", audit.context.as_of.isoformat())
    return (printable(shlex.join(dated), 2000),) if command else ()
