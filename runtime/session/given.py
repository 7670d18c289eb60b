"""A user's own samples for the check: inputs, and where they are known the right outputs."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from keronyx.converter.errors import UsageError, shorten
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array
from keronyx.runtime.frames import by_names, of_input
from keronyx.runtime.specs import specs_of

Arrays: TypeAlias = dict[str, Array]


def split_samples(samples: Any, model: Model) -> tuple[Arrays, Arrays]:
    """Part arrays into the model's inputs and the outputs that are expected of them.

    Keys are names, or "out/name" for an output; or else all keys count in the model's order:
    "in_0", "in_1", ..., "out_0", ... A DataFrame has the inputs alone. Raises UsageError for other
    keys, or other numbers of rows.
    """
    samples = _named(samples, model)
    specs = specs_of(model.inputs)
    inputs, outputs = _keys(samples, model)
    given: Arrays = {}
    expected: Arrays = {}
    for key, values in samples.items():
        if key in inputs:
            given[inputs[key]] = np.asarray(of_input(values, inputs[key], specs, model.columns))
        elif key in outputs:
            expected[outputs[key]] = np.asarray(values)
        else:
            known = ", ".join(f"'{shorten(name)}'" for name in (*inputs, *model.outputs))
            raise UsageError(
                f"samples: '{shorten(key)}' is no input or output", hint=f"use {known}"
            )
    _check_rows(given, expected)
    return given, expected


def _keys(samples: Mapping[str, Any], model: Model) -> tuple[dict[str, str], dict[str, str]]:
    """Return the inputs and outputs by the keys of samples: numbers, where all keys are such."""
    named, numbered = _names(model), _numbers(model)
    fitting = (each for each in (named, numbered) if samples.keys() <= {*each[0], *each[1]})
    return next(fitting, named)


def _named(samples: Any, model: Model) -> Mapping[str, Any]:
    """Return samples by name; a table has those of the inputs."""
    found = by_names(samples, specs_of(model.inputs), model.columns)
    if isinstance(found, Mapping):
        return found
    if len(model.inputs) != 1:
        raise UsageError(f"one table for the model's {len(model.inputs)} inputs")
    return dict.fromkeys(model.inputs, found)


def _names(model: Model) -> tuple[dict[str, str], dict[str, str]]:
    outputs = {name: name for name in model.outputs}
    return {name: name for name in model.inputs}, {f"out/{n}": n for n in outputs} | outputs


def _numbers(model: Model) -> tuple[dict[str, str], dict[str, str]]:
    inputs = {f"in_{index}": name for index, name in enumerate(model.inputs)}
    return inputs, {f"out_{index}": name for index, name in enumerate(model.outputs)}


def _check_rows(given: Arrays, expected: Arrays) -> None:
    counts = {name: len(array) for name, array in (given | expected).items() if array.ndim}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"'{shorten(name)}' {count}" for name, count in counts.items())
        raise UsageError(f"samples with different numbers of rows: {listed}")
