"""What text has to reach, in the units of the tables."""

from collections.abc import Mapping
from typing import Final

from text_peers.plants import Cell

ANY_LENGTH: Final = {"verbatim": 0.999, "reflow, case, punctuation": 0.999, "Unicode disguise": 0.999}
RECALL: Final[Mapping[Cell, float]] = {
    **{(50, edit): least for edit, least in ANY_LENGTH.items()},
    (25, "verbatim"): 0.99,
    (50, "10 % substituted"): 0.995,
    (50, "20 % substituted"): 0.98,
    (50, "OCR noise, 5 % of letters"): 0.99,
}
SCRIPTS: Final[Mapping[Cell, float]] = {(50, edit): 0.999 for edit in ("verbatim", "reflow", "Unicode disguise")}
OVERLAP: Final = 0.98
"""Median intersection over union, on both sides."""
HEAVY: Final = 0.9
"""Share of heavily rewritten texts that are found, with none of those written independently."""
FALSE_PER_GB: Final = 1.0
SCAN: Final[Mapping[str, float]] = {"parquet": 300.0, "jsonl": 200.0}
"""MB/s of the command for each core, with 1e7 fingerprints."""
SLOWDOWN: Final = 1.5
"""From 1e5 to 1e7 fingerprints."""
SLOWDOWN_LARGE: Final = 2.0
"""From 1e7 to 1e8."""
HOT: Final = 0.6
"""MB of index for a novel of 0.63 MB."""
BUILD: Final = 50.0
SIGNATURES: Final = 15.0
EDITIONS: Final = 1.0
