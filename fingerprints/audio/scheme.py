"""The name of this scheme."""

SCHEME = "audio/chromaprint-test2+landmarks/hz=11025/1"
"""Names Chromaprint's algorithm, the landmarks and the frozen resampler; it changes with any of them and with verification's limits."""
