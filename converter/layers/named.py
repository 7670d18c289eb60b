"""What has a name in a model, and the errors that tell it: the root of every layer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from keronyx.converter.errors import (
    KeronyxError,
    Label,
    Reason,
    Unsupported,
    UnsupportedConfigError,
    UnsupportedLayerError,
    WeightError,
    label_of,
)
from keronyx.converter.layers.sizes import fits, shown
from keronyx.converter.tensors import Shape, Variable

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, eq=False)
class Named:
    """A thing of a model by its name, which is unique there (a path in nested models)."""

    name: str

    @property
    def label(self) -> Label:
        """How messages call the layer: ``layer 'dense' (Dense)``."""
        return label_of(self.name, type(self).__name__)

    def check_variable(self, name: str, expected: Shape) -> None:
        """Raise WeightError when the variable's shape is not the expected one (None: any)."""
        found: Variable | None = getattr(self, name)
        if found is None or fits(found.shape, expected):
            return
        what = f"{name} has shape {found.shape}, expected {shown(expected)}"
        raise self.strange(what, "the weights belong to another architecture")

    def check_each(self, names: Iterable[str], expected: Shape) -> None:
        """Raise WeightError when one of several variables does not have the shape of them all."""
        for name in names:
            self.check_variable(name, expected)

    def strange(self, what: str, hint: str) -> WeightError:
        """Make the error for variables that are not the layer's."""
        return WeightError(what, hint=hint, layer=self.label)

    def refuse(self, what: str, hint: str = "") -> UnsupportedConfigError:
        """Make the error for something in this layer that is not honoured."""
        return UnsupportedConfigError(what, hint=hint, layer=self.label)

    def unsupported(self, detail: str, reason: Reason) -> UnsupportedLayerError:
        """Make the error for a layer that something cannot be made of."""
        told = Unsupported(self.name, type(self).__name__, detail, reason)
        return UnsupportedLayerError([told])

    def misfit(self, what: str) -> KeronyxError:
        """Make the error for input shapes that do not suit the layer."""
        hint = "the file's graph is inconsistent"
        return UnsupportedConfigError(what, hint=hint, layer=self.label)

    def axis_of(self, axis: int, rank: int) -> int:
        """Return ``axis`` counted from the front, or raise when the input has no such axis."""
        if not -rank <= axis < rank:
            raise self.misfit(f"axis {axis} of an input with {rank} axes")
        return axis % rank


def members(name: str, value: Any, *kinds: type[T]) -> dict[str, T]:
    """Return what a field holds of these kinds, by place: ``cell``, or ``cells/0``, ``cells/1`` ...

    A tuple with one of the kinds in front holds no others.
    """
    if isinstance(value, kinds):
        return {name: value}
    if isinstance(value, tuple) and value and isinstance(value[0], kinds):
        return {f"{name}/{index}": each for index, each in enumerate(value)}
    return {}
