"""The classical mistakes between layers: left out, called twice, exchanged, wired otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import singledispatch
from itertools import combinations, islice
from typing import Any, Final

from keronyx.converter.errors import KeronyxError
from keronyx.converter.layers.activations import Activation
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.core import Dense, Identity
from keronyx.converter.layers.merging import Add, Concatenate, Subtract
from keronyx.converter.layers.normalization import (
    BatchNormalization,
    LegacyBatchNormalization,
)
from keronyx.converter.layers.preprocessing import Normalization, Rescaling
from keronyx.converter.layers.reshaping import Flatten, Permute, Reshape
from keronyx.converter.model import Connection
from keronyx.converter.tensors import Variable
from keronyx.runtime.compare.in_layers import LEFT_OUT, wrongly
from keronyx.runtime.compare.mistake import Mistake, after, instead, listing

SCALING: Final = (Normalization, Rescaling, BatchNormalization, LegacyBatchNormalization)
MOST: Final = 400
"""Pairs of layers that are tried at most."""

Connections = Sequence[Connection]


def within(connections: Connections, suspects: Sequence[int]) -> Iterator[Mistake]:
    """Yield every mistake in a single layer, made in all of its calls."""
    for layer in dict.fromkeys(connections[index].layer for index in suspects):
        yield from _within(connections, layer)


def _within(connections: Connections, layer: Layer) -> Iterator[Mistake]:
    calls = [i for i, connection in enumerate(connections) if connection.layer is layer]
    for wrong in wrongly(layer):
        yield Mistake(
            what=wrong.what,
            layers=(layer.name,),
            changes={i: instead(connections[i], wrong.layer) for i in calls},
            kind=wrong.kind,
            whole=wrong.whole,
            rare=wrong.rare,
        )


def around(connections: Connections, suspects: Sequence[int]) -> Iterator[Mistake]:
    """Yield every mistake in how a single layer is called."""
    first = _on_the_input(connections)
    for index in suspects:
        connection = connections[index]
        if connection.layer.role == "inert":
            continue
        yield from _left_out(connection, index, scaling=index in first)
        for what, made in _rewired(connection.layer, connection):
            yield Mistake(what=what, layers=(connection.layer.name,), changes={index: made})


def _on_the_input(connections: Connections) -> set[int]:
    """Return the scaling layers that take the model's input, or what passes it on."""
    made: set[str] = set()
    found: set[int] = set()
    for index, connection in enumerate(connections):
        takes_input = made.isdisjoint(connection.reads)
        if takes_input and isinstance(connection.layer, SCALING):
            found.add(index)
        if connection.layer.role != "inert" or not takes_input:
            made |= connection.makes
    return found


def _left_out(connection: Connection, index: int, *, scaling: bool) -> Iterator[Mistake]:
    """Leave a layer out, or call it twice, where the shapes allow it."""
    layer, output = connection.layer, connection.outputs[0]
    if not _keeps_rows(connection):
        return
    name = (layer.name,)
    how = ("the input was not scaled: ", "the input was scaled twice: ") if scaling else ("", "")
    if not _is_left_out_within(layer):
        passing = instead(connection, Identity(name=layer.name, dtype=layer.dtype))
        what = f"{how[0]}{{layers}} was left out"
        yield Mistake(what=what, layers=name, changes={index: passing}, kind="left out")
    if connection.inputs[0].dtype == output.dtype:
        twice = after(connection, layer, layer)
        yield Mistake(
            what=f"{how[1]}{{layers}} was applied twice", layers=name, changes={index: twice}
        )


def _is_left_out_within(layer: Layer) -> bool:
    """Tell a layer whose own mistakes have it left out, and a Dense, which has weights."""
    return isinstance(layer, Dense) or any(wrong.kind == LEFT_OUT for wrong in wrongly(layer))


def _keeps_rows(connection: Connection) -> bool:
    """Tell a call that makes one tensor of one, its rows of the same shape."""
    shapes = [tensor.shape[1:] for tensor in (*connection.sources, *connection.outputs)]
    return len(shapes) == 2 and len(connection.outputs) == 1 and shapes[0] == shapes[1]


Rewired = Iterator[tuple[str, tuple[Connection, ...]]]


@singledispatch
def _rewired(layer: Layer, connection: Connection) -> Rewired:
    """Yield other connections in the place of a layer's, and what is wrong about them."""
    del layer, connection
    yield from ()


@_rewired.register
def _dense(layer: Dense, connection: Connection) -> Rewired:
    if layer.activation.is_linear or layer.activation.name == "glu":
        return
    function = Activation(name=layer.name, dtype=layer.dtype, activation=layer.activation)
    name = layer.activation.name
    yield (
        f"the activation ({name}) was applied twice in {{layers}}",
        after(connection, layer, function),
    )
    if layer.bias is not None:
        bias = tuple(layer.bias.load().tolist())
        plain = replace(layer, use_bias=False, bias=None)
        added = Rescaling(name=layer.name, dtype=layer.dtype, scale=1.0, offset=bias)
        what = "the bias was added after the activation in {layers}"
        yield what, after(connection, plain, added)


