"""Programs at random: every statement and expression, over strides that no layer would think of."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Any, Final

import numpy as np
from little_language import constant, run

from keronyx.converter.program.expressions import (
    At,
    Binary,
    Call,
    Cast,
    Expression,
    Index,
    Local,
    Number,
    Result,
    Select,
    Steps,
    Take,
)
from keronyx.converter.program.language import Program, Vectors
from keronyx.converter.program.memory import Buffer, DType, Port
from keronyx.converter.program.statements import Check, Comment, Fold, Map, Product, Statement
from keronyx.converter.program.walking import reads

Inner = Callable[[DType], Expression]

SIZE: Final = 36
INTEGERS: Final[tuple[DType, ...]] = ("int32", "int64")
EXTREMES: Final[dict[DType, tuple[float, ...]]] = {
    "float64": (0.0, 1.5, -2.25, 0.1, float("inf"), float("-inf"), float("nan"), 1e300),
    "int32": (0, 1, -1, 2**31 - 1, -(2**31)),
    "int64": (0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63)),
}
UNARY: Final = (
    "abs",
    "neg",
    "exp",
    "expm1",
    "log",
    "log1p",
    "sqrt",
    "tanh",
    "erf",
    "trunc",
    "rint",
)


class Maker:
    """Makes a program; ``real`` is what its floating numbers are."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        kinds: tuple[DType, ...] = ("float64", "int32", "int64", "bool")
        self.inputs = [Buffer(name=f"in_{kind}", dtype=kind, size=SIZE) for kind in kinds]
        self.outputs = [Buffer(name=f"out_{kind}", dtype=kind, size=SIZE) for kind in kinds[:3]]
        self.scratch = [Buffer(name=f"scratch_{kind}", dtype=kind, size=SIZE) for kind in kinds[:3]]
        self.tables = [
            constant("table", self.rng.standard_normal((6, 6))),
            constant("table_i", self.rng.integers(-9, 9, SIZE).astype(np.int32)),
            constant("table_l", self.rng.integers(-(2**62), 2**62, (2, 18))),
        ]
        self.kernel = constant("kernel", self.rng.standard_normal((5, 7)))
        self.bias = constant("bias", self.rng.standard_normal(7))
        self.written = {buffer: np.zeros(SIZE, bool) for buffer in (*self.outputs, *self.scratch)}
        for buffer in (*self.inputs, *self.tables):
            self.written[buffer] = np.ones(SIZE, bool)

    def one(self, options: Sequence[Any]) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def axes(self, least: int = 0) -> tuple[int, ...]:
        return tuple(self.one((1, 2, 3, 3)) for _ in range(self.rng.integers(least, 4)))

    def target(self, dtype: DType, axes: Sequence[int]) -> At:
        """Return a place whose elements are all different: axes in any order, with gaps."""
        buffer = self.one([each for each in (*self.outputs, *self.scratch) if each.dtype == dtype])
        strides, step = [0] * len(axes), self.one((1, 1, 1, 2)) if prod(axes) <= 9 else 1
        order = list(range(len(axes)))[::-1]
        if self.rng.random() < 0.4:
            self.rng.shuffle(order)
        for axis in order:
            strides[axis], step = step, step * axes[axis]
        last = sum((size - 1) * stride for size, stride in zip(axes, strides, strict=True))
        return At(buffer, self.one((0, 0, int(self.rng.integers(SIZE - last)))), tuple(strides))

    def at(self, dtype: DType, axes: Sequence[int]) -> Expression:
        """Return a place that was written, or else a literal."""
        known = [buffer for buffer in self.written if buffer.dtype == dtype]
        for _ in range(6):
            strides = tuple(int(self.one((0, 1, 2, 3, 4, 6, -1))) for _ in axes)
            at = At(self.one(known), int(self.rng.integers(SIZE)), strides)
            indices = touched(at, axes)
            inside = indices.min() >= 0 and indices.max() < SIZE
            if inside and self.written[at.buffer][indices].all():
                return at
        return self.number(dtype)

    def number(self, dtype: DType) -> Number:
        if dtype == "bool":
            return Number(bool(self.rng.integers(2)), "bool")
        return Number(self.one(EXTREMES[dtype]), dtype)

    def expression(
        self, dtype: DType, axes: Sequence[int], depth: int, locals_: Sequence[Expression] = ()
    ) -> Expression:
        fitting = [each for each in locals_ if each.dtype == dtype]
        if fitting and self.rng.random() < 0.3:
            found: Expression = self.one(fitting)
            return found
        if not depth or self.rng.random() < 0.2:
            return self.at(dtype, axes) if self.rng.random() < 0.8 else self.number(dtype)

        def inner(kind: DType) -> Expression:
            return self.expression(kind, axes, depth - 1, locals_)

        if dtype == "bool":
            kind: DType = self.one(("float64", *INTEGERS))
            return Binary(self.one(("<", "<=", ">", ">=", "==", "!=")), inner(kind), inner(kind))
        if self.rng.random() < 0.3:
            return self.floating(inner) if dtype == "float64" else self.whole(dtype, inner)
        return self.any_type(dtype, axes, inner)

    def any_type(self, dtype: DType, axes: Sequence[int], inner: Inner) -> Expression:
        choice = self.rng.integers(4)
        if choice == 0:
            return Select(inner("bool"), inner(dtype), inner(dtype))
        if choice == 1:
            return Call(self.one(("max", "min")), (inner(dtype), inner(dtype)))
        if choice == 2 and axes:
            return Cast(dtype, Index(int(self.rng.integers(len(axes)))))
        return self.taken(dtype, axes)

    def floating(self, inner: Inner) -> Expression:
        choice = self.rng.integers(4)
        if choice == 0:
            return Binary(self.one("+-*/"), inner("float64"), inner("float64"))
        if choice == 1:
            return Cast("float64", inner(self.one(("int32", "bool", "int64"))))
        return Call(self.one(UNARY), (inner("float64"),))

    def whole(self, dtype: DType, inner: Inner) -> Expression:
        choice = self.rng.integers(5)
        if choice == 0:
            small = Binary("*", Call("tanh", (inner("float64"),)), Number(9.5, "float64"))
            known = Binary("==", small, small)
            return Cast(dtype, Select(known, small, Number(0.0, "float64")))
        if choice == 1:
            return Cast(dtype, inner(self.one((*INTEGERS, "bool"))))
        if choice == 2:
            return Call("neg", (inner(dtype),))
        return Binary(self.one("+-*"), inner(dtype), inner(dtype))

    def taken(self, dtype: DType, axes: Sequence[int]) -> Expression:
        """Return rows or elements of a table that an input of int64 chooses: 0, 1 or 2."""
        table = next(each for each in self.tables if each.dtype == dtype)
        index = At(
            self.inputs[2], 0, tuple(self.one((0, 1)) for _ in axes[:-1]) + (0,) * bool(axes)
        )
        chosen: Expression = Call(
            "max", (Number(0, "int64"), Call("min", (index, Number(2, "int64"))))
        )
        if self.rng.random() < 0.5:
            chosen = Cast("int32", chosen)
        if axes and axes[-1] > 1 and self.rng.random() < 0.5:
            return Take(table, chosen, axes[-1], 0, (*(0 for _ in axes[:-1]), 1))
        return Take(
            table, chosen, 3, int(self.rng.integers(6)), tuple(self.one((0, 1, 2)) for _ in axes)
        )

    def steps(self, dtype: DType, axes: Sequence[int], *more: Expression) -> Steps:
        steps: list[Expression] = []
        known = [*more]
        for number in range(self.rng.integers(3)):
            kind: DType = self.one(("float64", *INTEGERS))
            steps.append(self.expression(kind, axes, 2, known))
            known.append(Local(number, kind))
        return (*steps, self.expression(dtype, axes, 3, known * 2))

    def statement(self) -> Statement:
        kind, dtype = self.rng.integers(8), self.one(("float64", "float64", *INTEGERS))
        if kind == 0:
            axes = self.axes()
            condition = self.expression("bool", axes, 1)
            return Check(axes, Binary("==", condition, condition), 1, "never")
        if kind == 1:
            return Comment('anything */ """ \n')
        if kind in {2, 3}:
            return self.fold(dtype)
        if kind == 4:
            return self.product()
        axes = self.axes()
        target = self.target(dtype, axes)
        return Map(axes, target, self.steps(dtype, axes))

    def fold(self, dtype: DType) -> Fold:
        axes, source = self.axes(1), self.one(("float64", *INTEGERS))
        over = int(self.rng.integers(1, len(axes) + 1))
        operator = self.one(("sum", "max"))
        value = self.expression(source, axes, 2)
        start = Number(self.one((0, 3)), source)
        if source == "float64" and operator == "max" and self.rng.random() < 0.5:
            start = Number(float("-inf"), source)
        kept = axes[:-over]
        steps = self.steps(dtype, kept, Result(source), Result(source))
        return Fold(axes, over, operator, start, value, self.target(dtype, kept), steps)

    def product(self) -> Statement:
        rows = self.one((1, 2, 3))
        source = At(self.inputs[0], int(self.rng.integers(10)), (self.one((0, 3, 5)), 1))
        bias = self.one((self.bias, None))
        axes = (rows, 7)
        target = self.target("float64", axes)
        steps = self.steps("float64", axes, Result("float64"), Result("float64"))
        return Product(rows, 5, 7, source, self.kernel, bias, target, steps)

    def program(self, count: int) -> tuple[Statement, ...]:
        """Return statements; what one reads was written, and not at other places by itself."""
        made: list[Statement] = []
        while len(made) < count:
            statement = self.statement()
            if not isinstance(statement, Check | Comment):
                if statement.target.buffer in set(reads(statement)):
                    continue
                axes = statement.kept if isinstance(statement, Fold) else statement.axes
                self.written[statement.target.buffer][touched(statement.target, axes)] = True
            made.append(statement)
        for buffer in self.outputs:
            fill = Number(0, buffer.dtype)
            if not self.written[buffer].all():
                made.insert(0, Map((SIZE,), At(buffer, 0, (1,)), (fill,)))
        return tuple(made)


