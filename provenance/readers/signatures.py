"""The first bytes of binary formats: the formats' own specifications, and Gary Kessler's table of file signatures where they are silent."""

from typing import Final

from provenance.readers.frames import frames

PREFIXES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
    (b"PAR1", "parquet"),
    (b"PARE", "encrypted Parquet"),
    (b"ARROW1\0\0", "arrow"),
    (b"FEA1", "feather 1"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
    (b"WARC/1.0\r\n", "warc"),
    (b"WARC/1.1\r\n", "warc"),
    (b"WARC/0.", "warc before 1.0"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),  # without members
    (b"PK\x07\x08PK\x03\x04", "zip in several volumes"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"LZIP\x01", "lzip"),
    (b"\x1f\x9d", "compress"),
    (b"\xff\x06\0\0sNaPpY", "snappy"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Microsoft compound file"),
    (b"8BPS", "psd"),
    (b"\0\0\0\x0cJXL ", "jpeg xl"),
    (b"\xff\x0a", "jpeg xl"),
    (b"\0\0\0\x0cjP  ", "jpeg 2000"),
    (b"\xff\x4f\xff\x51", "jpeg 2000"),
    (b"\0\0\x01\0", "ico"),
    (b"\x76\x2f\x31\x01", "exr"),
    (b"AT&TFORM", "djvu"),
    (b"#!AMR", "amr"),
    (b"wvpk", "wavpack"),
    (b"MAC ", "ape"),
    (b"caff\0", "caf"),
    (b".snd\0", "au"),
    (b"MThd", "midi"),
    (b"\x93NUMPY", "npy"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"SQLite format 3\0", "sqlite"),
    (b"Obj\x01", "avro"),
    (b"ORC", "orc"),
    (b"\0\x05\x16\x07", "AppleDouble"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video"),  # ASF: WMV and WMA
    (b"FLV\x01", "video"),
    (b".RMF", "video"),
    (b"\0\0\x01\xba", "video"),  # MPEG program stream
    (b"\0\0\x01\xb3", "video"),
)
RIFF: Final = {b"WAVE": "wav", b"WEBP": "webp", b"AVI ": "video", b"AIFF": "aiff", b"AIFC": "aiff"}
IMAGE_BRANDS: Final = {
    **dict.fromkeys((b"avif", b"avis"), "avif"),
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "heic"),
}
AUDIO_BRANDS: Final = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "})
QUICKTIME: Final = frozenset({b"moov", b"mdat", b"wide", b"pnot"})  # atoms that begin a film without a brand
TRANSPORT: Final = ((188, 0), (192, 4))  # bytes of an MPEG transport stream's packet, and where in it the sync byte stands
OFFICE: Final = {b"word/": "docx", b"xl/": "xlsx", b"ppt/": "pptx", b"visio/": "vsdx"}
PACKAGE: Final = frozenset({b"[Content_Types].xml", b"_rels/.rels"})  # ECMA-376, part 2
BLOCK: Final = 512  # bytes of a tar header
CHECKSUM: Final = slice(148, 156)
PDF_WITHIN: Final = 1024  # bytes before the header that readers put up with (ISO 32000-1, annex H)


def signature(head: bytes) -> str | None:
    """The name of the binary format that begins with these bytes, or None."""
    found = next((name for prefix, name in PREFIXES if head.startswith(prefix)), None) or _container(head) or _weak(head)
    return _package(head) if found == "zip" else found


def _container(head: bytes) -> str | None:
    """Formats of many contents."""
    if head[:4] in {b"RIFF", b"RF64", b"BW64", b"FORM"}:
        return RIFF.get(head[8:12], "riff")
    if head[:4] == b"OggS":
        return "video" if b"theora" in head[:512] else "ogg"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return _matroska(head)
    if head[4:8] == b"ftyp" or head[4:8] in QUICKTIME:
        return _base_media(head)
    return "tar" if _is_tar(head) else None


def _matroska(head: bytes) -> str:
    """Matroska and WebM name their codecs in the track table, which comes before the data (RFC 9559, section 27)."""
    if b"V_" in head:
        return "video"
    return "matroska audio" if b"A_" in head else "matroska"


def _base_media(head: bytes) -> str:
    """ISO/IEC 14496-12 files by brand and, where the brand is general, by the handlers of their tracks."""
    brand = head[8:12]
    if brand in IMAGE_BRANDS:
        return IMAGE_BRANDS[brand]
    if brand in AUDIO_BRANDS:
        return "m4a"
    handlers = {head[i + 12 : i + 16] for i in _positions(head, b"hdlr")}
    if b"vide" in handlers:
        return "video"
    return "m4a" if b"soun" in handlers else "mp4"


def _is_tar(head: bytes) -> bool:
    """True for a header with the magic of POSIX or with the right checksum, which is all that the tar of 1979 had."""
    if head[257:262] == b"ustar":
        return True
    stored = head[CHECKSUM].strip(b" \0")
    if len(head) < BLOCK or not head[0] or not stored.isdigit():
        return False
    return int(stored, 10) > 0 and f"{sum(head[:148]) + 8 * 32 + sum(head[156:BLOCK]):o}".encode() == stored.lstrip(b"0")


def _package(head: bytes) -> str:
    """What a zip is by its first members: EPUB and OpenDocument say it in the first, Office Open XML by its folders."""
    headers = _positions(head, b"PK\x03\x04")
    names = [head[at + 30 : at + 30 + int.from_bytes(head[at + 26 : at + 28], "little")] for at in headers]
    if names[:1] == [b"mimetype"]:
        kind = head[38 + int.from_bytes(head[28:30], "little") :][:80]
        if kind.startswith(b"application/epub+zip"):
            return "epub"
        if kind.startswith(b"application/vnd.oasis.opendocument."):
            return "opendocument"
    if b"META-INF/container.xml" in names:
        return "epub"
    if PACKAGE.isdisjoint(names):
        return "zip"
    kinds = (kind for folder, kind in OFFICE.items() if any(name.startswith(folder) for name in names))
    return next(kinds, "office open xml")


def _positions(head: bytes, word: bytes) -> list[int]:
    found, at = [], head.find(word)
    while at >= 0:
        found.append(at)
        at = head.find(word, at + 1)
    return found


def _weak(head: bytes) -> str | None:
    """A header of two letters, and what stands behind other bytes."""
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":  # two reserved fields
        return "bmp"
    if head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5:
        return "zstandard"  # a frame to be skipped (RFC 8878), with which pzstd begins
    if _is_arrow_stream(head):
        return "arrow"
    if any(all(head[at + packet * n : at + packet * n + 1] == b"G" for n in range(3)) for packet, at in TRANSPORT):
        return "video"
    return "pdf" if b"%PDF-" in head[:PDF_WITHIN] else frames(head)


def _is_arrow_stream(head: bytes) -> bool:
    """True if the first message of an Arrow IPC stream begins here, which is a schema.

    A message is 0xFFFFFFFF, the length of its metadata (32 bits) and a FlatBuffer, whose second field is the kind of the message: 1.
    """
    length = int.from_bytes(head[4:8], "little")
    if head[:4] != b"\xff\xff\xff\xff" or not length or length % 8:
        return False
    table = 8 + int.from_bytes(head[8:12], "little")
    vtable = table - int.from_bytes(head[table : table + 4], "little", signed=True)
    if not 8 < vtable < table < 8 + length or table >= len(head):
        return False
    kind = table + int.from_bytes(head[vtable + 6 : vtable + 8], "little")
    return head[kind : kind + 1] == b"\x01"
