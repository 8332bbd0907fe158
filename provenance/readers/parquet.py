"""Parquet: string columns by their role, images and sounds in binary columns or in the ``{bytes, path}`` records of Hugging Face datasets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fingerprints.model import MediaBatch, Modality
from provenance.model import Unit, Unread
from provenance.readers.batch import Batch, Rows
from provenance.readers.columns import NAME_CHARS, Role, role
from provenance.readers.columns import metadata as metadata_of
from provenance.readers.limits import BLOCK, HEAD, METADATA_CHARS, Limits
from provenance.readers.records import Gathering
from provenance.readers.sniff import sniff

MOST_ROWS = 8192  # read at a time
