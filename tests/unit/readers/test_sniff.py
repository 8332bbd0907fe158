import gzip
import io
import tarfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fingerprints.model import Modality
from provenance.readers import READERS
from provenance.readers.sniff import sniff


def picture(kind):
    buffer = io.BytesIO()
    Image.effect_noise((40, 30), 60).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def sound(kind):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.sin(np.arange(8000) / 9) * 0.5, 8000, format=kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("name", ["a", "a.txt", "a.jpg", "a.mp3"])
def test_a_picture_is_known_by_its_content_whatever_its_name(kind, name):
    assert (sniff(picture(kind)[:16384], name).reader, sniff(picture(kind)[:16384], name).modality) == ("image", Modality.IMAGE)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3", "AIFF", "RF64"])
@pytest.mark.parametrize("name", ["a", "a.bin", "a.png"])
def test_a_sound_is_known_by_its_content_whatever_its_name(kind, name):
    assert (sniff(sound(kind)[:16384], name).reader, sniff(sound(kind)[:16384], name).modality) == ("audio", Modality.AUDIO)


def box(brand, *handlers):
    return b"\0\0\0\x14ftyp" + brand + b"\0\0\0\0" + b"".join(b"\0\0\0\x21hdlr" + bytes(8) + handler for handler in handlers)


@pytest.mark.parametrize(
    ("head", "name", "reader", "reason"),
    [
        (box(b"heic"), "a", "image", ""),
        (box(b"M4A "), "a", "audio", ""),
        (box(b"isom", b"soun"), "a.mp4", "audio", ""),
        (box(b"isom"), "a.m4a", "audio", ""),
        (box(b"isom", b"soun", b"vide"), "a.m4a", None, "unsupported-medium"),
        (box(b"isom"), "a.mp4", None, "unsupported-medium"),
        (b"\x1a\x45\xdf\xa3\x01webm..A_OPUS", "a.webm", "audio", ""),
        (b"\x1a\x45\xdf\xa3\x01webm..V_VP9..A_OPUS", "a.weba", None, "unsupported-medium"),
        (b"RIFF\x10\0\0\0AVI LIST", "a", None, "unsupported-medium"),
        (b"%PDF-1.7\n", "a.txt", None, "unsupported-format"),
        (b"PK\x03\x04\x14\0\0\0", "a.docx", None, "unsupported-format"),
        (b"a,b\n1,2\n", "a.csv", None, "unsupported-format"),
        (b"<!DOCTYPE html><p>", "a.jpg.html", None, "unsupported-format"),
        (b"<html>not found", "page", None, "unsupported-format"),
        (b"\x00\x01\x02\x03", "a.bin", None, "unsupported-format"),
        (b"\x93NUMPY\x01\0", "a.txt", None, "unsupported-format"),
        (b"BMW is a make of car.", "a.txt", "text", ""),
        (b"ID3 is a kind of tag.", "notes", "text", ""),
        (b"Caf\xc3", "a.txt", "text", ""),
        (b"Caf\xe9 au lait", "a.txt", "text", ""),
        (b"\xff\xfea\0b\0", "a.txt", "text", ""),
        (b"print('x')\n", "a.py", "text", ""),
        (b"# Data card", "README", "text", ""),
        (b'{"text": "x"}\n{"te', "part-0", "jsonl", ""),
        (b'{\n "text": "x"}', "a.json", "json", ""),
        (b'[{"text": "x"}]', "a.json", "json", ""),
        (b'{"text": "x"}', "a.json", "jsonl", ""),
        (b'{"text": "x"', "a.jsonl", "jsonl", ""),
        (b"", "a.wav", None, "empty"),
        (b"", "a.jsonl", None, "empty"),
        (b"", ".gitkeep", None, "no-media"),
        (b"*.bin filter=lfs", ".gitattributes", None, "no-media"),
        (b'{"features": {}}', "dataset_info.json", None, "no-media"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "a.jpg", None, "lfs-pointer"),
        (b"outs:\n- md5: 00\n  path: a.jpg\n", "a.jpg.dvc", None, "dvc-pointer"),
        (b"../.git/annex/objects/xx/yy/SHA256E-s1--0.jpg/SHA256E-s1--0.jpg", "a.jpg", None, "annex-pointer"),
        (b"garbage that is no sound", "a.ogg", "audio", ""),
        (b"\0" * 30, "a.png", "image", ""),
        (gzip.compress(b'{"text": "x"}\n'), "a.jsonl.gz", "jsonl.gz", ""),
        (gzip.compress(b"a text"), "a.txt.gz", "text.gz", ""),
        (gzip.compress(b"a,b\n"), "a.csv.gz", None, "unsupported-format"),
        (gzip.compress(b"x" * 500)[:5], "a.txt.gz", None, "undecodable"),
    ],
)
def test_content_decides_and_the_name_where_it_is_silent(head, name, reader, reason):
    found = sniff(head, name)
    assert (found.reader, found.reason) == (reader, reason)


def test_archives_and_tables_are_known_by_content(tmp_path):
    with tarfile.open(tmp_path / "a", "w") as archive:
        archive.addfile(tarfile.TarInfo("x"))
    pq.write_table(pa.table({"a": [1]}), tmp_path / "b")
    tar = (tmp_path / "a").read_bytes()
    assert sniff(tar[:16384], "a").reader == "tar"
    assert sniff(gzip.compress(tar), "a.tgz").reader == "tar.gz"
    assert sniff((tmp_path / "b").read_bytes(), "b").reader == "parquet"


def test_what_an_empty_file_should_have_been_is_known_by_its_name():
    assert sniff(b"", "a.wav").modality is Modality.AUDIO


@given(st.binary(max_size=300), st.sampled_from(["a", "a.json", "a.jpg", "a.gz", "a.mp4", "a.txt", "a.dvc"]))
def test_any_bytes_have_a_reader_or_a_reason(head, name):
    found = sniff(head, name)
    assert (found.reader in READERS) != bool(found.reason)
