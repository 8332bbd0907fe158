import contextlib
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fingerprints.audio import decode as module
from fingerprints.audio.decode import decode, decode_here
from fingerprints.audio.resample import RATE
from fingerprints.errors import FingerprintError, TooLargeError, UndecodableError

HEADS = (
    b"",
    b"OggS",
    b"RIFF\xff\xff\x00\x00WAVEfmt ",
    b"fLaC\x00\x00\x00\x22",
    b"ID3\x04\x00\x00\x00\x00\x00\x10",
    b"\x00\x00\x00 ftypM4A ",
)


@pytest.mark.parametrize(
    ("kind", "subtype"), [("WAV", None), ("FLAC", None), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None), ("AIFF", None)]
)
def test_every_common_format_keeps_its_length_and_level(kind, subtype, make_melody, encode):
    sound = decode_here(encode(np.tile(make_melody(2, 1), 2), 48_000 if subtype == "OPUS" else 44_100, kind, subtype))
    length = 2 * 44_100 / (48_000 if subtype == "OPUS" else 44_100)
    assert abs(sound.seconds - length) < 0.06
    assert sound.samples.dtype == np.float32
    assert 0.05 < float(np.sqrt((sound.samples**2).mean())) < 0.3


def test_a_path_and_its_bytes_give_the_same_sound(tmp_path, make_melody, encode):
    content = encode(make_melody(2, 1))
    (tmp_path / "a.wav").write_bytes(content)
    one, two = decode_here(content), decode_here(tmp_path / "a.wav")
    assert one.pcm_sha256 == two.pcm_sha256
    assert one.sha256 == two.sha256


def test_the_child_gives_the_same_sound_to_the_last_bit(make_melody, encode):
    content = encode(make_melody(4, 1), kind="MP3")
    here, there = decode_here(content), decode(content)
    assert np.array_equal(there.samples, here.samples)
    assert replace(there, samples=here.samples) == here


def test_lossless_copies_have_the_same_samples_in_any_container(make_melody, encode):
    samples = (make_melody(2, 1) * 32_767).astype(np.int16)
    assert decode_here(encode(samples, kind="FLAC")).pcm_sha256 == decode_here(encode(samples)).pcm_sha256


def test_stereo_is_the_mean_of_its_channels(make_melody, encode):
    left, right = make_melody(2, 1), make_melody(2, 2)
    stereo = decode_here(encode(np.stack((left, right), axis=1), subtype="FLOAT"))
    mono = decode_here(encode((left + right) / 2, subtype="FLOAT"))
    np.testing.assert_allclose(stereo.samples, mono.samples, atol=1e-6)


@pytest.mark.parametrize("content", [b"", b"\x00", b"no sound at all", b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n"])
def test_what_is_no_sound_is_undecodable(content):
    with pytest.raises(UndecodableError):
        decode_here(content)


def test_a_missing_file_is_undecodable(tmp_path):
    with pytest.raises(UndecodableError, match="cannot be read"):
        decode_here(tmp_path / "gone.wav")


@pytest.mark.parametrize(("kind", "subtype"), [("WAV", None), ("FLAC", None), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None)])
def test_a_file_cut_off_is_never_taken_for_the_whole(kind, subtype, make_melody, encode):
    content = encode(np.tile(make_melody(4, 1), 2), 48_000, kind, subtype)
    with pytest.raises(UndecodableError, match=r"only \d+\.\d s|sync|could be decoded"):
        decode_here(content[: len(content) * 6 // 10])


@pytest.mark.parametrize(("kind", "subtype"), [("FLAC", None), ("OGG", "VORBIS"), ("MP3", None)])
def test_a_hole_in_the_middle_is_never_taken_for_the_whole(kind, subtype, make_melody, encode):
    content = bytearray(encode(np.tile(make_melody(8, 1), 2), 48_000, kind, subtype))
    middle, size = len(content) // 2, len(content) // 4
    content[middle : middle + size] = bytes(size)
    with pytest.raises(UndecodableError):
        decode_here(bytes(content))


def test_a_sound_longer_than_the_limit_is_too_large(monkeypatch, make_melody, encode):
    monkeypatch.setattr(module, "MAX_SECONDS", 1)
    with pytest.raises(TooLargeError):
        decode_here(encode(make_melody(2, 1)))


def test_samples_that_are_no_numbers_are_silence(encode):
    sound = decode_here(encode(np.array([np.nan, np.inf, -np.inf, 0.5] * RATE, np.float32), RATE, subtype="FLOAT"))
    assert np.isfinite(sound.samples).all()


def test_soundfile_reads_what_pyav_cannot(monkeypatch, make_melody, encode):
    content = encode(make_melody(2, 1))
    expected = decode_here(content)
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setattr(module, "DECODERS", module.DECODERS[1:])
    sound = decode_here(content)
    assert sound.decoder == "soundfile"
    assert sound.pcm_sha256 == expected.pcm_sha256


def test_the_ffmpeg_program_gives_nearly_the_same_samples(monkeypatch, make_melody, encode):
    pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is not installed")
    content = encode(make_melody(2, 1))
    expected = decode_here(content)
    monkeypatch.setattr(module, "DECODERS", module.DECODERS[2:])
    sound = decode_here(content)
    assert sound.decoder == "ffmpeg"
    np.testing.assert_allclose(sound.samples, expected.samples, atol=1e-4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(head=st.sampled_from(HEADS), body=st.binary(max_size=600))
def test_any_bytes_are_a_sound_or_a_fingerprint_error(head, body):
    with contextlib.suppress(FingerprintError):
        assert decode_here(head + body).seconds > 0
