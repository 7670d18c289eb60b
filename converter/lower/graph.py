"""A model's tensors and connections, one after the other: the part that knows no layers."""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Final

from keronyx.converter.errors import (
    KeronyxError,
    Reason,
    Unsupported,
    UnsupportedConfigError,
    UnsupportedLayerError,
    combine,
    shorten,
)
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.nested import Nested, with_held
from keronyx.converter.layers.sizes import shown
from keronyx.converter.lower.base import call, lower_layer
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.terms import Term
from keronyx.converter.lower.values import Value, contiguous
from keronyx.converter.model import Model
from keronyx.converter.program.memory import Buffer, Port
from keronyx.converter.tensors import KerasTensor

SIZES: Final = "source code needs every size but the batch's, and none of 0"


def enter(model: Model, code: Builder) -> tuple[Port, ...]:
    """Return the inputs; raises where the model has what source code cannot have."""
    refused = [*_refused_layers(model), *_refused_sizes(model)]
    ports = []
    for name, tensor in model.inputs.items():
        dtype = code.type_of(tensor.dtype)
        if dtype is None:
            what = f"input '{shorten(name)}' holds {tensor.dtype}, which source code does not"
            refused.append(UnsupportedConfigError(what))
            continue
        shape = _row(tensor)
        buffer = code.port(name, dtype, shape)
        ports.append(Port(label=name, buffer=buffer, shape=shape))
    if refused:
        raise combine(refused)
    return tuple(ports)


def run(model: Model, code: Builder, inputs: Sequence[Value]) -> list[Value]:
    """Lower every connection of a model and return its outputs."""
    tensors = zip(model.inputs.values(), inputs, strict=True)
    values = {tensor.name: value for tensor, value in tensors}
    for connection in model.connections:
        given = [values[tensor.name] for tensor in connection.inputs]
        output = connection.outputs[0]
        code.comment(f"{connection.layer.name} ({type(connection.layer).__name__})")
        values[output.name] = call(connection.layer, code, *given)
    return [values[tensor.name] for tensor in model.outputs.values()]


def leave(
    model: Model, code: Builder, values: Sequence[Value]
) -> tuple[tuple[Port, ...], dict[Buffer, Buffer]]:
    """Return the outputs, and which values lie in their memory; others are copied there."""
    ports: list[Port] = []
    fixed: dict[Buffer, Buffer] = {}
    for (name, tensor), value in zip(model.outputs.items(), values, strict=True):
        shape = _row(tensor)
        port = Port(label=name, buffer=code.port(name, value.dtype, shape), shape=shape)
        ports.append(port)
        fixed[_own(code, value, fixed).buffer] = port.buffer
    return tuple(ports), fixed


def _own(code: Builder, value: Value, taken: Collection[Buffer]) -> Value:
    """Return the value, copied where its memory cannot be an output's."""
    free = value.buffer in code.scratch and value.buffer not in taken
    if free and _fills_its_buffer(value):
        return value
    copied = code.new(value.dtype, value.shape)
    code.store(Term(value.at), copied)
    return copied


def _fills_its_buffer(value: Value) -> bool:
    return value.is_dense and not value.offset and value.size == value.buffer.size


def whole(port: Port) -> Value:
    """Return the value of an input."""
    return Value(buffer=port.buffer, shape=port.shape, strides=contiguous(port.shape))


def _row(tensor: KerasTensor) -> tuple[int, ...]:
    return tuple(size or 0 for size in tensor.sizes[1:])


def _refused_layers(model: Model) -> list[KeronyxError]:
    """Return one error that lists each layer once, however often and in how many ways it fails."""
    reasons = dict.fromkeys(_not_lowered(model), "not in source code")
    for layer in _called_otherwise(model):
        reasons.setdefault(layer, "several outputs or named tensors")
    kinds = [
        Unsupported(layer.name, type(layer).__name__, detail, Reason.NOT_IN_SOURCE)
        for layer, detail in reasons.items()
    ]
    return [UnsupportedLayerError(kinds)] if kinds else []


def _not_lowered(model: Model) -> Iterator[Layer]:
    unknown = lower_layer.dispatch(Layer)
    for layer in with_held(model.layers):
        if lower_layer.dispatch(type(layer)) is unknown:
            yield layer


def _called_otherwise(model: Model) -> Iterator[Layer]:
    """Yield layers that are called, in wrapped models too, with more than inputs or for several."""
    wrapped = (each.model for each in with_held(model.layers) if isinstance(each, Nested))
    for connection in chain.from_iterable(graph.connections for graph in (model, *wrapped)):
        if len(connection.outputs) > 1 or connection.arguments:
            yield connection.layer


def _refused_sizes(model: Model) -> list[KeronyxError]:
    """Return what is wrong with sizes: loops need every one but that of the batch."""
    unknown = next(chain(_unknown_inputs(model), _unknown_outputs(model)), None)
    if unknown is not None:
        return [unknown]
    batches = {tensor.sizes[0] for tensor in model.inputs.values() if tensor.sizes} - {None}
    several = UnsupportedConfigError("inputs with batches of different sizes")
    return [several] if len(batches) > 1 else []


def _unknown_inputs(model: Model) -> Iterator[KeronyxError]:
    for name, tensor in model.inputs.items():
        if not all(tensor.sizes[1:]):
            what = f"input '{shorten(name)}' of shape {shown(tensor.shape)}"
            yield UnsupportedConfigError(what, hint=SIZES)


def _unknown_outputs(model: Model) -> Iterator[KeronyxError]:
    for connection in model.connections:
        for tensor in connection.outputs:
            if not all(tensor.sizes[1:]):
                yield connection.layer.refuse(f"an output of shape {shown(tensor.shape)}", SIZES)
