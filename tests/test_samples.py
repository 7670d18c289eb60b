"""The inputs that the check draws: what a model takes, every kind of row, always the same."""

from typing import Any

import numpy as np
import pytest

from keronyx.converter.layers.core import Identity
from keronyx.converter.layers.embedding import Embedding
from keronyx.converter.layers.merging import Add, Concatenate
from keronyx.converter.layers.nested import Nested
from keronyx.converter.layers.normalization import BatchNormalization, LegacyBatchNormalization
from keronyx.converter.layers.preprocessing import (
    CategoryEncoding,
    Discretization,
    IntegerLookup,
    Normalization,
    Rescaling,
    StringLookup,
)
from keronyx.converter.layers.reshaping import Flatten
from keronyx.converter.layers.rnn import TimeDistributed
from keronyx.converter.model import Connection, Model
from keronyx.converter.tensors import KerasTensor, Shape, Variable
from keronyx.runtime.proof.domains import ANY, UNKNOWN, Around, domains
from keronyx.runtime.proof.samples import BATCHES, KINDS, ODD, draw, draw_odd


def tensor(name: str, shape: Shape, dtype: str = "float32") -> KerasTensor:
    return KerasTensor(name=name, shape=shape, dtype=dtype)


def model_with(inputs: list[KerasTensor], *layers: Any) -> Model:
    """Put layers one after the other; a Concatenate takes all inputs."""
    connections = []
    current = list(inputs)
    for layer in layers:
        output = tensor(layer.name, current[0].shape)
        taken = tuple(current if isinstance(layer, Concatenate) else current[:1])
        connections.append(Connection(layer=layer, inputs=taken, outputs=(output,)))
        current = [output]
    return Model(
        name="m",
        inputs={each.name: each for each in inputs},
        outputs={current[0].name: current[0]},
        connections=tuple(connections),
    )


EMBEDDING = Embedding(
    name="e", input_dim=5, output_dim=2, embeddings=Variable.of(np.zeros((5, 2), np.float32))
)
IDENTITY = Identity(name="i")


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "uint8"])
def test_ids_are_drawn_within_the_vocabulary(dtype: str) -> None:
    model = model_with([tensor("x", (None, 3), dtype)], IDENTITY, EMBEDDING)
    ids = np.concatenate([feed["x"] for feed in draw(model)])
    assert ids.dtype == dtype
    assert set(ids.ravel().tolist()) == set(range(5))


def test_ids_are_found_through_layers_that_pass_them_on() -> None:
    held = TimeDistributed(name="t", layer=CategoryEncoding(name="c", num_tokens=3))
    both = [tensor("a", (None, 3), "int32"), tensor("b", (None, 3), "int32")]
    model = model_with(both, Concatenate(name="j"), held)
    for feed in draw(model):
        assert all(0 <= array.min() <= array.max() < 3 for array in feed.values())


def test_tokens_are_drawn_known_and_unknown() -> None:
    words = StringLookup(name="w", vocabulary=("a", "b"))
    model = model_with([tensor("x", (None, 4), "string")], words)
    drawn = {word for feed in draw(model) for word in feed["x"].ravel()}
    assert drawn == {"a", "b", *UNKNOWN}
    strict = StringLookup(name="w", vocabulary=("a", "b"), num_oov_indices=0)
    model = model_with([tensor("x", (None, 4), "string")], strict)
    assert {word for feed in draw(model) for word in feed["x"].ravel()} == {"a", "b"}
    numbers = IntegerLookup(name="n", vocabulary=(0, 7), mask_token=1)
    model = model_with([tensor("x", (None, 4), "int64")], numbers)
    assert {number for feed in draw(model) for number in feed["x"].ravel()} == {0, 1, 2, 3, 7}


def test_inverted_lookups_take_ids() -> None:
    words = StringLookup(name="w", vocabulary=("a", "b"), invert=True)
    model = model_with([tensor("x", (None, 4), "int64")], words)
    assert {number for feed in draw(model) for number in feed["x"].ravel()} == {0, 1, 2}


