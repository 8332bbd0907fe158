import bz2
import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fingerprints.model import Modality
from provenance.readers import READERS
from provenance.readers.limits import HEAD
from provenance.readers.sniff import STREAMS, head_of, named, sniff

PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.compress}
LINES = b'{"text": "one"}\n{"text": "two"}\n'
TABLE = pa.table({"text": ["one", "two"]})


def picture(kind):
    buffer = io.BytesIO()
    Image.effect_noise((40, 30), 60).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def sound(kind, rate=8000, **options):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.sin(np.arange(rate) / 9) * 0.5, rate, format=kind, **options)
    return buffer.getvalue()


def zipped(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return buffer.getvalue()


def tarred(version=tarfile.PAX_FORMAT):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=version) as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"text"))
    return buffer.getvalue()


def arrow(kind, **options):
    buffer = io.BytesIO()
    with kind(buffer, TABLE.schema, **options) as writer:
        writer.write_table(TABLE)
    return buffer.getvalue()


def parquet():
    buffer = io.BytesIO()
    pq.write_table(TABLE, buffer)
    return buffer.getvalue()


def box(brand, *handlers):
    return b"\0\0\0\x14ftyp" + brand + b"\0\0\0\0" + b"".join(b"\0\0\0\x21hdlr" + bytes(8) + handler for handler in handlers)


def v7_tar():
    """The header of the tar of 1979: a checksum and no magic."""
    header = bytearray(tarred(tarfile.USTAR_FORMAT))
    header[257:512] = bytes(255)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    return bytes(header)


def transport(packet, at):
    data = bytearray(packet * 4)
    data[at::packet] = b"G" * 4
    return bytes(data)


