"""Expressions on whole arrays, for NumPy: an axis for the batch, then one for each loop."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import singledispatchmethod
from math import isnan
from typing import Final, NamedTuple

from keronyx.converter.program import expressions
from keronyx.converter.program.expressions import Expression
from keronyx.converter.program.memory import Buffer, DType
from keronyx.converter.program.walking import children, walk
from keronyx.converter.several import lacking
from keronyx.converter.source.arrays.views import Held, view
from keronyx.converter.source.expressions import (
    ATOM,
    Code,
    binary,
    call,
    negative,
    times,
    total,
)
from keronyx.converter.source.literals import Literals

BATCH: Final = -1
"""The axis of the batch, among those of a statement."""

TYPES: Final[Mapping[DType, str]] = {
    "float32": "np.float32",
    "float64": "np.float64",
    "int32": "np.int32",
    "int64": "np.int64",
    "bool": "np.bool_",
}

FUNCTIONS: Final[Mapping[str, str]] = {
    **{name: f"np.{name}" for name in ("abs", "exp", "expm1", "log", "log1p", "sqrt", "tanh")},
    **{name: f"np.{name}" for name in ("trunc", "rint")},
    "max": "np.maximum",
    "min": "np.minimum",
    "erf": "_erf",
}

LITERALS: Final = Literals(("False", "True"), ("np.inf", "-np.inf", "np.nan"), point=False)

BOUNDS: Final[Mapping[str, str]] = {"<": "np.maximum", ">": "np.minimum"}
"""``where(x < least, least, x)`` is the larger of both."""


class Piece(NamedTuple):
    """An expression, and along which axes it has its full size; along the others it stretches.

    A ``plain`` number takes the type of the array that it meets. ``shared`` memory is that of
    another array.
    """

    code: Code
    full: frozenset[int] = frozenset()
    plain: bool = False
    shared: bool = False


class Scope(NamedTuple):
    """The axes of more than one element with their sizes, and the values so far."""

    sizes: Mapping[int, int]
    steps: tuple[Piece, ...] = ()
    result: Piece = Piece(Code(""))

    @property
    def full(self) -> frozenset[int]:
        """Everything that a piece can be full along."""
        return frozenset({BATCH, *self.sizes})


def scope_of(axes: Sequence[int]) -> Scope:
    """Return the scope of a statement's axes."""
    return Scope({axis: size for axis, size in enumerate(axes) if size != 1})


def together(function: Callable[..., Code], *pieces: Piece) -> Piece:
    """Return a function of pieces, element by element."""
    full = frozenset[int]().union(*(piece.full for piece in pieces))
    return Piece(function(*(piece.code for piece in pieces)), full, all(p.plain for p in pieces))


def typed_if_plain(pieces: Sequence[Piece], dtype: DType) -> Sequence[Piece]:
    """Return pieces of one type; plain numbers among single ones cannot take it from an array."""
    if any(piece.full for piece in pieces):
        return pieces
    return [Piece(call(TYPES[dtype], each.code)) if each.plain else each for each in pieces]


