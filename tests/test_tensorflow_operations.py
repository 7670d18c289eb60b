"""TensorFlow's operations between the layers of Keras 2: Keras's own numbers, dtypes, refusals."""

import json
from functools import cache
from typing import Any

import corpus_cases as corpus
import numpy as np
import pytest
from corpus_cases import Case
from replacing import X, described_as, keronyx_bytes
from sampling import swept
from test_corpus import compare, read_numpy, read_onnx

import keronyx
from keronyx.converter.dialect.tables import (
    functions_of_tensorflow,
    nodes_of_tensorflow,
    operations,
)
from keronyx.converter.errors import KeronyxError, UnsupportedConfigError, UnsupportedLayerError

CASES = corpus.cases(archive="tensorflow", expect="ok")
UNEQUAL = "numbers before each place are read of sums alone"
REFUSED = {
    "tfopl_math-cumprod_1-tf24-json_h5": UNEQUAL,
    "tfx_gather_3-tf24-h5": "each sample has places of its own",
    "tfx_math-cumprod_1-tf24-h5": UNEQUAL,
    "tfx_sequence_mask_2-tf215-keras": "how long the mask is, the numbers tell",
    "tfx_where_indices_1-tf215-keras": "how many places there are, the numbers tell",
}
"""What is refused although Keras ran it, and why."""


@cache
def functions(case: Case) -> tuple[str, ...]:
    """Return the functions of TensorFlow in a case, nodes by the functions that they are."""
    nodes = nodes_of_tensorflow()
    said = json.loads((case.folder / "case.json").read_text("utf-8"))["functions"]
    bare = [name.removeprefix("node_def:") for name in said]
    return tuple(nodes[name].function if name in nodes else name for name in bare)


def is_ours(case: Case) -> bool:
    """Tell a case of which every function is in the tables, and what it is made of."""
    words = [functions_of_tensorflow().get(name) for name in functions(case)]
    return all(word and word.operation in operations() for word in words)


OURS = [case for case in CASES if is_ours(case)]
OTHERS = [case for case in CASES if not is_ours(case)]


def outcome(case: Case) -> str:
    """Return nothing where both readings give Keras's numbers and dtypes, else what happened."""
    try:
        readings = [read_numpy(case), read_onnx(case)]
    except (UnsupportedLayerError, UnsupportedConfigError):
        return "refused"
    recorded = corpus.outputs(case)
    for answers in readings:
        found = compare(case, answers)
        if found.words:
            return found.words
        for answer, wanted in zip(answers, recorded, strict=True):
            if wanted.dtype.kind != "U" and answer.dtype != wanted.dtype:
                return f"{answer.dtype}, not {wanted.dtype}"
    return ""


@pytest.mark.parametrize("case", swept(OURS, lambda case: case.id, lambda _: [""], most=20))
def test_both_readings_give_what_keras_gave(case: Case) -> None:
    found = outcome(case)
    allowed = {"refused"} if case.id in REFUSED else {"", "refused" if case.may_refuse else ""}
    assert found in allowed


@pytest.mark.parametrize("case", swept(OTHERS, lambda case: case.id, lambda _: [""], most=8))
def test_other_functions_are_refused_by_name(case: Case) -> None:
    path, weights = corpus.source(case)
    with pytest.raises((UnsupportedLayerError, UnsupportedConfigError)) as caught:
        keronyx.read(path, weights=weights)
    missing = [name for name in functions(case) if name not in functions_of_tensorflow()]
    assert not missing or any(name in str(caught.value) for name in missing)


def graph(*layers: dict[str, Any], names: tuple[str, ...] = ("x", "y")) -> dict[str, Any]:
    """Return a graph of Keras 2 that ends with the last layer."""
    sources = [
        {
            "class_name": "InputLayer",
            "name": name,
            "config": {"name": name, "batch_input_shape": [None, 4]},
            "inbound_nodes": [],
        }
        for name in names
    ]
    config = {
        "name": "net",
        "layers": [*sources, *layers],
        "input_layers": [[name, 0, 0] for name in names],
        "output_layers": [[layers[-1]["name"], 0, 0]],
    }
    return {"class_name": "Functional", "config": config}


