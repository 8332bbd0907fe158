"""What registered pictures say of themselves, as statements of origin ``file``."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from provenance.claims import claims_of, meaning
from provenance.files import file_sha256
from provenance.model import Reservation, Work
from provenance.registry.intake import CHANGED, Examined
from provenance.registry.processes import Died, in_order
from provenance.registry.store import CLAIMS

MECHANISM: Final = "file-metadata"
FEW: Final = 250  # pictures that this process reads itself: at 2 ms each, before others would have started


@dataclass(frozen=True, slots=True)
class Said:
    """A statement to record: a work's field, its value, and the file, or the claim in it, that says so."""

    field: str
    value: Any
    source: str


def read_all(files: Sequence[Examined], jobs: int) -> Iterator[Mapping[str, str]]:
    """The claims of each picture, in their order, read by this many processes."""
    if jobs == 1 or len(files) <= FEW:
        yield from map(read, files)
        return
    for found in in_order(read, files, jobs):
        yield {"file:unread": "decoder-died: the process that read the file ended"} if isinstance(found, Died) else found


def read(file: Examined) -> Mapping[str, str]:
    """The claims of one picture; that it could not be read if it is not the one any more that was examined."""
    claims = claims_of(file.file)
    try:
        unchanged = file_sha256(file.file) == file.asset
    except OSError:
        unchanged = False
    return claims if unchanged else {"file:unread": f"{CHANGED}: the file changed while it was read"}


def statements(file: Examined, claims: Mapping[str, str], known: Work, described: Collection[str], news: Collection[str]) -> Iterator[Said]:
    """What a picture's claims add to what is known of its work.

    The claims themselves, verbatim, with those that contradict others; the creators, unless the metadata speaks of them
    (``described``) or they are known; a reservation against data mining beside those known, also where metadata that is new
    (``news``) has just replaced these. Claims that are on record already add nothing else: what was set by hand since stays.
    """
    new = known.claims.get(file.asset) != claims
    if new:
        yield Said(f"{CLAIMS}{file.asset}", claims, file.file.name)
    made = meaning.creators(claims)
    if new and made and not known.creators and "creators" not in described:
        yield Said("creators", made.names, f"{file.file.name}, {made.claim}")
    mining, reservations = meaning.data_mining(claims), known.rights.reservations or ()
    if (new or "reservations" in news) and mining and mining.value.reserves and all(one.mechanism != MECHANISM for one in reservations):
        added = Reservation(MECHANISM, value=True, seen=datetime.now(UTC).date())
        yield Said("reservations", (*reservations, added), f"{file.file.name}, {mining.claim}")
