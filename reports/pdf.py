"""An audit as a document for counsel: PDF/A-3a and PDF/UA-1, set by typst, with the audit attached."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from provenance.document import dumps
from provenance.model import Audit
from reports import exhibits, prose
from reports.exhibits import Picture
from reports.glyphs import Glyphs, breakable
from reports.pdf_exhibit import exhibit
from reports.press import Press, RefusedError
from reports.view import View, ordered, view
from reports.wording import plural

TEMPLATES = ("report.typ", "parts.typ", "sheets.typ")
FINDINGS = 1_000  # rows of the table of findings: with the sheets 6 s and 455 MB; the strictest come first
SHEETS = 100  # of 1,000 findings: 4 s and 0.5 GB with these, 24 s and 2.2 GB with all; the strictest come first
ROW = ("number", "disposition", "state", "kind", "work", "rights_holders", "item", "occurrences", "amount", "shares", "rule")
ATTACHED_BYTES = 20_000_000


def render(audit: Audit, evidence: Path | None) -> bytes:
    """The document's bytes; the same audit, exhibits and fonts give the same bytes.

    Raises CapabilityError where typst is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="provenance-") as name:
        folder = Path(name)
        for template in TEMPLATES:
            (folder / template).write_bytes(files("reports").joinpath(template).read_bytes())
        attached = dumps(audit)
        (folder / "audit.json").write_bytes(attached)
        press, report = Press(folder, audit.context.as_of), view(audit, FINDINGS)
        content = _content(report, audit) | {"attached": len(attached) <= ATTACHED_BYTES}
        content["sheets"] = _sheets(report, audit, evidence, _Pictures(press))
        return _compiled(press, content)


def _compiled(press: Press, content: Mapping[str, Any]) -> bytes:
    """Compiles until every character can be drawn: what the fonts lack is found by a probe, what shaping adds to it by an attempt."""
    glyphs = Glyphs.probed(press, content)
    while True:
        limitations = (*content["limitations"], *glyphs.note())
        drawn = breakable(glyphs.drawable({**content, "limitations": limitations}))
        (press.folder / "data.json").write_bytes(orjson.dumps(drawn))
        try:
            return press.compile((press.folder / TEMPLATES[0]).read_bytes())
        except RefusedError as error:
            more = glyphs.without(str(error))
            if more == glyphs:
                raise
            glyphs = more


class _Pictures:
    """Writes pictures beside the template, each tried by itself first: one that is damaged must not stop the document."""

    def __init__(self, press: Press) -> None:
        self.press = press
        self.count = 0

    def keep(self, picture: Picture) -> str | None:
        """The name under which the template finds the picture; None if it cannot be drawn."""
        self.count += 1
        name = f"picture-{self.count:05}.{picture.suffix}"
        (self.press.folder / name).write_bytes(picture.content)
        trial = f'#set page(width: 20pt, height: 20pt)\n#set document(title: "trial")\n#image("{name}", alt: "trial", width: 10pt)'
        return None if self.press.refusal(trial) else name


def _content(report: View, audit: Audit) -> dict[str, Any]:
    """Everything but the sheets, by the names that ``report.typ`` uses."""
    version = audit.run.versions.get("provenance-audit", "")
    glossary = (*prose.GLOSSARY, *((str(name), text) for name, text in (prose.KINDS | prose.DISPOSITIONS).items()))
    return asdict(replace(report, sheets=())) | {
        "author": f"provenance {version}".strip(),
        "date": audit.context.as_of.isoformat(),
        "digest_short": report.digest[:16],
        "is": prose.IS,
        "is_not": prose.IS_NOT,
        "not_searched": prose.NOT_SEARCHED,
        "glossary": glossary,
        "left_out": " ".join(filter(None, (_left_out(len(report.sheets)), report.left_out))),
    }


def _sheets(report: View, audit: Audit, evidence: Path | None, pictures: _Pictures) -> list[dict[str, Any]]:
    findings = ordered(audit.findings)[:FINDINGS]
    sheets, others = [], exhibits.neighbours(findings)
    for sheet, finding in zip(report.sheets, findings, strict=True):
        row = {name: getattr(sheet, name) for name in ROW} | {"label": f"sheet-{sheet.number}", "has_sheet": sheet.number <= SHEETS}
        if sheet.number <= SHEETS:
            shown = exhibits.load(finding, evidence, others.get(finding.id, ()))
            row |= asdict(sheet) | {"exhibit": exhibit(shown, pictures.keep)}
        sheets.append(row)
    return sheets


def _left_out(findings: int) -> str:
    """What the document has no sheet for, and where to see it; empty where all have one."""
    if findings <= SHEETS:
        return ""
    more = plural(findings - SHEETS, "further finding stands", "further findings stand")
    return f"The first {SHEETS:,} findings, the strictest, have a sheet; {more} in the table, and “provenance explain” shows any of them."
