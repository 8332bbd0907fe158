"""Which columns of a table are read, and how: by their types first, by their names second."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from provenance.readers.columns import FILE_ENDING, NESTED, Role, is_chosen, is_text, role
from provenance.readers.leaves import holds_content, inner_types, is_bytes, is_string, is_walkable, repeats, storage

LINK = re.compile(r"ur[li]|link")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a table by what is done with them; names are distinct."""

    walked: tuple[str, ...]
    """Strings, bytes, and records and lists of them: read as whole columns."""
    mixed: tuple[str, ...]
    """Other types that hold strings or bytes: read value by value."""
    about: tuple[str, ...]
    """What is metadata, or names a file beside the table: strings, numbers, dates and records."""
    repeated: tuple[str, ...]
    """Of those walked, the ones whose values may take more memory than they have."""
    audited: bool
    """True if there is something to audit."""
    links: bool
    """True if a column holds links, or names of files."""

    @property
    def names(self) -> list[str]:
        """All columns that are read; others, such as embeddings and token numbers, are not."""
        return list(dict.fromkeys([*self.walked, *self.mixed, *self.about]))


def layout_of(schema: pa.Schema, chosen: tuple[str, ...] = ()) -> Layout:
    """What is done with each column, by its type first and by its name second; where fields are ``chosen``, these alone are text."""
    walked, mixed, about, repeated, audited, links = list[str](), list[str](), list[str](), list[str](), False, False
    for name, kind in zip(distinct(schema.names), schema.types, strict=True):
        found, plain = role(name), storage(kind)
        told = found is Role.SOURCE or FILE_ENDING.search(name.casefold())
        if (is_string(kind) and told) or (pa.types.is_struct(plain) and name.casefold() in NESTED):
            about.append(name)
            links |= is_string(kind) and bool((LINK if found is Role.SOURCE else FILE_ENDING).search(name.casefold()))
        elif found is Role.SOURCE and not (holds_content(kind) or pa.types.is_nested(plain) or pa.types.is_fixed_size_binary(plain)):
            about.append(name)
        if holds_content(kind):
            (walked if is_walkable(kind) else mixed).append(name)
            audited |= any(_is_audited(field, inner, type_, chosen) for field, inner, type_ in fields_of(name, kind))
            if is_walkable(kind) and repeats(kind):
                repeated.append(name)
    return Layout(tuple(walked), tuple(mixed), tuple(about), tuple(repeated), audited, links)


def _is_audited(path: str, name: str, kind: pa.DataType, chosen: tuple[str, ...]) -> bool:
    return not is_string(kind) or (is_chosen(path, chosen) if chosen else is_text(name) or "/" in path)


def fields_of(name: str, kind: pa.DataType) -> Iterator[tuple[str, str, pa.DataType]]:
    """Each field with strings or bytes in a column: written as ``messages/content``, its nearest name and its type.

    A type that is not walked is given as a whole.
    """
    waiting = [(name, name, kind)]
    while waiting:
        path, nearest, held = waiting.pop()
        held = storage(held)
        if is_string(held) or is_bytes(held) or not is_walkable(held):
            yield path, nearest, held
        elif pa.types.is_struct(held):
            under = nearest if nearest.casefold() in NESTED else None
            waiting += [(f"{path}/{field.name}", under or field.name, field.type) for field in reversed(list(held))]
        else:
            waiting += [(path, nearest, inner) for inner in inner_types(held)]


def distinct(names: Sequence[str]) -> list[str]:
    """The names of columns, those that occur again with their number behind them."""
    found, taken = list[str](), set(names)
    seen = set[str]()
    for number, name in enumerate(names):
        unique = name
        while unique in seen or (unique != name and unique in taken):
            unique = f"{unique} ({number})"
        seen.add(unique)
        found.append(unique)
    return found


def unusable(layout: Layout, columns: Sequence[str], chosen: tuple[str, ...]) -> tuple[str, str] | None:
    """Why nothing of a table can be audited: reason and detail; None if something can."""
    if layout.audited:
        return None
    wanted = f"no {', '.join(chosen)}, and no column of images or sounds" if chosen else "no column of text, images or sounds"
    return "no-bytes" if layout.links else "no-content", f"{wanted}; columns: {', '.join(columns[:12])}"
