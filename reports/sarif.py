"""An audit as SARIF 2.1.0, for code hosts and their dashboards (OASIS Standard, 27 March 2020).

It leaves the building: messages name works by their id and carry no text of works or items.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from fingerprints.model import Modality
from provenance.model import Audit, Finding, Place, Severity, Unread
from reports.sheet import disposition
from reports.view import coverage, ordered
from reports.wording import amount, percent, printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
DEFAULT_RULE = "DEFAULT"  # where no rule fired, or there is no policy
PLACES = 20  # locations of a result; further occurrences are counted in its properties
COULD_NOT_RUN = (2, 70, 130)


def render(audit: Audit, evidence: Path | None) -> bytes:  # noqa: ARG001 - exhibits do not leave the building
    """The audit as a SARIF log of one run, UTF-8."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(audit)]}
    return orjson.dumps(log, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _run(audit: Audit) -> dict[str, Any]:
    findings = ordered(audit.findings)
    rules = _rules(findings)
    places = {rule["id"]: place for place, rule in enumerate(rules)}
    version = audit.run.versions.get("provenance-audit")
    driver = {"name": "provenance", "rules": rules} | ({"version": version} if version else {})
    return {
        "tool": {"driver": driver},
        "invocations": [_invocation(audit)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, places) for finding in findings],
        "properties": {
            "auditDigest": audit.run.digest,
            "asOf": audit.context.as_of.isoformat(),
            "coverage": coverage(audit),
            "findings": audit.summary.findings,
        },
    }


def _rules(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Every rule that decided a finding, by id."""
    rules: dict[str, dict[str, Any]] = {}
    for finding in findings:
        decision = finding.decision
        if decision is None or decision.rule is None:
            title = "No rule of the policy fired; the policy's default holds" if decision else "No policy was asked"
            rules.setdefault(DEFAULT_RULE, {"id": DEFAULT_RULE, "shortDescription": {"text": title}})
            continue
        rule: dict[str, Any] = {
            "id": printable(decision.rule, 100),
            "shortDescription": {"text": printable(decision.title) or decision.rule},
        }
        rule["defaultConfiguration"] = {"level": str(decision.severity)}
        if decision.rationale:
            rule["fullDescription"] = {"text": printable(decision.rationale, 1000)}
        if decision.how_to_fix:
            rule["help"] = {"text": printable(decision.how_to_fix, 1000)}
        if decision.legal_basis:
            rule["properties"] = {"tags": [printable(key, 60) for key in decision.legal_basis]}
        rules.setdefault(rule["id"], rule)
    return [rules[name] for name in sorted(rules)]


def _result(finding: Finding, places: Mapping[str, int]) -> dict[str, Any]:
    decision, match = finding.decision, finding.match
    rule = printable(decision.rule, 100) if decision and decision.rule else DEFAULT_RULE
    result: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": places[rule],
        "level": str(decision.severity if decision else Severity.WARNING),
        "kind": "fail",
        "message": {"text": _message(finding)},
        "locations": [_location(place, finding) for place in finding.occurrences[:PLACES]],
        "partialFingerprints": {"provenanceFindingId/v1": finding.id},
        "properties": {
            "disposition": disposition(finding),
            "kind": str(match.kind),
            "modality": str(match.modality),
            "work": printable(finding.work.id, 100),
            "coverageOfWork": round(match.coverage_of_work, 4),
            "coverageOfItem": round(match.coverage_of_item, 4),
            "occurrences": finding.occurrence_count,
            "copies": _copies(finding),
            "scheme": match.scheme,
        },
    }
    if finding.baseline:
        result["baselineState"] = {"new": "new", "known": "unchanged"}[finding.baseline]
    if finding.waiver:
        reason = printable(finding.waiver.get("reason", "waived"))
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result


def _copies(finding: Finding) -> int:
    """How often the passage stands in the data: at least as often as the item."""
    counted = finding.facts.get("match.multiplicity")
    return counted.value if counted and isinstance(counted.value, int) else finding.occurrence_count


def _message(finding: Finding) -> str:
    match = finding.match
    return (
        f"{disposition(finding)}: {match.kind} match with registered work {printable(finding.work.id, 100)}, {amount(match)}, "
        f"{percent(match.coverage_of_work)} of the work ({finding.id})"
    )


def _location(place: Place, finding: Finding) -> dict[str, Any]:
    """The file; a region of characters for a plain text file, the locator for whatever lies deeper."""
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(place.path)}}}
    plain = place.record is None and place.field is None and place.locator == place.path
    if not plain:
        return location | {"logicalLocations": [{"fullyQualifiedName": printable(place.locator), "kind": "object"}]}
    stretches = [segment.item for segment in finding.match.segments if segment.unit == "char"]
    if finding.match.modality is Modality.TEXT and stretches:
        start, stop = min(s[0] for s in stretches), max(s[1] for s in stretches)
        location["physicalLocation"]["region"] = {"charOffset": start, "charLength": stop - start}  # type: ignore[operator]
    return location


def _uri(path: str) -> str:
    """The path as a relative URI, or a file URI where it is absolute."""
    quoted = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return f"file://{quoted}" if path.startswith("/") else quoted


def _invocation(audit: Audit) -> dict[str, Any]:
    status = audit.gate.get("status", 0)
    invocation: dict[str, Any] = {
        "executionSuccessful": status not in COULD_NOT_RUN,
        "exitCode": status,
        "toolExecutionNotifications": [_notification(unread) for unread in audit.unread],
    }
    if started := _utc(audit.run.started):
        invocation["startTimeUtc"] = started
    return invocation


def _notification(unread: Unread) -> dict[str, Any]:
    record = "" if unread.record is None else f", record {printable(unread.record, 100)}"
    return {
        "descriptor": {"id": f"unread/{printable(unread.reason, 60)}"},
        "level": "warning",
        "message": {"text": f"Not audited: {printable(unread.reason, 60)}{record}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(unread.path)}}}],
    }


def _utc(moment: str) -> str | None:
    try:
        return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None
