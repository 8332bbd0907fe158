"""The one table of schemes: how each modality is fingerprinted and scanned. Libraries are imported when a scheme is used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from fingerprints import shard
from fingerprints.model import IndexBuilder, Modality, Scanner


@dataclass(frozen=True, slots=True)
class Scheme:
    """A modality's package: it defines ``SCHEME``, ``Builder`` and ``Scanner``."""

    modality: Modality
    module: str
    requires: Mapping[str, str]
    """Import name of each library it needs, and the distribution that has it."""

    @property
    def name(self) -> str:
        """The versioned string that stands in matches and shards; equal names mean comparable fingerprints."""
        result: str = import_module(self.module).SCHEME
        return result

    def builder(self) -> IndexBuilder:
        """A new, empty builder."""
        make: Callable[[], IndexBuilder] = import_module(self.module).Builder
        return make()

    def assets(self, directory: Path) -> tuple[str, ...]:
        """Ids of the assets in a shard; raises SchemeError."""
        return shard.head(directory).assets

    def open(self, shards: Sequence[Path], erased: frozenset[str] = frozenset()) -> Scanner:
        """A scanner over shards of this scheme that never reports the erased assets; raises SchemeError."""
        make: Callable[[Sequence[Path], frozenset[str]], Scanner] = import_module(self.module).Scanner
        return make(shards, erased)


SCHEMES: Mapping[Modality, Scheme] = {
    Modality.TEXT: Scheme(Modality.TEXT, "fingerprints.text", {"datasketch": "datasketch", "pyarrow": "pyarrow"}),
    Modality.IMAGE: Scheme(
        Modality.IMAGE,
        "fingerprints.image",
        {"PIL": "Pillow", "imagehash": "ImageHash", "cv2": "opencv-python-headless", "faiss": "faiss-cpu"},
    ),
    Modality.AUDIO: Scheme(Modality.AUDIO, "fingerprints.audio", {"av": "av", "soundfile": "soundfile", "acoustid": "pyacoustid"}),
}
