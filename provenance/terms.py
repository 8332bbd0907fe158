"""What an audit measures against and decides by, read once before the first unit."""

import hashlib
import importlib.util
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

import fingerprints
from fingerprints.schemes import SCHEMES
from provenance import __version__, claims, policy, readers, semantic
from provenance.decide import UserFacts
from provenance.errors import UsageError
from provenance.files import file_sha256
from provenance.model import Work
from provenance.options import Options
from provenance.readers import ReadSettings
from provenance.registry import Registry, Snapshot

if TYPE_CHECKING:
    from fingerprints.text.semantic import Leads

LIBRARIES = (
    "numpy", "numba", "pyarrow", "datasketch", "Pillow", "ImageHash", "opencv-python-headless", "faiss-cpu", "av", "soundfile",
    "c2pa-python", "selectolax", "pypdfium2", "sentence-transformers", "tokenizers", "torch", "transformers",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """The registry as it was pinned, the policy, what the user knows, and the day that counts as today."""

    works: Mapping[str, Work]
    """In the order of registration."""
    snapshot: Snapshot
    files: Mapping[str, Path]
    """Where each asset's file was."""
    rules: policy.Policy | None
    user: UserFacts
    as_of: date
    leads: "Leads | None" = None
    """How paraphrases are looked for."""

    @classmethod
    def read(cls, registry: Path, options: Options, *, scan: bool = True) -> "Terms":
        """Everything that can be wrong before a scan is found here; raises AuditError. What only a scan needs is left out without one."""
        rules = policy.load(options.policy) if options.policy else None
        user = UserFacts.read(options.facts, options.use)
        works, snapshot, files = _opened(registry)
        if not works:
            remedy = "check --registry, or: provenance registry add"
            raise UsageError(f"the registry {registry} holds no works: nothing could be found", remedy)
        found = semantic.leads(options, snapshot) if scan else None
        return cls(works, snapshot, files, rules, user, options.as_of or datetime.now(UTC).date(), found)

    def registry(self) -> Mapping[str, Any]:
        """The registry as an audit cites it."""
        schemes = {str(modality): scheme for modality, scheme in self.snapshot.schemes.items()}
        assets = len(self.snapshot.assets)
        cited = {"snapshot": self.snapshot.digest, "works": len(self.works), "assets": assets, "schemes": schemes}
        return {**cited, "embeddings": self.snapshot.embeddings[0]} if self.snapshot.embeddings else cited


def read_settings(options: Options) -> ReadSettings:
    """How readers are told to read."""
    return ReadSettings(text_columns=options.text_columns)


def cited(options: Options) -> Mapping[str, Any]:
    """The settings that shape an audit, as it cites them."""
    return {
        "include": list(options.include),
        "exclude": list(options.exclude),
        "text_columns": list(options.text_columns),
        "semantic": options.semantic is not None,
        "sample": options.sample,
    }


def use(options: Options) -> Mapping[str, Any]:
    """What the user said of the use, as an audit cites it."""
    return {"stage": options.use, "facts_sha256": sha256(options.facts) if options.facts else None}


def cache_key(options: Options, leads: "Leads | None" = None) -> str:
    """Digest of everything but content and index shards that shapes the result of a piece: earlier results of another key do not hold."""
    schemes = [scheme.module for scheme in SCHEMES.values() if _installed(scheme.requires)]  # their code is in the digest below
    settings = {
        "read": asdict(read_settings(options)),
        "code": _code(),
        "sample": options.sample,
        "schemes": schemes,
        "semantic": semantic.identity(leads),
        "versions": versions(),
    }
    return hashlib.sha256(orjson.dumps(settings, option=orjson.OPT_SORT_KEYS)).hexdigest()


def versions() -> Mapping[str, str]:
    """Versions of this program and of the libraries that results rest on."""
    found = {"provenance-audit": __version__}
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def sha256(file: Path) -> str | None:
    """SHA-256 of a file's bytes; None for one that is gone or may not be read."""
    with suppress(OSError):
        return file_sha256(file)
    return None


def _code() -> str:
    """Digest of the code that reads and compares: a changed program trusts no result of the one before."""
    digest = hashlib.sha256()
    for package in (fingerprints, readers, claims):
        for file in sorted(Path(str(package.__file__)).parent.rglob("*")):
            if file.suffix in {".py", ".txt", ".json"}:  # tables shape results as code does
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _installed(modules: Iterable[str]) -> bool:
    return all(importlib.util.find_spec(name) is not None for name in modules)


def _opened(registry: Path) -> tuple[dict[str, Work], Snapshot, dict[str, Path]]:
    """The works in the order of registration, the snapshot to audit against, and where each asset's file was."""
    with Registry.open(registry) as opened:
        snapshot, works = opened.snapshot(), {work.id: work for work in opened.works()}
        while (newer := opened.snapshot()).digest != snapshot.digest:  # somebody wrote in between
            snapshot, works = newer, {work.id: work for work in opened.works()}
        files = {asset.id: opened.asset_path(asset) for work in works.values() for asset in work.assets}
        return works, snapshot, files
