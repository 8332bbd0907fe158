"""An audit as a document for counsel: PDF/A-3a and PDF/UA-1, set by typst, with the audit attached."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from provenance.document import dumps
from provenance.errors import CapabilityError
from provenance.model import Audit
from reports import exhibits, prose
from reports.exhibits import Picture
from reports.glyphs import Glyphs, breakable
from reports.pdf_exhibit import exhibit
from reports.view import View, ordered, view
from reports.wording import plural

if TYPE_CHECKING:
    from typst import Compiler

STANDARDS = ["a-3a", "ua-1"]
TEMPLATES = ("report.typ", "parts.typ", "sheets.typ")
SHEETS = 1000  # sheets of one document; the findings beyond it stand in its table
ATTACHED_BYTES = 20_000_000


def render(audit: Audit, evidence: Path | None) -> bytes:
    """The document's bytes; the same audit, exhibits and fonts give the same bytes."""
    try:
        import typst
    except ModuleNotFoundError as error:
        raise CapabilityError("the PDF report needs typst, which is not installed", "pip install 'provenance-audit[pdf]'") from error
    with tempfile.TemporaryDirectory(prefix="provenance-") as folder:
        root = Path(folder)
        for name in TEMPLATES:
            (root / name).write_bytes(files("reports").joinpath(name).read_bytes())
        attached = dumps(audit)
        (root / "audit.json").write_bytes(attached)
        compiler = typst.Compiler(root=root)
        content = _content(view(audit), audit) | {"attached": len(attached) <= ATTACHED_BYTES}
        content["sheets"] = _sheets(audit, evidence, _Pictures(compiler, root))
        return _compiled(compiler, root, content, audit)


def _compiled(compiler: "Compiler", root: Path, content: Mapping[str, Any], audit: Audit) -> bytes:
    """Compiles until every character can be drawn: what the fonts lack is found by a probe, and rare shaping on the first attempt."""
    import typst

    glyphs = Glyphs.probed(compiler, content, STANDARDS)
    moment = int(datetime.combine(audit.context.as_of, time(), UTC).timestamp())
    while True:
        drawn = glyphs.drawable(content)
        drawn["limitations"] = [*drawn["limitations"], *glyphs.note()]
        (root / "data.json").write_bytes(orjson.dumps(breakable(drawn)))
        try:
            made: bytes = compiler.compile(str(root / "report.typ"), format="pdf", pdf_standards=STANDARDS, timestamp=moment)
        except typst.TypstError as error:
            more = glyphs.without(error.diagnostic)
            if more == glyphs:
                raise
            glyphs = more
        else:
            return made


class _Pictures:
    """Writes pictures beside the template, each tried by itself first: one that is damaged must not stop the document."""

    def __init__(self, compiler: "Compiler", root: Path) -> None:
        self.compiler = compiler
        self.root = root
        self.count = 0

    def keep(self, picture: Picture) -> str | None:
        """The name under which the template finds the picture; None if it cannot be drawn."""
        import typst

        self.count += 1
        name = f"picture-{self.count:05}.{picture.suffix}"
        (self.root / name).write_bytes(picture.content)
        trial = f'#set page(width: 20pt, height: 20pt)\n#set document(title: "trial")\n#image("{name}", alt: "trial", width: 10pt)'
        try:
            self.compiler.compile(trial.encode(), format="pdf", pdf_standards=STANDARDS, timestamp=0)
        except typst.TypstError:
            return None
        return name


def _content(report: View, audit: Audit) -> dict[str, Any]:
    """Everything but the sheets, by the names that ``report.typ`` uses."""
    version = audit.run.versions.get("provenance-audit", "")
    left_out = len(report.sheets) - SHEETS
    glossary = (*prose.GLOSSARY, *((str(name), text) for name, text in (prose.KINDS | prose.DISPOSITIONS).items()))
    return {name: found for name, found in asdict(report).items() if name != "sheets"} | {
        "author": f"provenance {version}".strip(),
        "date": audit.context.as_of.isoformat(),
        "digest_short": report.digest[:16],
        "is": prose.IS,
        "is_not": prose.IS_NOT,
        "not_searched": prose.NOT_SEARCHED,
        "glossary": glossary,
        "left_out": f"The first {SHEETS:,} findings have a sheet; {plural(left_out, 'further finding')} in the table."
        if left_out > 0
        else "",
    }


def _sheets(audit: Audit, evidence: Path | None, pictures: _Pictures) -> list[dict[str, Any]]:
    sheets = []
    for sheet, finding in zip(view(audit).sheets, ordered(audit.findings), strict=True):
        fields = asdict(sheet) | {"label": f"sheet-{sheet.number}", "has_sheet": sheet.number <= SHEETS}
        if sheet.number <= SHEETS:
            fields["exhibit"] = exhibit(exhibits.load(finding, evidence), pictures.keep)
        sheets.append(fields)
    return sheets
