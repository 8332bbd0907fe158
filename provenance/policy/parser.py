"""From the text of a ``when:`` expression to its tree.

expression = conjunction { "or" conjunction }
conjunction = negation { "and" negation }
negation = "not" negation | "(" expression ")" | "known" "(" fact ")"
         | "some" "licence" "has" "(" expression ")" | condition
condition = operand [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" ) operand ]
operand = fact | string | number | date | "true" | "false" | "[" [ literal { "," literal } ] "]"
"""

from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from typing import Final, TypeVar

from provenance.policy.errors import ExpressionError, FactError
from provenance.policy.lexer import Token, tokens
from provenance.policy.syntax import And, Comparison, Expression, Known, ListLiteral, Literal, Name, Not, Operand, Or, SomeLicence, Truth
from provenance.policy.values import parsed_date

T = TypeVar("T")

MAX_NESTING: Final = 50
"""Parentheses, ``not`` and ``some licence has`` inside each other; keeps every later walk far from Python's recursion limit of 1,000."""
MAX_LENGTH: Final = 20_000
"""Code points; the longest expression in the shipped packs has fewer than 1,000."""

MAX_DIGITS: Final = 15
"""What a double holds exactly."""

COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
KEYWORDS: Final = frozenset({"and", "or", "not", "in", "known", "some", "licence", "has", "true", "false"})
_AFTER_AN_EXPRESSION: Final = "`and`, `or` or the end of the expression"


def parse(source: str) -> Expression:
    """The expression's tree; raises ExpressionError at the first thing that cannot be read."""
    if len(source) > MAX_LENGTH:
        raise ExpressionError(MAX_LENGTH, f"an expression may have {MAX_LENGTH:,} characters at most", "split the rule")
    reader = _Reader(tokens(source))
    expression = reader.expression()
    if reader.next.kind != "end":
        raise _unexpected(reader.next, _AFTER_AN_EXPRESSION)
    return expression


def _unexpected(token: Token, wanted: str) -> ExpressionError:
    what = f'"{token.text}"' if token.kind != "end" else "the end of the expression"
    near = get_close_matches(token.text.lower(), KEYWORDS, 1, 0.7) if token.kind == "word" and token.text not in KEYWORDS else []
    if token.text in COMPARISONS and wanted == _AFTER_AN_EXPRESSION:
        return ExpressionError(token.start, "one comparison at a time", "join two comparisons with `and`")
    return ExpressionError(token.start, f"expected {wanted}, found {what}", f"did you mean `{near[0]}`?" if near else "")


class _Reader:
    """Recursive descent over the tokens, one method a line of the grammar."""

    def __init__(self, stream: tuple[Token, ...]) -> None:
        self._stream, self._position, self._depth = stream, 0, 0

    @property
    def next(self) -> Token:
        return self._stream[self._position]

    def _take(self) -> Token:
        token = self.next
        self._position += token.kind != "end"
        return token

    def _expect(self, text: str, wanted: str = "") -> Token:
        if self.next.text != text or self.next.kind == "string":
            raise _unexpected(self.next, wanted or f'"{text}"')
        return self._take()

    def _at(self, text: str) -> bool:
        return self.next.text == text and self.next.kind in {"word", "sign"}

    def expression(self) -> Expression:
        """One or more conjunctions joined by ``or``."""
        return self._joined("or", Or, lambda: self._joined("and", And, self._negation))

    def _joined(self, keyword: str, node: type[And] | type[Or], part: Callable[[], Expression]) -> Expression:
        parts = [part()]
        while self._at(keyword):
            self._take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else node(parts[0].start, parts[-1].stop, tuple(parts))

    def _negation(self) -> Expression:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise ExpressionError(self.next.start, f"more than {MAX_NESTING} expressions inside each other", "split the rule")
        result = self._nested()
        self._depth -= 1
        return result

    def _nested(self) -> Expression:
        start = self.next.start
        if self._at("not"):
            self._take()
            body = self._negation()
            return Not(start, body.stop, body)
        if self._at("known"):
            self._take()
            fact = self._parenthesised(self._name)
            return Known(start, self._previous_stop, fact)
        if self._at("some"):
            self._take()
            self._expect("licence", "`licence has (…)`")
            self._expect("has", "`has (…)`")
            body = self._parenthesised(self.expression)
            return SomeLicence(start, self._previous_stop, body)
        return self._parenthesised(self.expression) if self._at("(") else self._condition()

    @property
    def _previous_stop(self) -> int:
        return self._stream[self._position - 1].stop

    def _parenthesised(self, inside: Callable[[], T]) -> T:
        self._expect("(")
        result = inside()
        self._expect(")")
        return result

    def _condition(self) -> Truth | Comparison:
        left = self._operand()
        if not self._at("in") and self.next.text not in COMPARISONS:
            return Truth(left.start, left.stop, left)
        operator = self._take()
        right = self._operand()
        return Comparison(left.start, right.stop, left, operator.text, right, operator.start)

    def _operand(self) -> Operand:
        if self._at("["):
            return self._list()
        if self.next.kind == "word" and self.next.text not in KEYWORDS:
            return self._name()
        return self._literal()

    def _name(self) -> Name:
        if self.next.kind != "word" or self.next.text in KEYWORDS:
            raise _unexpected(self.next, "a fact")
        token = self._take()
        return Name(token.start, token.stop, token.text)

    def _literal(self) -> Literal:
        token = self._take()
        match token.kind:
            case "string":
                return Literal(token.start, token.stop, token.text[1:-1])
            case "number":
                return Literal(token.start, token.stop, _number(token))
            case "word" if token.text in {"true", "false"}:
                return Literal(token.start, token.stop, token.text == "true")
            case "date":
                return Literal(token.start, token.stop, _date(token))
        raise _unexpected(token, "a fact or a value")

    def _list(self) -> ListLiteral:
        start = self._take().start
        items: list[Literal] = []
        while not self._at("]"):
            if items:
                self._expect(",", '"," or "]"')
            items.append(self._literal())
        return ListLiteral(start, self._take().stop, tuple(items))


def _number(token: Token) -> float:
    if len(token.text) > MAX_DIGITS:
        raise ExpressionError(token.start, f"a number may have {MAX_DIGITS} digits at most")
    return float(token.text) if "." in token.text else int(token.text)


def _date(token: Token) -> date:
    try:
        return parsed_date(token.text)
    except FactError as error:
        raise ExpressionError(token.start, str(error), error.hint) from error
