"""A policy in plain English, for readers who do not write rules."""

from collections.abc import Iterable, Iterator
from typing import Final

from provenance.model import Disposition
from provenance.policy.facts import FACTS, FactType, Type
from provenance.policy.law import law
from provenance.policy.policy import Policy
from provenance.policy.rules import Rule
from provenance.policy.syntax import And, Comparison, Expression, Known, ListLiteral, Literal, Name, Not, Operand, Or, SomeLicence, Truth

SAYS: Final = {
    Disposition.NO_OBJECTION: "no rule objects",
    Disposition.LICENCE_ON_RECORD: "a licence is on record",
    Disposition.ATTRIBUTION_DUE: "a credit line is due",
    Disposition.REVIEW: "a person must look",
    Disposition.BLOCK: "stop",
}
_ORDER: Final = {"==": "is", "!=": "is not", "<": "is less than", "<=": "is at most", ">": "is more than", ">=": "is at least"}
_DATES: Final = {"<": "is before", "<=": "is not after", ">": "is after", ">=": "is not before"}
_CONTRARY: Final = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "=="}
_MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def document(policy: Policy) -> str:
    """The policy as Markdown: each rule with its conditions, then the law it cites with status and date."""
    lines = [
        f"# Policy {policy.id} {policy.version}",
        "",
        policy.description,
        "",
        f"Owner: {policy.owner}. SHA-256 of the file: `{policy.digest}`.",
        "",
        "The most restrictive rule that fires decides. Where facts are missing, a permissive rule stays silent and a restrictive one asks",
        f"for review. A finding on which no rule fires gets: **{policy.default}** ({SAYS[policy.default]}).",
        *(line for rule in policy.rules for line in _rule(rule)),
        *_law({key for rule in policy.rules for key in rule.legal_basis}),
    ]
    return "\n".join(lines) + "\n"


def facts_table() -> str:
    """Every fact that rules may read, as a Markdown table."""
    lines = ["| fact | type | means | established by | UNKNOWN means |", "| --- | --- | --- | --- | --- |"]
    for fact in FACTS.values():
        values = f": {', '.join(fact.values)}" if fact.values else ""
        unit = f", {fact.unit}" if fact.unit else ""
        lines.append(f"| `{fact.name}` | {fact.type}{unit}{values} | {fact.phrase}: {fact.meaning} | {fact.source} | {fact.unknown} |")
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> Iterator[str]:
    yield from ("", f"## {rule.id}: {rule.title}", "")
    yield f"**{rule.disposition}** ({SAYS[rule.disposition]}), {rule.severity}. Fires when"
    yield ""
    yield from conditions(rule.expression)
    if rule.unless:
        yield from ("", f"Set aside when one of these is true: {', '.join(rule.unless)}.")
    if rule.on_unknown:
        yield from ("", f"When it cannot be decided: {rule.on_unknown}.")
    for label, text in (("Why", rule.rationale), ("What to do", rule.how_to_fix), ("Cites", ", ".join(rule.legal_basis))):
        if text:
            yield from ("", f"{label}: {text}")


def _law(keys: Iterable[str]) -> Iterator[str]:
    entries = [law()[key] for key in sorted(keys)]
    if entries:
        yield from (
            "",
            "## Law cited",
            "",
            "Look each authority up before relying on it; a case that is pending or settled decides nothing.",
            "",
        )
    for entry in entries:
        checked = "" if entry.verified == "read" else " From memory: verify before relying on it."
        yield f"- **{entry.id}** {entry.citation} ({entry.jurisdiction}; {entry.status}, as of {entry.as_of}). {entry.note}{checked}"


def conditions(expression: Expression, depth: int = 0) -> Iterator[str]:
    """The expression as a nested list, one line a condition."""
    indent = "  " * depth
    match expression:
        case And(parts=parts) | Or(parts=parts):
            yield f"{indent}- {'all of these hold' if isinstance(expression, And) else 'at least one of these holds'}:"
            for part in parts:
                yield from conditions(part, depth + 1)
        case SomeLicence(body=body):
            yield f"{indent}- one licence on record, weighed by itself, is such that:"
            yield from conditions(body, depth + 1)
        case Not(body=Truth() | Comparison() | Known() as body):
            yield f"{indent}- {_sentence(body, contrary=True)}"
        case Not(body=body):
            yield f"{indent}- it is not so that:"
            yield from conditions(body, depth + 1)
        case _:
            yield f"{indent}- {_sentence(expression, contrary=False)}"


def _sentence(atom: Truth | Comparison | Known, *, contrary: bool) -> str:
    match atom:
        case Truth(operand=Name(name=name)):
            return f"it is not so that {FACTS[name].phrase}" if contrary else FACTS[name].phrase
        case Known(fact=Name(name=name)):
            fact = FACTS[name]
            about = f"whether {fact.phrase}" if fact.type is Type.BOOLEAN else f"about {fact.phrase}"
            return f"{'nothing is' if contrary else 'something is'} known {about}"
        case Comparison(left=left, operator=operator, right=Name(name=name)) if not isinstance(left, Name) and operator in _MIRRORED:
            return (
                _compared(Name(0, 0, name), _MIRRORED[operator], left, contrary=contrary)
                if not FACTS[name].type.collection
                else _subset(atom, contrary)
            )
        case Comparison(left=left, operator=operator, right=right):
            return _subset(atom, contrary) if _of_sets(atom) else _compared(left, operator, right, contrary=contrary)
    return "always" if not contrary else "never"


def _of_sets(atom: Comparison) -> bool:
    sides = (atom.left, atom.right)
    return atom.operator == "<=" and any(isinstance(side, Name) and FACTS[side.name].type.collection for side in sides)


def _subset(atom: Comparison, contrary: bool) -> str:
    if isinstance(atom.right, ListLiteral) and not atom.right.items:
        return f"there {'are some of' if contrary else 'are none of'} {_operand(atom.left)}"
    return f"{'not ' if contrary else ''}all of {_operand(atom.left)} lie within {_operand(atom.right)}"


def _compared(left: Operand, operator: str, right: Operand, *, contrary: bool) -> str:
    fact = FACTS[left.name] if isinstance(left, Name) else None
    if operator == "in":
        among = "one of" if isinstance(right, ListLiteral) else "in"
        return f"{_operand(left)} is {'not ' if contrary else ''}{among} {_operand(right)}"
    operator = _CONTRARY[operator] if contrary else operator
    word = _DATES.get(operator, _ORDER[operator]) if fact and fact.type is Type.DATE else _ORDER[operator]
    return f"{_operand(left)} {word} {_operand(right, fact)}"


def _operand(operand: Operand, beside: FactType | None = None) -> str:
    match operand:
        case Name(name=name):
            return FACTS[name].phrase
        case ListLiteral(items=items):
            return ", ".join(str(item.value) for item in items)
        case Literal(value=int() | float() as value) if beside and beside.type is Type.SHARE:
            return f"{value * 100:g} %"
        case Literal(value=value):
            unit = beside.unit.removesuffix("s" if value == 1 else "") if beside else ""
            return f"{value} {unit}".strip()
