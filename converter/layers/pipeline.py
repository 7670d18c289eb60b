"""A layer that calls several others, one after the other."""

from dataclasses import dataclass
from typing import ClassVar, final

from keronyx.converter.layers.augmentation import TRAINING
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.masked import Mask
from keronyx.converter.tensors import Shape


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Pipeline(Layer):
    """The layers that it holds, each on what the one before gives."""

    layers: tuple[Layer, ...]
    autocast: ClassVar[bool] = False
    harmless: ClassVar[frozenset[str]] = TRAINING
    mask: ClassVar[Mask] = "unknown"

    def propagates(self) -> bool:
        """Whether all of its layers do."""
        return all(layer.propagates() for layer in self.layers)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The last layer's."""
        (shape,) = shapes
        for layer in self.layers:
            shape = layer.infer_shape(shape)
        return shape

    def infer_dtype(self, *dtypes: str) -> str:
        """The last layer's."""
        (dtype,) = dtypes
        for layer in self.layers:
            dtype = layer.infer_dtype(dtype)
        return dtype
