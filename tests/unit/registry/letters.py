"""A model for tests, importable by the processes that embed."""

from dataclasses import dataclass

import numpy as np

from fingerprints.errors import ModelError
from fingerprints.text.semantic.scheme import scheme


@dataclass(frozen=True)
class Letters:
    """A model that embeds a text by its letters."""

    scheme: str = scheme("letters", "0")
    refuse: bool = False

    def encoder(self):
        if self.refuse:
            raise ModelError("the model is gone", "put it back")
        return self

    def embed(self, texts):
        rows = np.array([np.bincount(np.frombuffer(text.encode(), np.uint8), minlength=256) for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)