DOCX = {"[Content_Types].xml": "<Types/>", "_rels/.rels": "<R/>", "word/document.xml": "<w/>"}
EPUB = {"mimetype": "application/epub+zip", "META-INF/container.xml": "<c/>"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("name", ["a", "a.txt", "a.jpg", "a.mp3", "a.json", "a.parquet"])
def test_a_picture_is_known_by_its_content_whatever_its_name(kind, name):
    found = sniff(picture(kind)[:HEAD], name)
    assert (found.reader, found.modality) == ("image", Modality.IMAGE)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3", "AIFF", "RF64"])
@pytest.mark.parametrize("name", ["a", "a.bin", "a.png", "a.jsonl"])
def test_a_sound_is_known_by_its_content_whatever_its_name(kind, name):
    found = sniff(sound(kind)[:HEAD], name)
    assert (found.reader, found.modality) == ("audio", Modality.AUDIO)


@pytest.mark.parametrize("rate", [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000])
def test_the_frames_of_an_mp3_are_known_at_every_rate(rate):
    assert sniff(sound("MP3", rate)[:HEAD], "part-0").name == "mp3"


@pytest.mark.parametrize(
    ("head", "name", "reader", "reason"),
    [
        # pictures, sounds and films
        (box(b"heic"), "a", "image", ""),
        (box(b"M4A "), "a", "audio", ""),
        (box(b"isom", b"soun"), "a.mp4", "audio", ""),
        (box(b"isom"), "a.m4a", "audio", ""),
        (box(b"isom", b"soun", b"vide"), "a.m4a", None, "unsupported-medium"),
        (box(b"isom"), "a.mp4", None, "unsupported-medium"),
        (box(b"qt  "), "a.mov", None, "unsupported-medium"),
        (b"\0\0\0\x08wide\0\0\x10\0mdat", "a.jpg", None, "unsupported-medium"),
        (b"\x1a\x45\xdf\xa3\x01webm..A_OPUS", "a.webm", "audio", ""),
        (b"\x1a\x45\xdf\xa3\x01webm..V_VP9..A_OPUS", "a.weba", None, "unsupported-medium"),
        (b"\x1a\x45\xdf\xa3\x01matroska", "a.mkv", None, "unsupported-medium"),
        (b"RIFF\x10\0\0\0AVI LIST", "a", None, "unsupported-medium"),
        (transport(188, 0), "a.txt", None, "unsupported-medium"),
        (transport(192, 4), "a.m2ts", None, "unsupported-medium"),
        (b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9) + b"\xff\xf1\x50\x80", "a", "audio", ""),
        (b"\xff\xfb\x90\0" + bytes(413) + b"\xff\xfb\x90\0", "a", "audio", ""),
        (b"\xff\xfb\x90\0" + bytes(413) + b"\0\0\0\0", "a", None, "unsupported-format"),
        (b"\0" * 30, "a.png", "image", ""),
        (b"\0\1\2 no sound", "a.ogg", "audio", ""),
        (b"8BPS\0\1", "a.jpg", None, "unsupported-format"),
        # texts
        (b"a text", "a.txt", "text", ""),
        (b"# Title", "a.md", "text", ""),
        (b"a text that says so", "a.jpg", "text", ""),
        (b"Not found", "a.parquet", "text", ""),
        (b"BMW is a make of car.", "a.txt", "text", ""),
        (b"ID3 is a kind of tag.", "notes", "text", ""),
        (b"Caf\xc3", "a.txt", "text", ""),
        (b"Caf\xe9 au lait", "a.txt", "text", ""),
        (b"Caf\xe9 au lait", "README", "text", ""),
        (b"\xff\xfea\0b\0", "a.txt", "text", ""),
        (b"\xff\xfea\0b\0", "a", "text", ""),
        (b"\xfe\xff\0a\0b\xd8", "a.srt", "text", ""),
        (b"a\0 \0t\0e\0x\0t\0", "a.txt", None, "undecodable"),
        (b"the end\r\n\x1a", "OLD.TXT", "text", ""),
        (b"print('x')\n", "a.py", "text", ""),
        (b"const x: number = 1;\n", "a.ts", "text", ""),
        (b"# Data card", "README", "text", ""),
        (b"MIT License", "LICENSE", "text", ""),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHello", "a.srt", "text", ""),
        (b"\\documentclass{article}", "a.tex", "text", ""),
        (b"<?xml version='1.0'?><TEI>", "a.xml", "text", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "a.svg", "text", ""),
        (b"text: one\n", "a.yaml", "text", ""),
        (b'{\n "cells": [\n  {"source": ["x"]}]}', "a.ipynb", "text", ""),
        (b"one, two, three\nfour, five, six\n", "a.txt", "text", ""),
        (b"{% if x %}", "template", "text", ""),
        (b"{\\rtf1 x}", "a.txt", None, "unsupported-format"),
        # pages
        (b"<!DOCTYPE html><p>", "a.jpg.html", "html", ""),
        (b"\xef\xbb\xbf\n<!-- x -->\n<HTML lang=en>", "page", "html", ""),
        (b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC>", "a.txt", "html", ""),
        (b"<html>not found", "a.jpg", "html", ""),
        (b"<p>a part of a page", "a.htm", "html", ""),
        (b"<p align=center>a readme", "a.md", "text", ""),
        # records
        (b'{"text": "x"}\n{"te', "part-0", "jsonl", ""),
        (LINES, "a.txt", "jsonl", ""),
        (LINES, "a.json", "jsonl", ""),
        (LINES, "a.ndjson", "jsonl", ""),
        (b'{"text": "x"}', "a.json", "jsonl", ""),
        (b'{"text": "x"', "a.jsonl", "jsonl", ""),
        (b'{"text": bad}\n{"text": "x"}\n', "a.jsonl", "jsonl", ""),
        (b'{"text": "' + b"x" * HEAD, "a.json", "jsonl", ""),
        (b'{"text": "x"} and so on\nmore', "a.txt", "text", ""),
        (b'{\n "text": "x"}', "a.json", "json", ""),
        (b'{\n "text": "x"}', "a.jsonl", "json", ""),
        (b'[{"text": "x"}]', "a.json", "json", ""),
        (b'[{"text": "x"}]', "part-0", "json", ""),
        (b"[1] See the notes", "part-0", "text", ""),
        (b"a,b\n1,2\n", "a.csv", "csv", ""),
        (b"a;b\n1;2\n", "a.csv", "csv", ""),
        (b"text\none\n", "a.csv", "csv", ""),
        (b"a\tb\n1\t2\n", "a.csv", "tsv", ""),
        (b"a\tb, c\n1\t2\n", "a.tsv", "tsv", ""),
        (b"a,b\n1,2\n", "a.tsv", "csv", ""),
        (parquet(), "a.txt", "parquet", ""),
        (b"PARE\0", "a.parquet", None, "unsupported-format"),
        (b"\0\1\2\3", "a.parquet", "parquet", ""),
        (arrow(pa.ipc.new_file), "a", "arrow", ""),
        (arrow(pa.ipc.new_stream), "data-00000-of-00001.arrow", "arrow", ""),
        (arrow(pa.ipc.new_stream), "a.bin", "arrow", ""),
        (b"FEA1\0\0\0\0", "a.feather", None, "unsupported-format"),
        # documents and archives
        (b"%PDF-1.7\n", "a.docx", "pdf", ""),
        (b"\0\0junk\n%PDF-1.4\n\xe2\xe3", "a", "pdf", ""),
        (b"how %PDF-1.4 begins", "a.txt", "text", ""),
        (zipped(EPUB), "a.zip", "epub", ""),
        (zipped(DOCX), "a.zip", "docx", ""),
        (zipped({"[Content_Types].xml": "", "xl/workbook.xml": ""}), "a.docx", None, "unsupported-format"),
        (zipped({"[Content_Types].xml": "", "ppt/presentation.xml": ""}), "a", None, "unsupported-format"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "a.odt", None, "unsupported-format"),
        (zipped({"word/list.txt": "x"}), "a.zip", "zip", ""),
        (zipped({"a.txt": "x"}), "a.bin", "zip", ""),
        (zipped({}), "a", "zip", ""),
        (tarred(), "a.bin", "tar", ""),
        (tarred(tarfile.GNU_FORMAT), "a", "tar", ""),
        (v7_tar(), "a", "tar", ""),
        (b"WARC/1.0\r\nWARC-Type: warcinfo\r\n", "a.txt", "warc", ""),
        (b"WARC/1.1\r\n", "a", "warc", ""),
        (b"WARC/0.18\r\n", "a.warc", None, "unsupported-format"),
        (b"WARC/1.0 is a format.", "a", "text", ""),
        (b"7z\xbc\xaf\x27\x1c", "a.zip", None, "unsupported-format"),
        (b"\x93NUMPY\x01\0", "a.txt", None, "unsupported-format"),
        (b"\x00\x01\x02\x03", "a.bin", None, "unsupported-format"),
        # compressions
        (gzip.compress(LINES), "a.parquet", "jsonl.gz", ""),
        (gzip.compress(b"x" * 500)[:5], "a.txt.gz", "text.gz", ""),
        (gzip.compress(b"x" * 500)[:5], "a", None, "unsupported-format"),
        (b"\x1f\x8b\x08\0" + b"\xff" * 90, "a.txt.gz", None, "undecodable"),
        (gzip.compress(gzip.compress(b"x")), "a.gz", None, "unsupported-format"),
        (gzip.compress(b"%PDF-1.7\n"), "a.pdf.gz", None, "unsupported-format"),
        (gzip.compress(parquet()), "a.parquet.gz", None, "unsupported-format"),
        (gzip.compress(picture("PNG")), "a.gz", None, "unsupported-format"),
        (gzip.compress(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"), "a.gz", None, "lfs-pointer"),
        (gzip.compress(tarred()), "a.tgz", "tar.gz", ""),
        (LINES, "a.jsonl.gz", "jsonl", ""),
        (struct.pack("<II", 0x184D2A50, 4) + b"skip" + zstandard.compress(LINES), "a", "jsonl.zst", ""),
        (b"BZh91AY&SY" + b"\xff" * 30, "a.txt.bz2", None, "undecodable"),
        # pointers, empty files, what is no media
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "a.jpg", None, "lfs-pointer"),
        (b"outs:\n- md5: 00\n  path: a.jpg\n", "a.jpg.dvc", None, "dvc-pointer"),
        (b"../.git/annex/objects/xx/yy/SHA256E-s1--0.jpg/SHA256E-s1--0.jpg", "a.jpg", None, "annex-pointer"),
        (b"/annex/objects/SHA256E-s1--0.jpg\n", "a.jpg", None, "annex-pointer"),
        (b"Files are kept in .git/annex/objects/ as links.", "README", "text", ""),
        (b"", "a.wav", None, "empty"),
        (b"", "a.jsonl", None, "empty"),
        (b"", ".gitkeep", None, "no-media"),
        (b"", "__init__.py", None, "no-media"),
        (b"x = 1", "__init__.py", "text", ""),
        (b"*.bin filter=lfs", ".gitattributes", None, "no-media"),
        (b"\0\x05\x16\x07\0\2\0\0", "._a.jpg", None, "no-media"),
        (b'{"features": {}}', "dataset_info.json", None, "no-media"),
        (b'{\n "_data_files": []}', "state.json", None, "no-media"),
        (b'{\n "text": "a poem"}', "state.json", "json", ""),
        (b"d41d8cd98f00b204e9800998ecf8427e  a.jpg\n", "MD5SUMS", None, "no-media"),
        (b"d41d8cd98f00b204e9800998ecf8427e", "a.jpg.md5", None, "no-media"),
        (b"It was a dark and stormy night.", "a.md5", "text", ""),
        (b"v1.2 2\njpg 512 100\n", "shard-0.idx", None, "no-media"),
        (b"It was a dark and stormy night.", "a.index", "text", ""),
        (b"[[package]]", "uv.lock", None, "no-media"),
    ],
)
def test_content_decides_and_the_name_where_it_is_silent(head, name, reader, reason):
    found = sniff(head[:HEAD], name)
    assert (found.reader, found.reason) == (reader, reason)


@pytest.mark.parametrize("suffix", list(PACK))
@pytest.mark.parametrize(
    ("content", "name", "reader"),
    [
        (b"a text", "a.txt", "text"),
        (b"a text", "a", "text"),
        (LINES, "a", "jsonl"),
        (b'{\n "text": "x"}', "a.json", "json"),
        (b"a,b\n1,2\n", "a.csv", "csv"),
        (b"a\tb\n1\t2\n", "a.tsv", "tsv"),
        (b"<html><p>x", "a.html", "html"),
        (tarred(), "a.tar", "tar"),
        (b"WARC/1.0\r\n", "a.warc", "warc"),
    ],
)
def test_what_is_read_from_first_to_last_byte_may_be_compressed(suffix, content, name, reader):
    packed = PACK[suffix](content)
    assert sniff(packed, f"{name}.{suffix}").reader == f"{reader}.{suffix}"
    if reader not in {"csv", "tsv"}:  # which their names alone tell
        assert sniff(packed, "x.parquet").reader == f"{reader}.{suffix}"


@pytest.mark.parametrize("suffix", list(PACK))
def test_enough_of_a_large_compressed_file_is_read_to_see_into_it(suffix):
    words = np.random.default_rng(1).bytes(1_400_000).hex()  # half of it is left after compression
    packed = PACK[suffix](b"".join(b'{"text": "%b"}\n' % words[at : at + 1000].encode() for at in range(0, len(words), 1000)))
    head = head_of(io.BytesIO(packed))
    assert HEAD <= len(head) < 2**20 < len(packed)
    assert sniff(head, "x").reader == f"jsonl.{suffix}"


def test_a_small_head_is_enough_for_anything_else():
    assert len(head_of(io.BytesIO(b"text" * HEAD))) == HEAD
    assert head_of(io.BytesIO(b"text")) == b"text"


def test_a_stream_that_asks_for_too_much_memory_is_not_opened():
    frame = zstandard.ZstdCompressor(compression_params=zstandard.ZstdCompressionParameters(window_log=30)).compressobj()
    packed = frame.compress(b"x" * 100) + frame.flush()
    assert sniff(packed, "a.txt.zst").reason == "too-large"
    packed = lzma.compress(b"x", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 512 << 20}])
    assert sniff(packed, "a.txt.xz").reason == "too-large"


