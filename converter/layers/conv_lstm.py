"""Convolutional LSTM: a cell that convolves images, stepped through time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, final

from keronyx.converter.layers.base import Part, Spec, part, variable
from keronyx.converter.layers.convolutional import Sliding
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.stepping import Stepped
from keronyx.converter.layers.windows import DataFormat, Padding
from keronyx.converter.several import are_all, only
from keronyx.converter.tensors import KerasTensor, Shape, Variable, tensors_of


@dataclass(frozen=True, kw_only=True, eq=False)
class ConvLSTMCell(Sliding, abstract=True):
    """c' = f · c + i · activation(g), h' = o · activation(c'); the gates are i, f, g and o.

    Each is conv(x, kernel) + conv(h, recurrent_kernel) + bias, its share of the filters; i, f and o
    are recurrent_activation of that. kernel (*kernel_size, channels, 4 · filters),
    recurrent_kernel (*kernel_size, filters, 4 · filters), bias (4 · filters,).
    """

    filters: int
    recurrent_activation: Function
    kernel: Variable = variable()
    recurrent_kernel: Variable = variable()
    bias: Variable | None = variable("use_bias")
    letters: ClassVar[str] = "ifco"
    states: ClassVar[int] = 2

    @property
    def wide(self) -> int:
        """The filters of all gates together."""
        return 4 * self.filters

    @property
    def again(self) -> "ConvLSTMCell":
        """The cell as it slides over its state: every place of it, whatever the input takes."""
        ones = (1,) * self.space
        return replace(self, strides=ones, dilation_rate=ones, padding="same")

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The shape of a state, for one step of the input."""
        (shape,) = shapes
        sizes, channels = self.entered(shape)
        self.check_strides()
        self.check_variable("kernel", (*self.kernel_size, channels, self.wide))
        self.check_variable("recurrent_kernel", (*self.kernel_size, self.filters, self.wide))
        self.check_variable("bias", (self.wide,))
        return self.shaped(shape[0], self.slid(sizes), self.filters)


@final
class ConvLSTM1DCell(ConvLSTMCell, abstract=True):
    """Over one axis of space."""

    space: ClassVar[int] = 1


@final
class ConvLSTM2DCell(ConvLSTMCell, abstract=True):
    """Over images."""

    space: ClassVar[int] = 2


@final
class ConvLSTM3DCell(ConvLSTMCell, abstract=True):
    """Over volumes."""

    space: ClassVar[int] = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class ConvLSTM(Stepped, abstract=True):
    """Step a cell through (batch, time, *space, channels), or with the channels before space."""

    filters: int
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...] = (1,)
    padding: Padding = "valid"
    data_format: DataFormat = "channels_last"
    dilation_rate: tuple[int, ...] = (1,)
    activation: Function
    recurrent_activation: Function
    use_bias: bool = True
    cell: ConvLSTMCell = part()
    kind: ClassVar[type[ConvLSTMCell]]
    cell_keys: ClassVar[tuple[str, ...]] = (
        *("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"),
        *("activation", "recurrent_activation", "use_bias"),
    )

    @classmethod
    def parts(cls, config: Mapping[str, Any]) -> dict[str, Part]:
        """The cell, which has the variables."""
        own = only(config, cls.cell_keys)
        strides = config["strides"]
        own["strides"] = strides * cls.kind.space if len(strides) == 1 else strides
        return {"cell": Part(cls.kind, own)}

    def results(self, *inputs: KerasTensor, **arguments: Any) -> tuple[Spec, ...]:
        """The output, and the states where they are asked for."""
        shape = inputs[0].shape
        state = self.state_of(shape)
        given = (*inputs[1:], *tensors_of(arguments.get("initial_state", ())))
        if len(given) not in (0, self.cell.states):
            raise self.misfit(f"{len(given)} initial states, it has {self.cell.states}")
        if any(each.shape[1:] != state[1:] for each in given):
            raise self.misfit(f"initial states of shapes {[each.shape for each in given]}")
        self.check_mask(shape, arguments)
        if "mask" in arguments and self.zeroes_by_place:
            raise self.refuse("a mask with go_backwards, unroll and zero_output_for_mask")
        ends = self.state_shapes(shape) if self.gives_states else ()
        return tuple(Spec(each, self.dtype.compute) for each in (self.infer_shape(shape), *ends))

    def state_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """All are alike."""
        return (self.state_of(shape),) * self.cell.states

    def state_of(self, shape: Shape) -> Shape:
        """Return the shape of a state for that of an input; raises where space is open."""
        if len(shape) != self.cell.space + 3:
            raise self.misfit(f"an input with {len(shape)} axes, it takes {self.cell.space + 3}")
        if not are_all(int, shape[2:]):
            raise self.misfit(f"an input of shape {shape}, of which Keras needs all sizes of space")
        return self.cell.infer_shape((shape[0], *shape[2:]))

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The output's alone."""
        batch, *state = self.state_of(shapes[0])
        return (batch, shapes[0][1], *state) if self.return_sequences else (batch, *state)


@final
class ConvLSTM1D(ConvLSTM):
    """Convolutional LSTM over one axis of space."""

    kind: ClassVar[type[ConvLSTMCell]] = ConvLSTM1DCell


@final
class ConvLSTM2D(ConvLSTM):
    """Convolutional LSTM over images."""

    kind: ClassVar[type[ConvLSTMCell]] = ConvLSTM2DCell


@final
class ConvLSTM3D(ConvLSTM):
    """Convolutional LSTM over volumes."""

    kind: ClassVar[type[ConvLSTMCell]] = ConvLSTM3DCell
