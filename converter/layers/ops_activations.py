"""Activation functions called on tensors: ``keras.activations.relu``, ``keras.ops.softmax``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.functions import FUNCTIONS, Function
from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import common
from keronyx.converter.tensors import Shape

FLOAT: Final = Rule(common, takes="floats")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Activated(Applied, abstract=True):
    """A built-in activation function with its arguments; of integers, relu alone.

    softmax and log_softmax without an axis are over all numbers there are. ``multiplies`` is what
    the version decides: see ``converter.layers.functions``.
    """

    negative_slope: float = 0.2
    max_value: float | None = None
    threshold: float = 0.5
    default_value: float = 0.0
    alpha: float = 1.0
    b: float = 4
    approximate: bool = True
    axis: int | None = -1
    multiplies: bool = False
    rules: ClassVar[Mapping[str, Rule]] = {
        name: Rule(common) if name in {"relu", "linear"} else FLOAT for name in FUNCTIONS
    }

    @property
    def activation(self) -> Function:
        """The function with the arguments that it has."""
        own = FUNCTIONS[self.function].keys() & self.options()
        told = {name: getattr(self, name) for name in sorted(own)}
        return Function.of(self.function, **(told | {"axis": -1} if self.flat else told))

    @property
    def flat(self) -> bool:
        """Whether all numbers are in one row."""
        return self.axis is None

    @property
    def of_batch(self) -> bool:
        """Whether samples are seen together."""
        return self.axis in (None, 0)

    def shape_of(self, *shapes: Shape) -> Shape:
        """That of the function's result."""
        (shape,) = shapes
        if self.axis is not None and "axis" in FUNCTIONS[self.function]:
            self.axis_of(self.axis, len(shape))
        return shape if self.flat else self.activation.infer_shape(shape)


OPERATIONS: Final = (Activated,)
