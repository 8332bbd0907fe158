"""What a name tells where the content does not: file extensions, and the files that are no media."""

from fingerprints.model import Modality

NAMED: dict[str, tuple[str | None, Modality | None]] = {
    **dict.fromkeys(("txt", "text", "md", "markdown", "rst", "tex", "srt", "vtt", "lrc", "adoc", "org"), ("text", Modality.TEXT)),
    **dict.fromkeys(("jsonl", "ndjson", "jsonlines"), ("jsonl", Modality.TEXT)),
    **dict.fromkeys(
        ("jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif"), ("image", Modality.IMAGE)
    ),
    **dict.fromkeys(
        ("wav", "wave", "flac", "mp3", "ogg", "oga", "opus", "m4a", "m4b", "aac", "aif", "aiff", "aifc", "weba", "mka"),
        ("audio", Modality.AUDIO),
    ),
    "parquet": ("parquet", None),
    "pq": ("parquet", None),
    "tar": ("tar", None),
    **dict.fromkeys(
        ("csv", "tsv", "pdf", "epub", "docx", "doc", "odt", "rtf", "html", "htm", "xhtml", "xml", "ipynb"), (None, Modality.TEXT)
    ),
    **dict.fromkeys(("svg", "psd", "ico", "jp2", "jxl", "exr", "cr2", "nef", "dng", "raw"), (None, Modality.IMAGE)),
    **dict.fromkeys(("wma", "amr", "mid", "midi", "ape", "ra", "au"), (None, Modality.AUDIO)),
    **dict.fromkeys(
        ("zip", "7z", "rar", "bz2", "xz", "zst", "warc", "arrow", "feather", "h5", "hdf5", "npy", "npz", "pkl", "pt"), (None, None)
    ),
}
"""Extension -> reader and modality; a reader of None: only the content can tell, or the format is not read."""

VIDEO_SUFFIXES = frozenset({"mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "wmv", "flv", "ogv", "3gp", "ts"})

NO_MEDIA_NAMES = frozenset(
    {
        ".gitattributes", ".gitignore", ".gitmodules", ".gitkeep", ".keep", ".dvcignore", ".ds_store", "thumbs.db", "desktop.ini",
        "dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "_success", "_metadata", "_common_metadata",
        "md5sums", "sha1sums", "sha256sums", "checksums.txt", "dvc.lock", "dvc.yaml", "__init__.py",
    }
)  # fmt: skip
"""Files that keep a data set together. A README or a licence is text like any other and is audited."""

NO_MEDIA_SUFFIXES = frozenset({"md5", "sha1", "sha256", "sha512", "crc", "lock", "idx", "index", "pyc", "tmp~"})
NO_MEDIA_FOLDERS = frozenset({".git", ".hg", ".svn", "__pycache__", ".ipynb_checkpoints"})


def visible(name: str | bytes) -> str:
    r"""A name from a file system or an archive as reports write it: bytes that are no UTF-8 stand in it as ``\xff``.

    A ``str`` is one of Python's file names, which keep such bytes as surrogates (PEP 383) that no report could be written with.
    """
    data = name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "backslashreplace")
