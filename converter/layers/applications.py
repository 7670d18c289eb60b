"""Layers that keras.applications has for itself."""

from dataclasses import dataclass
from typing import ClassVar, final

from keronyx.converter.layers.base import Layer, Role, variable
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.sizes import fits, same
from keronyx.converter.tensors import Shape, Variable


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LayerScale(Layer):
    """ConvNeXt: a factor for each channel of the last axis, ``projection_dim`` of them."""

    projection_dim: int
    gamma: Variable = variable()
    mask: ClassVar[Mask] = "stops"

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        self.check_variable("gamma", (self.projection_dim,))
        if not fits(shapes[0][-1:], (self.projection_dim,)):
            raise self.misfit(f"an input with {shapes[0][-1]} channels")
        return shapes[0]


@final
class StochasticDepth(Layer):
    """ConvNeXt: leave out a branch at random."""

    role: ClassVar[Role] = "inert"
    mask: ClassVar[Mask] = "stops"


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class CustomScaleLayer(Layer):
    """InceptionResNetV2: the first input, and ``scale`` times the second."""

    scale: float
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    mask: ClassVar[Mask] = "stops"

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The shape of both."""
        first, second = shapes
        if not fits(first, second):
            raise self.misfit(f"inputs of shapes {first} and {second}")
        return tuple(map(same, zip(first, second, strict=True)))
