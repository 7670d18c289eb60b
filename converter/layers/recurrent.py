"""Recurrent layers: cells that are stepped through time, and two such layers side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, final

from keronyx.converter.layers.base import Argument, Layer, Part, Spec, part
from keronyx.converter.layers.cells import SIGMOID, TANH, Cell
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.stepping import Stepped
from keronyx.converter.several import only
from keronyx.converter.tensors import KerasTensor, Shape, Size, tensors_of

MergeMode = Literal["concat", "sum", "mul", "ave"]


@final
class SimpleRNNCell(Cell):
    """h' = activation(x · kernel + h · recurrent_kernel + bias)."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class GRUCell(Cell):
    """h' = z · h + (1 - z) · candidate; the gates are z, r and the candidate.

    z and r are recurrent_activation of their sums. The candidate is activation(x · kernel +
    r · (h · recurrent_kernel + its bias) + bias) with ``reset_after``, which makes the bias
    (2, 3 · units); else activation(x · kernel + (r · h) · recurrent_kernel + bias).
    """

    recurrent_activation: Function = SIGMOID
    reset_after: bool = True
    gates: ClassVar[int] = 3
    letters: ClassVar[str] = "zrh"

    @property
    def bias_shape(self) -> tuple[int, ...]:
        """The shape of the bias."""
        wide = self.gates * self.units
        return (2, wide) if self.reset_after else (wide,)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LSTMCell(Cell):
    """c' = f · c + i · activation(g), h' = o · activation(c'); the gates are i, f, g and o.

    i, f and o are recurrent_activation of their sums.
    """

    recurrent_activation: Function = SIGMOID
    gates: ClassVar[int] = 4
    letters: ClassVar[str] = "ifco"
    states: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Recurrent(Stepped, abstract=True):
    """Step cells through (batch, time, features), each with the output of the one before it.

    With ``time_major``, sequences are (time, batch, features), those that it gives too.
    """

    time_major: bool = False

    def turned(self, shape: Shape) -> Shape:
        """Return a sequence's shape with the batch in front, or back."""
        return (shape[1], shape[0], *shape[2:]) if self.time_major else shape

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells, in the order in which they take a step."""
        raise NotImplementedError

    @property
    def state_order(self) -> tuple[Cell, ...]:
        """The cells, in the order in which their states stand."""
        return self.cells

    @property
    def width(self) -> int:
        """How many numbers a step gives."""
        return self.cells[-1].units

    def results(self, *inputs: KerasTensor, **arguments: Any) -> tuple[Spec, ...]:
        """The output, and the states where they are asked for."""
        if len(inputs[0].shape) != 3:
            axes = len(inputs[0].shape)
            raise self.misfit(f"an input with {axes} axes, {type(self).__name__} takes 3")
        if self.time_major and "mask" in arguments:
            raise self.refuse("a mask with time_major=True")
        shape = self.turned(inputs[0].shape)
        if shape[1] == 0:
            raise self.misfit("an input without steps")
        features: Size = shape[2]
        for cell in self.cells:
            cell.check_variables(features)
            features = cell.units
        self._check_states((*inputs[1:], *tensors_of(arguments.get("initial_state", ()))))
        self.check_mask(shape, arguments)
        ends = self.state_shapes(inputs[0].shape) if self.gives_states else ()
        shapes = (self.infer_shape(inputs[0].shape), *ends)
        return tuple(Spec(each, self.dtype.compute) for each in shapes)

    def state_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """Those of each cell together."""
        batch = self.turned(shape)[0]
        return tuple((batch, units) for units in self._states)

    @property
    def _states(self) -> list[int]:
        """How many numbers there are in each state."""
        return [cell.units for cell in self.state_order for _ in range(cell.states)]

    def _check_states(self, states: Sequence[KerasTensor]) -> None:
        if states and len(states) != len(self._states):
            raise self.misfit(f"{len(states)} initial states, it has {len(self._states)}")
        for state, units in zip(states, self._states, strict=False):
            if len(state.shape) != 2 or state.shape[1] != units:
                raise self.misfit(f"an initial state of shape {state.shape}, units={units}")

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The output's alone."""
        (shape, *_) = shapes
        batch = self.turned(shape)[0]
        return (*shape[:2], self.width) if self.return_sequences else (batch, self.width)


