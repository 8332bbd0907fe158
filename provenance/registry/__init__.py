"""The registry: which works there are, what is recorded of their rights, and an index in which they can be found."""

from provenance.registry.addition import Added, Unmatchable
from provenance.registry.metadata import BadCell, MetadataError
from provenance.registry.registry import Registry
from provenance.registry.snapshot import Snapshot
from provenance.registry.store import Statement

__all__ = ["Added", "BadCell", "MetadataError", "Registry", "Snapshot", "Statement", "Unmatchable"]
