"""The first bytes of binary formats: the formats' own specifications, and Gary Kessler's table of file signatures where they are silent."""

PREFIXES: tuple[tuple[bytes, str], ...] = (
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
    (b"\x1f\x8b\x08", "gzip"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Microsoft compound file"),
    (b"8BPS", "psd"),
    (b"\0\0\0\x0cJXL ", "jpeg xl"),
    (b"\0\0\0\x0cjP  ", "jpeg 2000"),
    (b"\x93NUMPY", "npy"),
    (b"ARROW1", "arrow"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"SQLite format 3\0", "sqlite"),
    (b"Obj\x01", "avro"),
    (b"MThd", "midi"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video"),  # ASF: WMV and WMA
    (b"FLV\x01", "video"),
    (b"\0\0\x01\xba", "video"),  # MPEG program stream
    (b"\0\0\x01\xb3", "video"),
)
RIFF = {b"WAVE": "wav", b"WEBP": "webp", b"AVI ": "video"}
IMAGE_BRANDS = {b"avif": "avif", b"avis": "avif", b"heic": "heic", b"heix": "heic", b"hevc": "heic", b"mif1": "heic", b"msf1": "heic"}
AUDIO_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "})
VIDEO_CODECS = (b"V_VP8", b"V_VP9", b"V_AV1", b"V_MPEG", b"V_THEORA", b"V_MS")
TAR_MAGIC = slice(257, 262)
TRANSPORT_PACKET = 188  # bytes of an MPEG transport stream's packet


def signature(head: bytes, *, frames: bool = True) -> str | None:
    """The name of the binary format that begins with these bytes, or None; ``frames`` admits MPEG frames, known by eleven bits."""
    found = next((name for prefix, name in PREFIXES if head.startswith(prefix)), None)
    return found or _container(head) or _weak(head, frames=frames)


def _container(head: bytes) -> str | None:
    """Formats of many contents."""
    if head[:4] in {b"RIFF", b"RF64", b"BW64"}:
        return RIFF.get(head[8:12], "riff")
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return "aiff"
    if head[:4] == b"OggS":
        return "video" if b"theora" in head[:512] else "ogg"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return _matroska(head)
    if head[4:8] == b"ftyp":
        return _base_media(head)
    return "tar" if head[TAR_MAGIC] == b"ustar" else None


def _matroska(head: bytes) -> str:
    """Matroska and WebM name their codecs in the track table, which comes before the data (RFC 9559, RFC 9535 codec mappings)."""
    if any(codec in head for codec in VIDEO_CODECS):
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


def _positions(head: bytes, word: bytes) -> list[int]:
    found, at = [], head.find(word)
    while at >= 0:
        found.append(at)
        at = head.find(word, at + 1)
    return found


def _weak(head: bytes, *, frames: bool) -> str | None:
    """A header of two letters, and streams of frames without a header."""
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":  # two reserved fields
        return "bmp"
    if frames and len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        layer, bitrate = head[1] >> 1 & 3, head[2] >> 4 if len(head) > 2 else 15
        if layer == 0 and head[1] & 0xF6 == 0xF0:
            return "aac"  # ADTS
        return "mp3" if layer and bitrate != 15 and head[1] >> 3 & 3 != 1 else None
    if len(head) > 2 * TRANSPORT_PACKET and head[0] == head[TRANSPORT_PACKET] == head[2 * TRANSPORT_PACKET] == 0x47:
        return "video"
    return None
