"""The rewriting of graphs, one rule at a time: what it does, and what it leaves as it is."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pytest
from emitting import numbers, run
from hypothesis import given, settings
from hypothesis import strategies as st

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Initializer, Value
from keronyx.converter.graph.operators import reduce, squeeze, transpose, unsqueeze
from keronyx.converter.graph.save import to_bytes
from keronyx.converter.passes import simplify
from keronyx.converter.passes.layout import _ordered
from keronyx.converter.passes.views import View
from keronyx.converter.tensors import Variable

SIZES = (2, 1, 3, 1)

MOVES = st.lists(st.tuples(st.sampled_from(["turn", "lose", "gain"]), st.randoms()), max_size=8)


@settings(max_examples=200, deadline=None)
@given(MOVES)
def test_a_view_is_what_its_moves_make(moves: list[tuple[str, random.Random]]) -> None:
    array = np.arange(np.prod(SIZES)).reshape(SIZES)
    view, seen = View.whole(Value("x", "int64", SIZES)), array
    for move, draw in moves:
        places = list(range(seen.ndim))
        if move == "turn":
            draw.shuffle(places)
            view, seen = view.transposed(places), seen.transpose(places)
        elif move == "lose":
            ones = [place for place in places if seen.shape[place] == 1][:1]
            view, seen = view.squeezed(ones), seen.squeeze(tuple(ones))
        else:
            place = len(places) // 2
            view, seen = view.unsqueezed([place]), np.expand_dims(seen, place)
        assert view.shape == seen.shape
    made = array
    for op_type, axes, shape in view.steps():
        if op_type == "Transpose":
            made = made.transpose(axes)
        else:
            made = made.squeeze(tuple(axes)) if op_type == "Squeeze" else np.expand_dims(made, axes)
        assert made.shape == shape
    assert np.array_equal(made, seen)
    assert not view.is_whole or np.array_equal(array, seen)
    if view.is_in_order:
        assert np.array_equal(array.ravel(), seen.ravel())


def test_a_reshape_that_only_moves_ones_is_a_view() -> None:
    view = View(Value("x", "float32", (None, 4, 1, 1)), (0, 1))
    same = view.reshaped((None, 1, 1, 4))
    assert same is not None
    assert same.axes == (0, 2, 3, 1)
    assert view.reshaped((None, 2, 2)) is None
    assert View.whole(Value("x", "float32", (None, None, 4))).reshaped((None, None, 4, 1)) is None


def built(make: Callable[[Graph, Value], Value], *sizes: int) -> tuple[onnx.ModelProto, ...]:
    """Return a graph of channels_last images as it was built, and simplified."""
    protos = []
    for simple in (False, True):
        graph = Graph("test", 17)
        x = graph.input(graph.unique("x"), "float32", ("batch", *sizes))
        graph.output(graph.unique("y"), make(graph, x))
        if simple:
            simplify(graph)
        proto = onnx.ModelProto()
        proto.ParseFromString(to_bytes(graph, {}))
        onnx.checker.check_model(proto, full_check=True)
        protos.append(proto)
    given = np.random.default_rng(3).normal(size=(2, *sizes)).astype(np.float32)
    plain, simplified = (run(proto, given)[0] for proto in protos)
    assert plain.shape == simplified.shape
    np.testing.assert_allclose(simplified, plain, rtol=1e-5, atol=1e-6)
    return tuple(protos)


def count(proto: onnx.ModelProto) -> Counter[str]:
    return Counter(node.op_type for node in proto.graph.node)


def pooled(graph: Graph, x: Value, op_type: str = "MaxPool", **attributes: Any) -> Value:
    """Pool windows of 2 x 2 places of an image, with pads of 1 if any, turned there and back."""
    turned = transpose(graph, x, (0, 3, 1, 2))
    batch, channels, height, width = turned.shape
    sizes = [None if each is None else each - 1 for each in (height, width)]
    if attributes:
        sizes = [None if each is None else each + 2 for each in sizes]
    shape = (batch, channels, *sizes)
    made = graph.op(op_type, turned, shape=shape, kernel_shape=[2, 2], **attributes)
    return transpose(graph, made, (0, 2, 3, 1))


def padded(graph: Graph, x: Value, *pads: int) -> Value:
    shape = (x.shape[0], *(4 + 2 * each for each in (max(pads), max(pads))), 3)
    return graph.op("Pad", x, graph.integers(list(pads)), shape=shape)


EVEN = (0, 1, 1, 0, 0, 1, 1, 0)


@pytest.mark.parametrize(
    ("before", "pads", "own", "left"),
    [
        ("Relu", EVEN, {}, 0),
        ("Sigmoid", EVEN, {}, 0),
        ("Tanh", EVEN, {}, 1),
        ("", EVEN, {}, 1),
        ("Relu", EVEN, {"pads": [1, 1, 1, 1]}, 1),
        ("Relu", (0, 2, 2, 0, 0, 2, 2, 0), {}, 1),
    ],
)
def test_a_border_goes_into_windows_of_maxima_only_beside_numbers_from_0_on(
    before: str, pads: tuple[int, ...], own: dict[str, Any], left: int
) -> None:
    def make(graph: Graph, x: Value) -> Value:
        entered = graph.op(before, x) if before else x
        first = pooled(graph, padded(graph, entered, *pads), **own)
        return pooled(graph, first)

    _, simple = built(make, 4, 4, 3)
    assert count(simple)["Pad"] == left
    assert count(simple)["Transpose"] == 2


def test_a_border_of_averages_stays() -> None:
    _, simple = built(
        lambda graph, x: pooled(graph, padded(graph, graph.op("Relu", x), *EVEN), "AveragePool"),
        4, 4, 3,
    )  # fmt: skip
    assert count(simple)["Pad"] == 1


def test_a_border_that_is_used_twice_stays() -> None:
    def make(graph: Graph, x: Value) -> Value:
        wide = padded(graph, graph.op("Relu", x), *EVEN)
        made = pooled(graph, wide)
        top = graph.op("ReduceMax", made, axes=[1, 2], keepdims=1, shape=(None, 1, 1, 3))
        return graph.op("Mul", wide, top)

    _, simple = built(make, 4, 4, 3)
    assert count(simple)["Pad"] == 1


@pytest.mark.parametrize(
    ("scale", "shift", "joined"),
    [((3,), (3,), 1), ((3,), (1,), 0), ((4, 1, 1), (3,), 0), ((1,), (1,), 0)],
)
def test_a_factor_and_a_summand_by_channels_become_one(
    scale: tuple[int, ...], shift: tuple[int, ...], joined: int
) -> None:
    terms = numbers(*scale), numbers(*shift)

    def make(graph: Graph, x: Value) -> Value:
        product = graph.op("Mul", pooled(graph, x), graph.constant(terms[0], "float32"))
        total = graph.op("Add", product, graph.constant(terms[1], "float32"))
        return pooled(graph, total)

    _, simple = built(make, 5, 5, 3)
    assert count(simple)["BatchNormalization"] == joined
    assert count(simple)["Add"] == 1 - joined


def by_channels(graph: Graph, x: Value) -> Value:
    """Halve, subtract a number for each of 3 channels and divide by another."""
    mean, spread = (
        graph.constant(each, "float32") for each in ([1.0, 2.0, 3.0], [[0.5, 2.0, 4.0]])
    )
    return graph.op("Div", graph.op("Sub", graph.op("Mul", x, 0.5), mean), spread)


def test_axes_are_turned_before_there_is_a_number_for_each_channel() -> None:
    _, simple = built(lambda graph, x: pooled(graph, by_channels(graph, x)), 4, 5, 3)
    order = [node.op_type for node in simple.graph.node]
    assert order == ["Mul", "Transpose", "Sub", "Div", "MaxPool", "Transpose"]
    shapes = {each.name: list(each.dims) for each in simple.graph.initializer}
    used = [shapes[node.input[1]] for node in simple.graph.node if node.op_type in {"Sub", "Div"}]
    assert used == [[1, 3, 1, 1]] * 2


def test_axes_are_turned_late_where_the_numbers_before_are_used_twice() -> None:
    def make(graph: Graph, x: Value) -> Value:
        entered = graph.op("Relu", by_channels(graph, x))
        first = pooled(graph, entered)
        return graph.op("Add", first, reduce(graph, "ReduceMax", entered, [1, 2]))

    _, simple = built(make, 4, 5, 3)
    order = [node.op_type for node in simple.graph.node]
    assert order[:5] == ["Mul", "Sub", "Div", "Relu", "Transpose"]


@pytest.mark.parametrize("number", [2.0, [[2.0]], [[[2.0]], [[3.0]], [[4.0]], [[5.0]]]])
def test_axes_are_turned_late_where_no_weight_lies_along_the_channels(number: object) -> None:
    def make(graph: Graph, x: Value) -> Value:
        return pooled(graph, graph.op("Mul", x, graph.constant(number, "float32")))

    _, simple = built(make, 4, 5, 3)
    assert [node.op_type for node in simple.graph.node][:2] == ["Mul", "Transpose"]


def test_a_product_that_is_used_twice_stays() -> None:
    term = numbers(3)

    def make(graph: Graph, x: Value) -> Value:
        product = graph.op("Mul", pooled(graph, x), graph.constant(term, "float32"))
        return graph.op("Div", graph.op("Add", product, graph.constant(term, "float32")), product)

    _, simple = built(make, 4, 4, 3)
    assert count(simple)["BatchNormalization"] == 0


def test_the_larger_one_stays_where_it_is() -> None:
    def make(graph: Graph, x: Value) -> Value:
        small = graph.op(
            "ReduceMean", pooled(graph, x), axes=[1, 2], keepdims=1, shape=(None, 1, 1, 3)
        )
        return graph.op("Mul", x, small)

    _, simple = built(make, 6, 6, 3)
    assert count(simple)["Transpose"] == 2  # into the pooling, and of 1 x 1 places


def test_a_plain_value_is_turned_once_for_all_who_want_it() -> None:
    def make(graph: Graph, x: Value) -> Value:
        return graph.op("Add", pooled(graph, x), pooled(graph, x, "AveragePool"))

    plain, simple = built(make, 4, 4, 3)
    assert (count(plain)["Transpose"], count(simple)["Transpose"]) == (4, 2)


def test_outputs_keep_their_names_however_they_are_turned() -> None:
    def make(graph: Graph, x: Value) -> Value:
        return transpose(graph, pooled(graph, x), (0, 3, 1, 2))

    _, simple = built(make, 4, 4, 3)
    assert count(simple) == {"Transpose": 1, "MaxPool": 1}
    assert simple.graph.node[-1].output == ["y"]


@pytest.mark.parametrize("how", ["Reshape", "Flatten"])
def test_a_flat_image_meets_a_kernel_in_its_own_order(how: str) -> None:
    kernel, factor = numbers(3 * 3 * 3, 4), numbers(27)

    def make(graph: Graph, x: Value) -> Value:
        image = pooled(graph, x)
        if how == "Flatten":
            flat = graph.op(how, image, shape=(None, 27), axis=1)
        else:
            flat = graph.op(how, image, graph.integers([-1, 27]), shape=(None, 27))
        scaled = graph.op("Mul", graph.op("Tanh", flat), graph.constant(factor, "float32"))
        weight = graph.weight("kernel", "float32", (27, 4), lambda: kernel)
        return graph.op("Gemm", scaled, weight, shape=(None, 4))

    _, simple = built(make, 4, 4, 3)
    assert count(simple)["Transpose"] == 1


def test_a_flat_image_that_others_want_is_turned_back() -> None:
    def make(graph: Graph, x: Value) -> Value:
        flat = graph.op("Flatten", pooled(graph, x), shape=(None, 27), axis=1)
        return graph.op("Softmax", flat, axis=1)

    _, simple = built(make, 4, 4, 3)
    assert count(simple)["Transpose"] == 2


def test_one_axis_of_space_is_gained_and_lost_once() -> None:
    def lifted(graph: Graph, x: Value) -> Value:
        turned = unsqueeze(graph, transpose(graph, x, (0, 2, 1)), [2])
        made = graph.op("MaxPool", turned, shape=turned.shape, kernel_shape=[1, 1])
        return transpose(graph, squeeze(graph, made, 2), (0, 2, 1))

    plain, simple = built(lambda graph, x: lifted(graph, lifted(graph, x)), 6, 3)
    assert count(plain)["Unsqueeze"] == 2
    assert count(simple) == {"Transpose": 2, "Unsqueeze": 1, "MaxPool": 2, "Squeeze": 1}


def test_other_graphs_stay_as_they_are() -> None:
    def make(graph: Graph, x: Value) -> Value:
        return transpose(graph, transpose(graph, x, (0, 2, 1)), (0, 2, 1))

    plain, simple = built(make, 4, 3)
    assert plain == simple


def test_rows_are_put_in_their_places_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, places = numbers(7, 3), np.array([3, 0, 6, 1, 5, 2, 4])
    pieces = [kernel.reshape(-1)[start : start + 4] for start in range(0, 21, 4)]
    monkeypatch.setattr(Variable, "chunks", lambda _: iter(pieces))
    weight = Initializer(
        name="kernel",
        dtype="float32",
        shape=(7, 3),
        load=lambda: kernel,
        variable=Variable.of(kernel),
    )
    made = _ordered(weight, places)
    assert np.array_equal(made[places], kernel)
    assert np.array_equal(made, _ordered(replace(weight, variable=None), places))
