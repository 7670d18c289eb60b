"""One step of time after the other, with or without a mask of the steps that count."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from keronyx.converter.layers.stepping import Stepped
from keronyx.converter.tensors import Array

Stepper: TypeAlias = Callable[[Array, Sequence[Array]], list[Array]]
"""Takes what a step comes to, and the states; returns the states after it, the output first."""


def walk(  # noqa: PLR0913 - the last by name only
    layer: Stepped,
    stepper: Stepper,
    x: Array,
    states: list[Array],
    mask: Array | None,
    *,
    shown: int = 0,
) -> tuple[Array, list[Array]]:
    """Return the output, all of them or the last one, and the states after the last step.

    ``x`` is (batch, time, ...), ``mask`` (batch, time); ``shown`` is the place of the state that
    is the output. Raises ValueError where there is no step.
    """
    if not x.shape[1]:
        raise ValueError("no step")
    if mask is None:
        outputs, now = _all_count(layer, stepper, x, states, shown)
    else:
        outputs, now = _masked(layer, stepper, x, (states, mask), shown)
    if layer.return_sequences:
        return np.stack(outputs, axis=1), now
    return outputs[-1], now


def _times(layer: Stepped, x: Array) -> range:
    return range(x.shape[1])[:: -1 if layer.go_backwards else 1]


def _all_count(
    layer: Stepped, stepper: Stepper, x: Array, now: list[Array], shown: int
) -> tuple[list[Array], list[Array]]:
    outputs = []
    for time in _times(layer, x):
        now = stepper(x[:, time], now)
        if layer.return_sequences:
            outputs.append(now[shown])
    return outputs or [now[shown]], now


def _masked(
    layer: Stepped, stepper: Stepper, x: Array, given: tuple[list[Array], Array], shown: int
) -> tuple[list[Array], list[Array]]:
    """Where a step does not count, the states stay, and the output before it comes again."""
    now, mask = given
    last = now[shown] if layer.shows_states else np.zeros_like(now[shown])
    times = _times(layer, x)
    outputs = []
    for time in times:
        new = stepper(x[:, time], now)
        now = [_chosen(mask, time, *each) for each in zip(new, now, strict=True)]
        last = _chosen(mask, time, new[shown], last)
        outputs.append(last)
    return _zeroed(layer, outputs, times, mask), now


def _chosen(mask: Array, time: int, here: Array, else_: Array) -> Array:
    """Take the rows of one array where a step counts, of another one where it does not."""
    counts = mask[:, time].reshape(-1, *[1] * (here.ndim - 1))
    return np.where(counts, here, else_)


def _zeroed(layer: Stepped, outputs: list[Array], times: range, mask: Array) -> list[Array]:
    """Zero the outputs of steps that do not count, where the layer does.

    Keras lays the mask of an unrolled layer upon the outputs as they come, first to first, but
    asks the step itself for the last output.
    """
    if not layer.zero_output_for_mask:
        return outputs
    unturned = layer.zeroes_by_place and layer.return_sequences
    places = range(len(outputs)) if unturned else times
    nothing = np.zeros_like(outputs[0])
    pairs = zip(places, outputs, strict=True)
    return [_chosen(mask, place, output, nothing) for place, output in pairs]
