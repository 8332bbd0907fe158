"""An audit as ``audit.json``: the whole of it, and what every other report can be rendered from again."""

from pathlib import Path

from provenance.document import dumps
from provenance.model import Audit


def render(audit: Audit, evidence: Path | None) -> bytes:  # noqa: ARG001 - exhibits stay in their folder
    """The audit as UTF-8 JSON; see ``provenance.document.dumps``."""
    return dumps(audit)
