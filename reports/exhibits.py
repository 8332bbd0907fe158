"""What stands in an audit's evidence folder, read with limits: a damaged or missing exhibit is a sentence in the report, not a failure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from fingerprints.model import Kind, Modality
from provenance.document import read_exhibit
from provenance.errors import UsageError
from provenance.model import Alignment, Exhibit, Finding, PictureSide, Piece, SoundSide, TextSide
from reports.wording import altered, passage, percent, plural, printable, shortened, shown

Side = TextSide | PictureSide | SoundSide
Outline = tuple[tuple[float, float], ...]

EXHIBIT_BYTES = 4_000_000  # the maker writes at most a few hundred kilobytes; more is not its own
PICTURE_BYTES = 4_000_000
REGIONS = 6  # of a picture, laid over; as many as the maker shows
BADGES = 34  # of a picture's longer side is the radius of a badge: 14 px where the picture is drawn 480 px wide
NEIGHBOURS = 12  # other works that are outlined in the same picture; a sheet of stamps is told by fewer
PANELS = ("The item, as it stands", "The work, brought into the same place", "Both: the framed squares are of the work", "What differs")
COMPARED = (
    "What differs: the colours of the work are first matched to those of the item as a whole. White is equal, black is 64 or more of 255"
    " levels apart."
)
OUTLINED = "Dashed: what matches. A region has the same number on both sides; it stands at the upper left corner of the work."
NEIGHBOURING = "Dotted, numbers in squares: other works found in this picture, by the numbers of their findings:"
SIGNATURES = {b"\x89PNG\r\n\x1a\n": ("image/png", "png"), b"\xff\xd8\xff": ("image/jpeg", "jpg")}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes, known to begin as a PNG or a JPEG."""

    content: bytes
    mime: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another finding of the same picture."""

    number: int
    """Of its sheet."""
    id: str
    work: str
    outlines: tuple[Outline, ...]
    """In px of the whole picture."""

    def within(self, side: PictureSide) -> list[tuple[str, Outline]]:
        """Its number and each of its outlines, in px of the reduced picture."""
        return [(str(self.number), tuple((x * side.scale, y * side.scale) for x, y in corners)) for corners in self.outlines]


@dataclass(frozen=True, slots=True)
class Shown:
    """An exhibit fit to be drawn: its strings printable, the pictures it names at hand; ``missing`` says why there is none."""

    exhibit: Exhibit | None
    missing: str = ""
    pictures: dict[str, Picture] = field(default_factory=dict)
    facts: str = ""
    """How much of each side the match covers and how the work was altered; empty for what is no picture."""
    neighbours: tuple[Neighbour, ...] = ()
    """Other works in the same picture."""


def neighbours(findings: Sequence[Finding]) -> dict[str, tuple[Neighbour, ...]]:
    """For each finding of a picture in which other works were found, these, by its id; findings count from 1 and leads not at all."""
    together: dict[str, list[tuple[str, Neighbour]]] = {}
    for number, finding in enumerate(findings, 1):
        if finding.match.modality is Modality.IMAGE and finding.match.kind is not Kind.LEAD:
            outlines = tuple(segment.item for segment in finding.match.segments if len(segment.item) == 4)
            work = shortened(printable(finding.work.title) or printable(finding.work.id), 80)
            together.setdefault(finding.item.sha256, []).append((finding.id, Neighbour(number, finding.id, work, outlines)))
    return {
        one: tuple(other for each, other in group if each != one)[:NEIGHBOURS]
        for group in together.values()
        for one, _ in group
        if len(group) > 1
    }


def load(finding: Finding, evidence: Path | None, neighbours: tuple[Neighbour, ...] = ()) -> Shown:
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
    files = [*(side.file for side in sides), *(file for alignment in exhibit.alignments[:REGIONS] for file in alignment.files)]
    pictures = {file: picture for file in files if (picture := _picture(evidence, file))}
    facts = f"The item {shown(finding.match)}." if finding.match.modality is Modality.IMAGE else ""
    return Shown(printed(exhibit), "", pictures, facts, neighbours)


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
    note, alignments = printable(exhibit.note, 500), exhibit.alignments[:REGIONS]
    return replace(exhibit, item=_side(exhibit.item), work=work, note=note, alignments=alignments)


def _side(side: Side) -> Side:
    if isinstance(side, TextSide):
        pieces = tuple(Piece(passage(piece.text), piece.matched, piece.omitted) for piece in side.pieces)
        return replace(side, label=printable(side.label), pieces=pieces)
    return replace(side, label=printable(side.label))


@dataclass(frozen=True, slots=True)
class Badge:
    """A name at an outline's first corner, in px of the picture."""

    name: str
    x: float
    """Of its middle, so that it lies within the picture, and beside the badges before it."""
    y: float
    radius: float


def badges(named: Sequence[tuple[str, Outline]], width: int, height: int) -> tuple[Badge, ...]:
    """A badge for each outline of a picture of this size."""
    radius = max(width, height) / BADGES
    placed: list[Badge] = []
    for name, corners in named:
        if not corners:
            continue
        x, y = (min(max(place, radius), max(length - radius, radius)) for place, length in zip(corners[0], (width, height), strict=True))
        while any(abs(x - other.x) < 2 * radius and abs(y - other.y) < 2 * radius for other in placed) and x + 3 * radius < width:
            x += radius
        placed.append(Badge(name, round(x, 1), round(y, 1), round(radius, 1)))
    return tuple(placed)


def laid_over(alignment: Alignment, *, alone: bool) -> tuple[str, str]:
    """What is shown of one region of a picture, and the sentence below its four pictures; of several, how each stands."""
    stance = "" if alone else altered(alignment.measures)
    title = f"Region {alignment.region}, the work laid over the item{f': {stance}' if stance else ''}"
    differing = f"{percent(alignment.differing)} of the region differs" if alignment.differing else "No part of the region differs"
    return title, f"{COMPARED} {differing} by 32 or more."


def outlined(side: PictureSide, neighbours: tuple[Neighbour, ...] = ()) -> str:
    """A picture with its outlines in words, for those who do not see it."""
    others = [f"{neighbour.number} {neighbour.work}" for neighbour in neighbours]
    also = f"; other works found in it: {', '.join(others)}" if others else ""
    return f"{side.label}, with {plural(len(side.outlines), 'matched region')} outlined{also}"
