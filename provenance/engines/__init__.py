"""Engines carry units to ``provenance.matching.scan_unit`` and results back; they never read and never decide."""
