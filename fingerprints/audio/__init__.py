"""Sounds: decoded to one canonical form, fingerprinted, found again, and verified peak by peak."""

from fingerprints.audio.index import Builder
from fingerprints.audio.scanner import Scanner
from fingerprints.audio.scheme import SCHEME

__all__ = ["SCHEME", "Builder", "Scanner"]
