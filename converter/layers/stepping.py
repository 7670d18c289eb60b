"""What all layers share that step a cell through time: in which order, and what a mask does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from keronyx.converter.layers.base import Argument, Layer
from keronyx.converter.layers.masked import Mask
from keronyx.converter.tensors import KerasTensor, Shape, tensors_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Stepped(Layer, abstract=True):
    """Step through (batch, time, ...).

    The output is the last one, or with ``return_sequences`` all of them; ``return_state`` adds
    the states after the last step. ``go_backwards`` begins with the last step of the input, and
    gives the outputs in the order in which they come. ``initial_state``, by name or as inputs
    behind the first, are the states before the first step, zeros else. With ``stateful`` they are
    those after the last step of the call before; the states after this one are outputs as well. It
    is None where the file does not tell.

    A step that ``mask`` (batch, time) leaves out changes no state. Its output is the one before
    it, zeros before the first step that counts, or zeros throughout with ``zero_output_for_mask``,
    which is None where the file does not tell. Of a layer that is unrolled and goes backwards, the
    outputs that become zeros are those at the places of the mask as it came.

    Neither ``starts_from_states`` nor ``theano`` is a config key: before Keras 2.3 the outputs
    before the first step that counts are the first of the states, not on Theano.
    """

    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool | None = False
    unroll: bool = False
    zero_output_for_mask: bool | None = False
    starts_from_states: bool = False
    theano: bool = False
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    arguments: ClassVar[Mapping[str, Argument]] = {"mask": "tensor", "initial_state": "tensors"}
    mask: ClassVar[Mask] = "uses"

    @property
    def gives_states(self) -> bool:
        """Whether the states after the last step are outputs behind the first."""
        return self.return_state or bool(self.stateful)

    @property
    def keeps(self) -> bool:
        """Whether it is stateful; raises UnsupportedConfigError where that is not known."""
        if self.stateful is None:
            raise self.refuse(
                "stateful=True within Bidirectional",
                "Keras versions that the file may be of differ in whether they keep its states",
            )
        return self.stateful

    @property
    def shows_kept(self) -> bool:
        """Whether it returns them."""
        return self.return_state

    def kept(self, x: KerasTensor) -> tuple[KerasTensor, ...]:
        """A tensor for each state, where it is stateful."""
        shapes = self.state_shapes(x.shape) if self.stateful else ()
        return tuple(
            KerasTensor(name=f"{self.name}/state_{index}", shape=shape, dtype=self.dtype.compute)
            for index, shape in enumerate(shapes)
        )

    def state_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """The shape of every state, for an input of this shape."""
        raise NotImplementedError

    @property
    def masking(self) -> Mask:
        """Passed on with a sequence."""
        return "uses" if self.return_sequences else "takes"

    @property
    def zeroes_by_place(self) -> bool:
        """Whether it goes backwards and zeroes outputs by the mask as it came."""
        return bool(self.zero_output_for_mask) and self.unroll and self.go_backwards

    @property
    def shows_states(self) -> bool:
        """Whether the outputs before the first step that counts are the states before it."""
        return self.starts_from_states and not self.theano and not self.unroll

    def propagates(self) -> bool:
        """Never: onnxruntime clips within its gates, and so loses NaN and infinities."""
        return False

    def check_mask(self, shape: Shape, arguments: Mapping[str, Any]) -> None:
        """Raise UnsupportedConfigError for a mask that does not suit an input of this shape."""
        for mask in tensors_of(arguments.get("mask", ())):
            if mask.dtype != "bool":
                raise self.refuse(f"a mask of dtype {mask.dtype}", "masks are of dtype bool")
            if not _suits(mask, shape):
                raise self.misfit(f"a mask of shape {mask.shape} for an input of shape {shape}")
            if self.zero_output_for_mask is None:
                raise self.refuse(
                    "a mask within Bidirectional",
                    "Keras versions that the file may be of differ in what that does",
                )


def _suits(mask: KerasTensor, shape: Shape) -> bool:
    """Tell whether a mask is (batch, time), the time being the input's as far as it is told."""
    sizes = mask.sizes
    time = shape[1] if isinstance(shape[1], int) else None
    return len(sizes) == 2 and (None in (sizes[1], time) or sizes[1] == time)