def test_numbers_for_bins_spread_over_them() -> None:
    bins = Discretization(name="d", bin_boundaries=(0.0, 10.0, 20.0))
    drawn = np.concatenate([feed["x"] for feed in draw(model_with([tensor("x", (None, 9))], bins))])
    assert {int(number) for number in np.digitize(drawn, [0, 10, 20]).ravel()} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("dtype", "values"),
    [("bool", {False, True}), ("int8", None), ("uint32", None), ("float16", None)],
)
def test_other_types_are_drawn_too(dtype: str, values: set[bool] | None) -> None:
    arrays = [feed["x"] for feed in draw(model_with([tensor("x", (None, 4), dtype)], IDENTITY))]
    assert all(array.dtype == dtype for array in arrays)
    drawn = np.concatenate(arrays)
    assert values is None or set(drawn.ravel().tolist()) == values


def test_batches_open_axes_and_seeds() -> None:
    model = model_with([tensor("x", (None, None, 2)), tensor("y", (None, None))], IDENTITY)
    feeds = draw(model)
    assert [len(feed["x"]) for feed in feeds] == list(BATCHES)
    assert all(feed["x"].shape[1] == feed["y"].shape[1] for feed in feeds)
    for feed, again in zip(feeds, draw(model), strict=True):
        np.testing.assert_array_equal(feed["x"], again["x"])
    assert not np.array_equal(feeds[0]["x"], draw(model, seed=1)[0]["x"])
    large = np.abs(np.concatenate([feed["x"].reshape(-1) for feed in feeds]))
    assert large.max() > 50
    assert large.min() == 0


@pytest.mark.parametrize("batch", [1, 2, 4, 32])
def test_fixed_batches_see_every_kind_of_row(batch: int) -> None:
    feeds = draw(model_with([tensor("x", (batch, 3))], IDENTITY))
    assert all(len(feed["x"]) == batch for feed in feeds)
    assert sum(len(feed["x"]) for feed in feeds) >= len(KINDS)


@pytest.mark.parametrize("batch", [None, 1, 3, 32])
def test_numbers_that_are_odd_stand_alone_in_a_row(batch: int | None) -> None:
    feeds = draw_odd(model_with([tensor("x", (batch, 3)), tensor("y", (batch, 2, 2))], IDENTITY))
    assert all(len(feed["x"]) == (batch or len(ODD)) for feed in feeds)
    for name in ("x", "y"):
        rows = np.concatenate([feed[name].reshape(len(feed[name]), -1) for feed in feeds])
        odd = ~np.isfinite(rows) | (rows == 0)
        assert odd.sum(axis=1).tolist() == [1] * len(ODD) + [0] * (len(rows) - len(ODD))
        np.testing.assert_array_equal(rows[odd], ODD)
        assert np.signbit(rows[odd]).tolist()[1:] == [False, True, True]


def test_odd_numbers_are_drawn_for_floats_that_no_layer_takes_for_ids() -> None:
    x, ids = tensor("x", (None, 3)), tensor("ids", (None, 3), "int64")
    (feed,) = draw_odd(model_with([x, ids], IDENTITY))
    assert np.isnan(feed["x"]).sum() == 1
    assert feed["ids"].dtype == "int64"
    assert not draw_odd(model_with([ids], IDENTITY))
    assert not draw_odd(model_with([x], EMBEDDING))
    assert not draw_odd(model_with([x], Rescaling(name="r", scale=2.0), EMBEDDING))
    assert not draw_odd(model_with([tensor("x", (None, 1100, 1000))], IDENTITY))


def test_huge_rows_are_drawn_once_or_twice() -> None:
    feeds = draw(model_with([tensor("x", (None, 1100, 1000))], IDENTITY))
    assert [len(feed["x"]) for feed in feeds] == [1, 2]


def test_inputs_may_insist_on_several_numbers_of_rows() -> None:
    inputs = [tensor("x", (4, 2)), tensor("y", (7, 3)), tensor("z", (None, 1))]
    for feed in draw(model_with(inputs, IDENTITY)):
        assert {name: len(array) for name, array in feed.items()} == {"x": 4, "y": 7, "z": 4}


def test_large_rows_are_drawn_once_of_each_kind() -> None:
    feeds = draw(model_with([tensor("x", (None, 400, 400))], IDENTITY))
    assert [len(feed["x"]) for feed in feeds] == [1, len(KINDS) - 1]


def constant(*numbers: float) -> Variable:
    return Variable.of(np.array(numbers, np.float32))


