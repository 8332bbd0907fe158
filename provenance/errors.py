"""What stops a whole run. What stops one item is no exception: it becomes ``Unread`` (see ``provenance.model``).

AuditError
├── UsageError       a path, an option or a configuration file is wrong
├── RegistryError    the registry is missing, damaged, or of another version
├── PolicyError      a policy file does not pass its checks (in provenance.policy)
├── CapabilityError  a library that the run needs is not installed
└── AccountingError  items seen and items accounted for differ: a bug, and the run must not pass
"""


class AuditError(Exception):
    """A run cannot go on; the message says what is wrong and ``remedy`` what mends it."""

    status = 2

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class UsageError(AuditError):
    """A path, an option or a configuration file is wrong."""


class RegistryError(AuditError):
    """The registry is missing, damaged, or of another version."""


class CapabilityError(AuditError):
    """A library that the run needs is not installed."""


class AccountingError(AuditError):
    """Items seen and items accounted for differ."""

    status = 70
