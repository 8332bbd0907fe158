"""Sentence-embedding models: found on this machine, known by a digest of their files, and loaded without a network."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.errors import ModelError
from fingerprints.text.semantic.scheme import scheme

Vectors: TypeAlias = NDArray[np.float32]

CONFIGURATION = "modules.json"
"""Every model of sentence-transformers has it; a bare transformer, which says nothing of pooling, does not."""
NAMELESS = "sentence-transformers/"
"""Before a name without an owner, as sentence-transformers itself reads it."""
DIGEST_LETTERS = 16
EXTRA = "pip install 'provenance-audit[semantic]'; docs/semantic.md says how to get a torch for the processor alone"


class Encoder(Protocol):
    """Texts in, embeddings out."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions) float32 of unit length; what one text gives does not depend on the others."""
        ...


@dataclass(frozen=True, slots=True)
class Model:
    """A model on this machine; small and picklable, loaded by whoever embeds with it."""

    folder: Path
    scheme: str
    """Its name, the digest of its files, and the version of this package's windows."""

    def encoder(self) -> Encoder:
        """The model, loaded once in each process; raises ModelError."""
        return _loaded(self.folder)


def find(given: str) -> Model:
    """The model in a folder, or of a name that was fetched earlier; nothing is downloaded.

    Raises ModelError where there is none, and where sentence-transformers is not installed.
    """
    if find_spec("sentence_transformers") is None or find_spec("torch") is None:
        raise ModelError("paraphrases need sentence-transformers and torch, which are not installed", EXTRA)
    folder = Path(given) if Path(given).exists() else _fetched(given)
    if not (folder / CONFIGURATION).is_file():
        raise ModelError(
            f"{given} is no model of sentence-transformers: there is no {CONFIGURATION} in it", "name the folder that holds it"
        )
    return Model(folder.resolve(), scheme(_name(folder), digest(folder)))


def digest(folder: Path) -> str:
    """The first letters of a SHA-256 over names and contents of a model's files; hidden ones and descriptions (*.md) apart."""
    whole = hashlib.sha256()
    for name, file in sorted((str(file.relative_to(folder).as_posix()), file) for file in folder.rglob("*") if file.is_file()):
        if not name.startswith(".") and "/." not in name and file.suffix != ".md":
            with file.open("rb") as stream:
                whole.update(f"{name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()[:DIGEST_LETTERS]


def _name(folder: Path) -> str:
    """What the model's own files call what it was made from: the same wherever they are."""
    try:
        said = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        name = str(said.get("_name_or_path") or said.get("model_type") or "model").rstrip("/").rpartition("/")[2]
    except (OSError, ValueError, AttributeError):
        name = "model"
    return "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in name)


def _fetched(name: str) -> Path:
    """Where the libraries keep a model of this name; raises ModelError if they do not."""
    _stay_offline()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    full = name if "/" in name else NAMELESS + name
    try:
        return Path(snapshot_download(full, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        remedy = f"name a folder, or fetch it first, which is the only step that uses the network: hf download {full}"
        raise ModelError(f"there is no folder {name} and no model of that name on this machine", remedy) from error


def _stay_offline() -> None:
    """Before the libraries are imported, which read it once."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


@cache
def _loaded(folder: Path) -> "SentenceEncoder":
    return SentenceEncoder(folder)


class SentenceEncoder:
    """A model of sentence-transformers on one thread of the processor."""

    def __init__(self, folder: Path) -> None:
        """Loads it, 9 s of CPU with the libraries; raises ModelError."""
        _stay_offline()
        try:
            import torch
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging
        except ImportError as error:
            raise ModelError(f"a library that paraphrases need cannot be loaded: {error}", EXTRA) from error
        torch.set_num_threads(1)  # one process for each core: what it gives does not depend on how many there are
        logging.disable_progress_bar()
        try:
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError, TypeError, ImportError) as error:
            reason = str(error).partition("\n")[0]
            raise ModelError(f"the model in {folder} cannot be loaded: {reason}", "see that its folder is complete") from error

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions) float32 of unit length.

        Texts are embedded one by one: in batches of several the last bits of one depend on the others, and on one thread nothing is gained
        (17 windows of 80 words a second in batches of 1 as of 32, one core of 2026).
        """
        vectors: Vectors = self._model.encode(
            list(texts), batch_size=1, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32).reshape(len(texts), -1)
