"""C2PA manifests by c2pa-python, offline and without a trust list; for the decoders' process."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from provenance.claims.gathered import VALUES, Gathered
from provenance.claims.xmp import PROPERTIES

SETTINGS = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": False, "verify_timestamp_trust": False},
    "core": {"decode_identity_assertions": False, "allowed_network_hosts": []},  # identities may be documents on the web
    "cawg_trust": {"verify_trust_list": False},
}
TRAINING = frozenset({"cawg.training-mining", "c2pa.training-mining"})
"""CAWG Training and Data Mining Assertion 1.1, and the form that C2PA 1.x had of it."""
METADATA = frozenset({"cawg.metadata", "c2pa.metadata", "stds.iptc", "stds.exif"})
"""Assertions that hold XMP properties as JSON-LD."""
CREATIVE_WORK = "stds.schema-org.CreativeWork"
WORK_FIELDS = ("author", "copyrightHolder", "copyrightNotice", "creditText", "license", "usageInfo", "acquireLicensePage")
AS_STATED = "as stated by the library; no trust list was asked, and not whether the certificate was in force"
OF_THE_DAY = frozenset({"signingCredential.expired", "signingCredential.untrusted"})
"""Failures that hang on the day of reading or on a trust list: the same file must give the same claims in a year."""
MAX_JSON = 16 << 20  # characters of a manifest store as JSON
MANIFESTS = 50  # of a store; each edit adds one
DEPTH = 4  # of lists and objects around a name
_INSTANCE = re.compile(r"(\.v\d+)?(__\d+)?$")


def manifests_here(media: bytes | Path, mime: str) -> dict[str, str]:
    """The claims in the manifests that a picture holds, read in this process; none if it holds none."""
    import c2pa

    into = Gathered("c2pa")
    content = media if isinstance(media, bytes) else media.read_bytes()
    try:
        with c2pa.Context.from_dict(SETTINGS) as context, c2pa.Reader(mime, io.BytesIO(content), context=context) as reader:
            text = reader.json()
        if len(text) > MAX_JSON:
            into.unread(f"manifests of {len(text)} characters; up to {MAX_JSON} are read")
        else:
            _store(json.loads(text), into)
    except c2pa.C2paError.ManifestNotFound:
        pass
    except (c2pa.C2paError, AttributeError, TypeError, ValueError, RecursionError) as error:  # of a manifest of another shape than expected
        into.unread(str(error) if isinstance(error, c2pa.C2paError) else f"{type(error).__name__}: {error}")
    return into.claims()


def _store(store: Mapping[str, Any], into: Gathered) -> None:
    """The manifest in force, then what those of its ingredients say of training: a part that is reserved stays so in the whole."""
    manifests = dict(store.get("manifests") or {})
    active = manifests.pop(store.get("active_manifest"), None) or {}
    into.add("validation", f"{_validation(store)}, {AS_STATED}")
    into.add("signature:issuer", _word((active.get("signature_info") or {}).get("issuer")))
    for label, data in _assertions(active):
        if label in TRAINING:
            _training(label, data, into)
        elif label in METADATA or label == CREATIVE_WORK:
            _metadata(label, data, into)
    if len(manifests) > MANIFESTS:
        into.unread(f"{len(manifests)} manifests of ingredients; {MANIFESTS} are read")
    for manifest in list(manifests.values())[:MANIFESTS]:
        for label, data in _assertions(manifest):
            if label in TRAINING:
                _training(f"ingredient:{label}", data, into)


def _validation(store: Mapping[str, Any]) -> str:
    """Valid or Invalid by the library's codes, with those of the failures."""
    results = (store.get("validation_results") or {}).get("activeManifest") or {}
    codes = sorted({_word(one.get("code")) for one in results.get("failure") or ()} - OF_THE_DAY)
    return f"Invalid ({', '.join(codes)})" if codes else "Valid"


def _assertions(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Label without version and instance, and data, of each assertion that is an object."""
    for assertion in manifest.get("assertions") or ():
        if isinstance(data := assertion.get("data"), dict):
            yield _INSTANCE.sub("", _word(assertion.get("label"))), data


def _training(label: str, data: Mapping[str, Any], into: Gathered) -> None:
    """Each entry's use (allowed, notAllowed, constrained), and what is said of the constraints."""
    entries = data.get("entries")
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        if isinstance(entry, dict):
            into.add(f"{label}:{name}", _word(entry.get("use")))
            into.add(f"{label}:{name}:constraints", _word(entry.get("constraint_info") or entry.get("constraints_info")))


def _metadata(label: str, data: Mapping[str, Any], into: Gathered) -> None:
    names = WORK_FIELDS if label == CREATIVE_WORK else sorted(PROPERTIES & data.keys())
    for name in names:
        for value in _words(data.get(name), DEPTH):
            into.add(f"{label}:{name}", value)


def _words(value: object, depth: int) -> Iterator[str]:
    """The texts in a value: of an object its name, of an alternative of languages each of them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and depth:
        yield from _words(value.get("name") or list(value.values()), depth - 1)
    elif isinstance(value, list) and depth:
        for each in value[:VALUES]:
            yield from _words(each, depth - 1)


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
