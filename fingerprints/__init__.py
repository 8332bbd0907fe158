"""Fingerprints of text, images and audio: media in, measured and aligned matches out.

This package is a leaf. It knows no registry, no law and no report.
"""
