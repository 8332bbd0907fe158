"""Whether and with which model an audit looks for paraphrases; what is wrong with that is said before anything is scanned."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fingerprints.errors import ModelError
from provenance.errors import CapabilityError, RegistryError
from provenance.options import Options
from provenance.registry.snapshot import Snapshot

if TYPE_CHECKING:
    from fingerprints.text.semantic import Leads, Model


def model(given: str) -> "Model":
    """The model in a folder or of a name; raises CapabilityError where it, or what loads it, is not on this machine."""
    from fingerprints.text.semantic import find

    try:
        return find(given)
    except ModelError as error:
        raise CapabilityError(str(error), error.remedy) from error


def leads(options: Options, snapshot: Snapshot) -> "Leads | None":
    """How paraphrases are looked for; None where the options do not ask for it.

    Raises CapabilityError as ``model`` does, RegistryError where the registry has no embeddings of this model.
    """
    if options.semantic is None:
        return None
    from fingerprints.text.semantic import Leads

    found = model(options.semantic)
    held = snapshot.embeddings
    if held is None or held[0] != found.scheme:
        has = f"has embeddings of {held[0]}" if held else "has no embeddings"
        remedy = f"provenance registry embed REGISTRY --model {options.semantic}"
        raise RegistryError(f"the registry {has}, and paraphrases are looked for with {found.scheme}", remedy)
    return Leads(found, held[1], every=options.use == "output")


def identity(leads: "Leads | None") -> Mapping[str, Any] | None:
    """What of it shapes a result, in JSON; None where paraphrases are not looked for."""
    return {"scheme": leads.model.scheme, "embeddings": leads.shard.name, "every": leads.every} if leads else None
