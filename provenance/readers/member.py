"""Members of any archive become items: text, images and sounds in batches, tables and documents by the modules that read them.

Members of one key stand together (the WebDataset layout), and a small JSON object of the same key says where they come from. A ``.json``
without such a neighbour, or that is not one object of the size of metadata, is a document to audit.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO

import pyarrow as pa

from fingerprints.model import MediaBatch, Modality
from provenance.model import Excluded, Unread
from provenance.readers import ARCHIVES, module_of
from provenance.readers.batch import Batch, Members
from provenance.readers.columns import metadata
from provenance.readers.limits import NOTHING
from provenance.readers.nested import nested
from provenance.readers.piece import Part, ReadSettings
from provenance.readers.sidecar import record_of
from provenance.readers.sniff import Format, head_of, named, sniff
from provenance.readers.text import decode
from provenance.readers.within import Within, within

MEDIA = frozenset({"text", "image", "audio"})


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive, or a record of a web archive; ``data`` is None where it could not be had, and ``reason`` says why."""

    name: str
    """Under which it is reported; a locator, never a path."""
    size: int
    data: bytes | None
    reason: str = ""
    detail: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    """What the archive itself says of it."""
    alias: str = ""
    """The name that tells its format, where that is not ``name``."""
    excluded: bool = False
    """True if ``reason`` says why it is not to be audited."""

    @property
    def file_name(self) -> str:
        """The name by which its format is told."""
        return self.alias or self.name


def key(name: str) -> str:
    """WebDataset's key: the path up to the first dot of its last part."""
    folder, slash, base = name.rpartition("/")
    return folder + slash + base.split(".", 1)[0]


def parts(members: Sequence[Member], settings: ReadSettings, level: int = 1) -> Iterator[Part]:
    """Everything in members that stand together, each item once; ``level`` counts the archives that are open, this one included."""
    return _Together(settings, level).read(members)


class _Together:
    """Members that are read together, since some describe others."""

    def __init__(self, settings: ReadSettings, level: int) -> None:
        self.settings, self.level = settings, level
        self.media: dict[Modality, list[Member]] = defaultdict(list)
        self.others: list[tuple[Member, Format]] = []
        self.sidecars: dict[str, list[Member]] = defaultdict(list)
        self.about: dict[str, Mapping[str, str]] = {}
        self.keys: set[str] = set()
        """Of what a sidecar can describe."""

    def read(self, members: Sequence[Member]) -> Iterator[Part]:
        """What cannot be read, then media by modality, then what other modules read, then what becomes of the JSON members."""
        for member in members:
            yield from self._sort(member)
        for modality, held in self.media.items():
            yield from _texts(held, self._about) if modality is Modality.TEXT else _media(modality, held, self._about)
        for member, found in self.others:
            if found.reader != "html":
                yield from self._other(member, found)
        yield from self._pages([member for member, found in self.others if found.reader == "html"])
        for name, sidecars in self.sidecars.items():
            for sidecar in sidecars:
                if name in self.keys:
                    yield Excluded("sidecar", 1, (f"#{sidecar.name}",))
                else:
                    yield from self._other(sidecar, Format("json", "json", Modality.TEXT))

    def _sort(self, member: Member) -> Iterator[Part]:
        """Puts a member to its like; hands on at once what is not read."""
        if member.excluded:
            yield Excluded(member.reason, 1, (f"#{member.name}",))
            return
        if member.data is None:
            yield Unread("", member.name or None, member.reason, member.detail, named(member.file_name))
            return
        found = sniff(head_of(BytesIO(member.data)), member.file_name)
        if found.reader is None:
            if found.excluded:
                yield Excluded("no-media", 1, (f"#{member.name}",))
            else:
                yield Unread("", member.name, found.reason, found.detail, found.modality)
            return
        self.about.setdefault(member.name, member.about)
        if found.reader in {"json", "jsonl"} and _is_sidecar(member, self.settings):
            self.sidecars[key(member.name)].append(member)
            return
        self.keys.add(key(member.name))
        if found.modality and found.reader in MEDIA:
            self.media[found.modality].append(member)
        else:
            self.others.append((member, found))

    def _about(self, name: str) -> Mapping[str, str]:
        """What the sidecars of a member say, and the archive itself."""
        found: dict[str, str] = {}
        for sidecar in self.sidecars.get(key(name), ()):
            found |= metadata(record_of(sidecar.data or b"", self.settings.limits) or {})
        return {**found, **self.about.get(name, {})}

    def _pages(self, pages: Sequence[Member]) -> Iterator[Part]:
        """Pages of HTML, of which the decoders' process takes many at a time."""
        if not pages:
            return
        from provenance.readers import documents

        names = {f"{number}/{page.file_name}.html": page.name for number, page in enumerate(pages)}  # the ending tells the format
        named = zip(names, (page.data or b"" for page in pages), strict=True)
        for part in documents.members(list(named), self.settings):
            alias = str(part.place(0).record if isinstance(part, Batch) else part.record if isinstance(part, Unread) else "")
            yield within(part, names[alias], f"#{alias}", partial(self._about, names[alias]))

    def _other(self, member: Member, found: Format) -> Iterator[Part]:
        nothing = True
        for part in self._opened(member, found.reader or ""):
            nothing = False
            yield part
        if nothing:
            yield Unread("", member.name, *NOTHING, found.modality)

    def _opened(self, member: Member, reader: str) -> Iterator[Part]:
        """The items in a member that another module reads."""
        about = partial(self._about, member.name)
        if reader in ARCHIVES or "." in reader:
            yield from (_described(part, about) for part in nested(member, reader, self.settings, self.level))
            return
        read: Callable[[str, bytes, ReadSettings], Iterator[Part]] = module_of(reader).member
        alias = f"{member.file_name}.{reader}"  # the module tells the format by it
        for part in read(alias, member.data or b"", self.settings):
            yield within(part, member.name, f"#{alias}", about)


def _is_sidecar(member: Member, settings: ReadSettings) -> bool:
    return member.name.endswith(".json") and member.data is not None and record_of(member.data, settings.limits) is not None


def _described(part: Part, about: Callable[[], Mapping[str, str]]) -> Part:
    return Batch(part.media, Within(part.origin, None, 0, about)) if isinstance(part, Batch) else part


def _media(modality: Modality, held: Sequence[Member], about: Callable[[str], Mapping[str, str]]) -> Iterator[Part]:
    contents = tuple(member.data or b"" for member in held)
    yield Batch(MediaBatch(modality, contents), Members("", tuple(member.name for member in held), about))


def _texts(held: Sequence[Member], about: Callable[[str], Mapping[str, str]]) -> Iterator[Part]:
    names, texts = list[str](), list[str]()
    for member in held:
        try:
            texts.append(decode(member.data or b""))
            names.append(member.name)
        except UnicodeDecodeError as error:
            yield Unread("", member.name, "undecodable", f"not {error.encoding} at byte {error.start}", Modality.TEXT)
    if texts:
        yield Batch(MediaBatch(Modality.TEXT, pa.array(texts, pa.large_string())), Members("", tuple(names), about))