@dataclass(frozen=True, kw_only=True, eq=False)
class OfOneCell(Recurrent, abstract=True):
    """A layer that is called after its cell, and has the cell's keys."""

    units: int
    activation: Function = TANH
    use_bias: bool = True
    cell: Cell = part()
    kind: ClassVar[type[Cell]]
    cell_keys: ClassVar[tuple[str, ...]] = ("units", "activation", "use_bias")

    @classmethod
    def parts(cls, config: Mapping[str, Any]) -> dict[str, Part]:
        """The cell, which has the variables."""
        return {"cell": Part(cls.kind, only(config, cls.cell_keys))}

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The one."""
        return (self.cell,)


@final
class SimpleRNN(OfOneCell):
    """One activation of all that comes in and all that was."""

    kind: ClassVar[type[Cell]] = SimpleRNNCell


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class GRU(OfOneCell):
    """Gated recurrent unit."""

    recurrent_activation: Function = SIGMOID
    reset_after: bool = True
    kind: ClassVar[type[Cell]] = GRUCell
    cell_keys: ClassVar[tuple[str, ...]] = (
        *OfOneCell.cell_keys,
        "recurrent_activation",
        "reset_after",
    )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LSTM(OfOneCell):
    """Long short-term memory."""

    recurrent_activation: Function = SIGMOID
    kind: ClassVar[type[Cell]] = LSTMCell
    cell_keys: ClassVar[tuple[str, ...]] = (*OfOneCell.cell_keys, "recurrent_activation")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class StackedRNNCells(Layer):
    """Cells that take a step one after the other, each with the output of the one before it.

    ``last_first`` is no config key: before Keras 2.2.4 the states of the last cell came first. It
    is None where the file does not tell.
    """

    cells: tuple[Layer, ...]
    last_first: bool | None = False
    is_part: ClassVar[bool] = True
    autocast: ClassVar[bool] = False

    def results(self, *_inputs: KerasTensor, **_arguments: Any) -> tuple[Spec, ...]:
        """Nothing: raises UnsupportedConfigError."""
        raise self.refuse("cells that no RNN steps through time")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class RNN(Recurrent):
    """Step the cell that it holds, or a stack of them."""

    cell: Layer
    autocast: ClassVar[bool] = True

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Those held; raises UnsupportedConfigError for others than the three of Keras."""
        held = self.cell.cells if isinstance(self.cell, StackedRNNCells) else (self.cell,)
        found = tuple(each for each in held if isinstance(each, Cell))
        if not found or len(found) < len(held):
            raise self.refuse(f"cells {', '.join(type(each).__name__ for each in held) or 'none'}")
        return found

    def results(self, *inputs: KerasTensor, **arguments: Any) -> tuple[Spec, ...]:
        """The output, and the states where they are asked for."""
        given = len(inputs) > 1 or ("initial_state" in arguments and not self.stateful)
        if self._last_first is None and (self.return_state or given):
            raise self.refuse("states of a stack of cells", "their order was another one")
        return super().results(*inputs, **arguments)

    @property
    def _last_first(self) -> bool | None:
        return self.cell.last_first if isinstance(self.cell, StackedRNNCells) else False

    @property
    def state_order(self) -> tuple[Cell, ...]:
        """The first one first, or the last one."""
        return self.cells[::-1] if self._last_first else self.cells


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Bidirectional(Layer):
    """Two recurrent layers, one from either end of time; their outputs become one.

    All outputs of the second come in the other order of time than it makes them. Without
    ``merge_mode`` there are two outputs. Of ``initial_state`` each layer has its half.
    """

    forward_layer: Layer
    backward_layer: Layer
    merge_mode: MergeMode | None = "concat"
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    arguments: ClassVar[Mapping[str, Argument]] = Stepped.arguments
    mask: ClassVar[Mask] = "uses"
    autocast: ClassVar[bool] = False

    @property
    def both(self) -> tuple[Recurrent, Recurrent]:
        """The two layers; raises UnsupportedConfigError for others than the recurrent ones."""
        return self._recurrent(self.forward_layer), self._recurrent(self.backward_layer)

    def _recurrent(self, layer: Layer) -> Recurrent:
        if not isinstance(layer, Recurrent):
            raise self.refuse(f"a held {type(layer).__name__}")
        return layer

    @property
    def masking(self) -> Mask:
        """As the layers that it holds."""
        return self.forward_layer.masking

    @property
    def keeps(self) -> bool:
        """Whether the layers that it holds do; raises UnsupportedConfigError where one does."""
        first, second = self.forward_layer.keeps, self.backward_layer.keeps
        if first != second:
            raise self.refuse("two layers of which one is stateful")
        return first

    @property
    def shows_kept(self) -> bool:
        """As the layers that it holds."""
        return self.forward_layer.shows_kept

    def kept(self, x: KerasTensor) -> tuple[KerasTensor, ...]:
        """Those of the first layer, then of the second."""
        return (*self.forward_layer.kept(x), *self.backward_layer.kept(x))

    @property
    def masked_outputs(self) -> int:
        """Both outputs where they are not merged."""
        return 2 if self.merge_mode is None else 1

    def propagates(self) -> bool:
        """Never, as those that it holds."""
        return False

    def results(self, *inputs: KerasTensor, **arguments: Any) -> tuple[Spec, ...]:
        """Their merged output, or both, and the states of both where they are asked for."""
        first, second = self.both
        if first.time_major != second.time_major:
            raise self.refuse("two layers that have time on different axes")
        if first.go_backwards == second.go_backwards:
            raise self.refuse("two layers that begin at the same end of time")
        x, *states = (*inputs, *tensors_of(arguments.get("initial_state", ())))
        if len(states) % 2:
            raise self.misfit(f"{len(states)} initial states for two layers")
        half, masks = len(states) // 2, {k: v for k, v in arguments.items() if k == "mask"}
        forward, *ends = first.results(x, *states[:half], **masks)
        backward, *others = second.results(x, *states[half:], **masks)
        if self.merge_mode is None:
            return (forward, backward, *ends, *others)
        return (Spec(self.infer_shape(x.shape), forward.dtype), *ends, *others)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The merged output's alone, or the first one's."""
        first, second = self.both
        shape, other = first.infer_shape(*shapes), second.infer_shape(*shapes)
        if len(shape) != len(other) or (self.merge_mode not in (None, "concat") and shape != other):
            raise self.misfit(f"outputs of shapes {shape} and {other}")
        wide = first.width + second.width
        return (*shape[:-1], wide) if self.merge_mode == "concat" else shape