class Pieces:
    """Prints expressions; ``held`` says in which arrays the buffers are at the moment."""

    def __init__(self) -> None:
        self.held: dict[Buffer, Held] = {}

    def _typed(self, several: Sequence[Expression], scope: Scope) -> Sequence[Piece]:
        """Return expressions of one type, of which one at least has it."""
        pieces = [self.piece(expression, scope) for expression in several]
        return typed_if_plain(pieces, several[0].dtype)

    @singledispatchmethod
    def piece(self, expression: Expression, _scope: Scope) -> Piece:
        """Return an expression."""
        raise TypeError(type(expression).__name__)

    @piece.register
    def _number(self, expression: expressions.Number, _scope: Scope) -> Piece:
        return Piece(LITERALS.code(expression.value, expression.dtype), plain=True)

    @piece.register
    def _at(self, expression: expressions.At, scope: Scope) -> Piece:
        held = self.held[expression.buffer]
        walks = [(size, expression.strides[axis]) for axis, size in scope.sizes.items()]
        full = {axis for axis in scope.sizes if expression.strides[axis]}
        text = view(held, expression.offset, walks)
        return Piece(Code(text), frozenset(full | {BATCH} if held.batched else full), shared=True)

    @piece.register
    def _take(self, expression: expressions.Take, scope: Scope) -> Piece:
        last = max(scope.sizes, default=0)
        if _takes_rows(expression, last, scope):
            return self._rows(expression, scope, last)
        table = self.held[expression.table]
        walked = [axis for axis in scope.sizes if expression.strides[axis]]
        strides = [expression.scale, *(expression.strides[axis] for axis in walked)]
        parts = [expression.index, *map(expressions.Index, walked)]

        def place(*codes: Code) -> Code:
            steps = map(times, codes, strides)
            index = total(*steps, Code(str(expression.offset)))
            return Code(f"{table.reshaped((table.size,))}[{index.text}]")

        return together(place, *(self.piece(part, scope) for part in parts))._replace(plain=False)

    def _rows(self, expression: expressions.Take, scope: Scope, last: int) -> Piece:
        """Return the rows of a table that the index chooses."""
        table = self.held[expression.table]
        front = lacking(scope.sizes, [last])
        chosen = self.piece(expression.index, scope._replace(sizes=front))
        rows = table.reshaped((table.size // expression.scale, expression.scale))
        return Piece(Code(f"{rows}[{chosen.code.text}]"), chosen.full | {last})

    @piece.register
    def _index(self, expression: expressions.Index, scope: Scope) -> Piece:
        if expression.axis not in scope.sizes:
            return Piece(Code("0"), plain=True)
        behind = sum(axis > expression.axis for axis in scope.sizes)
        size, dtype = scope.sizes[expression.axis], TYPES[expression.dtype]
        place = f"[:{', None' * behind}]" if behind else ""
        numbers = Code(f"np.arange({size}, dtype={dtype}){place}")
        return Piece(numbers, frozenset({expression.axis}))

    @piece.register
    def _local(self, expression: expressions.Local, scope: Scope) -> Piece:
        return scope.steps[expression.step]

    @piece.register
    def _result(self, _expression: expressions.Result, scope: Scope) -> Piece:
        return scope.result

    @piece.register
    def _binary(self, expression: expressions.Binary, scope: Scope) -> Piece:
        both = self._typed((expression.left, expression.right), scope)
        return together(lambda a, b: binary(expression.operator, a, b), *both)

    @piece.register
    def _call(self, expression: expressions.Call, scope: Scope) -> Piece:
        arguments = self._typed(expression.arguments, scope)
        if expression.function == "neg":
            return together(negative, *arguments)
        return together(lambda *codes: call(FUNCTIONS[expression.function], *codes), *arguments)

    @piece.register
    def _select(self, expression: expressions.Select, scope: Scope) -> Piece:
        bound = _bound(expression)
        if bound:
            both = self._typed((expression.other, expression.then), scope)
            return together(lambda x, most: call(bound, x, most), *both)
        then, other = self._typed((expression.then, expression.other), scope)
        condition = self.piece(expression.condition, scope)
        return together(lambda *codes: call("np.where", *codes), condition, then, other)

    @piece.register
    def _cast(self, expression: expressions.Cast, scope: Scope) -> Piece:
        if isinstance(expression.value, expressions.Index):
            return self.piece(expressions.Index(expression.value.axis, expression.dtype), scope)
        (value,) = self._typed((expression.value,), scope)
        kind = TYPES[expression.dtype]
        return together(lambda c: Code(f"{c.within(ATOM)}.astype({kind})"), value)


def printed(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and the parts of it that are printed, each as often as it is."""
    yield expression
    hidden = isinstance(expression, expressions.Select) and _bound(expression)
    for child in children(expression)[1 if hidden else 0 :]:
        yield from printed(child)


def _takes_rows(take: expressions.Take, last: int, scope: Scope) -> bool:
    """Tell whether the last axis, and it alone, walks along the rows that the index chooses."""
    if scope.sizes.get(last) != take.scale or take.strides[last] != 1:
        return False
    whole = not take.offset and not take.table.size % take.scale
    alone = not any(take.strides[axis] for axis in scope.sizes if axis != last)
    return whole and alone and not _changes_with(take.index, last)


def _changes_with(index: expressions.Expression, axis: int) -> bool:
    return any(_changes(part, axis) for part in walk(index))


def _changes(part: Expression, axis: int) -> bool:
    """Tell whether a part of an expression by itself may change along an axis."""
    if isinstance(part, expressions.At | expressions.Take):
        return part.strides[axis] != 0
    return isinstance(part, expressions.Local | expressions.Result) or (
        isinstance(part, expressions.Index) and part.axis == axis
    )


def _bound(select: expressions.Select) -> str:
    """Return the function that a comparison with a number amounts to, if there is one."""
    match select.condition:
        case expressions.Binary(right=expressions.Number() as bound) as condition:
            chosen = condition.left == select.other and bound == select.then
            return BOUNDS.get(condition.operator, "") if chosen and not isnan(bound.value) else ""
    return ""
