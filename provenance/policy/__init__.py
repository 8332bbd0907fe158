"""Policies: rules over typed facts, in which what is not known is never read as no."""

from provenance.policy.errors import FactError, PolicyError
from provenance.policy.facts import FACTS, UNKNOWN
from provenance.policy.policy import Policy, available, citation, load
from provenance.policy.values import Facts

__all__ = ["FACTS", "UNKNOWN", "FactError", "Facts", "Policy", "PolicyError", "available", "citation", "load"]
