"""An audit as one HTML page: no network, no script, nothing in it that the data could run."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from provenance.model import Audit, Finding
from reports import exhibits, prose
from reports.html_exhibit import exhibit
from reports.markup import Content, Markup, joined, tag
from reports.sheet import Pairs, Rule, Sheet
from reports.tables import Table
from reports.view import View, ordered, view

FINDINGS = 1_000  # rows and sheets: 8 MB of page without exhibits, made in 2 s; the strictest come first
PICTURES_BYTES = 25_000_000  # of exhibits with pictures, inlined: a page that browsers open within seconds
SECTIONS = (
    ("summary", "Summary"),
    ("about", "What this report is and is not"),
    ("findings", "Findings"),
    ("sheets", "Sheets"),
    ("scope", "Scope, and what was not searched"),
    ("method", "Method and error rates"),
    ("accounting", "Unread, excluded, explained"),
    ("integrity", "Integrity record"),
    ("limits", "Limitations and unknown facts"),
    ("glossary", "Glossary"),
)


def render(audit: Audit, evidence: Path | None) -> bytes:
    """The page as UTF-8."""
    report = view(audit, FINDINGS)
    style = files("reports").joinpath("html.css").read_text("utf-8")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{report.title}, {report.as_of}"),
        tag("style", Markup(style)),
    )
    body = tag("body", tag("a", "Skip to the summary", href="#summary", class_="skip"), _header(report), _main(report, audit, evidence))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n".encode("utf-8", "replace")


def _header(report: View) -> Markup:
    contents = tag("ol", [tag("li", tag("a", title, href=f"#{anchor}")) for anchor, title in SECTIONS])
    return tag(
        "header",
        tag("h1", report.title),
        tag("p", report.draft, class_="draft"),
        _pairs(report.cover),
        tag("nav", contents, aria_label="Contents"),
    )


def _main(report: View, audit: Audit, evidence: Path | None) -> Markup:
    bodies: dict[str, Content] = {
        "summary": _summary(report),
        "about": _about(),
        "findings": joined(tag("p", report.left_out) if report.left_out else "", _findings(report.sheets)),
        "sheets": _sheets(report.sheets, ordered(audit.findings)[:FINDINGS], evidence),
        "scope": joined(tag("p", report.coverage), _table(report.media, numbers=True), _not_searched()),
        "method": joined(
            [joined(tag("h3", name), tag("p", text)) for name, text in report.methods], _table(report.rates, "None recorded.")
        ),
        "accounting": joined(_table(report.unread), _table(report.excluded, "Nothing."), _table(report.explained, "None.")),
        "integrity": _integrity(report),
        "limits": joined(_bullets(report.limitations), _table(report.unknown, "None.")),
        "glossary": _pairs((*prose.GLOSSARY, *((str(k), text) for k, text in (prose.KINDS | prose.DISPOSITIONS).items()))),
    }
    return tag(
        "main",
        [
            tag("section", tag("h2", title, id=f"{name}-title"), bodies[name], id=name, aria_labelledby=f"{name}-title")
            for name, title in SECTIONS
        ],
    )


def _summary(report: View) -> Markup:
    passed = report.gate.startswith("Gate: passed")
    return joined(
        tag("p", report.headline, class_="headline"),
        tag("p", report.coverage),
        tag("p", report.gate, class_="gate" if passed else "gate failed"),
        _bullets(report.reasons),
        _table(report.dispositions, numbers=True),
        _table(report.works, "None."),
        _table(report.sources, "None.") if len(report.sources.rows) > 1 else "",
    )


def _about() -> Markup:
    return joined(tag("h3", "What it is"), _bullets(prose.IS), tag("h3", "What it is not"), _bullets(prose.IS_NOT))


def _not_searched() -> Markup:
    return joined(tag("h3", "What was not searched"), _pairs(prose.NOT_SEARCHED))


def _findings(sheets: Sequence[Sheet]) -> Content:
    if not sheets:
        return tag("p", "None.")
    header = ("No.", "Disposition", "Kind", "Work", "Item", "How much", "Rule")
    rows = [
        tag(
            "tr",
            tag("th", tag("a", str(s.number), href=f"#{s.id}", aria_label=f"Sheet of finding {s.number}"), scope="row"),
            tag("td", _badge(s.disposition), tag("br"), tag("small", s.state) if s.state else ""),
            tag("td", s.kind),
            tag("td", s.work, tag("br"), tag("small", s.rights_holders), class_="data"),
            tag("td", s.item, tag("small", f" and {s.occurrences - 1:,} more") if s.occurrences > 1 else "", class_="data path"),
            tag("td", s.amount, tag("br"), tag("small", s.shares)),
            tag("td", s.rule, class_="data"),
        )
        for s in sheets
    ]
    return _framed("Findings, strictest disposition first; the number leads to the sheet", header, rows)


def _sheets(sheets: Sequence[Sheet], findings: Sequence[Finding], evidence: Path | None) -> Markup:
    left = PICTURES_BYTES
    articles, others = [], exhibits.neighbours(findings)
    for sheet, finding in zip(sheets, findings, strict=True):
        shown = exhibits.load(finding, evidence, others.get(finding.id, ()))
        drawn = exhibit(shown, pictures=True)
        if shown.pictures:
            drawn = drawn if len(drawn) <= left else exhibit(shown, pictures=False)
            left -= len(drawn)
        articles.append(_sheet(sheet, drawn))
    return joined(articles)


def _sheet(sheet: Sheet, shown: Markup) -> Markup:
    heading = tag(
        "h3", f"{sheet.number}. ", _badge(sheet.disposition), " ", sheet.work, tag("small", f" {sheet.state}") if sheet.state else ""
    )
    basis = Table("Legal basis", ("Citation", "Status", "Note"), sheet.legal)
    where = Table("Aligned stretches", ("In the item", "In the work"), sheet.segments)
    return tag(
        "article",
        heading,
        _pairs(sheet.about),
        shown,
        _table(basis) if sheet.legal else "",
        tag("details", tag("summary", "Where it stands"), _table(where), tag("h4", "All places"), _bullets(sheet.places)),
        tag("details", tag("summary", "Rule and conditions"), _rules(sheet)),
        tag(
            "details",
            tag("summary", "Facts"),
            _table(Table("Facts that the policy read", ("Fact", "Value", "Source"), sheet.facts), "None."),
        ),
        _more(sheet),
        tag("details", tag("summary", "Digests"), _pairs(sheet.identity)),
        id=sheet.id,
    )


def _more(sheet: Sheet) -> Markup:
    """What only some findings have."""
    parts = (
        ("Alternatives: other works that hold the same passage", _bullets(sheet.alternatives), sheet.alternatives),
        ("Further matches", _bullets(sheet.further), sheet.further),
        ("Metadata in the item and beside it, verbatim", _pairs(sheet.metadata), sheet.metadata),
        ("Waiver", _pairs(sheet.waiver), sheet.waiver),
    )
    return joined([tag("details", tag("summary", title), body) for title, body, found in parts if found])


def _rules(sheet: Sheet) -> Markup:
    if not sheet.rules and not sheet.others:
        return tag("p", "No trace was recorded.")
    rest = tag("p", f"Looked at, and did not apply: {', '.join(sheet.others)}.") if sheet.others else ""
    return joined([_rule(rule) for rule in sheet.rules], rest)


def _rule(rule: Rule) -> Markup:
    decided = "; it decided" if rule.decided else ""
    caption = f"{rule.id}: {rule.outcome} (would give {rule.disposition}){decided}"
    rows = tuple((c.text, c.value, c.outcome) for c in rule.conditions)
    return _table(Table(caption, ("Condition", "Value", "Outcome"), rows))


def _integrity(report: View) -> Markup:
    parts = [joined(tag("h3", name), _pairs(pairs)) for name, pairs in report.integrity]
    return joined(parts, tag("h3", "How to run it again"), [tag("pre", line) for line in report.again])


def _badge(disposition: str) -> Markup:
    return tag("span", disposition, class_=f"badge {disposition}")


def _bullets(lines: Sequence[str]) -> Markup:
    return tag("ul", [tag("li", line) for line in lines]) if lines else Markup()


def _pairs(pairs: Pairs) -> Markup:
    return tag("dl", [tag("div", tag("dt", name), tag("dd", found)) for name, found in pairs])


def _table(table: Table, empty: str = "", *, numbers: bool = False) -> Markup:
    """A table with its caption; a sentence where it has no rows."""
    if not table.rows:
        return tag("p", f"{table.caption}: {empty}" if empty else table.caption)
    rows = [
        tag(
            "tr",
            tag("th", row[0], scope="row", class_="data"),
            [tag("td", cell, class_="number" if numbers else "data") for cell in row[1:]],
        )
        for row in table.rows
    ]
    return joined(_framed(table.caption, table.header, rows, numbers=numbers), tag("p", table.rest) if table.rest else "")


def _framed(caption: str, header: Sequence[str], rows: Sequence[Markup], *, numbers: bool = False) -> Markup:
    """A table in a frame that scrolls sideways by itself, by keyboard too."""
    head = tag(
        "thead", tag("tr", [tag("th", name, scope="col", class_="number" if numbers and n else None) for n, name in enumerate(header)])
    )
    grid = tag("table", tag("caption", tag("span", caption)), head, tag("tbody", rows))
    return tag("div", grid, class_="frame", tabindex=0, role="region", aria_label=caption)
