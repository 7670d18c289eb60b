"""Old spellings become Keras 3's, and what is not understood is refused by name."""

from typing import Any

import pytest
from spelled_configs import KERAS2, KERAS3, entry, policy, sequential

from keronyx.converter.dialect.values import function_of, policy_of, unwrap
from keronyx.converter.dialect.version import Version, version_of
from keronyx.converter.errors import (
    FileFormatError,
    Reason,
    RefusedError,
    UnsupportedConfigError,
    UnsupportedLayerError,
)
from keronyx.converter.layers.base import DTypePolicy
from keronyx.converter.layers.functions import Function


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
