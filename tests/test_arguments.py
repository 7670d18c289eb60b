"""What a call says by name, in both readings: dtypes, flags, and several tensors as one."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from emitting import run
from layer_case import tensor

from keronyx.converter.emit import emit
from keronyx.converter.emit.base import Given, emit_layer
from keronyx.converter.errors import UsageError
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.layers.base import DTypePolicy, Layer, Spec
from keronyx.converter.model import Connection, Model
from keronyx.converter.tensors import Argument, Array, KerasTensor
from keronyx.runtime.evaluate import Evaluator, prepare_layer
from keronyx.runtime.evaluate.model import Step
from keronyx.runtime.evaluate.precision import Numbers

HALF = DTypePolicy("float16", "float32")
DOUBLE = DTypePolicy("float64", "float64")
X, STATE = tensor("x", 2, dtype="float64"), tensor("state", 2, dtype="float64")
KEPT = tensor("kept", 2, dtype="bool")
COUNT = tensor("count", 2, dtype="int32")
ROWS = np.array([[1.0, 2.0], [3.0, 4.0]])
FEED = {
    "x": ROWS,
    "state": 10 * ROWS,
    "kept": np.array([[True, False], [False, True]]),
    "count": np.array([[1, 2], [3, 4]], np.int32),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Told(Layer, abstract=True):
    """A layer that notes the dtypes in which its readings get what a call says."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Uncast(Told, abstract=True):
    """The same, but nothing is cast for it."""

    autocast: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Both(Layer, abstract=True):
    """The sum of its input and a pair, and where the input is less than the second of these."""

    def results(self, *inputs: KerasTensor, **_arguments: Any) -> tuple[Spec, ...]:
        """Two like the input, the second a truth."""
        return (Spec(inputs[0].shape, self.dtype.compute), Spec(inputs[0].shape, "bool"))


def kinds(given: Any) -> Any:
    """Return the dtypes of an argument's tensors; a flag as it is."""
    if isinstance(given, bool):
        return given
    return tuple(map(kinds, given)) if isinstance(given, tuple) else str(given.dtype)


emitted_as: dict[str, Any] = {}
evaluated_as: dict[str, Any] = {}


@emit_layer.register
def _(layer: Told, graph: Graph, x: Value, **arguments: Given) -> Value:
    del layer, graph
    emitted_as.update({"": kinds(x)} | {name: kinds(each) for name, each in arguments.items()})
    return x


@prepare_layer.register
def _(_layer: Told, _numbers: Numbers) -> Step:
    def step(x: Array, **arguments: Any) -> Array:
        evaluated_as.update(
            {"": kinds(x)} | {name: kinds(each) for name, each in arguments.items()}
        )
        return x

    return step


@emit_layer.register
def _(layer: Both, graph: Graph, x: Value, pair: tuple[Value, Value], *, less: bool) -> Any:
    del layer
    first, second = pair
    total = graph.op("Sub" if less else "Add", graph.op("Add", x, first), second, shape=x.shape)
    return total, graph.op("Less", x, second, dtype="bool", shape=x.shape)


@prepare_layer.register
def _(_layer: Both, _numbers: Numbers) -> Any:
    def step(x: Array, pair: tuple[Array, Array], *, less: bool) -> tuple[Array, Array]:
        first, second = pair
        return x + first + (-second if less else second), x < second

    return step


def called(layer: Layer, arguments: dict[str, Argument], *dtypes: str) -> Model:
    """Return the model that calls the layer once on x with these arguments."""
    outputs = {
        f"out_{at}": tensor(f"layer/{at}", 2, dtype=dtype) for at, dtype in enumerate(dtypes)
    }
    call = Connection(
        layer=layer, inputs=(X,), outputs=tuple(outputs.values()), arguments=arguments
    )
    inputs = {each.name: each for each in call.sources}
    return Model(name="model", inputs=inputs, outputs=outputs, connections=(call,))


def fed(model: Model) -> dict[str, Array]:
    return {name: FEED[name] for name in model.inputs}


@pytest.mark.parametrize(
    ("kind", "policy", "emitted", "evaluated"),
    [
        # 16-bit layers compute in float32 in the graph, in the evaluation's precision here.
        (Told, HALF, "float32", "float32"),
        (Told, DTypePolicy(), "float32", "float32"),
        (Told, DOUBLE, "float64", "float64"),
        (Uncast, HALF, "float64", "float64"),
    ],
)
def test_floating_tensors_are_cast_to_the_compute_dtype_and_others_stay(
    kind: type[Layer], policy: DTypePolicy, emitted: str, evaluated: str
) -> None:
    arguments: dict[str, Argument] = {
        "state": STATE,
        "kept": KEPT,
        "count": COUNT,
        "pair": (STATE, KEPT),
        "causal": True,
    }
    model = called(kind(name="told", dtype=policy), arguments, policy.compute)
    emit(model)
    Evaluator(model, "float32")(fed(model))
    assert emitted_as == {
        "": emitted,
        "state": emitted,
        "kept": "bool",
        "count": "int32",
        "pair": (emitted, "bool"),
        "causal": True,
    }
    assert evaluated_as == {
        "": evaluated,
        "state": evaluated,
        "kept": "bool",
        "count": "int32",
        "pair": (evaluated, "bool"),
        "causal": True,
    }


@pytest.mark.parametrize(
    ("how", "total"), [("sum", [[21, 42], [63, 84]]), ("difference", [[1, 2], [3, 4]])]
)
def test_a_tuple_of_tensors_is_one_argument_and_several_outputs_have_their_dtypes(
    how: str, total: list[list[float]]
) -> None:
    less = how == "difference"
    model = called(Both(name="both"), {"pair": (STATE, STATE), "less": less}, "float32", "bool")
    below = [[True, True], [True, True]]
    out = Evaluator(model)(fed(model))
    found = run(emit(model), *fed(model).values())
    for wanted, *both in zip((total, below), out.values(), found, strict=True):
        for each in both:
            np.testing.assert_array_equal(each, wanted)
    assert [each.dtype.name for each in out.values()] == ["float32", "bool"]
    assert [each.dtype.name for each in found] == ["float32", "bool"]


def test_sources_and_filled_have_the_same_order() -> None:
    model = called(Told(name="told"), {"pair": (STATE, KEPT), "on": False, "count": COUNT}, "bool")
    (call,) = model.connections
    assert [each.name for each in call.sources] == ["x", "state", "kept", "count"]
    numbers = iter(range(3))
    assert call.filled(lambda _tensor: next(numbers)) == {"pair": (0, 1), "on": False, "count": 2}


def test_fewer_outputs_than_the_layer_states_is_an_error() -> None:
    model = called(Told(name="told"), {}, "float32", "float32")
    evaluator = Evaluator(model)
    with pytest.raises(UsageError, match="cannot be computed"):
        evaluator({"x": ROWS[:1]})
    with pytest.raises(ValueError, match="zip"):
        emit(model)


@dataclass(frozen=True, kw_only=True, eq=False)
class Idle(Layer, abstract=True):
    """A layer that acts in training only, of which neither reading has heard."""

    role: ClassVar[Any] = "inert"


def test_what_does_nothing_needs_no_reading() -> None:
    model = called(Idle(name="idle"), {}, "float64")
    np.testing.assert_array_equal(Evaluator(model)(ROWS)["out_0"], ROWS)
    np.testing.assert_array_equal(run(emit(model), ROWS)[0], ROWS)
