"""What a name tells where the content does not: file extensions, and the files that are no media."""

import re
from typing import Final

from fingerprints.model import Modality

COMPRESSIONS: Final = {"gz": "gz", "gzip": "gz", "zst": "zst", "zstd": "zst", "bz2": "bz2", "bz": "bz2", "xz": "xz"}
"""Extension of a compressed stream -> suffix of the format of what is in it."""
COMPRESSED_TAR: Final = {"tgz", "taz", "tbz", "tbz2", "txz", "tzst"}
"""A tar and its compression in one word."""

NAMED: Final[dict[str, tuple[str | None, Modality | None]]] = {
    **dict.fromkeys(
        (
            "txt", "text", "md", "markdown", "mdx", "rst", "tex", "bib", "srt", "vtt", "lrc", "adoc", "org", "log",
            "xml", "svg", "yaml", "yml", "toml", "ini", "ipynb",
        ),
        ("text", Modality.TEXT),
    ),
    **dict.fromkeys(("html", "htm", "xhtml"), ("html", Modality.TEXT)),
    **dict.fromkeys(("jsonl", "ndjson", "jsonlines"), ("jsonl", Modality.TEXT)),
    "json": ("json", Modality.TEXT),
    "csv": ("csv", Modality.TEXT),
    **dict.fromkeys(("tsv", "tab"), ("tsv", Modality.TEXT)),
    **{name: (name, Modality.TEXT) for name in ("pdf", "epub", "docx")},
    **dict.fromkeys(("parquet", "pq"), ("parquet", None)),
    **dict.fromkeys(("arrow", "feather", "ipc", "arrows"), ("arrow", None)),
    **dict.fromkeys(("warc", "wet", "wat"), ("warc", None)),
    "tar": ("tar", None),
    "zip": ("zip", None),
    **dict.fromkeys(
        ("jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif"), ("image", Modality.IMAGE)
    ),
    **dict.fromkeys(
        ("wav", "wave", "flac", "mp3", "ogg", "oga", "opus", "m4a", "m4b", "aac", "aif", "aiff", "aifc", "weba", "mka"),
        ("audio", Modality.AUDIO),
    ),
    **dict.fromkeys(
        ("doc", "rtf", "odt", "ods", "odp", "xls", "xlsx", "ppt", "pptx", "mobi", "azw3", "djvu", "ps", "pages"), (None, Modality.TEXT)
    ),
    **dict.fromkeys(
        ("svgz", "psd", "ico", "jp2", "jxl", "exr", "cr2", "nef", "dng", "raw", "eps", "ppm", "tga", "dds"), (None, Modality.IMAGE)
    ),
    **dict.fromkeys(("wma", "amr", "mid", "midi", "ape", "ra", "au", "caf", "wv", "dsf"), (None, Modality.AUDIO)),
}  # fmt: skip
"""Extension -> reader and modality; a reader of None: the format is not read.

Text that carries markup (XML, SVG, YAML, TeX, notebooks, subtitles) is audited as the text that it is, markup included; of an SVG that is
its words, not its drawing.
"""

VIDEO_SUFFIXES: Final = frozenset(
    {"mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "wmv", "flv", "ogv", "3gp", "ts", "m2ts", "mts"}
)

NO_MEDIA_NAMES: Final = frozenset(
    {
        ".git", ".gitattributes", ".gitignore", ".gitmodules", ".gitkeep", ".keep", ".dvcignore", ".ds_store", "thumbs.db", "desktop.ini",
        "_success", "_metadata", "_common_metadata", "dvc.lock", "dvc.yaml", "cachedir.tag", ".nojekyll",
    }
)  # fmt: skip
"""Files that keep a data set together. A README or a licence is text like any other and is audited."""

NO_MEDIA_SUFFIXES: Final = frozenset({"lock", "pyc"})
NO_MEDIA_FOLDERS: Final = frozenset({".git", ".hg", ".svn", "__pycache__", ".ipynb_checkpoints"})

EMPTY_BY_DESIGN: Final = frozenset({"__init__.py", "py.typed"})
"""Names of files whose being there is what they say; with content they are source code."""

_DATASET_INFO: Final = re.compile(rb'"(?:features|splits|citation|builder_name|config_name)"')
_CHECKSUM: Final = re.compile(rb"\A[^\n]*\b[0-9A-Fa-f]{8,128}\b")
_INDEX: Final = re.compile(rb"\A(?:MMIDIDX|v?[\d.]+\s|[^\s]+[\t ]+\d+)")
DESCRIPTIONS: Final[dict[str, re.Pattern[bytes]]] = {
    **dict.fromkeys(("dataset_info.json", "dataset_infos.json", "dataset_dict.json"), _DATASET_INFO),
    "state.json": re.compile(rb'"_(?:data_files|fingerprint)"'),  # Hugging Face datasets, save_to_disk
    **dict.fromkeys(("md5sums", "sha1sums", "sha256sums", "sha512sums", "checksums.txt"), _CHECKSUM),
    **dict.fromkeys((".md5", ".sha1", ".sha256", ".sha512", ".crc"), _CHECKSUM),
    **dict.fromkeys((".idx", ".index"), _INDEX),  # WebDataset: offsets and sizes; Megatron: binary
    ".metadata": re.compile(rb"\A[0-9a-f]{40}\n"),  # Hugging Face hub's .cache folder
}
"""A name, or the end of one, that a data set's own books have, and what their first bytes hold: under such a name alone data could hide."""


def visible(name: str | bytes) -> str:
    r"""A name from a file system or an archive as reports write it: bytes that are no UTF-8 stand in it as ``\xff``.

    A ``str`` is one of Python's file names, which keep such bytes as surrogates (PEP 383) that no report could be written with.
    """
    data = name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "backslashreplace")