@_rewired.register
def _flatten(layer: Flatten, connection: Connection) -> Rewired:
    axes = range(1, connection.inputs[0].rank)
    what = "{layers} was taken column by column (Fortran order) instead of row by row"
    turned = Permute(name=layer.name, dtype=layer.dtype, dims=tuple(axes)[::-1])
    plain = replace(layer, data_format="channels_last")
    if len(axes) > 1:
        yield what, after(connection, turned, plain)
    if len(axes) > 1 and layer.data_format == "channels_first":
        yield "channels_first was ignored in {layers}", instead(connection, plain)
    elif len(axes) > 2:
        first = replace(layer, data_format="channels_first")
        yield "{layers} was taken with the channels first", instead(connection, first)


@_rewired.register
def _reshape(layer: Reshape, connection: Connection) -> Rewired:
    target = connection.outputs[0].sizes[1:]
    if None in target:
        return
    into = tuple(range(1, connection.inputs[0].rank))[::-1]
    back = tuple(range(1, len(target) + 1))[::-1]
    what = "{layers} was taken column by column (Fortran order) instead of row by row"
    yield (
        what,
        after(
            connection,
            Permute(name=layer.name, dtype=layer.dtype, dims=into),
            Reshape(name=layer.name, dtype=layer.dtype, target_shape=target[::-1]),
            Permute(name=layer.name, dtype=layer.dtype, dims=back),
        ),
    )


@_rewired.register
def _concatenate(_layer: Concatenate, connection: Connection) -> Rewired:
    turned = replace(connection, inputs=connection.inputs[::-1])
    if len(connection.inputs) > 1:
        yield "the inputs of {layers} were put together in reverse order", (turned,)


@_rewired.register
def _subtract(_layer: Subtract, connection: Connection) -> Rewired:
    turned = replace(connection, inputs=connection.inputs[::-1])
    yield "{layers} subtracted the first input from the second", (turned,)


@_rewired.register
def _add(layer: Add, connection: Connection) -> Rewired:
    for left_out in connection.inputs:
        rest = tuple(tensor for tensor in connection.inputs if tensor is not left_out)
        if rest:
            made = replace(connection, layer=layer, inputs=rest)
            yield f"{{layers}} lacks the input '{_plain(left_out.name)}'", (made,)


def _plain(name: str) -> str:
    """Return a name without what a format string would read."""
    return name.replace("{", "{{").replace("}", "}}")


def between(connections: Connections, suspects: Sequence[int]) -> Iterator[Mistake]:
    """Yield mistakes that take a layer, or its weights, for another one."""
    yield from _weights_of_others(connections, suspects)
    for i, j in islice(_pairs(connections, suspects), MOST):
        first, second = connections[i].layer, connections[j].layer
        made = {i: _exchanged(connections[i], second), j: _exchanged(connections[j], first)}
        if all(made.values()) and "inert" not in (first.role, second.role):
            yield Mistake(
                what="the layers {layers} were called in each other's place",
                layers=(first.name, second.name),
                changes=made,
            )


def _pairs(connections: Connections, suspects: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the places of two layers, one of which is suspected at least."""
    for i, j in combinations(range(len(connections)), 2):
        if {i, j} & {*suspects} and connections[i].layer is not connections[j].layer:
            yield i, j


def _exchanged(connection: Connection, layer: Layer) -> tuple[Connection, ...]:
    """Call another layer in a connection; nothing where it gives another shape."""
    if connection.arguments or len(connection.outputs) > 1 or not _takes(connection, layer):
        return ()
    try:
        shape = layer.infer_shape(*(tensor.shape for tensor in connection.inputs))
    except KeronyxError:
        return ()
    return instead(connection, layer) if shape == connection.outputs[0].shape else ()


def _takes(connection: Connection, layer: Layer) -> bool:
    """Tell whether a layer takes as many inputs as a connection has."""
    fewest, most = layer.arity
    count = len(connection.inputs)
    return fewest <= count <= (most or count)


def _weights_of_others(connections: Connections, suspects: Sequence[int]) -> Iterator[Mistake]:
    layers = list(dict.fromkeys(connection.layer for connection in connections))
    for index in suspects:
        layer = connections[index].layer
        alike = (each for each in layers if each is not layer and type(each) is type(layer))
        for giver in alike:
            yield from _weights_of(giver, connections[index], index)


def _weights_of(giver: Layer, connection: Connection, index: int) -> Iterator[Mistake]:
    layer: Any = connection.layer
    for what, given in _given(layer, giver):
        yield Mistake(
            what=f"{what} of {_plain(listing([giver.name]))} were used in {{layers}}",
            layers=(layer.name,),
            changes={index: instead(connection, replace(layer, **given))},
        )


def _given(layer: Layer, giver: Layer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield all variables of another layer that fit this one, then each by itself."""
    own = _variables(layer)
    fitting = _fitting(own, _variables(giver))
    if own and len(fitting) == len(own):
        yield "the weights", fitting
    for name, variable in fitting.items() if len(own) > 1 else ():
        yield f"the numbers in '{name}'", {name: variable}


def _fitting(own: Mapping[str, Variable], others: Mapping[str, Variable]) -> dict[str, Variable]:
    """Return those of another layer's variables that have the name and the shape of an own one."""
    return {
        name: others[name]
        for name, variable in own.items()
        if name in others and others[name].shape == variable.shape
    }


def _variables(layer: Layer) -> dict[str, Variable]:
    return {
        item.name: value
        for item in fields(layer)
        if isinstance(value := getattr(layer, item.name), Variable)
    }
