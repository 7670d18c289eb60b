"""Kernels of recurrent cells that a file keeps otherwise than today: gate by gate, or cuDNN's."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from keronyx.converter.errors import Label, WeightError, shorten
from keronyx.converter.layers.cells import Cell
from keronyx.converter.layers.conv_lstm import ConvLSTMCell
from keronyx.converter.tensors import Array, Variable

Variables: TypeAlias = Mapping[str, Variable]
Gated: TypeAlias = Cell | ConvLSTMCell


def as_today(
    kind: type[Cell], config: Mapping[str, Any], variables: Variables, layer: Label
) -> Variables:
    """Return a cell's variables with the gates side by side, as Keras 2 and 3 compute with them.

    Keras 1 kept an array for each gate. What the layers for cuDNN saved tells its bias, which is
    twice as long as any other; Keras 2 loads it in the place of another one, too. Raises
    WeightError for gates out of their order.
    """
    return _from_cudnn(kind, config, joined(kind, config, variables, layer))


def joined(
    kind: type[Gated], config: Mapping[str, Any], variables: Variables, layer: Label
) -> Variables:
    """Return a cell's variables with the gates side by side, where Keras 1 kept them apart.

    Raises WeightError for gates out of their order.
    """
    if "kernel" in variables or not variables:
        return variables
    axis = 0 if config.get("data_format") == "channels_first" else -1
    names = dict.fromkeys(name.rpartition("_")[0] for name in variables)
    return {name: _joined(kind, name, variables, axis, layer) for name in names}


def _joined(
    kind: type[Gated], name: str, variables: Variables, axis: int, layer: Label
) -> Variable:
    """Put the arrays of all gates behind each other on an axis."""
    parts = [variables[f"{name}_{letter}"] for letter in kind.letters]
    for letter, part in zip(kind.letters, parts, strict=True):
        _check_gate(part, letter, layer)
    shapes = [part.shape for part in parts]
    if len(set(shapes)) > 1:
        raise WeightError(f"gates of shapes {shapes}", layer=layer)
    shape = list(shapes[0])
    shape[axis] *= len(parts)
    return _loaded(parts[0], tuple(shape), partial(_side_by_side, parts, axis))


def _check_gate(part: Variable, letter: str, layer: Label) -> None:
    own = re.search(r"_([a-z])(:\d+)?$", part.name)
    if own is not None and own[1] != letter:
        raise WeightError(f"'{shorten(part.name)}' in the place of gate {letter}", layer=layer)


def _side_by_side(parts: Sequence[Variable], axis: int) -> Array:
    return np.concatenate([part.load() for part in parts], axis=axis)


def _from_cudnn(kind: type[Cell], config: Mapping[str, Any], variables: Variables) -> Variables:
    """Undo what cuDNN makes of kernels and biases, where the bias has its length.

    cuDNN applies the reset gate last: of a GRU that applies it first, Keras refuses such a bias.
    """
    bias = variables.get("bias")
    wide = kind.gates * config["units"]
    if bias is None or bias.shape != (2 * wide,) or config.get("reset_after") is False:
        return variables
    rows = config.get("reset_after") is True
    kernel, again = variables["kernel"], variables["recurrent_kernel"]
    return {
        "kernel": _loaded(kernel, kernel.shape, partial(_unrolled, kind.gates, kernel)),
        "recurrent_kernel": _loaded(again, again.shape, partial(_turned, kind.gates, again)),
        "bias": _loaded(bias, (2, wide) if rows else (wide,), partial(_biases, bias, rows=rows)),
    }


def _loaded(variable: Variable, shape: tuple[int, ...], load: partial[Array]) -> Variable:
    return replace(variable, shape=shape, load=load, extent=None)


def _unrolled(gates: int, kernel: Variable) -> Array:
    """Return the inputs' kernel: cuDNN has each gate's numbers in rows of the other length."""
    parts = np.split(kernel.load(), gates, axis=1)
    return np.concatenate([part.T.reshape(part.shape, order="F") for part in parts], axis=1)


def _turned(gates: int, kernel: Variable) -> Array:
    """Return the states' kernel: cuDNN has each gate's transposed."""
    parts = np.split(kernel.load(), gates, axis=1)
    return np.concatenate([part.T for part in parts], axis=1)


def _biases(bias: Variable, *, rows: bool) -> Array:
    """Return both biases as two rows, or added up."""
    both = bias.load().reshape(2, -1)
    return both if rows else both.sum(axis=0)