def touched(at: At, axes: Sequence[int]) -> Any:
    """Return the elements of a place."""
    found = np.array([at.offset])
    for size, stride in zip(axes, at.strides, strict=True):
        found = (found[:, None] + np.arange(size) * stride).ravel()
    return found


def random_program(seed: int, name: str, statements: int = 14) -> Program:
    """Return a program whose recorded rows are what its definition says."""
    maker = Maker(seed)
    program = Program(
        name=name,
        title="at random",
        real="float64",
        inputs=tuple(Port(label=each.name, buffer=each, shape=(SIZE,)) for each in maker.inputs),
        outputs=tuple(Port(label=each.name, buffer=each, shape=(6, 6)) for each in maker.outputs),
        constants=(*maker.tables, maker.kernel, maker.bias),
        scratch=tuple(maker.scratch),
        statements=maker.program(statements),
    )
    rng = np.random.default_rng(seed)
    given = (
        rng.standard_normal((3, SIZE)) * 2,
        rng.integers(-4, 4, (3, SIZE)).astype(np.int32),
        rng.choice(np.array([0, 1, 2, 5, -7, 2**62], np.int64), (3, SIZE)),
        rng.integers(0, 2, (3, SIZE)).astype(np.bool_),
    )
    expected = run(program, given)
    recorded = Vectors(inputs=given, outputs=expected, rtol=1e-9, atol=1e-9)
    return replace(program, vectors=recorded)
