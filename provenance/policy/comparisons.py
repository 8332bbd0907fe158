"""What is wrong with a comparison whose facts exist: types that do not fit, values that never occur, orders that do not exist."""

from datetime import date

from provenance.policy.errors import ExpressionError
from provenance.policy.facts import FactType, Type
from provenance.policy.syntax import Comparison, ListLiteral, Literal, Name, Operand
from provenance.policy.territories import EU
from provenance.policy.values import amount_problem, member_problem


def example(fact: FactType) -> str:
    """A condition on the fact, as a suggestion."""
    if fact.type.numeric:
        return f"{fact.name} >= …"
    if fact.type.collection:
        return f'"…" in {fact.name}'
    if fact.type is Type.TERM:
        return f"act.date in {fact.name}"
    return f'{fact.name} == "{fact.values[0] if fact.values else "…"}"' if fact.type is not Type.DATE else f"{fact.name} >= 2026-01-01"


def described(operand: Operand) -> str:
    """The operand in a sentence."""
    match operand:
        case Name(name=name):
            return name
        case ListLiteral():
            return "a list"
        case Literal(value=bool(value)):
            return "true" if value else "false"
        case Literal(value=date() as value):
            return f"the date {value}"
        case Literal(value=str(value)):
            return f'the text "{value}"'
        case Literal(value=value):
            return f"the number {value:g}" if isinstance(value, int | float) else f"{value}"


def relation_problem(node: Comparison, left: FactType | None, right: FactType | None) -> ExpressionError | None:
    """What is wrong with a comparison whose names all exist."""
    if node.operator == "in":
        return _membership_problem(node, left, right)
    if any(fact and fact.type.collection for fact in (left, right)) or isinstance(node.left, ListLiteral):
        return _inclusion_problem(node, left, right)
    term = next((fact for fact in (left, right) if fact and fact.type is Type.TERM), None)
    if term:
        return ExpressionError(node.operator_at, f"{term.name} is a period of dates", f"ask `act.date in {term.name}`")
    if left and right:
        return _two_facts_problem(node, left, right)
    fact, other = (left, node.right) if left else (right, node.left)
    return _order_problem(node, fact) or _value_problem(fact, other) if fact else None


def _order_problem(node: Comparison, fact: FactType) -> ExpressionError | None:
    if node.operator in {"==", "!="} or fact.type.numeric or fact.type is Type.DATE:
        return None
    hint = "write == or `in [...]`" if fact.values else "write =="
    return ExpressionError(node.operator_at, f"there is no order between values of {fact.name}, {_article(fact)}", hint)


def _article(fact: FactType) -> str:
    return f"a {fact.type}" if fact.type is not Type.ENUM else "one of a list"


def _two_facts_problem(node: Comparison, left: FactType, right: FactType) -> ExpressionError | None:
    if (left.type, left.unit, left.values) != (right.type, right.unit, right.values):
        return ExpressionError(node.operator_at, f"{left.name} and {right.name} are not of one kind: {left.type}, {right.type}")
    return _order_problem(node, left)


def _value_problem(fact: FactType, operand: Operand) -> ExpressionError | None:
    """What keeps a literal from being compared with the fact."""
    value = operand.value if isinstance(operand, Literal) else None
    found: tuple[str, str] | None = None
    if fact.type is Type.BOOLEAN and isinstance(value, bool):
        return None
    if fact.type.numeric and isinstance(value, int | float) and not isinstance(value, bool):
        found = amount_problem(fact, value)
    elif fact.type is Type.DATE and isinstance(value, date):
        return None
    elif fact.type in {Type.ENUM, Type.TEXT} and isinstance(value, str):
        found = member_problem(fact, value) if fact.type is Type.ENUM else None
    else:
        found = f"{fact.name} is {_article(fact)}, and {described(operand)} is not", _value_hint(fact, value)
    return ExpressionError(operand.start, *found) if found else None


