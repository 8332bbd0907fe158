"""Results kept by content: a killed run resumes, an unchanged data set is not scanned again, and new works are compared on their own.

A folder holds one subfolder for each key (everything but content and index shards that shapes a result), and in it one journal for each
run that had something to keep. A result holds wherever an equal content is met again (see ``PieceResult``).
"""

from provenance.cache.folder import Pruned, Usage, default_folder, prune, usage
from provenance.cache.results import Cache, Writer

__all__ = ["Cache", "Pruned", "Usage", "Writer", "default_folder", "prune", "usage"]
