"""The name of this scheme."""

SCHEME = "audio/chromaprint-test2+landmarks/hz=11025/1"
"""Names Chromaprint's algorithm, the landmarks and the frozen resampler: change any of them, or a limit of verification, and this changes."""
