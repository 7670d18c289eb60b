"""The built-in activation functions: their names in Keras 3 and their arguments with defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.layers.tree import Input, Node, layers_of, shape_of
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import Shape, Size

Argument = float | int | bool | None | tuple[int, ...]

FUNCTIONS: Mapping[str, Mapping[str, Argument]] = MappingProxyType(
    {
        "linear": {},
        # Before Keras 3.15, x is multiplied with whether it is above the threshold: NaN stays.
        "relu": {
            "negative_slope": 0.0,
            "max_value": None,
            "threshold": 0.0,
            "multiplies": False,
        },
        "relu6": {},
        "leaky_relu": {"negative_slope": 0.2},
        "elu": {"alpha": 1.0},
        "selu": {},
        "celu": {"alpha": 1.0},
        "gelu": {"approximate": False},
        "sigmoid": {},
        # clip(slope * x + 0.5, 0, 1): the slope is 0.2 before Keras 3 and 1/6 since.
        "hard_sigmoid": {"slope": 1 / 6},
        "tanh": {},
        "hard_tanh": {},
        "softmax": {"axis": -1},
        "log_softmax": {"axis": -1},
        "softplus": {},
        "softsign": {},
        "exponential": {},
        "silu": {},
        "hard_silu": {},
        "mish": {},
        "glu": {"axis": -1},
        "log_sigmoid": {},
        "hard_shrink": {"threshold": 0.5},
        "soft_shrink": {"threshold": 0.5},
        "tanh_shrink": {},
        "sparse_plus": {},
        "sparse_sigmoid": {},
        # Keras subtracts the sum of the cumulative sums over the support, not the last of them.
        "sparsemax": {"axis": -1},
        "squareplus": {"b": 4},
        # Without a default_value it is ThresholdedReLU, which multiplies likewise.
        "threshold": {"threshold": None, "default_value": None},
    }
)

RANKED = frozenset({"sparsemax"})
"""Functions that put numbers in order, which NaN and infinities have none of."""


@dataclass(frozen=True)
class Function:
    """An activation function with every argument spelled out."""

    name: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, **arguments: Argument) -> "Function":
        """Make a function with the defaults of ``FUNCTIONS`` filled in."""
        return cls(name, {**FUNCTIONS[name], **arguments})

    def propagates(self) -> bool:
        """Whether both readings make the same of NaN and infinities."""
        return self.name not in RANKED

    @property
    def is_linear(self) -> bool:
        """Whether the function returns its argument."""
        return self.name == "linear"

    def spans(self, rank: int) -> bool:
        """Tell whether it means the same with one more axis behind the batch of an argument."""
        axis = self.arguments.get("axis", -1)
        return isinstance(axis, int | tuple) and all(-rank < each < 0 for each in as_tuple(axis))

    def infer_shape(self, shape: Shape) -> Shape:
        """Shape of the result: the argument's, except for ``glu``, which halves an axis."""
        if self.name != "glu":
            return shape
        axis = self.arguments["axis"]
        if not isinstance(axis, int) or not -len(shape) <= axis < len(shape):
            raise UnsupportedConfigError(f"glu over axis {axis!r} of {len(shape)} axes")
        halved = list(shape)
        halved[axis] = _half(shape[axis])
        return tuple(halved)


def _half(size: Size) -> int | None:
    if not isinstance(size, int):
        return None
    if size % 2:
        raise UnsupportedConfigError(f"glu halves an axis of odd size {size}")
    return size // 2


@dataclass(frozen=True)
class Expressed(Function):
    """An activation function of a user's, as the formula that was given for it.

    ``body`` computes it from one input, and keeps the shape.
    """

    text: str = ""
    body: Node = field(default_factory=lambda: Input(0))

    def propagates(self) -> bool:
        """Whether every step of the formula does."""
        return all(layer.propagates() for layer in layers_of(self.body))

    def infer_shape(self, shape: Shape) -> Shape:
        """The argument's; raises where the formula changes it."""
        found = shape_of(self.body, [shape])
        if found != shape:
            raise UnsupportedConfigError(
                f"activation {self.name!r}: {self.text!r} gives {len(found)} axes, or other sizes"
            )
        return shape


LINEAR = Function("linear")
