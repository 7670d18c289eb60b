"""Random stacks of recurrent layers under random masks: both readings agree on every row."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from emitting import run
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import numbers

from keronyx.converter.emit import emit
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.embedding import Embedding
from keronyx.converter.layers.recurrent import GRU, LSTM, Bidirectional, OfOneCell, SimpleRNN
from keronyx.converter.model import Connection, Model
from keronyx.converter.tensors import KerasTensor, Variable
from keronyx.runtime.evaluate import evaluate

KINDS: tuple[type[OfOneCell], ...] = (SimpleRNN, GRU, LSTM)
MODES = ("concat", "sum", "mul", "ave")
FLAGS = ("go_backwards", "zero_output_for_mask", "unroll")

Plan = list[tuple[int, int]]


def one(rng: Any, name: str, features: int, pick: int, **said: Any) -> OfOneCell:
    """Return a layer of 1 to 4 units; ``pick`` tells which.

    What a state does to the next one is small: rounding errors do not grow from step to step.
    """
    kind, units = KINDS[pick % 3], 1 + pick // 3 % 4
    wide = kind.kind.gates * units
    cell = kind.kind(
        name=f"{name}/cell",
        units=units,
        kernel=Variable.of(numbers(rng, features, wide)),
        recurrent_kernel=Variable.of(numbers(rng, units, wide) / 4),
        bias=Variable.of(numbers(rng, *((2, wide) if kind is GRU else (wide,)))),
    )
    return kind(name=name, units=units, cell=cell, **said)


def both(rng: Any, name: str, features: int, pick: int, *, sequences: bool) -> Layer:
    """Return one layer from either end of time; outputs become zeros as Keras 3 has it."""
    said = {"return_sequences": sequences, "zero_output_for_mask": sequences}
    turned = bool(pick // 24 % 2)
    sides = [
        one(rng, f"{name}/{side}", features, pick, go_backwards=turned != (side == "back"), **said)
        for side in ("front", "back")
    ]
    mode: Any = MODES[pick % 4]
    return Bidirectional(
        name=name, forward_layer=sides[0], backward_layer=sides[1], merge_mode=mode
    )


def stacked(seed: int, plan: Plan, entrance: KerasTensor, mask: KerasTensor) -> Model:
    """Chain layers under one mask: all but the last give sequences, the last one perhaps."""
    rng = np.random.default_rng(seed)
    tensor, connections = entrance, []
    if entrance.dtype == "int32":
        rows = Variable.of(numbers(rng, 9, 3))
        layer: Layer = Embedding(name="words", input_dim=9, output_dim=3, embeddings=rows)
        ((shape, dtype),) = layer.results(entrance)
        tensor = KerasTensor(name="words", shape=shape, dtype=dtype)
        connections.append(Connection(layer=layer, inputs=(entrance,), outputs=(tensor,)))
    for place, (pick, flags) in enumerate(plan):
        sequences = place < len(plan) - 1 or bool(flags & 8)
        features, name = int(tensor.sizes[-1] or 0), f"l{place}"
        if flags & 16:
            layer = both(rng, name, features, pick, sequences=sequences)
        else:
            said = {flag: bool(flags >> bit & 1) for bit, flag in enumerate(FLAGS)}
            layer = one(rng, name, features, pick, return_sequences=sequences, **said)
        ((shape, dtype),) = layer.results(tensor, mask=mask)
        made = KerasTensor(name=name, shape=shape, dtype=dtype)
        arguments = {"mask": mask}
        connections.append(
            Connection(layer=layer, inputs=(tensor,), arguments=arguments, outputs=(made,))
        )
        tensor = made
    inputs = {"x": entrance, "mask": mask}
    return Model(name="m", inputs=inputs, outputs={"out": tensor}, connections=tuple(connections))


def masks(rng: Any, batch: int, time: int, pattern: str) -> Any:
    if pattern == "holes":
        return rng.random((batch, time)) < rng.random((batch, 1))
    lengths = rng.integers(0, time + 1, (batch, 1))
    right = np.arange(time) < lengths
    return {"right": right, "left": right[:, ::-1], "none": right & False, "all": right | True}[
        pattern
    ]


PLANS = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 31)), min_size=1, max_size=3)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    plan=PLANS,
    time=st.integers(1, 40),
    pattern=st.sampled_from(["right", "left", "holes", "none", "all"]),
    form=st.tuples(st.booleans(), st.booleans()),
)
def test_both_readings_agree_under_every_mask(
    seed: int, plan: Plan, time: int, pattern: str, form: tuple[bool, bool]
) -> None:
    rng = np.random.default_rng(seed)
    words, told = form
    steps = time if told else "time"
    row: tuple[Any, ...] = (steps,) if words else (steps, 3)
    dtype = "int32" if words else "float32"
    entrance = KerasTensor(name="x", shape=("batch", *row), dtype=dtype)
    mask = KerasTensor(name="mask", shape=("batch", steps), dtype="bool")
    model = stacked(seed, plan, entrance, mask)
    x = rng.integers(0, 9, (4, time)).astype("int32") if words else numbers(rng, 4, time, 3)
    given_: Mapping[str, Any] = {"x": x, "mask": masks(rng, 4, time, pattern)}
    (wanted,) = evaluate(model, given_).values()
    (found,) = run(emit(model), *given_.values())
    assert np.isfinite(wanted).all()
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