@pytest.mark.parametrize(
    ("layer", "shape", "mean", "spread"),
    [
        (Rescaling(name="r", scale=0.25, offset=-1.0), (None, 2), 4.0, 4.0),
        (
            Normalization(name="n", mean=constant(5, 6), variance=constant(4, 9)),
            (None, 2),
            [5, 6],
            [2, 3],
        ),
        (Normalization(name="n", input_mean=3.0, input_variance=4.0), (None, 2), [3], [2]),
        (Normalization(name="n", invert=True, input_mean=3.0), (None, 2), [0], [1]),
        (
            BatchNormalization(
                name="b", axis=1, moving_mean=constant(1, 2), moving_variance=constant(4, 0)
            ),
            (None, 2, 3),
            [[1], [2]],
            [[2], [1]],
        ),
        (
            LegacyBatchNormalization(
                name="b",
                mode=0,
                gamma=constant(1, 1),
                beta=constant(0, 0),
                running_mean=constant(1, np.nan),
                running_std=constant(3, np.inf),
            ),
            (None, 2),
            [1, 0],
            [3, 1],
        ),
    ],
)
def test_numbers_are_drawn_where_a_normalisation_expects_them(
    layer: Any, shape: tuple[int | None, ...], mean: Any, spread: Any
) -> None:
    model = model_with([tensor("x", shape)], layer)
    domain = domains(model)["x"]
    assert isinstance(domain, Around)
    assert np.all(domain.mean == mean)
    assert np.all(domain.spread == spread)
    first = draw(model)[0]["x"][0]
    expected = mean + spread * np.random.default_rng(0).standard_normal(first.shape)
    np.testing.assert_allclose(first, expected, rtol=1e-6)


def test_statistics_of_other_axes_are_averaged() -> None:
    normal = Normalization(name="n", mean=constant(1, 2, 3), variance=constant(1, 1, 1))
    source = tensor("x", (None, 2, 2))
    flat = tensor("f", (None, 3))
    end = tensor("n", (None, 3))
    model = Model(
        name="m",
        inputs={"x": source},
        outputs={"n": end},
        connections=(
            Connection(layer=Flatten(name="f"), inputs=(source,), outputs=(flat,)),
            Connection(layer=normal, inputs=(flat,), outputs=(end,)),
        ),
    )
    drawn = draw(model)[0]["x"]
    np.testing.assert_allclose(drawn[0], 2 + np.random.default_rng(0).standard_normal((2, 2)))


def test_pixels_are_drawn_over_their_range() -> None:
    model = model_with([tensor("x", (None, 50), "uint8")], Rescaling(name="r", scale=1 / 255))
    drawn = np.concatenate([feed["x"] for feed in draw(model)])
    assert drawn.min() == 0
    assert drawn.max() == 255
    assert len(np.unique(drawn)) > 100


def test_layers_without_an_opinion_take_any_number() -> None:
    batch = LegacyBatchNormalization(
        name="b",
        mode=1,
        gamma=constant(1),
        beta=constant(0),
        running_mean=constant(5),
        running_std=constant(5),
    )
    for layer in (batch, Discretization(name="d", bin_boundaries=())):
        model = model_with([tensor("x", (None, 1))], layer)
        assert domains(model)["x"] is ANY


def test_integers_that_reach_ids_by_a_detour_stay_within_the_vocabulary() -> None:
    source, doubled, end = (
        tensor("x", (None, 3), "int32"),
        tensor("a", (None, 3)),
        tensor("e", (None,)),
    )
    model = Model(
        name="m",
        inputs={"x": source},
        outputs={"e": end},
        connections=(
            Connection(layer=Add(name="a"), inputs=(source, source), outputs=(doubled,)),
            Connection(layer=EMBEDDING, inputs=(doubled,), outputs=(end,)),
        ),
    )
    assert max(feed["x"].max() for feed in draw(model)) == 4


def test_a_model_that_is_held_says_what_it_takes() -> None:
    inner = model_with([tensor("x", (None, 3), "int32")], EMBEDDING)
    held = TimeDistributed(name="t", layer=Nested(name="n", model=inner))
    model = model_with([tensor("x", (None, 2, 3), "int32")], held)
    assert max(feed["x"].max() for feed in draw(model)) == 4
