"""Registry side: fingerprints pictures and writes them as an index shard."""

from pathlib import Path

import numpy as np

from fingerprints import shard
from fingerprints.errors import UndecodableError, UnmatchableError
from fingerprints.image.decode import Picture, decode_grey
from fingerprints.image.features import WORK_COUNT, WORK_SIDE, extract
from fingerprints.image.inverted import by_cell
from fingerprints.image.pdq import pdq
from fingerprints.image.perceptual import is_plain, perceptual_hash
from fingerprints.image.record import Marks, Record, pack_thumbnail
from fingerprints.image.scheme import SCHEME
from fingerprints.image.views import THUMBNAIL_SIDE, Grey, shrink
from fingerprints.model import Media, Modality

MIN_SIDE = 32  # px
MIN_THUMBNAIL_SIDE = 16  # px; one window of verification
MIN_FEATURES = 30  # from which a picture is matchable though its hash is not


class Builder:
    """Fingerprints of registered pictures, gathered into one shard."""

    modality = Modality.IMAGE
    scheme = SCHEME

    def __init__(self) -> None:
        self._assets: list[str] = []
        self._records: list[Record] = []

    def fingerprint(self, media: Media) -> bytes:
        """Of each frame of a picture its size, digests, hashes, features and thumbnail; of a still picture there is one.

        Raises UndecodableError, TooLargeError, or UnmatchableError for a picture too small or too plain to be told from others; frames
        that are, beside others that are not, are left out.
        """
        if isinstance(media, str):
            raise UndecodableError("a picture is given as its bytes or the path of a file, not as text")
        records, problem = list[Record](), UnmatchableError("a picture without frames")
        for number, picture in decode_grey(media):
            try:
                records.append(_recorded(number, picture))
            except UnmatchableError as error:
                problem = error
        if not records:
            raise problem
        return b"".join(record.to_bytes() for record in records)

    def add(self, asset: str, fingerprint: bytes) -> None:
        """Takes a fingerprint into the shard; raises SchemeError when it is of another scheme."""
        records = list(Record.all_from(fingerprint))
        self._records += records
        self._assets += [asset] * len(records)

    def write(self, directory: Path) -> None:
        """Hot: hashes, digests and coded features by cell. Cold: features, thumbnails, PDQ hashes and sizes, by frame of a work."""
        records = self._records
        points = np.concatenate([np.zeros((0, 2), np.uint16), *(r.marks.points for r in records)])
        words = np.concatenate([np.zeros((0, 2), np.uint64), *(r.marks.words for r in records)])
        angles = np.concatenate([np.zeros(0, np.uint8), *(r.marks.angles for r in records)])
        order, starts = by_cell(np.concatenate([np.zeros(0, np.uint16), *(r.marks.cells for r in records)]))
        counts = [len(r.marks) for r in records]
        digests = np.frombuffer(b"".join(d for r in records for d in (r.sha256, r.pixel_digest)), "<u8").reshape(-1, 4)[:, 0]
        by_digest = np.argsort(digests, kind="stable")
        hot = {
            "hashes": np.frombuffer(b"".join(r.hash for r in records), np.uint8).reshape(-1, 32),
            "digests": digests[by_digest],
            "digest-owners": (by_digest // 2).astype(np.uint32),
            "codes": words[order],
            "owners": np.repeat(np.arange(len(records), dtype=np.uint32), counts)[order],
            "angles": angles[order],
            "starts": starts,
        }
        cold = {
            "digests": np.frombuffer(b"".join(r.sha256 + r.pixel_digest for r in records), np.uint8).reshape(-1, 64),
            "pdq": np.frombuffer(b"".join(r.pdq + bytes([r.quality]) for r in records), np.uint8).reshape(-1, 33),
            "frames": np.array([r.frame for r in records], np.uint32),
            "sizes": np.array([(r.width, r.height, *r.marks.size) for r in records], np.uint32).reshape(-1, 4),
            "points": points,
            "codes": words,
            "feature-starts": np.r_[0, np.cumsum(counts, dtype=np.int64)].astype(np.uint64),
            "thumbnails": np.frombuffer(b"".join(r.thumbnail for r in records), np.uint8),
            "thumbnail-starts": np.r_[0, np.cumsum([len(r.thumbnail) for r in records], dtype=np.int64)].astype(np.uint64),
        }
        shard.write(directory, SCHEME, self._assets, hot, cold)


def _recorded(number: int, picture: Picture) -> Record:
    grey = picture.pixels
    thumbnail = shrink(grey, THUMBNAIL_SIDE)
    features = extract(grey, WORK_SIDE, WORK_COUNT)
    _check_matchable(picture, thumbnail, len(features))
    interchanged = pdq(grey)
    return Record(
        picture.width,
        picture.height,
        bytes.fromhex(picture.sha256),
        bytes.fromhex(picture.pixel_digest),
        perceptual_hash(grey).tobytes(),
        interchanged.bits.tobytes(),
        interchanged.quality,
        number,
        Marks.of(features),
        pack_thumbnail(thumbnail),
    )


def _check_matchable(picture: Picture, thumbnail: Grey, features: int) -> None:
    """Raises UnmatchableError with what to do."""
    if min(picture.width, picture.height) < MIN_SIDE or min(thumbnail.shape) < MIN_THUMBNAIL_SIDE:
        raise UnmatchableError(f"less than {MIN_SIDE} px on a side, or a mere strip; register a larger copy of the picture")
    if features < MIN_FEATURES and is_plain(thumbnail):
        raise UnmatchableError("a blank picture or a gradient cannot be told from others; register one that shows the work")
