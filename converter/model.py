"""The description: what a Keras file says, in Keras 3's words and with nothing computed yet.

Everything here is frozen. The two readings (``converter.emit`` and ``runtime.evaluate``) share
these classes and nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from keronyx.converter.errors import UsageError
from keronyx.converter.several import called
from keronyx.converter.tensors import Argument, KerasTensor, tensors_of

if TYPE_CHECKING:  # layers that hold a model know this module
    from keronyx.converter.layers.base import Layer

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, eq=False)
class Connection:
    """One call of a layer: a shared layer has several.

    ``arguments`` are those that the call gives by name beside its inputs: ``mask``,
    ``initial_state``, ``use_causal_mask``.
    """

    layer: "Layer"
    inputs: tuple[KerasTensor, ...]
    outputs: tuple[KerasTensor, ...]
    arguments: Mapping[str, Argument] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[KerasTensor, ...]:
        """Every tensor that the call reads: its inputs, then those of its arguments."""
        named = (each for value in self.arguments.values() for each in tensors_of(value))
        return (*self.inputs, *named)

    @property
    def reads(self) -> set[str]:
        """The names of the tensors that the call reads."""
        return set(called(self.sources))

    @property
    def makes(self) -> set[str]:
        """The names of the tensors that come out of the call."""
        return set(called(self.outputs))

    def filled(self, put: Callable[[KerasTensor], T]) -> dict[str, T | tuple[T, ...] | bool]:
        """The arguments with something in the place of each tensor, in the order of ``sources``."""
        return {name: _filled(value, put) for name, value in self.arguments.items()}


def _filled(argument: Argument, put: Callable[[KerasTensor], T]) -> T | tuple[T, ...] | bool:
    if isinstance(argument, bool):
        return argument
    return tuple(map(put, argument)) if isinstance(argument, tuple) else put(argument)


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """What a stateful layer keeps from one call of the model to the next: zeros at first.

    A graph takes ``before`` as an input called ``name``, and gives ``after``, of the same shape
    and dtype, as an output called ``next_name``.
    """

    name: str
    next_name: str
    before: KerasTensor
    after: KerasTensor


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """Layers called one after the other, from the inputs to the outputs.

    ``connections`` are in an order in which they can run. ``inputs`` and ``outputs`` map the
    names a caller uses to the tensors, in Keras's own order. An output may be an input, and two
    outputs may be the same tensor. ``states`` are none of them. ``notes`` say what was concluded
    that the file does not say; ``columns`` are the names that somebody gave to the values of a
    row, those of all inputs in order.
    """

    name: str
    inputs: Mapping[str, KerasTensor]
    outputs: Mapping[str, KerasTensor]
    connections: tuple[Connection, ...]
    keras_version: str = ""
    source: str = ""
    sha256: str = ""
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    states: tuple[State, ...] = ()

    @property
    def opened(self) -> "Model":
        """The model as its graph has it: the states are inputs and outputs behind the others."""
        if not self.states:
            return self
        before = {state.name: state.before for state in self.states}
        after = {state.next_name: state.after for state in self.states}
        inputs, outputs = {**self.inputs, **before}, {**self.outputs, **after}
        return replace(self, inputs=inputs, outputs=outputs, states=())

    @property
    def pairs(self) -> dict[str, str]:
        """The output that gives what an input takes at the next call, by this input's name."""
        return {state.name: state.next_name for state in self.states}

    @cached_property
    def layers(self) -> tuple["Layer", ...]:
        """Every layer once, in the order of their first call."""
        return tuple(dict.fromkeys(connection.layer for connection in self.connections))

    @property
    def computable(self) -> bool:
        """Whether it says how every output comes about; else only names and shapes are known."""
        known = set(called(self.inputs.values()))
        known = known.union(*(each.makes for each in self.connections))
        return all(tensor.name in known for tensor in self.outputs.values())

    def require_computable(self) -> None:
        """Raise UsageError where only names and shapes are known."""
        if not self.computable:
            raise UsageError(
                "what its layers compute is not known",
                hint="keronyx did not convert this model itself",
                path=self.source,
            )

    @property
    def parameters(self) -> int:
        """Number of weights in all layers, each counted once."""
        return sum(each.size for layer in self.layers for each in layer.variables().values())
