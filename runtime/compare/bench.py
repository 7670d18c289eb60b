"""Evaluate a model in which something is done wrong, from the first wrong layer on."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from itertools import chain
from typing import Any, Final, TypeAlias

import numpy as np

from keronyx.converter.errors import KeronyxError
from keronyx.converter.layers.base import FLOATS, Layer
from keronyx.converter.model import Connection, Model
from keronyx.converter.several import only
from keronyx.converter.tensors import BATCH, Array, KerasTensor, Shape, Variable
from keronyx.runtime.evaluate import Evaluator
from keronyx.runtime.traces import Trace, with_twins

ROWS: Final = 32
"""Rows on which a mistake is tried first."""

Changes: TypeAlias = Mapping[int, Sequence[Connection]]
"""What takes the place of some connections, by their numbers."""


class Bench:
    """A traced model whose connections can be exchanged.

    Values before the activations are computed only where somebody has such.
    """

    def __init__(self, trace: Trace, *, befores: bool = True) -> None:
        self.model = trace.model
        self._befores = befores
        self.connections = _in_memory(trace.model.connections)
        self._right: Mapping[str, Array] = trace.tensors
        self._first = {
            name: array[:ROWS] if array.ndim else array for name, array in trace.tensors.items()
        }

    @property
    def rows(self) -> Mapping[str, Array]:
        """What the model is given, by the names of its tensors."""
        return self._right

    def values(self, changes: Changes, *, few: bool = False) -> dict[str, Array] | None:
        """Return the tensors that changes alter, on the first rows only with ``few``.

        None where the changed layers do not go together.
        """
        altered: set[str] = set()
        affected: list[Connection] = []
        for index, connection in enumerate(self.connections):
            if index in changes or not altered.isdisjoint(connection.reads):
                made = changes.get(index, (connection,))
                affected += made
                altered = altered.union(*(each.makes for each in made))
        return self._run(affected, self._first if few else self._right)

    def following(self, given: Mapping[str, Array]) -> dict[str, Array] | None:
        """Return the tensors that are computed from others than the right ones."""
        altered = set(given)
        affected: list[Connection] = []
        for connection in self.connections:
            is_given = not connection.makes.isdisjoint(given)
            if not is_given and not altered.isdisjoint(connection.reads):
                affected.append(connection)
                altered |= connection.makes
        return self._run(affected, {**self._right, **given})

    def single(self) -> dict[str, Array] | None:
        """Return all tensors as float32 arithmetic gives them."""
        opened = self.model.opened
        inputs = {name: self._right[tensor.name] for name, tensor in opened.inputs.items()}
        model = replace(opened, connections=tuple(with_twins(self.connections)))
        try:
            return Evaluator(_free(model), "float32").trace(inputs)
        except KeronyxError:
            return None

    def _run(
        self, connections: Sequence[Connection], values: Mapping[str, Array]
    ) -> dict[str, Array] | None:
        try:
            lines = tuple(with_twins(connections) if self._befores else connections)
            needed = _needed(lines)
            model = Model(name="", inputs=needed, outputs={}, connections=lines)
            given = only(values, needed)
            return {**given, **Evaluator(model).trace(given)}
        except KeronyxError:
            return None


def _exact(tensor: KerasTensor) -> KerasTensor:
    """Return a tensor that takes float64, and any number of rows."""
    dtype = "float64" if tensor.dtype in FLOATS else tensor.dtype
    return replace(tensor, dtype=dtype, shape=_any_batch(tensor))


def _any_batch(tensor: KerasTensor) -> Shape:
    return (BATCH, *tensor.shape[1:]) if tensor.shape else ()


def _free(model: Model) -> Model:
    """Return the model for any number of rows."""
    inputs = {
        name: replace(tensor, shape=_any_batch(tensor)) for name, tensor in model.inputs.items()
    }
    return replace(model, inputs=inputs)


def _in_memory(connections: Sequence[Connection]) -> tuple[Connection, ...]:
    """Return the connections with every variable loaded once for all."""
    layers = {each.layer: loaded(each.layer) for each in connections}
    return tuple(replace(each, layer=layers[each.layer]) for each in connections)


def _needed(connections: Sequence[Connection]) -> dict[str, KerasTensor]:
    """Return the tensors that some calls read, and none of them makes."""
    made = set[str]().union(*(each.makes for each in connections))
    read = chain.from_iterable(each.sources for each in connections)
    return {tensor.name: _exact(tensor) for tensor in read if tensor.name not in made}


def loaded(layer: Layer) -> Layer:
    """Return the layer with its variables, and those of layers it holds, in memory."""
    changes: dict[str, Any] = {}
    for item in fields(layer):
        value = getattr(layer, item.name)
        if isinstance(value, Variable):
            changes[item.name] = replace(value, load=partial(np.asarray, value.load()))
        elif isinstance(value, Layer):
            changes[item.name] = loaded(value)
    return replace(layer, **changes) if changes else layer
