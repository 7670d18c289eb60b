"""Graphs of every spelling are those of Keras 3, and broken ones are refused."""

from typing import Any

import pytest
from spelled_configs import entry, node, saved

from keronyx.converter.architecture import Called, LayerConfig, Ref
from keronyx.converter.dialect import translate
from keronyx.converter.errors import (
    FileFormatError,
    KeronyxError,
    UnsupportedConfigError,
)
from keronyx.converter.files.saved import SavedModel


def branch(name: Any, size: Any) -> Any:
    dense = entry("Dense", name, output_dim=2, batch_input_shape=[None, size])
    return {"class_name": "Sequential", "config": [dense]}


def test_branches_of_a_sequential_are_flattened_in_order() -> None:
    merge = entry("Merge", "both", mode="sum", layers=[branch("a", 3), branch("b", 5)])
    config = {"class_name": "Sequential", "config": [merge, entry("Dense", "end", output_dim=1)]}
    model, _ = translate(saved(config, "1.2.2"))
    assert [part.name for part in model.layers] == ["a_input", "a", "b_input", "b", "both", "end"]
    assert [name for name, _ in model.inputs] == ["a_input", "b_input"]
    assert model.layers[4].calls == (Called((Ref("a"), Ref("b"))),)


def test_a_keras_0_graph_becomes_a_functional_model() -> None:
    dense = {"name": "Dense", "output_dim": 2, "activation": "relu", "init": "uniform"}
    config = {
        "name": "Graph",
        "input_config": [{"name": "in", "input_shape": [3], "dtype": "float"}],
        "input_order": ["in"],
        "nodes": {"a": dense, "b": dense},
        "node_config": [
            {"name": "a", "input": "in", "inputs": []},
            {"name": "b", "input": None, "inputs": ["a", "a"], "merge_mode": "mul"},
        ],
        "output_config": [{"name": "out", "input": "b", "inputs": []}],
        "output_order": ["out"],
    }
    model, version = translate(saved(config, None))
    assert version.before(1)
    assert [part.name for part in model.layers] == ["in", "a", "b_inputs", "b"]
    assert model.outputs == (("out", Ref("b")),)


def functional(layers: Any, inputs: Any, outputs: Any, name: Any = "net") -> Any:
    config = {"name": name, "layers": layers, "input_layers": inputs, "output_layers": outputs}
    return {"class_name": "Functional", "config": config, "name": name}


def input_entry(name: Any, size: Any, key: Any = "batch_shape") -> Any:
    raw = entry("InputLayer", name, **{key: [None, size]})
    return raw | {"name": name, "inbound_nodes": []}


def inner(version: Any) -> Any:
    key = "batch_shape" if version.startswith("3") else "batch_input_shape"
    dense = entry("Dense", "d", units=3) | {"name": "d", "inbound_nodes": calls(version, "i")}
    return functional([input_entry("i", 3, key), dense], [["i", 0, 0]], [["d", 0, 0]], "inner")


def calls(version: Any, *sources: Any) -> Any:
    if not version.startswith("3"):
        return [node(each if isinstance(each, tuple) else (each, 0))[0] for each in sources]
    return [{"args": [keras_tensor(source)], "kwargs": {}} for source in sources]


def keras_tensor(source: Any) -> Any:
    name, index = source if isinstance(source, tuple) else (source, 0)
    config = {"shape": [None, 3], "dtype": "float32", "keras_history": [name, index, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


@pytest.mark.parametrize(
    ("version", "inbound", "outbound"),
    [("2.15.0", 1, 2), ("3.15.1", 0, 2), ("2.15.0", 0, 1)],
)
def test_building_a_nested_model_is_no_call(version: Any, inbound: Any, outbound: Any) -> None:
    """Keras 2 counts it everywhere, Keras 3 in the model's outputs; some Keras 1 files nowhere."""
    key = "batch_shape" if version.startswith("3") else "batch_input_shape"
    nested = inner(version) | {"inbound_nodes": calls(version, "x", ("inner", inbound))}
    config = functional([input_entry("x", 3, key), nested], ["x", 0, 0], ["inner", outbound, 0])
    model, _ = translate(saved(config, version))
    assert model.layers[1].calls == (Called((Ref("x"),)), Called((Ref("inner", 0),)))
    assert model.outputs == (("inner", Ref("inner", 1)),)


def test_dict_outputs_go_by_sorted_keys() -> None:
    layers = [input_entry("x", 3)]
    for name in "pq":
        raw = entry("Dense", name, units=1)
        layers.append(raw | {"name": name, "inbound_nodes": calls("3", "x")})
    config = functional(layers, [["x", 0, 0]], {"z": ["p", 0, 0], "a": ["q", 0, 0]})
    model, _ = translate(saved(config))
    assert model.outputs == (("a", Ref("q")), ("z", Ref("p")))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"output_layers": [["nowhere", 0, 0]]}, "not in the file"),
        ({"output_layers": [["d", 5, 0]]}, "call 5"),
        ({"output_layers": [["d", -1, 0]]}, "negative index"),
        ({"output_layers": 7}, "names no tensor"),
        ({"layers": None}, "no list of layers"),
        ({"layers": [7]}, "is not a layer"),
    ],
)
def test_a_broken_graph_is_refused(change: Any, sentence: Any) -> None:
    config = inner("3.15.1")
    config["config"] |= change
    with pytest.raises(KeronyxError, match=sentence):
        translate(saved(config))


@pytest.mark.parametrize(
    "keywords", [{"training": True}, {"mask": keras_tensor("x")}, {"alpha": 2}]
)
def test_call_arguments_that_change_the_result_are_refused(keywords: Any) -> None:
    config = inner("3.15.1")
    config["config"]["layers"][1]["inbound_nodes"][0]["kwargs"] = keywords
    with pytest.raises(UnsupportedConfigError, match=r"layer 'd' \(Dense\): call argument"):
        translate(saved(config))


def test_models_nested_without_end_are_refused() -> None:
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": []}}
    for _ in range(70):
        config = {"class_name": "Sequential", "config": {"name": "s", "layers": [config]}}
    with pytest.raises(FileFormatError, match="nested"):
        translate(saved(config))


@pytest.mark.parametrize("key", ["batch_input_shape", "batchInputShape"])
def test_tensorflow_js_writes_keys_in_two_ways(key: str) -> None:
    dense = {"class_name": "Dense", "config": {"name": "d", "units": 2, key: [None, 5]}}
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [dense]}}
    model, version = translate(
        SavedModel(
            path="m",
            format="TensorFlow.js layers model",
            config=config,
            weights=None,
            keras_version="tfjs-layers 4.20.0",
        )
    )
    (first, _) = model.layers
    assert isinstance(first, LayerConfig)
    assert first.config["batch_shape"] == (None, 5)
    assert version.before(3)
