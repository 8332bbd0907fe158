"""Whether an audit passes, and every reason why not; reports are written either way."""

from collections.abc import Mapping
from typing import Any

from provenance.model import Disposition, Summary

PASSED, REACHED, INCOMPLETE = 0, 1, 3


def judged(summary: Summary, unread: int, fail_on: Disposition, allow_unread: int) -> Mapping[str, Any]:
    """``passed``, the exit ``status`` and all ``reasons``; a finding at the disposition outranks what could not be read."""
    strict = [disposition.value for disposition in Disposition if disposition.rank >= fail_on.rank]
    reached = sum(sum(summary.by_disposition.get(disposition, {}).values()) for disposition in strict)
    reasons: list[str] = []
    if reached:
        reasons.append(f"{_number(reached, 'finding')} at {fail_on} or stricter")
    if unread > allow_unread:
        reasons.append(f"{_number(unread, 'input')} could not be read (allowed: {allow_unread})")
    status = REACHED if reached else INCOMPLETE if reasons else PASSED
    return {"passed": status == PASSED, "status": status, "reasons": reasons, "fail_on": str(fail_on), "allow_unread": allow_unread}


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
