"""Puts what was read of a member's inside in its place: the record is the member, the locator goes through it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from provenance.model import Excluded, Place, Unread
from provenance.readers.batch import Batch, Origin
from provenance.readers.piece import Part


@dataclass(frozen=True, slots=True)
class Within:
    """Items inside a member of an archive; without a member their places stay as they are."""

    inner: Origin
    member: str | None
    known: int
    """Characters at the beginning of an inner locator that name the member already."""
    about: Callable[[], Mapping[str, str]]
    """What is known of the member."""

    def place(self, position: int) -> Place:
        """The member, and behind it where the item stands in it."""
        place = self.inner.place(position)
        if self.member is None:
            return place
        return replace(place, record=self.member, locator=f"#{self.member}{place.locator[self.known :]}")

    def metadata(self, position: int) -> Mapping[str, str]:
        """What is known of the member, and what the item itself says, which comes first."""
        return {**self.about(), **self.inner.metadata(position)}


def within(part: Part, member: str, named: str, about: Callable[[], Mapping[str, str]]) -> Part:
    """A part of a member's inside as a part of the archive; its locators begin with ``named``, which gives way to the member's name."""
    if isinstance(part, Batch):
        return Batch(part.media, Within(part.origin, member, len(named), about))
    if isinstance(part, Excluded):
        return replace(part, examples=tuple(f"#{member}{example[len(named) :]}" for example in part.examples))
    inner = part.record if named != f"#{part.record}" else None
    return Unread(part.path, member, part.reason, part.detail if inner is None else f"{_called(inner)}: {part.detail}", part.modality)


def _called(record: int | str) -> str:
    return f"record {record}" if isinstance(record, int) else record
