"""The claims of a picture: metadata is parsed in the decoders' process, where what is broken or hostile costs its file alone."""

import mmap
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from fingerprints.errors import FingerprintError
from fingerprints.isolation import isolated
from provenance.claims import manifest, picture
from provenance.claims.gathered import Gathered

SECONDS = 20.0  # 90 megapixels of PNG, decoded for what stands behind them, take 2.1 s, the worst XMP packet as long; a photo takes 2 ms
C2PA = "c2pa"
MARKER = b"c2pa"
"""How type and label of a manifest store's outermost box begin; boxes are never compressed, so that without it there is no manifest."""
MISSING = "not-installed: c2pa-python, which reads the manifest that may be in it: pip install 'provenance-audit[c2pa]'"

_embedded = isolated(picture.embedded_here, seconds=SECONDS)
_manifests = isolated(manifest.manifests_here, seconds=SECONDS)


def claims_of(media: bytes | Path) -> Mapping[str, str]:
    """What the picture says of itself, by namespaced names such as ``exif:Copyright`` or ``xmp:plus:DataMining``; raises nothing.

    What could not be read is a claim, too: ``file:unread``, ``exif:unread``, ``c2pa:unread`` and so on say why.
    """
    try:
        found = _embedded(media)
    except FingerprintError as error:
        return _unread("file", error)
    return found.claims | (_manifest_claims(media, found.mime) if _is_marked(media) else {})


def _manifest_claims(media: bytes | Path, mime: str) -> dict[str, str]:
    if find_spec("c2pa") is None:
        nothing = Gathered(C2PA)
        nothing.unread(MISSING)
        return nothing.claims()
    try:
        return _manifests(media, mime)
    except FingerprintError as error:
        return _unread(C2PA, error)


def _unread(namespace: str, error: FingerprintError) -> dict[str, str]:
    nothing = Gathered(namespace)
    nothing.unread(f"{error.reason}: {error}")
    return nothing.claims()


def _is_marked(media: bytes | Path) -> bool:
    """Whether a manifest may be in the file."""
    if isinstance(media, bytes):
        return MARKER in media
    try:
        with media.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(MARKER) >= 0
    except (OSError, ValueError):  # gone since, or empty: it has been said
        return False
