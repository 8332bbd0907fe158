"""Sounds: decoded to one canonical form, fingerprinted, found again, and verified peak by peak."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fingerprints.audio.scheme import SCHEME

if TYPE_CHECKING:
    from fingerprints.audio.index import Builder
    from fingerprints.audio.scanner import Scanner

__all__ = ["SCHEME", "Builder", "Scanner"]
_PLACES = {"Builder": "fingerprints.audio.index", "Scanner": "fingerprints.audio.scanner"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """The builder or the scanner, when it is asked for: a process that only decodes loads no index."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
