"""Pictures: perceptual hashes find whole ones, local features find parts, and pixels laid over each other decide."""

from fingerprints.image.builder import Builder
from fingerprints.image.scanner import Scanner
from fingerprints.image.scheme import SCHEME

__all__ = ["SCHEME", "Builder", "Scanner"]
