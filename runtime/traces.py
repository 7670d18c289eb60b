"""What every layer of a model gives for some rows, beside the formula that it comes from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from keronyx.converter.formula import LayerFormula, formulas
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.functions import LINEAR
from keronyx.converter.model import Connection, Model
from keronyx.converter.several import mapped
from keronyx.converter.tensors import Array, KerasTensor
from keronyx.runtime.evaluate import Evaluator
from keronyx.runtime.frames import by_names
from keronyx.runtime.proof.samples import draw
from keronyx.runtime.session.batches import run_in_batches
from keronyx.runtime.session.states import carrying
from keronyx.runtime.specs import specs_of

BEFORE: Final = "/before_activation"


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerTrace:
    """One call of a layer: its formula, its values, and those before its activation function."""

    formula: LayerFormula
    values: Array
    before: Array | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """A model's values for some rows, in float64.

    ``tensors`` has the numbers of every tensor by its name; ``drawn`` says that the rows were not
    given, but drawn from what the model takes.
    """

    model: Model
    inputs: Mapping[str, Array]
    layers: tuple[LayerTrace, ...]
    tensors: Mapping[str, Array]
    drawn: bool = False

    @property
    def outputs(self) -> dict[str, Array]:
        """The model's outputs by name."""
        return {name: self.tensors[tensor.name] for name, tensor in self.model.outputs.items()}

    def arrays(self) -> dict[str, Array]:
        """Return the inputs, and every layer's values by its name, ``/before_activation`` too."""
        found = dict(self.inputs)
        for layer in self.layers:
            name = layer.formula.tensor
            if layer.before is not None:
                found[f"{name}{BEFORE}"] = layer.before
            found[name] = layer.values
        return found


def trace(model: Model, x: Any = None) -> Trace:
    """Evaluate a model and keep what every layer gives.

    ``x`` is what ``evaluate`` takes; without it, rows are drawn, always the same ones for the
    same model. Raises UsageError where the rows are not what the model takes.
    """
    given = draw(model)[0] if x is None else x
    exposed = replace(model, connections=tuple(with_twins(model.connections)))
    tensors = _run(exposed, given)
    layers = tuple(
        LayerTrace(
            formula=formula,
            values=tensors[formula.tensor],
            before=tensors.get(f"{formula.tensor}{BEFORE}"),
        )
        for formula in formulas(model)
    )
    inputs = {name: tensors[tensor.name] for name, tensor in model.opened.inputs.items()}
    return Trace(model=model, inputs=inputs, layers=layers, tensors=tensors, drawn=x is None)


def _run(model: Model, given: Any) -> dict[str, Array]:
    """Return every tensor; rows by name are cut to the batch size that a model insists on."""
    evaluator = Evaluator(model)
    specs = specs_of(model.inputs)
    given = by_names(given, specs, model.columns)
    if not isinstance(given, Mapping):
        return evaluator.trace(given)
    arrays = mapped(np.asarray, given)
    pairs = {state.name: state.after.name for state in model.states}
    run = carrying(evaluator.trace, pairs)
    return run_in_batches(run, arrays, specs, stateful=bool(pairs))


def with_twins(connections: Sequence[Connection]) -> Iterator[Connection]:
    """Put the same layer without its activation function before every layer that has one."""
    for connection in connections:
        layer = without_activation(connection.layer)
        if layer is not None:
            (output,) = connection.outputs
            shape = layer.infer_shape(*(tensor.shape for tensor in connection.inputs))
            before = KerasTensor(name=f"{output.name}{BEFORE}", shape=shape, dtype=output.dtype)
            yield replace(connection, layer=layer, outputs=(before,))
        yield connection


def without_activation(layer: Layer) -> Layer | None:
    """Return the layer with the identity in the place of its activation, None if it has none."""
    if layer.worker is not layer:
        ((place, held),) = layer.held().items()
        inner: Any = without_activation(held)
        return None if inner is None else replace(layer, **{place: inner})
    function = getattr(layer, "activation", LINEAR)
    if layer.activates_last and not function.is_linear:
        return replace(layer, activation=LINEAR)  # type: ignore[call-arg]
    return None