def function(name: str, node: Any, kind: str = "TFOpLambda") -> dict[str, Any]:
    """Return a layer that is a function of TensorFlow."""
    config = {"name": "op", "trainable": True, "dtype": "float32", "function": name}
    return {"class_name": kind, "name": "op", "config": config, "inbound_nodes": [node]}


def graph_node(op: str, *tensors: str, constants: Any = None, **attributes: Any) -> dict[str, Any]:
    """Return a layer that is a node of a graph."""
    definition = {"name": "op", "op": op, "input": [], "attr": attributes}
    config = {"name": "op", "node_def": definition, "constants": constants or {}}
    nodes = [[[name, 0, 0, {}] for name in tensors]]
    return {
        "class_name": "TensorFlowOpLayer",
        "name": "op",
        "config": config,
        "inbound_nodes": nodes,
    }


def values(*layers: dict[str, Any], replace: dict[str, str] | None = None) -> Any:
    model = described_as(graph(*layers), replace or {})
    (found,) = keronyx.evaluate(model, [X, X * 3]).values()
    return found


def test_a_replacement_goes_before_what_is_read() -> None:
    layer = function("math.subtract", ["x", 0, 0, {"y": ["y", 0, 0]}])
    np.testing.assert_array_equal(values(layer), X * -2)
    np.testing.assert_array_equal(values(layer, replace={"op": "x0 + x1"}), X * 4)


def test_constants_stand_in_the_place_of_tensors() -> None:
    first = function("math.subtract", ["_CONSTANT_VALUE", -1, 2, {"y": ["y", 0, 0], "name": None}])
    np.testing.assert_array_equal(values(first), 2 - X * 3)
    node = graph_node("Sub", "y", constants={"0": 2}, T={"type": "DT_FLOAT"})
    np.testing.assert_array_equal(values(node), 2 - X * 3)


@pytest.mark.parametrize(
    ("name", "wanted", "dtype"),
    [
        ("reduce_mean", [-2], "int32"),
        ("reduce_sum", [-9], "int32"),
        ("reduce_prod", [0], "int32"),
        ("argmax", [0], "int64"),
        ("count_nonzero", [3], "int64"),
    ],
)
def test_integers_are_what_tensorflow_makes_of_them(name: str, wanted: Any, dtype: str) -> None:
    whole = function("cast", ["x", 0, 0, {"dtype": "int32"}]) | {"name": "c"}
    turned = function("math.negative", ["c", 0, 0, {"name": None}]) | {"name": "n"}
    last = function(f"math.{name}", ["n", 0, 0, {"axis": 1}])
    model = described_as(graph(whole, turned, last, names=("x",)), {})
    (found,) = keronyx.evaluate(model, X).values()
    np.testing.assert_array_equal(found, np.array(wanted, dtype), strict=True)
    assert keronyx.check(keronyx_bytes(model), model).passed


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (function("io.read_file", ["x", 0, 0, {}]), "io.read_file"),
        (function("numpy_function", ["x", 0, 0, {}]), "numpy_function"),
        (graph_node("WriteFile", "x", "y"), "WriteFile"),
        (graph_node("PyFunc", "x"), "PyFunc"),
        (function("math.abs", ["x", 0, 0, {"odd": 1}]), "odd=1"),
        (function("math.abs", ["x", 0, 0, {"x": ["y", 0, 0]}]), "x twice"),
        (function("reshape", ["x", 0, 0, {"shape": [["y", 0, 0], 2]}]), "shape"),
        (graph_node("Abs", "x", odd={"b": True}), "attribute odd"),
        (graph_node("Sum", "x"), "1 inputs"),
        (graph_node("Softplus", "x", constants=[1]), "constants"),
        (function("clip_by_norm", ["c", 0, 0, {"clip_norm": 1.0}]), "int32 numbers"),
        (function("clip_by_norm", ["x", 0, 0, {}]), "no call argument clip_norm"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_understood_is_refused_by_name(layer: dict[str, Any], words: str) -> None:
    cast = function("cast", ["x", 0, 0, {"dtype": "int32"}])
    cast["name"] = "c"
    with pytest.raises(KeronyxError, match=words):
        values(cast, layer)
