"""A policy that can be asked, and where policies are found."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from provenance.model import Decision, Disposition
from provenance.policy.decision import decide
from provenance.policy.errors import PolicyError, Problem
from provenance.policy.fields import suggestion
from provenance.policy.law import FILE as LAW_FILE
from provenance.policy.law import PACKS, law
from provenance.policy.rules import DEFAULT_RULE, Example, Rule, RuleSet
from provenance.policy.source import Document
from provenance.policy.values import Facts

SCHEMA: Final = "provenance-policy/1"
SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What came of one of a policy's own tests."""

    example: Example
    decision: Decision

    @property
    def passed(self) -> bool:
        """True if disposition and rule (where the test names one) are as expected."""
        rule = self.decision.rule or DEFAULT_RULE
        return self.decision.disposition is self.example.expect and self.example.rule in {None, rule}


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy: give it facts, get a decision."""

    id: str
    version: str
    owner: str
    description: str
    decides: RuleSet
    tests: tuple[Example, ...]
    digest: str
    """SHA-256 of the file's bytes, hexadecimal."""
    file: str

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in the file's order."""
        return self.decides.rules

    @property
    def default(self) -> Disposition:
        """What a finding gets on which no rule fires; never a permissive one."""
        return self.decides.default

    def decide(self, facts: Facts) -> Decision:
        """The decision on one finding, with a trace of every condition looked at."""
        return decide(self.decides, facts)

    def run_tests(self) -> tuple[ExampleResult, ...]:
        """The outcome of each of the policy's own tests."""
        return run_examples(self.decides, self.tests)


def run_examples(rules: RuleSet, examples: tuple[Example, ...]) -> tuple[ExampleResult, ...]:
    """The outcome of each example under these rules."""
    return tuple(ExampleResult(example, decide(rules, example.facts)) for example in examples)


def available() -> tuple[str, ...]:
    """The names of the shipped policies."""
    names = (entry.name for entry in files(PACKS).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml") and name != LAW_FILE))


def document(name_or_path: str | Path) -> Document:
    """The text of a shipped policy by name, or of a file; raises PolicyError."""
    text = str(name_or_path)
    if text in available():
        with as_file(files(PACKS) / f"{text}.yaml") as path:
            return Document.parse(path.read_bytes(), f"{PACKS}/{text}.yaml")
    path = Path(name_or_path)
    if not path.exists() and path.suffix not in SUFFIXES and path.name == text:
        raise PolicyError([Problem(text, 1, 1, f'there is no policy "{text}"', suggestion(text, available()))], "provenance policy list")
    return Document.read(path)


def load(name_or_path: str | Path) -> Policy:
    """The policy of that name, or in that file; raises PolicyError with every problem found."""
    from provenance.policy.loader import policy_of

    return policy_of(document(name_or_path))


def citation(policy: Policy) -> Mapping[str, Any]:
    """What an audit says of the policy that decided: identity, digest, and the law that its rules cite, as plain JSON."""
    cited = sorted({key for rule in policy.rules for key in rule.legal_basis})
    return {
        "id": policy.id,
        "version": policy.version,
        "owner": policy.owner,
        "digest": policy.digest,
        "law": {key: _cited(key) for key in cited},
    }


def _cited(key: str) -> Mapping[str, Any]:
    entry = law()[key]
    return {
        "jurisdiction": entry.jurisdiction,
        "citation": entry.citation,
        "kind": entry.kind,
        "status": entry.status,
        "as_of": entry.as_of.isoformat(),
        "note": entry.note,
        "source": entry.source,
        "verified": entry.verified == "read",
    }
