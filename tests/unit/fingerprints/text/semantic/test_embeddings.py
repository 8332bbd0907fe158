import numpy as np
import pytest

from fingerprints.errors import SchemeError
from fingerprints.text.semantic.embeddings import make, pack, quantised, unpack


def test_eight_bits_a_number_move_a_cosine_by_less_than_the_digits_that_are_kept():
    vectors = np.random.default_rng(1).standard_normal((200, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    codes, scales = quantised(vectors)
    assert np.abs(vectors @ (codes * scales[:, None]).T - vectors @ vectors.T).max() < 0.005


def test_embeddings_are_read_back_as_they_were_packed(model, text):
    made = make(text(1, 500), model.encoder())
    read = unpack(model.scheme, pack(model.scheme, made))
    assert len(read.windows) == 12
    for name in ("windows", "codes", "scales", "stems", "counts"):
        assert np.array_equal(getattr(read, name), getattr(made, name))
    assert read.size == made.size


def test_a_text_too_short_for_a_window_has_embeddings_of_none(model, text):
    read = unpack(model.scheme, pack(model.scheme, make(text(1, 10), model.encoder())))
    assert read.codes.shape == (0, 0)
    assert model.made.calls == 0


@pytest.mark.parametrize("harm", ["another scheme", "cut", "changed"])
def test_embeddings_of_another_model_or_damaged_ones_are_refused(model, text, harm):
    packed = pack(model.scheme, make(text(1), model.encoder()))
    if harm == "another scheme":
        with pytest.raises(SchemeError, match="registry embed"):
            unpack("text/semantic/other@1/1", packed)
        return
    damaged = packed[:-30] if harm == "cut" else packed[:200] + bytes([packed[200] ^ 0xFF]) + packed[201:]
    with pytest.raises(SchemeError, match="damaged"):
        unpack(model.scheme, damaged)
