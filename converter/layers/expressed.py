"""Layers whose code is not run, and that compute what a user said instead."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from keronyx.converter.errors import Label, label_of
from keronyx.converter.layers.base import FLOATS, Layer
from keronyx.converter.layers.functions import Expressed
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.nested import with_held
from keronyx.converter.layers.sizes import fits, shown
from keronyx.converter.layers.tree import MOST_INPUTS, Node, dtype_of, layers_of, shape_of
from keronyx.converter.several import without
from keronyx.converter.tensors import Shape, Sizes


@dataclass(frozen=True, kw_only=True, eq=False)
class Replaced(Layer, abstract=True):
    """What an expression says of x, or of x0, x1 ....

    ``class_name`` is the class in the file, ``text`` the expression as it was given, ``body`` the
    layers that compute it from so many ``inputs``. ``output_shape`` (batch axis excluded) is what
    the file says comes out, if it does.
    """

    class_name: str
    text: str
    inputs: int
    body: Node
    output_shape: Sizes | None = None
    autocast: ClassVar[bool] = False
    arity: ClassVar[tuple[int, int | None]] = (1, MOST_INPUTS)
    loose: ClassVar[bool] = True
    mask: ClassVar[Mask] = "unknown"

    @property
    def label(self) -> Label:
        """The layer under the class that the file gives it."""
        return label_of(self.name, self.class_name)

    @property
    def moves_only(self) -> bool:
        """Whether every operation of the expression only moves numbers."""
        return all(each.moves_only for each in layers_of(self.body))

    def propagates(self) -> bool:
        """Whether every step of the expression does."""
        return all(layer.propagates() for layer in layers_of(self.body))

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Shape of what the expression gives."""
        if len(shapes) != self.inputs:
            raise self.misfit(f"called on {len(shapes)} inputs")
        shape = shape_of(self.body, shapes)
        if self.output_shape is not None and not fits(shape[1:], self.output_shape):
            raise self.refuse(
                f"{self.text!r} gives rows of shape {shown(shape[1:])}, "
                f"the file says {shown(self.output_shape)}"
            )
        return shape

    def infer_dtype(self, *dtypes: str) -> str:
        """Dtype of what the expression gives."""
        return dtype_of(self.body, dtypes)


class Lambda(Replaced, abstract=True):
    """A Lambda layer, which keeps no mask."""

    mask: ClassVar[Mask] = "stops"
    accepts_mask: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True, eq=False)
class Composed(Replaced, abstract=True):
    """A function of a file that is several operations: ``text`` is its name.

    ``takes`` tells the numbers that it is defined for here: of any dtype, or floating ones alone.
    """

    takes: Literal["all", "floats"] = "all"
    mask: ClassVar[Mask] = "stops"

    def infer_dtype(self, *dtypes: str) -> str:
        """Dtype of what the last operation gives."""
        others = without(dtypes, FLOATS)
        if self.takes == "floats" and others:
            raise self.refuse(f"{self.text} of {others[0]} numbers")
        return super().infer_dtype(*dtypes)


def given_texts(layers: Iterable[Layer]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every formula in layers, and in those that they hold."""
    for layer in with_held(layers):
        if isinstance(layer, Replaced) and not isinstance(layer, Composed):
            yield layer.label, layer.text
        function = getattr(layer, "activation", None)
        if isinstance(function, Expressed):
            yield f"activation '{function.name}'", function.text
