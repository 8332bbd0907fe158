"""Archives and compressed streams that are members of archives, to a bounded depth."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.model import Unread
from provenance.readers import ARCHIVES, module_of
from provenance.readers.piece import Part, Piece, ReadSettings
from provenance.readers.streams import COMPRESSIONS
from provenance.readers.within import within

if TYPE_CHECKING:
    from provenance.readers.member import Member


def nested(member: "Member", reader: str, settings: ReadSettings, level: int) -> Iterator[Part]:
    """The items in a member that is an archive or a compressed stream; one unread if too many archives are open already."""
    base, _, compression = reader.partition(".")
    if level >= settings.limits.nesting:
        detail = f"{reader} in an archive that is itself the {level}. one inside another; {settings.limits.nesting} are opened"
        yield Unread("", member.name, "nested-archive", detail)
    elif base in ARCHIVES:
        inside = module_of(base).inside
        for part in inside(member.data or b"", compression, settings, level + 1):
            if isinstance(part, Piece):
                yield from (within(inner, member.name, "", dict) for inner in part.parts())
            else:
                yield within(part, member.name, "", dict)
    elif compression in COMPRESSIONS:
        yield from _unpacked(member, compression, settings, level + 1)
    else:
        yield Unread("", member.name, "unsupported-format", f"{reader} in an archive is not read")


def _unpacked(member: "Member", compression: str, settings: ReadSettings, level: int) -> Iterator[Part]:
    """The items in a compressed file, which stand under its own name."""
    from provenance.readers.compression import unpacked
    from provenance.readers.member import parts

    data = unpacked(member.data or b"", compression, settings.limits.member, settings.limits)
    if isinstance(data, bytes):
        name = member.file_name.rpartition(".")[0] or member.file_name
        yield from parts((replace(member, data=data, size=len(data), alias=name),), settings, level)
    else:
        yield Unread("", member.name, data.reason, data.detail)
