"""What a stateful model keeps from one call to the next: which inputs take which outputs."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from keronyx.converter.several import are_all
from keronyx.converter.tensors import Array
from keronyx.runtime.specs import Specs

KEY: Final = "states"
"""Under what key the metadata of an ONNX model has the pairs, as an object in JSON."""

Run = Callable[[Any], dict[str, Array]]


def pairs_in(metadata: Mapping[str, str], inputs: Specs, outputs: Specs) -> dict[str, str]:
    """Return the output that gives what an input takes at the next call, by this input's name.

    None where the metadata do not tell pairs of the same shape and dtype, all sizes fixed.
    """
    pairs = _object(metadata.get(KEY, "{}"))
    fitting = (_fit(inputs, outputs, *pair) for pair in pairs.items())
    return pairs if len({*pairs.values()}) == len(pairs) and all(fitting) else {}


def _object(text: str) -> dict[str, str]:
    """Read an object of texts in JSON; another text has nothing."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    is_object = isinstance(found, dict) and are_all(str, found.values())
    return found if is_object else {}


def _fit(inputs: Specs, outputs: Specs, before: str, after: str) -> bool:
    spec = inputs.get(before)
    return spec is not None and spec == outputs.get(after) and None not in spec.shape


def carrying(run: Run, pairs: Mapping[str, str]) -> Run:
    """Return what runs one batch after the other, each with the states that the last one left.

    ``pairs`` are under what name ``run`` takes a state, and under what name it gives the next one.
    """
    held: dict[str, Array] = {}

    def step(arrays: Mapping[str, Array]) -> dict[str, Array]:
        found = run({**held, **arrays})
        held.update((before, found[after]) for before, after in pairs.items())
        return found

    return step if pairs else run
