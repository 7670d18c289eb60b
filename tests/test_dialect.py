"""Old spellings become Keras 3's, and what is not understood is refused by name."""

from typing import Any

import pytest

from keronyx.converter.architecture import Called, LayerConfig, Ref
from keronyx.converter.dialect import translate
from keronyx.converter.dialect.values import function_of, policy_of, unwrap
from keronyx.converter.dialect.version import Version, version_of
from keronyx.converter.errors import (
    FileFormatError,
    KeronyxError,
    Reason,
    RefusedError,
    UnsupportedConfigError,
    UnsupportedLayerError,
)
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.layers.base import DTypePolicy
from keronyx.converter.layers.functions import Function

KERAS2, KERAS3 = Version((2, 15, 0)), Version((3, 15, 1))


def saved(config: Any, version: Any = "3.15.1") -> Any:
    return SavedModel(path="m", format="test", config=config, weights=None, keras_version=version)


def sequential(*layers: Any, shape: Any = (None, 4), version: Any = "3.15.1") -> Any:
    first = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": list(shape)}}
    config = {"class_name": "Sequential", "config": {"name": "net", "layers": [first, *layers]}}
    model, _ = translate(saved(config, version))
    return model.layers[1:]


def entry(class_name: Any, name: Any = "layer", **config: Any) -> Any:
    return {"class_name": class_name, "config": {"name": name, "trainable": True, **config}}


def policy(class_name: Any, **config: Any) -> Any:
    return {"class_name": class_name, "config": config}


def node(*sources: Any) -> Any:
    return [[[name, index, 0, {}] for name, index in sources]]


@pytest.mark.parametrize(
    ("stated", "parts"),
    [("2.2.4-tf", (2, 2, 4)), ("1.0.8", (1, 0, 8)), ("3.5", (3, 5, 0)), ("2.15.0", (2, 15, 0))],
)
def test_versions_compare_as_numbers(stated: Any, parts: Any) -> None:
    assert version_of(stated, {}).parts == parts
    assert Version((2, 15, 0)) > Version((2, 9, 0))


@pytest.mark.parametrize("stated", ["", "abc", "9.0.0"])
def test_a_version_that_no_keras_has_is_refused(stated: Any) -> None:
    with pytest.raises(FileFormatError):
        version_of(stated, {})


@pytest.mark.parametrize(
    ("config", "major"),
    [
        ({"name": "Sequential", "layers": []}, 0),
        ({"class_name": "Sequential", "config": [entry("Dense", output_dim=2)]}, 1),
        ({"class_name": "Sequential", "config": [entry("Dense", units=2)]}, 2),
        ({"class_name": "Sequential", "config": [entry("InputLayer", batch_shape=[None, 2])]}, 3),
    ],
)
def test_a_missing_version_is_told_from_the_spelling(config: Any, major: Any) -> None:
    assert version_of(None, config).parts[0] == major


def test_keras_1_words_become_those_of_keras_3() -> None:
    layers = sequential(
        entry("Dense", output_dim=3, bias=False, init="uniform", W_regularizer=None),
        entry("Dropout", "drop", p=0.5),
        entry("LeakyReLU", "leaky", alpha=0.1),
        version="1.2.2",
    )
    assert layers[0].config["units"] == 3
    assert layers[0].config["use_bias"] is False
    assert layers[2].config["negative_slope"] == 0.1


def test_old_and_new_name_of_a_key_together_are_refused() -> None:
    with pytest.raises(UnsupportedConfigError, match="output_dim and units together"):
        sequential(entry("Dense", output_dim=3, units=3))


def test_unknown_keys_are_named_all_at_once() -> None:
    with pytest.raises(UnsupportedConfigError, match="unknown keys 'lora_beta', 'zoneout'"):
        sequential(entry("Dense", units=3, zoneout=0.1, lora_beta=2))


def test_all_refusals_of_a_file_come_together() -> None:
    with pytest.raises(RefusedError) as caught:
        sequential(
            entry("Lambda", "cut"),
            entry("Dense", "first", units=3, zoneout=1),
            entry("MyMixer", "mix"),
            entry("Dense", "second", units="many"),
        )
    text = str(caught.value)
    assert "2 layers are not supported: 'cut' (Lambda, code in the file is never run)" in text
    assert "'mix' (MyMixer)" in text
    assert "layer 'first' (Dense): unknown key 'zoneout'" in text
    assert "layer 'second' (Dense): units='many'" in text
    assert [each.name for each in caught.value.layers] == ["cut", "mix"]
    reasons = [each.reason for each in caught.value.layers]
    assert reasons == [Reason.CODE, Reason.UNKNOWN]
    assert [each.layer.name for each in caught.value.errors[1:]] == ["first", "second"]


@pytest.mark.parametrize("units", ["3", 3.5, float("nan"), None, True, [3], 10**30])
def test_a_value_of_the_wrong_type_is_refused(units: Any) -> None:
    with pytest.raises(UnsupportedConfigError, match="units="):
        sequential(entry("Dense", units=units))