def _value_hint(fact: FactType, value: object) -> str:
    if fact.type is Type.BOOLEAN:
        return f"write `{fact.name}` or `not {fact.name}`"
    if isinstance(value, str) and (fact.type.numeric or fact.type is Type.DATE):
        return "write it without quotation marks"
    return f"for several values write `{fact.name} in [...]`" if value is None and fact.type is Type.ENUM else ""


def _membership_problem(node: Comparison, left: FactType | None, right: FactType | None) -> ExpressionError | None:
    """What is wrong with ``left in right``."""
    if isinstance(node.right, ListLiteral) and left and left.type in {Type.ENUM, Type.TEXT}:
        return _items_problem(left, node.right)
    if left and left.type.collection:
        return ExpressionError(
            node.operator_at, f"{left.name} is a set; `in` asks for one member", f"write `{left.name} <= …` for a subset"
        )
    if right and right.type is Type.TERM:
        day = left.type is Type.DATE if left else isinstance(node.left, Literal) and isinstance(node.left.value, date)
        return None if day else ExpressionError(node.left.start, f"{described(node.left)} is no date, and {right.name} holds dates")
    if right and right.type.collection:
        return _member_of_set_problem(node.left, left, right)
    if left and isinstance(node.right, ListLiteral):
        return ExpressionError(node.operator_at, f"{left.name} is a {left.type}; lists hold texts", f"compare it: {example(left)}")
    return ExpressionError(node.right.start, f"{described(node.right)} is no list, set or period", 'write a list in brackets: ["…", "…"]')


def _member_of_set_problem(operand: Operand, member: FactType | None, collection: FactType) -> ExpressionError | None:
    if member:
        if member.type is Type.ENUM and member.values == collection.values:
            return None
        return ExpressionError(operand.start, f"{member.name} is never a member of {collection.name}, a {collection.type}")
    if not isinstance(operand, Literal) or not isinstance(operand.value, str):
        return ExpressionError(operand.start, f"{described(operand)} is never a member of {collection.name}, a {collection.type}")
    if collection.type is Type.TERRITORIES and operand.value == EU:
        return ExpressionError(operand.start, "EU is a group of territories", f'for all of it write `["EU"] <= {collection.name}`')
    problem = member_problem(collection, operand.value)
    return ExpressionError(operand.start, *problem) if problem else None


def _items_problem(fact: FactType, items: ListLiteral) -> ExpressionError | None:
    """What is wrong with a list of values of a fact, or of members of a set."""
    seen: set[object] = set()
    for item in items.items:
        if not isinstance(item.value, str):
            return ExpressionError(item.start, f"{described(item)} is no value of {fact.name}, {_article(fact)}")
        problem = None if fact.type is Type.TEXT else member_problem(fact, item.value)
        if problem:
            return ExpressionError(item.start, *problem)
        if item.value in seen:
            return ExpressionError(item.start, f'"{item.value}" stands in this list twice')
        seen.add(item.value)
    return None


def _inclusion_problem(node: Comparison, left: FactType | None, right: FactType | None) -> ExpressionError | None:
    """What is wrong with ``left <= right`` between sets."""
    if node.operator != "<=":
        hint = "write it the other way round with <=" if node.operator == ">=" else "write <= (is a subset of), or `in` for one member"
        return ExpressionError(node.operator_at, f"sets are not compared with {node.operator}", hint)
    if left and right:
        same = left.type.collection and (left.type, left.values) == (right.type, right.values)
        return None if same else ExpressionError(node.operator_at, f"{left.name} and {right.name} do not hold the same kind of members")
    fact, other = (left, node.right) if left else (right, node.left)
    if not isinstance(other, ListLiteral):
        return ExpressionError(other.start, f"{described(other)} is no set", "write a list in brackets, or `in` for one member")
    if fact and not fact.type.collection:
        return ExpressionError(node.operator_at, f"{fact.name} is {_article(fact)}, no set", f"write `{fact.name} in [...]`")
    return _items_problem(fact, other) if fact else None
