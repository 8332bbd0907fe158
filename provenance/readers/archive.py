"""Archives of any format cut into units and pieces: at their members' names, by a model of what reading them costs."""

from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import blake2b, sha256

from fingerprints.model import Modality
from provenance.model import Unread
from provenance.readers.limits import MB
from provenance.readers.member import Member, key, parts
from provenance.readers.piece import Piece, ReadSettings, content
from provenance.readers.sniff import named
from provenance.readers.streams import Fault

UNIT = 64 * MB  # bytes of text in a unit: half a second of scanning
PIECE = 16 * MB  # bytes of text in a piece: several hundred times what it costs to look a piece up, and it is held in memory
HELD = 64 * MB  # bytes of a piece beyond which members of one key are parted
MEMBER = 4096  # bytes that a member counts for at least: 32 µs of scanning; one of 0 to 1000 bytes takes 8 to 50 µs and 350 bytes of memory
AUDIO = 10 * MB  # bytes of packed sound: about five minutes, decoded and compared in half a second
IMAGES = 8  # a tenth of a second each
LEAST, MOST = 0.5, 2.0  # cost at which a cut begins to be sought, and at which it is made wherever it falls


class Cutter:
    """Says where a run of members is cut: where a key ends, after a cost of 1 on average, at places that the members themselves decide.

    A key ends a run with a probability in proportion to its own cost, told from a digest of its first member's name and size, so that
    an added member moves the cuts near it and no others (content-defined chunking after Muthitacharoen, Chen & Mazières 2001).
    """

    def __init__(self, text: int) -> None:
        self._text = text
        """Bytes of text that cost 1."""
        self._key: str | None = None
        self._draw = self._cost = self._of_key = 0.0

    def cuts_before(self, name: str, size: int, alias: str = "") -> bool:
        """True if this member begins a new run; members are asked about in order, each once.

        ``alias`` tells its format where ``name`` does not.
        """
        cut = False
        if (new := key(name)) != self._key:
            cut = self._key is not None and self._ends()
            self._key, self._of_key = new, 0.0
            first = blake2b(size.to_bytes(8, "little") + name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            self._draw = int.from_bytes(first, "little") / 2**64  # no checksum: those of 0001, 0002 … are evenly spread, not random
        if cut:
            self._cost = 0.0
        cost = self._cost_of(alias or name, size)
        self._of_key += cost
        self._cost += cost
        return cut

    def _ends(self) -> bool:
        return self._cost >= LEAST and (self._cost >= MOST or self._draw * (1 - LEAST) < self._of_key)

    def _cost_of(self, name: str, size: int) -> float:
        modality = named(name)
        if modality is Modality.IMAGE:
            return 1 / IMAGES
        return max(size, MEMBER) / (AUDIO if modality is Modality.AUDIO else self._text)


def pieces_of(members: Iterable[Member | Fault], settings: ReadSettings, level: int = 1, text: int = PIECE) -> Iterator[Piece | Unread]:
    """Members that are read together as pieces, and each fault as unread in its place; ``level`` counts the archives that are open."""
    cutter, held, size = Cutter(text), list[Member](), 0
    for member in members:
        if isinstance(member, Fault):
            yield from _piece(held, settings, level)
            held, size = [], 0
            yield Unread("", None, member.reason, member.detail)
            continue
        if cutter.cuts_before(member.name, member.size, member.alias) or size >= HELD:
            yield from _piece(held, settings, level)
            held, size = [], 0
        held.append(member)
        size += _held(member)
    yield from _piece(held, settings, level)


def _held(member: Member) -> int:
    """Bytes that a member takes in memory, about: names may be as long as data, and there may be any number of empty members."""
    said = (member.name, member.alias, member.detail, *member.about.values())
    return MEMBER + len(member.data or b"") + sum(map(len, said))


def _piece(held: list[Member], settings: ReadSettings, level: int) -> Iterator[Piece]:
    if held:
        members = tuple(held)
        yield Piece(_content(members), partial(parts, members, settings, level), size=sum(member.size for member in members))


def _content(members: tuple[Member, ...]) -> bytes:
    """SHA-256 over the members' names, types and bytes."""
    digest = sha256()
    for member in members:
        said = {**member.about, "name": member.name, "alias": member.alias, "reason": member.reason, "detail": member.detail}
        digest.update(content(said, b"" if member.data is None else sha256(member.data).digest()))
    return digest.digest()
