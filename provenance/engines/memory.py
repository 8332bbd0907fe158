"""A process's own memory: what it has, and a bound on what it may have."""

import importlib.util
from pathlib import Path

STATUS = Path("/proc/self/status")  # Linux; elsewhere nothing is measured


def limited(most: int | None) -> None:
    """Lets this process have ``most`` bytes of its own beside what it has now; the index is mapped and does not count.

    Beyond it, allocation fails: the worker ends, and the unit at work counts as one that killed it. Does nothing where the platform has
    no such bound (RLIMIT_DATA counts private writable memory since Linux 4.7).
    """
    if most is None or importlib.util.find_spec("resource") is None:
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bound = own_memory() + most
    resource.setrlimit(resource.RLIMIT_DATA, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))


def own_memory() -> int:
    """Bytes of anonymous memory that this process has in RAM; 0 where the platform does not say."""
    try:
        fields = dict(line.split(":", 1) for line in STATUS.read_text(encoding="ascii").splitlines() if ":" in line)
    except OSError:
        return 0
    return int(fields.get("RssAnon", "0 kB").split()[0]) << 10
