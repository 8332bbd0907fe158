"""From a YAML file to a policy that has passed every check; all mistakes of a file are found in one go."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from provenance.model import Disposition, Severity
from provenance.policy.checker import problems_of
from provenance.policy.errors import ExpressionError, FactError, PolicyError
from provenance.policy.facts import LICENCE_PREFIX
from provenance.policy.fields import FieldReader, Fields, is_null, suggestion
from provenance.policy.law import law
from provenance.policy.parser import parse
from provenance.policy.policy import SCHEMA, Policy
from provenance.policy.reach import idle_conditions
from provenance.policy.relations import check_relations
from provenance.policy.rules import DEFAULT_RULE, Example, Rule, RuleSet
from provenance.policy.source import Document
from provenance.policy.syntax import Expression
from provenance.policy.values import Facts, fact_type

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

TOP = ("schema", "id", "version", "owner", "rules"), ("description", "default", "tests")
RULE = ("id", "title", "when", "disposition", "severity"), ("unless", "on_unknown", "legal_basis", "rationale", "how_to_fix")
TEST = ("name", "facts", "expect"), ("rule",)
PATTERNS: Final = {
    "id": (re.compile(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*"), "letters, digits and single . _ - between them"),
    "version": (re.compile(r"\d+\.\d+\.\d+"), "three numbers such as 1.0.0"),
}


def policy_of(document: Document) -> Policy:
    """The policy in a document; raises PolicyError with every problem found."""
    reader = _PolicyReader(document)
    policy = reader.policy()
    if reader.problems or policy is None:
        raise PolicyError(reader.problems)
    return policy


class _PolicyReader(FieldReader):
    """Reads a policy's fields in their order."""

    def policy(self) -> Policy | None:
        top = self.mapping(self.document.root, "a policy", *TOP)
        if "schema" in top and top["schema"].value != SCHEMA:
            self.report(top["schema"], f'the schema of a policy is "{SCHEMA}"')
        texts = {name: self._pattern(top.get(name), name) for name in ("id", "version", "owner", "description")}
        default = self.choice(top.get("default"), "default", Disposition, lambda d: not d.permissive) or Disposition.REVIEW
        nodes = self._rule_nodes(top)
        rules = [rule for rule in map(self._rule, nodes.values()) if rule]
        check_relations(self, nodes)
        examples = self._examples(self.items(top.get("tests"), "tests"), nodes)
        if self.problems:
            return None
        return Policy(**texts, decides=RuleSet(tuple(rules), default), tests=examples, digest=self.document.digest, file=self.document.file)

    def _pattern(self, node: "Node | None", name: str) -> str:
        text = self.text(node, name)
        if node and text and name in PATTERNS and not PATTERNS[name][0].fullmatch(text):
            self.report(node, f'"{text}" is no {name}', f"write {PATTERNS[name][1]}")
        return text

    def _rule_nodes(self, top: Fields) -> dict[str, Fields]:
        """The fields of each rule by id; a rule without one is kept under its place in the list."""
        found: dict[str, Fields] = {}
        for number, node in enumerate(self.items(top.get("rules"), "rules")):
            fields = self.mapping(node, "a rule", *RULE)
            rule_id = self._pattern(fields.get("id"), "id") or f"#{number}"
            if rule_id in found:
                self.report(fields["id"], f'there are two rules with the id "{rule_id}"')
            if rule_id == DEFAULT_RULE:
                self.report(fields["id"], f'a rule may not be called "{DEFAULT_RULE}"', "tests use that word for: no rule fired")
            found.setdefault(rule_id, fields)
        if "rules" in top and not found:
            self.report(top["rules"], "a policy has at least one rule")
        return found

    def _rule(self, fields: Fields) -> Rule | None:
        before = len(self.problems)
        disposition = self.choice(fields.get("disposition"), "disposition", Disposition)
        severity = self.choice(fields.get("severity"), "severity", Severity)
        on_unknown = self.choice(fields.get("on_unknown"), "on_unknown", Disposition, lambda d: not d.permissive)
        basis = self.texts(fields.get("legal_basis"), "legal_basis")
        for name, node in basis:
            if name and name not in law():
                self.report(node, f'"{name}" is not in law.yaml', suggestion(name, law()))
        texts = {name: self.text(fields.get(name), name) for name in ("id", "title", "rationale", "how_to_fix")}
        unless = tuple(name for name, _ in self.texts(fields.get("unless"), "unless"))
        when = fields.get("when")
        expression = self._expression(when, permissive=bool(disposition and disposition.permissive)) if when else None
        if len(self.problems) > before or not (when and expression and disposition and severity):
            return None
        return Rule(
            when=when.value,
            expression=expression,
            disposition=disposition,
            severity=severity,
            unless=unless,
            on_unknown=on_unknown,
            legal_basis=tuple(name for name, _ in basis),
            **texts,
        )

    def _expression(self, node: "Node", *, permissive: bool) -> Expression | None:
        """The expression's tree; None, and its problems reported, if anything is wrong with it."""
        if not isinstance(node.value, str):
            self.report(node, "`when` is an expression", "put it behind `when: |`, or in quotation marks")
            return None
        try:
            expression = parse(node.value)
        except ExpressionError as error:
            self.report(node, error.message, error.hint, error.at)
            return None
        problems = problems_of(expression, permissive=permissive) or tuple(idle_conditions(expression))
        for problem in problems:
            self.report(node, problem.message, problem.hint, problem.at)
        return None if problems else expression

    def _examples(self, nodes: "list[Node]", rules: dict[str, Fields]) -> tuple[Example, ...]:
        """The policy's own tests; their names must differ and their rules exist."""
        found: dict[str, Example] = {}
        for node in nodes:
            fields = self.mapping(node, "a test", *TEST)
            example = self._example(fields, rules)
            if example and example.name in found:
                self.report(fields["name"], f'there are two tests called "{example.name}"')
            elif example:
                found[example.name] = example
        return tuple(found.values())

    def _example(self, fields: Fields, rules: dict[str, Fields]) -> Example | None:
        before = len(self.problems)
        name, rule = self.text(fields.get("name"), "name"), self.text(fields.get("rule"), "rule") or None
        expect = self.choice(fields.get("expect"), "expect", Disposition)
        if rule and rule != DEFAULT_RULE and rule not in rules:
            self.report(fields["rule"], f'there is no rule "{rule}"', suggestion(rule, [*rules, DEFAULT_RULE]))
        facts = self._facts(fields["facts"]) if "facts" in fields else None
        return Example(name, facts, expect, rule) if facts and expect and len(self.problems) == before else None

    def _facts(self, node: "Node") -> Facts:
        given = self.mapping(node, "facts", optional=None)
        licences = given.get("licences")
        values = dict(self._values(given, "", "licences"))
        if licences is None or is_null(licences):
            return Facts.of(values)
        entries = [self.mapping(entry, "a licence", optional=None) for entry in self.items(licences, "licences")]
        return Facts.of(values, [dict(self._values(entry, LICENCE_PREFIX)) for entry in entries])

    def _values(self, given: Fields, prefix: str, *other: str) -> Iterator[tuple[str, object]]:
        for name, node in given.items():
            full = name if name.startswith(prefix) else prefix + name
            if name in other:
                continue
            try:
                fact = fact_type(full)
            except FactError as error:
                self.report(node, str(error), error.hint)
                continue
            if fact.of_licence and not prefix:
                self.report(node, f"{full} belongs to one licence", "list it under licences")
            else:
                yield full, self.fact(node, fact)