@pytest.mark.parametrize(
    "raw",
    [
        {"class_name": "Dense", "module": "my_package.layers", "config": {"units": 2}},
        {
            "class_name": "Dense",
            "module": "keras.layers",
            "registered_name": "mine>Dense",
            "config": {"units": 2},
        },
        {"class_name": "mine>Dense", "config": {"units": 2}},
        {"class_name": "system", "module": "os", "config": {"command": "true"}},
        {"class_name": "get_file", "module": "keras.utils", "config": {}},
        {"class_name": "Add", "module": "keras.src.ops.numpy", "config": {"name": "add"}},
    ],
)
def test_only_layers_of_keras_itself_are_taken(raw: Any) -> None:
    with pytest.raises(UnsupportedLayerError):
        sequential(raw)


@pytest.mark.parametrize(
    ("value", "version", "function"),
    [
        ("relu", KERAS3, Function.of("relu")),
        (None, KERAS3, Function("linear")),
        ("swish", KERAS2, Function.of("silu")),
        ("hard_sigmoid", KERAS2, Function.of("hard_sigmoid", slope=0.2)),
        ("hard_sigmoid", KERAS3, Function.of("hard_sigmoid", slope=1 / 6)),
        ("log_softmax_v2", KERAS2, Function.of("log_softmax")),
        (
            {"module": "builtins", "class_name": "function", "config": "relu"},
            KERAS3,
            Function.of("relu"),
        ),
        (
            {"class_name": "LeakyReLU", "config": {"name": "a", "negative_slope": 0.1}},
            KERAS3,
            Function.of("leaky_relu", negative_slope=0.1),
        ),
        (
            {"class_name": "LeakyReLU", "config": {"alpha": 0.1}},
            KERAS2,
            Function.of("leaky_relu", negative_slope=0.1),
        ),
        (
            {"class_name": "ThresholdedReLU", "config": {"theta": 0.7}},
            KERAS2,
            Function.of("threshold", threshold=0.7),
        ),
        (
            {"class_name": "ReLU", "config": {"threshold": 0.7}},
            KERAS2,
            Function.of("relu", threshold=0.7, multiplies=True),
        ),
    ],
)
def test_activations_are_read_in_every_spelling(value: Any, version: Any, function: Any) -> None:
    assert function_of(value, version) == function


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("rleu", "did you mean 'relu'?"),
        ("<lambda>", "its code is not in the file"),
        ("LeakyReLU", "leaves out its arguments"),
        ("threshold", "not built into Keras"),
        ({"class_name": "LeakyReLU", "module": "mine", "config": {}}, "from mine"),
        ({"class_name": "PReLU", "config": {}}, "a layer PReLU as activation"),
        ({"class_name": "ReLU", "config": {"ceiling": 6}}, "unknown keys"),
        (7, "activation=7"),
    ],
)
def test_activations_outside_keras_are_refused(value: Any, sentence: Any) -> None:
    with pytest.raises(UnsupportedConfigError) as caught:
        function_of(value, KERAS3)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("value", "policy"),
    [
        (None, DTypePolicy()),
        ("float64", DTypePolicy("float64", "float64")),
        ("mixed_float16", DTypePolicy("float16", "float32")),
        ({"class_name": "Policy", "config": {"name": "mixed_bfloat16"}}, DTypePolicy("bfloat16")),
        (policy("DTypePolicy", name="float16"), DTypePolicy("float16", "float16")),
        ("int8_from_float32", DTypePolicy(quantization="int8")),
        (
            policy("Int4DTypePolicy", mode="int4/128", source_name="float32"),
            DTypePolicy(quantization="int4/block"),
        ),
        (
            policy("Int4DTypePolicy", mode="int4/-1", source_name="float32"),
            DTypePolicy(quantization="int4"),
        ),
        ("int32", DTypePolicy()),
    ],
)
def test_dtype_policies_are_read_in_every_spelling(value: Any, policy: Any) -> None:
    assert policy_of(value) == policy


@pytest.mark.parametrize(
    "value",
    ["float8", "mixed_float32x", 7, policy("DTypePolicyMap"), "gptq_from_float32"],
)
def test_other_dtype_policies_are_refused(value: Any) -> None:
    with pytest.raises(UnsupportedConfigError):
        policy_of(value)


def test_tagged_tuples_and_numbers_are_unwrapped() -> None:
    shape = {"class_name": "TensorShape", "items": [None]}
    tagged = {
        "a": {"class_name": "__tuple__", "items": [1, shape]},
        "b": {"class_name": "__numpy__", "config": {"value": 1.5, "dtype": "float32"}},
        "c": {"class_name": "Constant", "config": {"value": 2}},
    }
    assert unwrap(tagged) == {"a": [1, [None]], "b": 1.5, "c": tagged["c"]}


def test_batch_normalization_of_early_keras_1_divides_by_a_deviation() -> None:
    raw = entry("BatchNormalization", epsilon=1e-6, mode=0, axis=-1, momentum=0.9)
    (old,) = sequential(raw, version="1.0.5")
    (new,) = sequential(raw, version="1.0.6")
    assert old.kind.__name__ == "LegacyBatchNormalization"
    assert new.kind.__name__ == "BatchNormalization"


def test_merge_of_keras_1_is_the_layer_of_its_mode() -> None:
    raw = entry("Merge", mode="concat", mode_type="raw", concat_axis=1, dot_axes=-1)
    (layer,) = sequential(raw, version="1.1.0")
    assert (layer.kind.__name__, layer.config["axis"]) == ("Concatenate", 1)
    with pytest.raises(UnsupportedLayerError, match="never run"):
        sequential(raw | {"config": {"mode": "<code>", "mode_type": "lambda"}}, version="1.1.0")


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
