"""Every finding as a row of a Parquet file; see ``docs/findings-parquet.md`` for the columns."""

from provenance.rows import write_parquet as stream

__all__ = ["stream"]
