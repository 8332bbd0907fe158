"""``python -m provenance`` is the ``provenance`` command."""

from provenance.cli.main import run

run()
