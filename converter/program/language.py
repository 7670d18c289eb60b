"""The little language between a description and source code: loops over numbers, no layers.

A ``Program`` computes **one row**: the batch axis is in none of its sizes. A batch is the same
program run for every row, by a loop around it or with a batch axis in front of every buffer that
is not a ``Constant`` (as NumPy does it).

Memory is flat. Every ``Buffer`` holds ``size`` numbers of one type, and is indexed by a single
number: the multi-dimensional shapes of the model are only in the strides. A statement runs over
``axes``, the sizes of its nested loops, outermost first; with ``axes=()`` it runs once.
``At(buffer, offset, strides)`` is the element ``buffer[offset + i0 * strides[0] + i1 * strides[1]
+ ...]`` where ``i0, i1, ...`` are the loop variables; it is a value when it stands in an
expression, and a place when it is a ``target``. A stride may be 0 (broadcasting); none of a
target's is, unless its axis has size 1. For NumPy an ``At`` is a strided view of shape ``axes``.

An expression has a ``dtype`` and no side effects; both branches of a ``Select`` may be computed.
Statements, one after the other:

``Comment``  a line of text, mostly the name of a layer. Untrusted: it comes from the file.
``Check``    for all axes the condition must hold, else the prediction ends with ``code``.
``Map``      for all axes: target = steps.
``Fold``     for the axes that are kept: target = steps of the sum (or maximum) over the others.
``Product``  a matrix product: for all rows and units, target = steps of the sum over inputs.

**Steps** are a tuple of expressions, computed in order for each element: ``Local(n)`` in a step is
the value of step ``n``, and the last step is what is stored. ``Result`` is, in the steps of a
``Fold`` or ``Product``, what was folded or summed up.

The elements of one statement do not depend on each other: any order, or all at once, is right. A
``Map`` may read its own target, but then only at the very element that it writes, and in the steps
of a ``Fold`` or ``Product`` the same holds; what a ``Fold`` folds and a ``Product`` multiplies
never lies in its target.

**Arithmetic.** ``float32`` and ``float64`` are computed at least that precisely, as IEEE 754 has
it, NaN and Inf included: no fast-math. Sums may be taken in any order. Integers (``int32``,
``int64``) know ``+ - *``, which wrap around, comparisons, max and min. ``bool`` is what
comparisons give and ``Select`` takes; buffers of bools hold 0 and 1.

**A printer** is a module with ``def write(program: Program, options: Options) -> str``, listed in
``keronyx.converter.source.PRINTERS``. It knows this module and nothing of layers. Every ``name`` of
a buffer, and ``Program.name``, is an identifier in all our languages already: ASCII, lower case,
no keyword, unique in its program, and does not begin with ``kx_``, which is left to printers for
what they need themselves. Texts (``label``, ``title``, ``Comment.text``, ``Check.message``) are
untrusted and may hold anything, line ends and quotes among it;
``keronyx.converter.program.names.comment_text`` makes them fit for a comment.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

from keronyx.converter.tensors import Array

DType: TypeAlias = Literal["float32", "float64", "int32", "int64", "bool"]
Real: TypeAlias = Literal["float32", "float64"]

REALS: Final = frozenset({"float32", "float64"})
ITEM_SIZES: Final = {"float32": 4, "float64": 8, "int32": 4, "int64": 8, "bool": 1}

FUNCTIONS: Final = {
    "abs": 1,
    "neg": 1,
    "exp": 1,
    "expm1": 1,
    "log": 1,
    "log1p": 1,
    "sqrt": 1,
    "tanh": 1,
    "erf": 1,
    "trunc": 1,
    "rint": 1,
    "max": 2,
    "min": 2,
}
"""The functions that an expression may call, and how many arguments each takes.

