"""Layers that step through time, or hold another layer that does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, final

from keronyx.converter.layers.base import Argument, Layer, Spec
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import KerasTensor, Shape


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class TimeDistributed(Layer):
    """Apply the layer it holds to every step: (batch, time, ...) as time separate batches.

    A mask (batch, time, steps ...) gives each step its own.
    """

    layer: Layer
    autocast: ClassVar[bool] = False
    holds_steps: ClassVar[bool] = True
    arguments: ClassVar[Mapping[str, Argument]] = {"mask": "tensor"}

    @property
    def worker(self) -> Layer:
        """The innermost layer that it holds."""
        return self.layer.worker

    def propagates(self) -> bool:
        """Whether the held layer does."""
        return self.layer.propagates()

    def results(self, *inputs: KerasTensor, **arguments: Any) -> tuple[Spec, ...]:
        """The held layer's, with the time axis put back; raises for a mask that it cannot use."""
        if "mask" in arguments:
            x, mask = (_of_step(tensor) for tensor in (*inputs, arguments["mask"]))
            self.layer.results(x, mask=mask)
        return super().results(*inputs)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The held layer's, with the time axis put back."""
        batch, time, *rest = shapes[0] if len(shapes[0]) > 2 else (None, None)
        if not rest:
            raise self.misfit(f"an input with {len(shapes[0])} axes, TimeDistributed takes three")
        if self.layer.of_batch:
            raise self.refuse("statistics of the batch (mode=2) of each step")
        if _mixes_samples(self.layer, 1 + len(rest)):
            raise self.refuse("an axis that is the batch of each step")
        inner = self.layer.infer_shape((batch, *rest))
        return (inner[0], time, *inner[1:])

    def infer_dtype(self, *dtypes: str) -> str:
        """The held layer's."""
        return self.layer.infer_dtype(*dtypes)


def _of_step(tensor: KerasTensor) -> KerasTensor:
    """Return a tensor without its axis of time."""
    return replace(tensor, shape=(tensor.shape[0], *tensor.shape[2:]))


def _mixes_samples(layer: Layer, rank: int) -> bool:
    """Tell whether a layer computes along the batch, of which each step has one of its own.

    Keras runs the steps one by one, or all as one batch: that depends on its version and on what
    it knows of the batch.
    """
    inner = getattr(layer, "model", None)
    if inner is not None:
        calls = (each for each in inner.connections if each.inputs)
        return any(_mixes_samples(each.layer, len(each.inputs[0].shape)) for each in calls)
    return not {0, -rank}.isdisjoint(_axes_of(layer))


def _axes_of(layer: Layer) -> tuple[int | None, ...]:
    """Return the axes along which a layer or its activation computes."""
    function = getattr(layer, "activation", None)
    axis = function.arguments.get("axis") if function else getattr(layer, "axis", None)
    return as_tuple(axis)
