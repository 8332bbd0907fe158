"""Typst, as the reports use it: one folder, the strictest standards, no clock."""

from datetime import UTC, date, datetime, time
from pathlib import Path

from provenance.errors import CapabilityError


class RefusedError(Exception):
    """Typst does not compile a document; the message is its diagnostic."""


class Press:
    """Compiles documents of one folder; nothing outside it can be read by them."""

    def __init__(self, folder: Path, day: date) -> None:
        try:
            import typst
        except ModuleNotFoundError as error:
            raise CapabilityError("the PDF report needs typst, which is not installed", "pip install 'provenance-audit[pdf]'") from error
        self.folder = folder
        self._failure = typst.TypstError
        self._compiler = typst.Compiler(root=folder)
        self._moment = int(datetime.combine(day, time(), UTC).timestamp())

    def compile(self, document: bytes) -> bytes:
        """The PDF of a document; raises RefusedError.

        PDF/A-3a is for archives and courts' filing systems, PDF/UA-1 for readers who do not see the page.
        """
        try:
            made = self._compiler.compile(document, format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=self._moment)
        except self._failure as error:
            raise RefusedError(error.diagnostic) from error
        if not isinstance(made, bytes):
            raise RefusedError("typst gave no single document")
        return made

    def refusal(self, document: str) -> str:
        """Why a document does not compile; empty if it does."""
        try:
            self.compile(document.encode())
        except RefusedError as error:
            return str(error)
        return ""