def test_what_an_unread_file_should_have_been_is_known_by_its_name():
    names = {"a.wav": "audio", "a.jpg.dvc": "image", "a.txt.gz": "text", "a.tgz": None, "a": None, "b/c.PNG": "image"}
    assert {name: named(name) and named(name).value for name in names} == names
    assert sniff(b"", "a.wav").modality is Modality.AUDIO


@given(
    st.binary(max_size=600)
    | st.sampled_from([pack(b'{"a"') for pack in PACK.values()]).flatmap(lambda b: st.binary(max_size=90).map(b.__add__)),
    st.sampled_from(["a", "a.json", "a.jpg", "a.gz", "a.mp4", "a.txt", "a.dvc", "a.csv.zst", "a.docx", "a.idx"]),
)
def test_any_bytes_have_a_reader_or_a_reason(head, name):
    found = sniff(head, name)
    base, _, compression = (found.reader or "").partition(".")
    assert (base in READERS) != bool(found.reason)
    assert not compression or (compression in PACK and base in STREAMS)


@given(
    st.binary(max_size=40),
    st.sampled_from([b"PK\x03\x04", b"\xff\xff\xff\xff", b"\xff\xfb", b"\xff\xf1", b"\0\0\0\x08ftyp", b"\x28\xb5\x2f\xfd"]),
)
def test_a_signature_with_any_bytes_behind_it_raises_nothing(tail, start):
    assert re.fullmatch(r"[^\n]+", sniff(start + tail, "a").name)
