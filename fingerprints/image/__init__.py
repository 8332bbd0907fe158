"""Pictures: perceptual hashes find whole ones, local features find parts, and pixels laid over each other decide."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fingerprints.image.scheme import SCHEME

if TYPE_CHECKING:
    from fingerprints.image.builder import Builder
    from fingerprints.image.scanner import Scanner

__all__ = ["SCHEME", "Builder", "Scanner"]
_PLACES = {"Builder": "fingerprints.image.builder", "Scanner": "fingerprints.image.scanner"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """The builder or the scanner, when it is asked for: a process that only decodes loads no index library (60 MB)."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
