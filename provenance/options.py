"""What an audit may be told beside its inputs and its registry."""

import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from provenance.model import Disposition


@dataclass(frozen=True, slots=True)
class Options:
    """Everything has a default; what shapes the result stands in the audit's context, the rest in its ``run``."""

    policy: str | None = "us-107"
    """A pack's name or a file; None measures without deciding."""
    use: str = "train"
    """The stage of use: ``train`` or ``output``."""
    facts: Path | None = None
    as_of: date | None = None
    """What "today" means; by default the day of the run (UTC)."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    text_columns: tuple[str, ...] = ()
    """Fields of tables that are text to audit, in place of those found by name and type."""
    semantic: str | None = None
    """Folder or name of the model to look for paraphrases with; None does not."""
    sample: float = 1.0
    """Share of the items that are looked at, chosen by their content."""
    fail_on: Disposition = Disposition.BLOCK
    allow_unread: int = 0
    evidence: Path | None = None
    """Folder for exhibits; None makes none."""
    findings: Path | None = None
    """The Parquet file that holds all findings when they are more than an audit holds itself; None leaves those out."""
    own: tuple[Path, ...] = ()
    """Files and folders that this and earlier runs write, left out of the audit."""
    command: tuple[str, ...] = ()
    """The command line, for the record."""
    engine: Literal["local", "ray"] = "local"
    address: str | None = None
    """Of a Ray cluster; None starts one on this machine."""
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    """Worker processes; 0 scans in this process."""
    most_memory: int | None = None
    """Bytes that all workers may have together beside the index; None sets no bound."""
    cache: Path | None = None
    """Folder of results of earlier runs; None neither reads nor keeps any."""
