"""Sixty-four bytes at a time: what LLVM compiles to a few vector instructions on every processor that it knows.

numba has no word for these, so they are written as LLVM's own (the bitmaps of simdjson: Langdale & Lemire 2019). The caller keeps
``MARGIN`` readable bytes behind the text.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from fingerprints.compiled import COMPILED, intrinsic_or
from fingerprints.text import vectorised

if COMPILED:
    from llvmlite import ir
    from numba import types
if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 64
MARGIN: Final = WIDTH
"""Bytes behind a text that must be readable."""

WORDS: Final = 32
"""Values that ``equal_bits`` compares."""

if COMPILED:
    _BYTE, _LONG = ir.IntType(8), ir.IntType(64)
    _BYTES, _WORDS = ir.VectorType(_BYTE, WIDTH), ir.VectorType(ir.IntType(32), WORDS)
_ASCII_CASE = 0x20


def _constant(byte: int) -> ir.Constant:
    return ir.Constant(_BYTES, [byte] * WIDTH)


def _load(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[Any], of: ir.Type, first: int = 0) -> Any:  # noqa: ANN401
    """The value of type ``of`` at array[place], however it is aligned; array and place are the arguments from ``first`` on."""
    base = context.make_array(signature.args[first])(context, builder, args[first]).data
    place = context.cast(builder, args[first + 1], signature.args[first + 1], types.intp)
    value = builder.load(builder.bitcast(builder.gep(base, [place]), of.as_pointer()))
    value.align = 1
    return value


@intrinsic_or(vectorised.load_word)
def load_word(_typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401 - numba's types
    """The eight bytes from array[place] on as a little-endian uint64."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[Any]) -> Any:  # noqa: ANN401
        return _load(context, builder, signature, args, _LONG)

    return types.uint64(array, place), generate


@intrinsic_or(vectorised.word_bits)
def word_bits(_typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401 - numba's types
    """Two bitmaps of the 64 bytes from array[place] on, first byte lowest.

    Bytes that words are made of: ASCII letters and digits, and all of other characters, but for the dashes, quotation marks, daggers and
    dots of U+2012 to U+2017 and U+201A to U+2027. Bytes that need a closer look: of other characters, what may join two words (' - `)
    and is followed accordingly, and a capital behind a small letter.
    """

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[Any]) -> Any:  # noqa: ANN401
        data = _load(context, builder, signature, args, _BYTES)

        def bits(flags: Any) -> Any:  # noqa: ANN401
            return builder.bitcast(flags, _LONG)

        def between(value: Any, first: int, last: int) -> Any:  # noqa: ANN401
            return bits(builder.icmp_unsigned("<=", builder.sub(value, _constant(first)), _constant(last - first)))

        def equal(byte: int) -> Any:  # noqa: ANN401
            return bits(builder.icmp_signed("==", data, _constant(byte)))

        def either(*flags: Any) -> Any:  # noqa: ANN401
            return reduce(builder.or_, flags)

        def both(*flags: Any) -> Any:  # noqa: ANN401
            return reduce(builder.and_, flags)

        def shifted(flags: Any, by: int) -> Any:  # noqa: ANN401
            """Flags of the bytes that stand ``by`` bytes behind a flag."""
            amount = ir.Constant(_LONG, abs(by))
            return builder.shl(flags, amount) if by > 0 else builder.lshr(flags, amount)

        third = either(between(data, 0x92, 0x97), between(data, 0x9A, 0xA7))
        mark = both(equal(0xE2), shifted(equal(0x80), -1), shifted(third, -2))
        high = both(between(data, 0x80, 0xFF), builder.not_(either(mark, shifted(mark, 1), shifted(mark, 2))))
        letter = between(builder.or_(data, _constant(_ASCII_CASE)), ord("a"), ord("z"))
        word = either(letter, between(data, ord("0"), ord("9")), high)
        last = ir.Constant(_LONG, 1 << (WIDTH - 1))  # what follows the last byte is not seen: it may be anything
        word_next, blank_next = either(shifted(word, -1), last), either(shifted(between(data, 0, ord(" ")), -1), last)
        apostrophe, hyphen = either(equal(ord("'")), equal(ord("`"))), equal(ord("-"))
        joint = either(both(apostrophe, word_next), both(hyphen, either(word_next, blank_next)))
        hump = both(between(data, ord("A"), ord("Z")), shifted(between(data, ord("a"), ord("z")), 1))
        return context.make_tuple(builder, signature.return_type, [word, either(high, joint, hump)])

    return types.UniTuple(types.uint64, 2)(array, place), generate


@intrinsic_or(vectorised.equal_bits)
def equal_bits(_typing: Any, one: Any, place: Any, other: Any, partner: Any) -> Any:  # noqa: ANN401 - numba's types
    """A bitmap of which of the 32 values from one[place] on equal those from other[partner] on; both uint32."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence[Any]) -> Any:  # noqa: ANN401
        ours = _load(context, builder, signature, args, _WORDS)
        theirs = _load(context, builder, signature, args, _WORDS, 2)
        return builder.zext(builder.bitcast(builder.icmp_signed("==", ours, theirs), ir.IntType(WORDS)), _LONG)

    return types.uint64(one, place, other, partner), generate


@intrinsic_or(vectorised.lowest)
def lowest(_typing: Any, _bits: Any) -> Any:  # noqa: ANN401 - numba's types
    """The number of the lowest bit that is set; 64 of none."""

    def generate(_context: Any, builder: ir.IRBuilder, _signature: Any, args: Sequence[Any]) -> Any:  # noqa: ANN401
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


@intrinsic_or(vectorised.highest)
def highest(_typing: Any, _bits: Any) -> Any:  # noqa: ANN401 - numba's types
    """The number of the highest bit that is set; -1 of none."""

    def generate(_context: Any, builder: ir.IRBuilder, _signature: Any, args: Sequence[Any]) -> Any:  # noqa: ANN401
        return builder.sub(ir.Constant(_LONG, 63), builder.ctlz(args[0], ir.Constant(ir.IntType(1), 0)))

    return types.int64(types.uint64), generate
