"""The name of the image scheme."""

SCHEME = "image/phash=16,rootsift=240x128/2"
"""Changes with any setting that changes fingerprints, hits or scores."""
