"""What rules may not be to each other: missing, circular, or exempting where it would let something pass unseen."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from provenance.model import Disposition
from provenance.policy.errors import ExpressionError
from provenance.policy.fields import FieldReader, Fields, suggestion
from provenance.policy.lexer import tokens
from provenance.policy.rules import cycle

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

_PERMISSIVE: Final = frozenset(str(disposition) for disposition in Disposition if disposition.permissive)


def check_relations(reader: FieldReader, rules: Mapping[str, Fields]) -> None:
    """Reports every exemption that cannot be."""
    unless = {rule_id: _unless(fields) for rule_id, fields in rules.items()}
    for rule_id, exempting in unless.items():
        for other, node in exempting.items():
            if other == rule_id:
                reader.report(node, f'the rule "{rule_id}" would set itself aside')
            elif other not in rules:
                reader.report(node, f'there is no rule "{other}"', suggestion(other, rules))
            elif _same(rules[rule_id], rules[other]):
                reader.report(node, f'"{rule_id}" never fires: "{other}" has the same condition and sets it aside')
    _check_circle(reader, unless)
    _check_chains(reader, rules, unless)


def _unless(fields: Fields) -> "dict[str, Node]":
    entries = fields["unless"].value if "unless" in fields else ()
    return (
        {entry.value: entry for entry in entries if isinstance(entry.value, str)} if isinstance(entries, list) and _listed(entries) else {}
    )


def _listed(entries: "list[Node]") -> bool:
    return not any(isinstance(entry, tuple) for entry in entries)


def _check_circle(reader: FieldReader, unless: "Mapping[str, Mapping[str, Node]]") -> None:
    circle = cycle(
        {rule_id: tuple(other for other in others if other in unless and other != rule_id) for rule_id, others in unless.items()}
    )
    if circle:
        start = min(range(len(circle) - 1), key=lambda index: list(unless).index(circle[index]))
        turned = (*circle[start:-1], *circle[: start + 1])
        reader.report(unless[turned[0]][turned[1]], f"rules set each other aside in a circle: {' unless '.join(turned)}")


def _check_chains(reader: FieldReader, rules: Mapping[str, Fields], unless: "Mapping[str, Mapping[str, Node]]") -> None:
    """A permissive rule that another one may replace must not be the only one of the two to exempt a restrictive rule.

    Otherwise an undecided replacement would leave the restrictive rule exempt, and what is not known would let a finding pass.
    """
    for rule_id, exempting in unless.items():
        if _is_permissive(rules[rule_id]):
            continue
        for first, node in exempting.items():
            for second in unless.get(first, ()) if first in rules and _is_permissive(rules[first]) else ():
                if second in rules and _is_permissive(rules[second]) and second not in exempting:
                    reader.report(
                        node, f'"{first}" yields to "{second}", which does not set "{rule_id}" aside', f'add "{second}" to this list'
                    )


def _is_permissive(fields: Fields) -> bool:
    return "disposition" in fields and fields["disposition"].value in _PERMISSIVE


def _same(one: Fields, other: Fields) -> bool:
    """Whether two rules have the same condition, white space apart."""
    return "when" in one and "when" in other and _words(one["when"]) == _words(other["when"]) != ()


def _words(node: "Node") -> tuple[str, ...]:
    try:
        return tuple(token.text for token in tokens(node.value)) if isinstance(node.value, str) else ()
    except ExpressionError:
        return ()
