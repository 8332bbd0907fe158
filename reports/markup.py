"""HTML elements as values: text becomes markup in one place, where it is escaped."""

import html
from collections.abc import Iterable
from typing import TypeAlias

VOID = frozenset({"img", "meta", "br"})


class Markup(str):
    """A string that is HTML already; whatever is not of this type is escaped."""

    __slots__ = ()


Content: TypeAlias = "str | Markup | Iterable[str | Markup]"


def tag(name: str, /, *content: Content, **attributes: object) -> Markup:
    """An element. ``class_`` is ``class``, ``aria_label`` is ``aria-label``; attributes that are None or False are left out."""
    written = "".join(
        _attribute(key.rstrip("_").replace("_", "-"), found) for key, found in attributes.items() if found not in (None, False)
    )
    if name in VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(*content)}</{name}>")


def joined(*content: Content) -> Markup:
    """Pieces one after the other, each escaped unless it is markup."""
    return Markup("".join(_escaped(piece) for piece in content))


def _escaped(piece: Content) -> str:
    if isinstance(piece, Markup):
        return piece
    if isinstance(piece, str):
        return html.escape(piece)
    return "".join(_escaped(part) for part in piece)


def _attribute(name: str, found: object) -> str:
    return f" {name}" if found is True else f' {name}="{html.escape(str(found))}"'
