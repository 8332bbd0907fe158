"""What readers hand on: items of one modality, and on demand where each stands and what stood beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fingerprints.model import Media, MediaBatch, Modality
from provenance.model import Place


class Origin(Protocol):
    """Where the items of a batch come from; asked only for items that matched or failed."""

    def place(self, position: int) -> Place:
        """Where an item stands."""
        ...

    def metadata(self, position: int) -> Mapping[str, str]:
        """What stood beside it, verbatim, by the name of its field."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one modality with their origin."""

    media: MediaBatch
    origin: Origin

    def place(self, position: int) -> Place:
        """Where the item stands in the data set."""
        return self.origin.place(position)

    def metadata(self, position: int) -> Mapping[str, str]:
        """Licence, URL, title, author, date and their like, verbatim, by the name of their field."""
        return self.origin.metadata(position)

    def item(self, position: int) -> Media:
        """The item itself: text as ``str``, an image or a sound as its encoded bytes or its file's path."""
        value = self.media.content[position]
        return str(value) if self.media.modality is Modality.TEXT else value


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The one item of a plain file, or a section of a large one."""

    locator: str
    """Behind the path: empty for the whole file."""
    about: Mapping[str, str]

    def place(self, _position: int) -> Place:
        """The file."""
        return Place("", None, None, self.locator)

    def metadata(self, _position: int) -> Mapping[str, str]:
        """What stands beside the file or in it."""
        return self.about


@dataclass(frozen=True, slots=True)
class Rows:
    """Items from rows of a table: one number per item, no object."""

    path: str
    records: Sequence[int]
    fields: Sequence[str]
    about: Callable[[int], Mapping[str, str]]
    """The metadata of a row, by its record number."""
    codes: Sequence[int] | None = None
    """Index in ``fields`` per item; None if all stand in the first."""
    member: str | None = None
    """The archive's member that holds the table."""

    def place(self, position: int) -> Place:
        """Row and field."""
        record = int(self.records[position])
        field = self.fields[self.codes[position] if self.codes is not None else 0]
        if self.member is None:
            return Place(self.path, record, field, f"{self.path}#{record}/{field}")
        return Place(self.path, self.member, field, f"{self.path}#{self.member}#{record}/{field}")

    def metadata(self, position: int) -> Mapping[str, str]:
        """What stands in the row's metadata fields."""
        return self.about(int(self.records[position]))


@dataclass(frozen=True, slots=True)
class Members:
    """Items that are members of an archive."""

    path: str
    names: tuple[str, ...]
    about: Callable[[str], Mapping[str, str]]
    """The metadata of a member, by its name."""

    def place(self, position: int) -> Place:
        """The member; its name is a locator, never a path."""
        name = self.names[position]
        return Place(self.path, name, None, f"{self.path}#{name}")

    def metadata(self, position: int) -> Mapping[str, str]:
        """What the member's sidecar says."""
        return self.about(self.names[position])
