"""Tables in memory are read by the names of their columns, as files are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from layer_case import Builder, alone, layer, tensor

import keronyx
from keronyx.converter.emit import serialize
from keronyx.converter.errors import UsageError
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array

KERNEL = np.array([[100], [10], [1]], np.float32)
MODEL = replace(
    alone(layer("Dense", units=1, use_bias=False, kernel=KERNEL), tensor("x", 3)),
    columns=("age", "height", "weight"),
)
NAMED = {"age": [1.0, 4.0], "height": [2.0, 5.0], "weight": [3.0, 6.0]}
RIGHT = [[123], [456]]


@dataclass
class Frame:
    """What pandas, polars and others have in common."""

    columns: Sequence[Any]
    rows: Any

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        """Return the rows in the order of the columns."""
        return np.asarray(self.rows, dtype)


def frame(*names: str, **more: list[Any]) -> Frame:
    columns = NAMED | more
    mixed = any(isinstance(cell, str) for name in names for cell in columns[name])
    rows = list(zip(*(columns[name] for name in names), strict=True))
    return Frame(names, np.array(rows, object if mixed else float))


def asked(model: Model, given: Any) -> list[Any]:
    """Return what every way to give rows to a model makes of them; they must agree."""
    name = next(iter(model.outputs))
    predict = keronyx.load(serialize(model))
    found = [predict(given)[name].tolist(), keronyx.evaluate(model, given)[name].tolist()]
    found.append(keronyx.trace(model, given).outputs[name].tolist())
    assert found[1:] == found[:-1]
    return list(found[0])


@pytest.mark.parametrize(
    "given",
    [
        frame("age", "height", "weight"),
        frame("weight", "age", "height"),
        frame("weight", "town", "age", "height", town=["a", "b"]),
        frame(" weight", "age ", "height", **{" weight": [3, 6], "age ": [1, 4]}),
    ],
)
def test_columns_are_found_by_their_names(given: Frame) -> None:
    assert asked(MODEL, given) == RIGHT
    assert asked(MODEL, {"x": given}) == RIGHT


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (frame("weight", "age"), "no column 'height'; the header has 'weight', 'age'"),
        (Frame(["age", "age", "height", "weight"], np.zeros((1, 4))), "'age' is there twice"),
        (Frame(["weight", "age", "height"], np.zeros((1, 4))), "shape (1, 4) under 3 names"),
        (frame("weight", "age", "height", age=["1", "x"]), "'x' takes numbers, but its columns"),
    ],
)
def test_columns_that_cannot_be_the_models(given: Frame, sentence: str) -> None:
    takes: list[Any] = [keronyx.load(serialize(MODEL)), lambda x: keronyx.evaluate(MODEL, x)]
    for take in takes:
        with pytest.raises(UsageError) as caught:
            take(given)
        assert sentence in str(caught.value)


def test_names_that_nobody_knows_leave_the_order_as_it_is() -> None:
    unnamed = replace(MODEL, columns=())
    assert asked(unnamed, frame("weight", "height", "age")) == [[321], [654]]
    for names in (range(3), [("a", 0), ("a", 1), ("b", 0)]):
        assert asked(MODEL, Frame(list(names), [[1, 2, 3]])) == [[123]]


def test_inputs_of_one_value_each_are_columns() -> None:
    age, height = tensor("age", 1), tensor("height", 1)
    build = Builder(age, height)
    weighted = layer("Dense", units=1, use_bias=False, kernel=KERNEL[:1])
    joined = build.call(layer("Add"), build.call(weighted, age), height)
    model = build.model(out=joined)
    for given in (frame("height", "age"), frame("weight", "height", "age")):
        assert asked(model, given) == [[102], [405]]
    assert asked(model, [frame("age"), frame("height")]) == [[102], [405]]
    assert asked(model, [frame("height"), frame("age")]) == [[201], [504]]


def test_several_inputs_share_the_names() -> None:
    x, y = tensor("x", 3), tensor("y", 2)
    build = Builder(x, y)
    wide = layer("Dense", units=1, use_bias=False, kernel=KERNEL)
    narrow = layer("Dense", "n", units=1, use_bias=False, kernel=KERNEL[1:])
    calls = build.call(wide, x), build.call(narrow, y)
    model = replace(
        build.model(out=build.call(layer("Add"), *calls)),
        columns=("age", "height", "weight", "a", "b"),
    )
    more: dict[str, list[Any]] = {"a": [0.5, 0], "b": [0.25, 0]}
    whole = frame("b", "weight", "a", "height", "age", **more)
    parts = {"x": frame("weight", "height", "age"), "y": frame("b", "a", **more)}
    for given in (whole, parts, list(parts.values())):
        assert asked(model, given) == [[128.25], [456]]


def test_samples_of_the_check() -> None:
    graph = serialize(MODEL)
    given = frame("weight", "age", "height")
    wrong = np.array([[321], [654]], np.float32)
    right = np.array(RIGHT, np.float32)
    assert keronyx.check(graph, MODEL, samples=given).passed
    for key in ("x", "in_0"):
        for expected, passed in ((right, True), (wrong, False)):
            samples = {key: given, "out_0" if key == "in_0" else "out/out": expected}
            assert keronyx.check(graph, MODEL, samples=samples).passed is passed


@pytest.mark.parametrize(
    ("dtype", "number"),
    [("float32", 1e39), ("float16", 70000), ("bfloat16", 3.4e38), ("float16", np.float32(7e4))],
)
def test_numbers_that_would_be_infinite_are_refused(dtype: str, number: float) -> None:
    model = alone(
        layer("Activation", activation="linear", dtype=dtype), tensor("x", 1, dtype=dtype)
    )
    takes: list[Any] = [lambda x: keronyx.evaluate(model, x)]
    if dtype != "bfloat16":  # the graph takes float32 for it
        takes.append(keronyx.load(serialize(model)))
    for take in takes:
        with pytest.raises(UsageError, match=f"takes {dtype}, which cannot hold all of the"):
            take(np.array([[number]]))
        (found,) = take(np.array([[np.inf], [-np.inf], [np.nan], [1.0]])).values()
        assert np.asarray(found, float).ravel().tolist()[:2] == [np.inf, -np.inf]
