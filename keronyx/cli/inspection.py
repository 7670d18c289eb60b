"""Find out what a Keras file holds, as far as it can be understood."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from keronyx.converter.architecture import LayerConfig, ModelConfig, Ref, input_kind
from keronyx.converter.description import describe
from keronyx.converter.dialect import translate
from keronyx.converter.emit import DEFAULT_OPSET, opset_for
from keronyx.converter.emit.model import build
from keronyx.converter.errors import KeronyxError, RefusedError, UnsupportedLayerError
from keronyx.converter.files.saved import (
    SavedModel,
    Weights,
)
from keronyx.converter.layers.base import DTypePolicy
from keronyx.converter.limits import current
from keronyx.converter.model import Connection, Model
from keronyx.converter.tensors import Array, Sizes, Variable


@dataclass(frozen=True, kw_only=True)
class Row:
    """A layer, or an array of weights, as far as it is known.

    ``mean`` and ``spread``, the standard deviation, are told of arrays alone.
    """

    name: str
    kind: str = ""
    shape: Sizes | None = None
    parameters: int | None = None
    dtype: str = ""
    inputs: tuple[str, ...] = ()
    problem: str = ""
    mean: float | None = None
    spread: float | None = None


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What was found; ``model`` where it could be described, ``error`` where it could not."""

    saved: SavedModel
    rows: tuple[Row, ...]
    model: Model | None = None
    error: KeronyxError | None = None


def findings(saved: SavedModel, replace: Mapping[str, str] | None = None) -> Findings:
    """Describe a saved model, or list what its file says and what stands in the way.

    XX
    """
    try:
        if saved.config is not None and saved.weights is None:
            return Findings(saved=saved, rows=tuple(_of_config(translate(saved, replace)[0])))
        model = describe(saved, replace=replace)
        build(model, opset_for(model, DEFAULT_OPSET))
    except KeronyxError as error:
        rows = tuple(_of_refused(saved, dict(_problems(error))))
        return Findings(saved=saved, rows=rows, error=error.at(path=saved.path))
    return Findings(saved=saved, rows=tuple(_of_model(model)), model=model)


def _of_refused(saved: SavedModel, problems: Mapping[str, str]) -> Iterator[Row]:
    """List what a file says that cannot be described: its layers, or else its weights."""
    return _of_file(saved.config, problems) if saved.config else _of_weights(saved.weights)


def _of_model(model: Model) -> Iterator[Row]:
    """List the inputs, then every layer at its first call."""
    kind = input_kind().__name__
    for tensor in model.inputs.values():
        yield Row(name=tensor.name, kind=kind, shape=tensor.sizes, dtype=tensor.dtype)
    calls: dict[str, list[Connection]] = {}
    for connection in model.connections:
        calls.setdefault(connection.layer.name, []).append(connection)
    yield from map(_of_calls, calls.values())


def _of_calls(calls: Sequence[Connection]) -> Row:
    """Tell a layer by its first call, with the sources of all."""
    layer = calls[0].layer
    sources = (tensor.name for call in calls for tensor in call.sources)
    return Row(
        name=layer.name,
        kind=type(layer).__name__,
        shape=calls[0].outputs[0].sizes,
        parameters=sum(each.size for each in layer.variables().values()),
        dtype=policy_name(layer.dtype),
        inputs=tuple(dict.fromkeys(sources)),
    )


def policy_name(policy: DTypePolicy) -> str:
    """Spell a dtype policy as Keras does."""
    name = policy.compute if policy.compute == policy.variable else f"mixed_{policy.compute}"
    return f"{policy.quantization}_from_{name}" if policy.quantization else name


def _of_config(model: ModelConfig, path: str = "") -> Iterator[Row]:
    """List layers whose variables, and so their shapes, are not known."""
    for part in model.layers:
        name = f"{path}{part.name}"
        if isinstance(part, ModelConfig):
            yield from _of_config(part, f"{name}/")
            continue
        yield Row(
            name=name,
            kind=part.kind.__name__,
            shape=part.config.get("batch_shape"),
            dtype=policy_name(part.dtype),
            inputs=tuple(dict.fromkeys(f"{path}{ref.layer}" for ref in _sources(part))),
        )


def _sources(part: LayerConfig) -> Iterator[Ref]:
    """Yield everything that a layer is called on."""
    return chain.from_iterable(call.sources for call in part.calls)


def _of_file(config: Any, problems: Mapping[str, str], path: str = "") -> Iterator[Row]:
    """List the layers as the file spells them, whatever else may be wrong with it."""
    layers = _spelled_layers(config)
    if not isinstance(layers, list) or path.count("/") > current().nested_models:
        return
    for layer in layers:
        if isinstance(layer, dict):
            yield from _of_entry(layer, problems, path)


def _spelled_layers(config: Any) -> Any:
    """Return what stands in the place of a model's layers, in the places where Keras had them."""
    if not isinstance(config, dict):
        return None
    inner = config.get("config")
    layers = inner.get("layers") if isinstance(inner, dict) else inner
    return config.get("layers") if layers is None else layers


def _of_entry(layer: Mapping[str, Any], problems: Mapping[str, str], path: str) -> Iterator[Row]:
    config = layer.get("config")
    said = config if isinstance(config, dict) else {}
    kind, name = str(layer.get("class_name", layer.get("name", "?"))), layer.get("name")
    name = str(said.get("name", name if "class_name" in layer else ""))
    yield Row(name=f"{path}{name}", kind=kind, problem=problems.get(name, ""))
    yield from _of_file(layer, problems, f"{path}{name}/")


def _problems(error: KeronyxError) -> Iterator[tuple[str, str]]:
    """Yield (layer name, what is wrong) of everything that was refused."""
    for each in error.errors if isinstance(error, RefusedError) else (error,):
        yield from _problems_of_one(each)


def _problems_of_one(error: KeronyxError) -> Iterator[tuple[str, str]]:
    if isinstance(error, UnsupportedLayerError):
        for layer in error.layers:
            yield layer.name, f"not supported{f': {layer.detail}' if layer.detail else ''}"
    elif error.layer:
        yield error.layer.name, error.what


def _of_weights(weights: Weights | None) -> Iterator[Row]:
    """List bare arrays, with what their numbers are like."""
    for name, variable in _named(weights):
        mean, spread = moments(variable.chunks())
        yield Row(
            name=name,
            shape=variable.shape,
            parameters=variable.size,
            dtype=variable.dtype,
            mean=mean,
            spread=spread,
        )


def moments(pieces: Iterable[Array]) -> tuple[float, float]:
    """Return the mean and the standard deviation of all numbers, NaN where there are none.

    Pieces are joined as in Chan, Golub and LeVeque, "Updating formulae", 1979.
    """
    count, mean, squares = 0, 0.0, 0.0
    for piece in pieces:
        numbers = np.asarray(piece, np.float64)
        if not numbers.size:
            continue
        own, total = float(numbers.mean()), count + numbers.size
        step = own - mean
        squares += float(np.square(numbers - own).sum()) + step**2 * count * numbers.size / total
        mean += step * numbers.size / total
        count = total
    return (mean, math.sqrt(squares / count)) if count else (math.nan, math.nan)


def _named(weights: Weights | None) -> Iterator[tuple[str, Variable]]:
    return iter(()) if weights is None else weights.listed()
