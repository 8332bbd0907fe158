"""What can go wrong with one item or one index.

FingerprintError
├── UndecodableError    the bytes are no readable text, image or sound
├── TooLargeError       a limit on size, pixels or duration was reached
├── DecoderError        the process that decoded the item died, took too long or needed too much memory
├── UnmatchableError    readable, but too short, blank or silent to be told from others
├── SchemeError         an index was made by another scheme, or is damaged
└── ModelError          a model of sentence embeddings is not on this machine, or cannot be loaded
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


class DecoderError(FingerprintError):
    """The process that decoded the item gave no result.

    ``reason`` is ``decoder-died`` (by a signal, or it ended by itself), ``decoder-timeout``, ``decoder-memory``, or ``decoder-failed``:
    an exception for which its code is not prepared.
    """

    reason = "decoder-died"

    def __init__(self, message: str, reason: str = reason) -> None:
        super().__init__(message)
        self.reason = reason


class UnmatchableError(FingerprintError):
    """Readable, but too short, blank or silent to be told from others.

    Raised on the registry side only: such a work cannot be found. On the audit side the item is scanned and has no match.
    """

    reason = "unmatchable"


class SchemeError(FingerprintError):
    """An index was made by another scheme, or is damaged; the message names the command that rebuilds it."""

    reason = "scheme"


class ModelError(FingerprintError):
    """A model of sentence embeddings, or a library that it needs, is not on this machine or cannot be loaded."""

    reason = "model"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy
