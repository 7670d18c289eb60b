"""Weights without an architecture: a chain of Dense layers, when the activations are told."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from keronyx.converter.errors import UsageError, WeightError
from keronyx.converter.files.saved import (
    FlatVariables,
    LayerGroups,
    SavedModel,
    VariableTree,
    WeightGroup,
)
from keronyx.converter.model import Variable

WHY = (
    "they do not say what comes after each layer, and a forgotten relu gives wrong numbers; "
    "convert the model's JSON with --weights and this file, or give --activations relu,relu,linear"
)


def chain(saved: SavedModel, activations: Sequence[str] | str | None) -> SavedModel:
    """Return the saved model with the architecture of a Sequential of Dense layers.

    One activation is meant for every layer; otherwise one a layer. Raises UsageError where they
    are missing or not as many, WeightError where the weights are no chain of Dense layers.
    """
    if saved.config is not None:
        raise UsageError("activations go with bare weights; this file has an architecture")
    if activations is None:
        raise UsageError("weights without an architecture", hint=WHY)
    layers = _dense_layers(_flat(saved))
    names = [activations] * len(layers) if isinstance(activations, str) else list(activations)
    if len(names) == 1:
        names *= len(layers)
    if len(names) != len(layers):
        raise UsageError(f"{len(names)} activations for {len(layers)} Dense layers")
    dtype = {"float64": "float64"}.get(layers[0][0].dtype, "float32")
    first = {"class_name": "InputLayer", "config": _input(layers[0][0], dtype)}
    entries = [
        _dense(index, variables, name, dtype)
        for index, (variables, name) in enumerate(zip(layers, names, strict=True), 1)
    ]
    groups = tuple(
        WeightGroup(f"dense_{index}", _plain(variables))
        for index, variables in enumerate(layers, 1)
    )
    return replace(
        saved,
        config={
            "class_name": "Sequential",
            "config": {"name": "chain", "layers": [first, *entries]},
        },
        weights=LayerGroups(groups, positional=True),
    )


def _plain(variables: Sequence[Variable]) -> tuple[Variable, ...]:
    return tuple(
        replace(variable, name=name)
        for variable, name in zip(variables, ("kernel", "bias"), strict=False)
    )


def _input(kernel: Variable, dtype: str) -> dict[str, Any]:
    return {"name": "input", "batch_shape": [None, kernel.shape[0]], "dtype": dtype}


def _dense(
    index: int, variables: Sequence[Variable], activation: str, dtype: str
) -> dict[str, Any]:
    config = {
        "name": f"dense_{index}",
        "units": variables[0].shape[1],
        "activation": activation.strip(),
        "use_bias": len(variables) > 1,
        "dtype": dtype,
    }
    return {"class_name": "Dense", "config": config}


def _flat(saved: SavedModel) -> list[Variable]:
    match saved.weights:
        case FlatVariables(variables):
            return list(variables)
        case LayerGroups(groups):
            return [variable for group in groups for variable in group.variables]
        case VariableTree(variables):
            return [each for place in sorted(variables, key=_number) for each in variables[place]]
    raise WeightError("no weights in the file")


def _number(place: str) -> tuple[str, int]:
    """Sort ``layers/dense``, ``layers/dense_1`` ... ``layers/dense_10`` as they are numbered."""
    name, _, number = place.rpartition("_")
    return (name, int(number)) if number.isdecimal() else (place, 0)


def _dense_layers(variables: Sequence[Variable]) -> list[list[Variable]]:
    """Group kernels (inputs, units) with the biases (units,) that follow them."""
    layers: list[list[Variable]] = []
    for variable in variables:
        if len(variable.shape) == 2:
            if layers and layers[-1][0].shape[1] != variable.shape[0]:
                raise _no_chain(variable)
            layers.append([variable])
        elif layers and len(layers[-1]) == 1 and variable.shape == layers[-1][0].shape[1:]:
            layers[-1].append(variable)
        else:
            raise _no_chain(variable)
    if not layers:
        raise WeightError("no kernel among the weights")
    return layers


def _no_chain(variable: Variable) -> WeightError:
    return WeightError(
        f"'{variable.name}' with shape {variable.shape} continues no chain of Dense layers",
        hint="kernels are (inputs, units), each followed by its bias (units,)",
    )
