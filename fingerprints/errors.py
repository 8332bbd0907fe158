"""What can go wrong with one item or one index.

FingerprintError
├── UndecodableError    the bytes are no readable text, image or sound
├── TooLargeError       a limit on size, pixels or duration was reached
├── UnmatchableError    readable, but too short, blank or silent to be told from others
└── SchemeError         an index was made by another scheme, or is damaged
"""


class FingerprintError(Exception):
    """One item or index cannot be used; ``reason`` is a stable word for reports, the message is for people."""

    reason = "unreadable"


class UndecodableError(FingerprintError):
    """The bytes are no readable text, image or sound."""

    reason = "undecodable"


class TooLargeError(FingerprintError):
    """A limit on size, pixels or duration was reached."""

    reason = "too-large"


class UnmatchableError(FingerprintError):
    """Readable, but too short, blank or silent to be told from others.

    Raised on the registry side only: such a work cannot be found. On the audit side the item is scanned and has no match.
    """

    reason = "unmatchable"


class SchemeError(FingerprintError):
    """An index was made by another scheme, or is damaged; the message names the command that rebuilds it."""

    reason = "scheme"
