"""What this installation can do, what is missing, and the command that mends it."""

import ctypes.util
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from typing import Literal

from fingerprints.compiled import COST, OBSTACLE, REMEDY
from fingerprints.isolation import describe

DISTRIBUTION = "provenance-audit"
OURS = ("provenance", "fingerprints", "reports")
CORE = (
    "click", "datasketch", "fsspec", "numpy", "orjson", "pyarrow", "pydantic", "pypdfium2", "rich", "ruamel.yaml", "selectolax",
    "xxhash", "zstandard",
)  # fmt: skip
EXTRAS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "image": ("pictures", {"PIL": "Pillow", "imagehash": "ImageHash", "cv2": "opencv-python-headless", "faiss": "faiss-cpu"}),
    "audio": ("sounds", {"av": "av", "soundfile": "soundfile", "acoustid": "pyacoustid", "PIL": "Pillow"}),
    "c2pa": ("C2PA manifests in pictures, beside their other claims", {"c2pa": "c2pa-python"}),
    "pdf": ("PDF reports", {"typst": "typst", "pyhanko": "pyHanko"}),
    "ray": ("audits on a Ray cluster", {"ray": "ray"}),
    "semantic": ("paraphrases as leads", {"sentence_transformers": "sentence-transformers", "torch": "torch"}),
    "ffmpeg": ("sounds that PyAV and libsndfile cannot read (a GPL binary)", {"imageio_ffmpeg": "imageio-ffmpeg"}),
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One part of the installation, its state, and what mends it."""

    part: str
    state: Literal["ok", "missing", "broken"]
    detail: str
    remedy: str = ""


def examine() -> tuple[Diagnosis, ...]:
    """Every part in the order in which a person would mend it."""
    return (_python(), *_clashes(), _core(), _loops(), *_extras(), _chromaprint(), _isolation())


def _python() -> Diagnosis:
    detail = f"{platform.python_implementation()} {platform.python_version()} on {platform.system()} {platform.machine()}"
    return Diagnosis("python", "ok", f"{detail}, {sys.executable}")


def _clashes() -> Iterator[Diagnosis]:
    """Other distributions that install under our import names."""
    owners = packages_distributions()
    for name in OURS:
        others = sorted(set(owners.get(name, ())) - {DISTRIBUTION})
        if others:
            yield Diagnosis(f"import {name}", "broken", f"also installed by {', '.join(others)}", f"pip uninstall {' '.join(others)}")


def _core() -> Diagnosis:
    missing = [name for name in CORE if find_spec(name) is None]
    if missing:
        return Diagnosis("text", "broken", f"not installed: {', '.join(missing)}", f"pip install {DISTRIBUTION}")
    return Diagnosis("text", "ok", _versions(("numpy", "pyarrow", "datasketch")))


def _loops() -> Diagnosis:
    """Whether hot loops are compiled, and what it costs if they are not."""
    if OBSTACLE:
        return Diagnosis("compiled loops", "missing", f"numba cannot be loaded ({OBSTACLE}): {COST}", REMEDY)
    return Diagnosis("compiled loops", "ok", f"by numba {_version('numba')}, once, and kept")


def _extras() -> Iterator[Diagnosis]:
    for extra, (purpose, modules) in EXTRAS.items():
        missing = [distribution for module, distribution in modules.items() if find_spec(module) is None]
        if missing:
            remedy = f"pip install '{DISTRIBUTION}[{extra}]'"
            yield Diagnosis(f"extra {extra}", "missing", f"{purpose}: not installed: {', '.join(missing)}", remedy)
        else:
            yield Diagnosis(f"extra {extra}", "ok", f"{purpose}: {_versions(modules.values())}")


def _chromaprint() -> Diagnosis:
    """The C library is never needed: ours is bit-equal to it, and a test compares the two where it loads."""
    library = ctypes.util.find_library("chromaprint")
    if library:
        return Diagnosis("libchromaprint", "ok", f"{library} (the reference for a test; audits do not need it)")
    detail = "optional: the reference for a test; audits do not need it"
    return Diagnosis("libchromaprint", "missing", detail, "apt-get install libchromaprint1")


def _isolation() -> Diagnosis:
    """How decoders are kept apart on this platform."""
    return Diagnosis("decoders", "ok", describe())


def _versions(distributions: Iterable[str]) -> str:
    return ", ".join(f"{name} {_version(name)}" for name in distributions)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "(no metadata)"
