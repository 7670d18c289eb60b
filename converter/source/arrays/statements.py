"""Statements on whole arrays, for NumPy."""

from collections import Counter
from functools import singledispatchmethod
from itertools import chain

from keronyx.converter.program.expressions import At, Binary, Expression, Local, Result, Steps
from keronyx.converter.program.language import Program
from keronyx.converter.program.memory import REALS, Port
from keronyx.converter.program.statements import Check, Comment, Fold, Map, Product, Statement
from keronyx.converter.several import without
from keronyx.converter.source.arrays.lives import lives
from keronyx.converter.source.arrays.pieces import (
    TYPES,
    Piece,
    Pieces,
    Scope,
    printed,
    scope_of,
    typed_if_plain,
)
from keronyx.converter.source.arrays.views import Held, view
from keronyx.converter.source.expressions import ATOM, MULTIPLIED, Code, binary, call
from keronyx.converter.source.loops import Lines, free_names
from keronyx.converter.source.texts import said


class Arrays(Pieces):
    """Prints the statements of a program, which must come in their order."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._free = free_names(program)
        self._lives = lives(program)
        self._current = 0
        for port in program.inputs:
            self.held[port.buffer] = Held(port.buffer.name, (port.buffer.size,))
        for constant in program.constants:
            self.held[constant] = Held(constant.name.upper(), constant.values.shape, batched=False)

    def lines(self, program: Program) -> Lines:
        """Return everything from the inputs to the outputs."""
        made = []
        for self._current, statement in enumerate(program.statements):
            made += self.statement(statement)
        return made

    def output(self, port: Port) -> str:
        """Return an output in the shape that the caller gets."""
        return self.held[port.buffer].reshaped(port.shape)

    @singledispatchmethod
    def statement(self, statement: Statement) -> Lines:
        """Return the lines of a statement."""
        raise TypeError(type(statement).__name__)

    @statement.register
    def _comment(self, statement: Comment) -> Lines:
        return [f"# {said(statement.text)}"]

    @statement.register
    def _check(self, statement: Check) -> Lines:
        condition = self.piece(statement.condition, scope_of(statement.axes))
        return [
            f"if not np.all({condition.code.text}):",
            f"    raise ValueError({statement.message!a})",
        ]

    @statement.register
    def _map(self, statement: Map) -> Lines:
        return self._finish(statement.target, statement.steps, scope_of(statement.axes))

    @statement.register
    def _fold(self, statement: Fold) -> Lines:
        wide, kept = scope_of(statement.axes), scope_of(statement.kept)
        folded = without(wide.sizes, kept.sizes)
        (piece,) = typed_if_plain([self.piece(statement.value, wide)], statement.value.dtype)
        if folded and not piece.full.issuperset(folded):
            piece = Piece(call("np.broadcast_to", piece.code, shape_of(wide)), wide.full)
        made = self._largest if statement.operator == "max" else self._summed
        code = made(statement, piece, wide, folded)
        result = Piece(code, piece.full - set(folded), shared=not folded)
        return self._finish_with(result, statement.target, statement.steps, kept)

    def _largest(self, fold: Fold, piece: Piece, wide: Scope, folded: list[int]) -> Code:
        code = _reduced("np.max", piece, len(folded), "")
        if fold.start.value == float("-inf"):
            return code
        return call("np.maximum", code, self.piece(fold.start, wide).code)

    def _summed(self, fold: Fold, piece: Piece, wide: Scope, folded: list[int]) -> Code:
        dtype = fold.value.dtype
        given = "" if dtype in REALS else f", dtype={TYPES[dtype]}"
        code = self._inner(fold.value, wide, folded) or _reduced(
            "np.sum", piece, len(folded), given
        )
        return binary("+", code, self.piece(fold.start, wide).code) if fold.start.value else code

    def _inner(self, value: Expression, scope: Scope, folded: list[int]) -> Code | None:
        """Return a sum of products over one axis without the products in memory."""
        if len(folded) != 1 or not isinstance(value, Binary) or value.operator != "*":
            return None
        both = [self.piece(value.left, scope), self.piece(value.right, scope)]
        if not all(piece.full.issuperset(folded) for piece in both):
            return None
        return call("np.einsum", Code('"...i,...i->..."'), *(piece.code for piece in both))

    @statement.register
    def _product(self, statement: Product) -> Lines:
        scope = scope_of(statement.axes)
        stride = statement.source.strides[0]
        rows = [(statement.rows, stride)] if 0 in scope.sizes else []
        held = self.held[statement.source.buffer]
        source = view(held, statement.source.offset, [*rows, (statement.inputs, 1)])
        kernel = self.held[statement.kernel].name + ("" if 1 in scope.sizes else "[:, 0]")
        code = Code(f"{source} @ {kernel}", MULTIPLIED)
        if statement.bias is not None:
            units = [(statement.units, 1)] if 1 in scope.sizes else []
            code = binary("+", code, Code(view(self.held[statement.bias], 0, units)))
        full = scope.full if stride else scope.full - {0}
        return self._finish_with(Piece(code, full), statement.target, statement.steps, scope)

    def _finish_with(self, result: Piece, target: At, steps: Steps, scope: Scope) -> Lines:
        """Return the lines of the steps; a result that they need several times gets a name."""
        uses = sum(isinstance(part, Result) for step in steps for part in printed(step))
        if uses < 2:
            return self._finish(target, steps, scope._replace(result=result))
        name = self._free("r")
        named = result._replace(code=Code(name))
        lines = self._finish(target, steps, scope._replace(result=named))
        return [f"{name} = {result.code.text}", *lines]

    def _finish(self, target: At, steps: Steps, scope: Scope) -> Lines:
        """Return the lines that compute the steps and store the last of them."""
        parts = chain.from_iterable(map(printed, steps))
        uses = Counter(part.step for part in parts if isinstance(part, Local))
        lines = []
        for number, step in enumerate(steps[:-1]):
            piece = self.piece(step, scope)
            if uses[number] > 1:
                name = self._free(f"t{number}")
                lines.append(f"{name} = {piece.code.text}")
                piece = piece._replace(code=Code(name))
            scope = scope._replace(steps=(*scope.steps, piece))
        return [*lines, *self._store(target, self.piece(steps[-1], scope), scope)]

    def _store(self, target: At, piece: Piece, scope: Scope) -> Lines:
        """Return the lines that make the array anew, or write to a part of it."""
        life = self._lives[self._current]
        name, kind = target.buffer.name, TYPES[target.dtype]
        if life.whole:
            self.held[target.buffer] = Held(name, tuple(scope.sizes.values()))
            return [f"{name} = {_complete(piece, scope, kind).text}"]
        lines = []
        if self._current == life.writes[0]:
            lines.append(f"{name} = np.empty((rows, {life.extent}), {kind})")
            self.held[target.buffer] = Held(name, (life.extent,))
        walks = [(size, target.strides[axis]) for axis, size in scope.sizes.items()]
        place = view(self.held[target.buffer], target.offset, walks)
        whole = "" if place.endswith("]") else "[...]"
        return [*lines, f"{place}{whole} = {piece.code.text}"]


def shape_of(scope: Scope) -> Code:
    """Return the shape of an array that has every axis of a statement."""
    sizes = ", ".join(map(str, scope.sizes.values()))
    return Code(f"(rows, {sizes})" if sizes else "(rows,)")


def _complete(piece: Piece, scope: Scope, kind: str) -> Code:
    """Return the piece as an array of its own, of full size."""
    if not piece.full.issuperset(scope.full):
        return call("np.full", shape_of(scope), piece.code, Code(kind))
    return Code(f"{piece.code.within(ATOM)}.copy()") if piece.shared else piece.code


def _reduced(function: str, piece: Piece, axes: int, more: str) -> Code:
    """Return the piece reduced over its last axes."""
    if not axes:
        return piece.code
    last = ", ".join(map(str, range(-axes, 0)))
    return Code(f"{function}({piece.code.text}, axis={last if axes == 1 else f'({last})'}{more})")
