"""What a file says of itself: rights and origin as its metadata claims them, verbatim, by namespaced names (``docs/claims.md``).

A claim is evidence that somebody wrote it there, and no more. What claims mean for facts is in ``meaning``; importing this package
loads no library that reads files.
"""

from provenance.claims.gathered import unread
from provenance.claims.reading import claims_of

__all__ = ["claims_of", "unread"]
