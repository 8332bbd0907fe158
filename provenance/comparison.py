"""Two files against each other: the first stands for the work, the second for the item."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from fingerprints.errors import FingerprintError
from fingerprints.model import Failure, Match, Media, MediaBatch, Modality
from fingerprints.schemes import SCHEMES
from provenance.document import read_exhibit
from provenance.errors import UsageError
from provenance.evidence import ExhibitMaker
from provenance.files import file_sha256, write_atomically
from provenance.matching import media_sha256
from provenance.model import Exhibit, Item, Reuse
from provenance.readers.names import visible
from provenance.readers.sniff import sniff
from provenance.readers.text import decode

HEAD = 16_384  # bytes that tell what a file is


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two files share, strongest match first; the exhibit is None where they share nothing that can be shown."""

    modality: Modality
    matches: tuple[Match, ...]
    exhibit: Exhibit | None


def compare(work: Path, item: Path, evidence: Path | None = None) -> Comparison:
    """The aligned segments of two texts, two pictures or two sounds; raises UsageError for what cannot be read or compared.

    Pictures of the exhibit are kept in the folder ``evidence`` if one is named.
    """
    modality = _modality(work)
    if _modality(item) is not modality:
        raise UsageError(f"{work} is {modality}, {item} is {_modality(item)}", "compare two files of one kind")
    with tempfile.TemporaryDirectory(prefix="provenance-") as folder:
        asset, shard, media = file_sha256(work), Path(folder, "shard"), _media(item, modality)
        shard.mkdir()
        name, matches = visible(str(item)), _scanned(work, item, media, modality, asset, shard)
        about = Item(name, None, None, name, modality, media_sha256(media))
        made = ExhibitMaker({asset: work})(about, media, [Reuse(about, str(work), asset, match) for match in matches])
        for attachment in made:
            write_atomically((evidence or Path(folder)) / attachment.name, attachment.content)
        exhibit = read_exhibit((evidence or Path(folder)) / made[0].name) if made else None
        return Comparison(modality, tuple(matches), exhibit)


def _scanned(work: Path, item: Path, media: Media, modality: Modality, asset: str, shard: Path) -> list[Match]:
    scheme = SCHEMES[modality]
    try:
        builder = scheme.builder()
        builder.add(asset, builder.fingerprint(_media(work, modality)))
        builder.write(shard)
        found = list(scheme.open([shard]).scan(_batch(media, modality)))
    except FingerprintError as error:
        raise UsageError(f"{work}: {error}", "name a file with enough content to tell it from others") from error
    except ModuleNotFoundError as error:
        raise UsageError(f"{modality} needs the library {error.name}", f"pip install 'provenance-audit[{modality}]'") from error
    failure = next((hit for hit in found if isinstance(hit, Failure)), None)
    if failure:
        raise UsageError(f"{item}: {failure.error}", "name a file that can be read")
    return [hit.match for hit in found if not isinstance(hit, Failure)]


def _modality(file: Path) -> Modality:
    with file.open("rb") as handle:
        found = sniff(handle.read(HEAD), file.name)
    if found.reader not in tuple(Modality) or found.modality is None:
        raise UsageError(f"{file} is no plain text, picture or sound ({found.name})", "compare single files, not tables or archives")
    return found.modality


def _media(file: Path, modality: Modality) -> Media:
    if modality is not Modality.TEXT:
        return file
    try:
        return decode(file.read_bytes())
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file} is no {error.encoding} text at byte {error.start}", "convert it, for instance with iconv -t UTF-8"
        ) from error


def _batch(media: Media, modality: Modality) -> MediaBatch:
    if isinstance(media, str):
        import pyarrow as pa

        return MediaBatch(modality, pa.array([media], pa.large_string()))
    return MediaBatch(modality, (media,))
