"""What pictures have to reach beside the share found, in the units of the tables; the shares stand with the attacks."""

from collections.abc import Mapping
from typing import Final

FALSE_PER_10_000: Final = 1.0
"""Verified matches a 10,000 queries, each against the whole registry."""
RATES: Final[Mapping[tuple[str, str], float]] = {
    ("hash tier, in one process", "1 MP"): 400.0,
    ("hash tier, in one process", "12 MP"): 75.0,
    ("all tiers, in one process", "1 MP"): 20.0,
    ("all tiers, in one process", "12 MP"): 20.0,
}
"""Pictures a second."""
HASH_BYTES: Final = 800.0
"""A work."""
ALL_BYTES: Final = 5_500.0
"""A work, hashes and features, without the thumbnail that verification looks at."""
SEARCH: Final[Mapping[int, float]] = {10_000_000: 10.0}
"""Milliseconds a query, by number of hashes."""
