"""The little language between a description and source code: loops over numbers, no layers.

A ``Program`` computes **one row**: the batch axis is in none of its sizes. A batch is the same
program run for every row, by a loop around it or with a batch axis in front of every buffer that
is not a ``Constant`` (as NumPy does it). It is made of ``statements`` over ``expressions`` of what
lies in ``memory``, which have a module each; ``walking`` tells what they are made of.

Every ``name`` of a buffer, and ``Program.name``, is an identifier in all our languages already:
ASCII, lower case, no keyword, unique in its program, and does not begin with ``kx_``, which is
left to printers for what they need themselves. Texts (``label``, ``title``, ``Comment.text``,
``Check.message``) are untrusted and may hold anything, line ends and quotes among it.
"""

from dataclasses import dataclass, field
from functools import cached_property

from keronyx.converter.program.memory import ITEM_SIZES, Buffer, Constant, Port, Real
from keronyx.converter.program.statements import Check, Statement
from keronyx.converter.tensors import Array


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
    def ports(self) -> tuple[Port, ...]:
        """The inputs, then the outputs."""
        return (*self.inputs, *self.outputs)

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
