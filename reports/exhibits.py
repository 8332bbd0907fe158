"""What stands in an audit's evidence folder, read with limits: a damaged or missing exhibit is a sentence in the report, not a failure."""

from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from provenance.document import read_exhibit
from provenance.errors import UsageError
from provenance.model import Exhibit, Finding, PictureSide, Piece, SoundSide, TextSide
from reports.wording import passage, printable

Side = TextSide | PictureSide | SoundSide

EXHIBIT_BYTES = 4_000_000  # the maker writes at most a few hundred kilobytes; more is not its own
PICTURE_BYTES = 4_000_000
SIGNATURES = {b"\x89PNG\r\n\x1a\n": ("image/png", "png"), b"\xff\xd8\xff": ("image/jpeg", "jpg")}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes, known to begin as a PNG or a JPEG."""

    content: bytes
    mime: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An exhibit fit to be drawn: its strings printable, the pictures it names at hand; ``missing`` says why there is none."""

    exhibit: Exhibit | None
    missing: str = ""
    pictures: dict[str, Picture] = field(default_factory=dict)


def load(finding: Finding, evidence: Path | None) -> Shown:
    """The exhibit of a finding; its folder is all that is looked into, whatever the paths in the audit say."""
    if not finding.evidence:
        return Shown(None, "no exhibit: none was made for this finding")
    if evidence is None:
        return Shown(None, "no exhibit: the report was made without the evidence folder")
    file = _within(evidence, finding.evidence)
    if file is None or file.stat().st_size > EXHIBIT_BYTES:
        return Shown(None, f"no exhibit: {printable(finding.evidence)} is missing or too large")
    try:
        exhibit = read_exhibit(file)
    except UsageError:
        return Shown(None, f"no exhibit: {printable(finding.evidence)} cannot be read")
    if exhibit.finding != finding.id:
        return Shown(None, f"no exhibit: {printable(finding.evidence)} belongs to another finding")
    sides = [side for side in (exhibit.item, exhibit.work) if isinstance(side, PictureSide | SoundSide)]
    pictures = {side.file: picture for side in sides if (picture := _picture(evidence, side.file))}
    return Shown(printed(exhibit), pictures=pictures)


def _within(folder: Path, name: str) -> Path | None:
    """The file of that name in the folder itself; None if there is none, or if it leads out of the folder."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    if not bare or "\0" in bare:
        return None
    try:
        file = (folder / bare).resolve()
        return file if file.parent == folder.resolve() and file.is_file() else None
    except OSError:  # a name too long for the file system, a loop of links
        return None


def _picture(folder: Path, name: str) -> Picture | None:
    file = _within(folder, name)
    if file is None or file.stat().st_size > PICTURE_BYTES:
        return None
    content = file.read_bytes()
    for signature, (mime, suffix) in SIGNATURES.items():
        if content.startswith(signature):
            return Picture(content, mime, suffix)
    return None


def printed(exhibit: Exhibit) -> Exhibit:
    """The exhibit with every string fit to be shown."""
    work = _side(exhibit.work) if exhibit.work else None
    return replace(exhibit, item=_side(exhibit.item), work=work, note=printable(exhibit.note, 500))


def _side(side: Side) -> Side:
    if isinstance(side, TextSide):
        pieces = tuple(Piece(passage(piece.text), piece.matched, piece.omitted) for piece in side.pieces)
        return replace(side, label=printable(side.label), pieces=pieces)
    return replace(side, label=printable(side.label))
