"""Text: passages found by shared runs of words, aligned word by word, located to the character."""

from fingerprints.text.builder import Builder
from fingerprints.text.scanner import Scanner
from fingerprints.text.scheme import SCHEME

__all__ = ["SCHEME", "Builder", "Scanner"]
