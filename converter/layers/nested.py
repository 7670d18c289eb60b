"""A whole model in the place of a layer, where a wrapper holds it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from keronyx.converter.layers.base import Layer
from keronyx.converter.tensors import Shape, Variable

if TYPE_CHECKING:  # a model is made of layers
    from keronyx.converter.model import Model


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Nested(Layer, abstract=True):
    """A model with one input and one output, called as a layer.

    Models that are not held by a wrapper are inlined instead.
    """

    model: "Model"
    autocast: ClassVar[bool] = False
    accepts_mask: ClassVar[bool] = True

    def propagates(self) -> bool:
        """Whether every layer of the model does."""
        return all(layer.propagates() for layer in self.model.layers)

    def variables(self) -> dict[str, Variable]:
        """All variables of the model, by layer and name."""
        return {
            f"{layer.name}/{name}": variable
            for layer in self.model.layers
            for name, variable in layer.variables().items()
        }

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The model's output shape, for the batch size at hand."""
        (output,) = self.model.outputs.values()
        return (shapes[0][0], *output.shape[1:])

    def infer_dtype(self, *_dtypes: str) -> str:
        """The model's output dtype."""
        (output,) = self.model.outputs.values()
        return output.dtype


def with_held(layers: Iterable[Layer]) -> Iterator[Layer]:
    """Yield layers, and those that they hold."""
    for layer in layers:
        yield layer
        yield from with_held(layer.held().values())
        if isinstance(layer, Nested):
            yield from with_held(layer.model.layers)
