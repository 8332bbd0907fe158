"""Audits training sets and generated outputs for registered works; ``provenance.pipeline.audit`` is the Python API."""

__version__ = "0.1.0"