All take and return one floating type; neg, max and min also integers. ``trunc`` drops fractions,
``rint`` rounds to the nearest whole number, halves to even ones. ``max`` and ``min`` are NaN when
either argument is (so is ``numpy.maximum``, not C's ``fmax``).
"""

ARITHMETIC: Final = ("+", "-", "*", "/")
COMPARISONS: Final = ("<", "<=", ">", ">=", "==", "!=")


@dataclass(frozen=True, kw_only=True, eq=False)
class Buffer:
    """A flat piece of memory: an input, an output, or scratch.

    Scratch is shared between values that do not live at the same time. It holds nothing when a
    row begins.
    """

    name: str
    dtype: DType
    size: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Constant(Buffer):
    """Numbers that never change: weights and tables.

    ``values`` is an array of ``dtype`` with its meaningful shape, in C order; an ``At`` counts in
    ``values.ravel()``. ``label`` says what it is: ``layer/variable``.
    """

    values: Array
    label: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Port:
    """An input or an output: its buffer, and what it is to the caller.

    ``label`` is the model's own name, ``shape`` that of one row, in C order.
    """

    label: str
    buffer: Buffer
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Number:
    """A literal. A float may be infinite or NaN, and is exact as a Python float or int."""

    value: float | int | bool
    dtype: DType


@dataclass(frozen=True)
class At:
    """An element of a buffer, as the loops have it: a value, or the place of a target."""

    buffer: Buffer
    offset: int
    strides: tuple[int, ...]

    @property
    def dtype(self) -> DType:
        """The buffer's."""
        return self.buffer.dtype


@dataclass(frozen=True)
class Take:
    """An element that data chooses: ``table[index * scale + offset + i0 * strides[0] + ...]``.

    ``index`` is an integer; a ``Check`` before the statement has seen to it that it lies within.
    """

    table: Constant
    index: "Expression"
    scale: int
    offset: int
    strides: tuple[int, ...]

    @property
    def dtype(self) -> DType:
        """The table's."""
        return self.table.dtype


@dataclass(frozen=True)
class Index:
    """The loop variable of an axis."""

    axis: int
    dtype: DType = "int64"


@dataclass(frozen=True)
class Local:
    """The value of an earlier step of the same statement."""

    step: int
    dtype: DType


@dataclass(frozen=True)
class Result:
    """What a Fold has folded, a Product summed up; only in their steps."""

    dtype: DType


@dataclass(frozen=True)
class Binary:
    """``left operator right``, both of one type: ARITHMETIC of that type or COMPARISONS.

    ``/`` is for floats only.
    """

    operator: str
    left: "Expression"
    right: "Expression"

    @property
    def dtype(self) -> DType:
        """Bool for a comparison, else that of the operands."""
        return "bool" if self.operator in COMPARISONS else self.left.dtype


@dataclass(frozen=True)
class Call:
    """One of ``FUNCTIONS`` of arguments that all have one type."""

    function: str
    arguments: "tuple[Expression, ...]"

    @property
    def dtype(self) -> DType:
        """That of the arguments."""
        return self.arguments[0].dtype


@dataclass(frozen=True)
class Select:
    """``then`` where the condition (a bool) holds, else ``other``; both of one type."""

    condition: "Expression"
    then: "Expression"
    other: "Expression"

    @property
    def dtype(self) -> DType:
        """That of the branches."""
        return self.then.dtype


@dataclass(frozen=True)
class Cast:
    """The value in another type.

    A float becomes an integer only where a ``Check`` has made sure that it fits; its fraction is
    dropped. A bool becomes 0 or 1. Nothing is cast to bool.
    """

    dtype: DType
    value: "Expression"


Expression: TypeAlias = Number | At | Take | Index | Local | Result | Binary | Call | Select | Cast
Steps: TypeAlias = tuple[Expression, ...]


@dataclass(frozen=True)
class Comment:
    """Text for the reader; it may hold anything."""

    text: str


@dataclass(frozen=True)
class Check:
    """End the prediction with ``code`` (1, 2, ...) when the condition fails for any element.

    What the outputs hold then is not defined. ``message`` says what was wrong.
    """

    axes: tuple[int, ...]
    condition: Expression
    code: int
    message: str


@dataclass(frozen=True)
class Map:
    """For all axes: ``target = steps``."""

    axes: tuple[int, ...]
    target: At
    steps: Steps


@dataclass(frozen=True)
class Fold:
    """Fold the last ``over`` axes (one or more) and keep the others.

    For all kept axes: r = start; for the others: r = r + value, or max(r, value); then
    ``target = steps``, with r as ``Result``. ``value`` sees all axes; ``target`` and ``steps`` see
    the kept ones, and so have as many strides. ``value`` has no Local and no Result.
    """

    axes: tuple[int, ...]
    over: int
    operator: Literal["sum", "max"]
    start: Number
    value: Expression
    target: At
    steps: Steps

    @property
    def kept(self) -> tuple[int, ...]:
        """The axes that stay."""
        return self.axes[: -self.over]


@dataclass(frozen=True)
class Product:
    """``target[m, n] = steps of bias[n] + sum over k of x[m, k] * kernel[k, n]``.

    ``source`` is x: (rows, inputs) from ``source.offset`` on, its strides those of m and k, the
    latter always 1 (or inputs is 1). ``kernel`` has the shape (inputs, units), ``bias`` (units,) or
    there is none. Types are all alike. ``steps`` and ``target`` see the axes (rows, units);
    ``Result`` is the sum, bias included.
    """

    rows: int
    inputs: int
    units: int
    source: At
    kernel: Constant
    bias: Constant | None
    target: At
    steps: Steps

    @property
    def axes(self) -> tuple[int, int]:
        """What target and steps see."""
        return (self.rows, self.units)


Statement: TypeAlias = Comment | Check | Map | Fold | Product


@dataclass(frozen=True, kw_only=True, eq=False)
class Vectors:
    """Recorded inputs and outputs, for the self-test: one array a port, (rows, size), its dtype.

    A number is right when it is the expected one or ``|a - b| <= atol + rtol * |b|``; two NaN are
    equal.
    """

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    rtol: float
    atol: float

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.outputs[0])


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """What a printer prints.

    ``name`` is an identifier to call the whole by; ``title`` is the model's own name. ``real`` is
    the type of floating numbers, but for layers that compute in float64 whatever was asked for.
    ``facts`` are lines for the head of the file: where the model comes from; untrusted.
    """

    name: str
    title: str
    real: Real
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    constants: tuple[Constant, ...]
    scratch: tuple[Buffer, ...]
    statements: tuple[Statement, ...]
    facts: tuple[str, ...] = ()
    vectors: Vectors | None = field(default=None, repr=False)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Everything that can end a prediction, in the order of the codes."""
        return tuple(each for each in self.statements if isinstance(each, Check))

    @property
    def scratch_bytes(self) -> int:
        """Memory that a row needs besides its inputs and outputs."""
        return sum(ITEM_SIZES[buffer.dtype] * buffer.size for buffer in self.scratch)


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a program is printed.

    With ``weights_file`` (a bare file name, for the comment) the constants are not in the source:
    they are read from the bytes that ``converter.program.weights.pack`` makes. ``pure`` asks the
    Python printer to do without NumPy; the others ignore it.
    """

    weights_file: str | None = None
    pure: bool = False


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions that an expression is made of."""
    match expression:
        case Take():
            return (expression.index,)
        case Binary():
            return (expression.left, expression.right)
        case Call():
            return expression.arguments
        case Select():
            return (expression.condition, expression.then, expression.other)
        case Cast():
            return (expression.value,)
    return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and everything in it."""
    yield expression
    for child in children(expression):
        yield from walk(child)


def expressions(statement: Statement) -> tuple[Expression, ...]:
    """Return the expressions of a statement; of a Product only its steps."""
    match statement:
        case Check():
            return (statement.condition,)
        case Map() | Product():
            return statement.steps
        case Fold():
            return (statement.value, *statement.steps)
    return ()


def reads(statement: Statement) -> Iterator[Buffer]:
    """Yield every buffer that a statement reads, constants among them."""
    for root in expressions(statement):
        for expression in walk(root):
            if isinstance(expression, At):
                yield expression.buffer
            elif isinstance(expression, Take):
                yield expression.table
    if isinstance(statement, Product):
        yield statement.source.buffer
        yield statement.kernel
        if statement.bias is not None:
            yield statement.bias


def written(statement: Statement) -> Buffer | None:
    """Return the buffer that a statement writes to."""
    return None if isinstance(statement, Comment | Check) else statement.target.buffer


def functions_of(program: Program) -> frozenset[tuple[str, Any]]:
    """Return every (function, dtype) that is called somewhere in the program."""
    return frozenset(
        (expression.function, expression.dtype)
        for statement in program.statements
        for root in expressions(statement)
        for expression in walk(root)
        if isinstance(expression, Call)
    )
