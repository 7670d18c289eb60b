"""Lambda layers and activations of users convert by what is said of them, and by nothing else."""

from typing import Any

import numpy as np
import pytest
from expressed import lambda_model
from replacing import SOURCE, X, described, described_as, keronyx_bytes, lam, nested, values

import keronyx
from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError, UsageError
from keronyx.converter.files.saved import WeightGroup
from keronyx.converter.layers.expressed import Lambda, Replaced
from keronyx.converter.tensors import Variable
from keronyx.runtime.proof.samples import draw


def test_layers_of_nested_models_have_paths() -> None:
    layers = (nested(lam("l"), name="a"), nested(lam("l"), name="b"))
    model = described(*layers, replace={"a/l": "x * 2", "b/l": "x + 1"})
    np.testing.assert_allclose(values(model), X * 2 + 1)
    both = described(*layers, replace={"l": "x * 3"})
    np.testing.assert_allclose(values(both), X * 9)
    assert [type(layer) for layer in both.layers] == [Lambda, Lambda]


def test_a_class_stands_for_all_its_layers() -> None:
    layers = [
        {"class_name": f"Mine>{kind}", "config": {"name": kind + str(n)}}
        for kind in "AB"
        for n in (0, 1)
    ]
    model = described(*layers, replace={"A": "x + 1", "Mine>B": "x * 2"})
    np.testing.assert_allclose(values(model), (X + 2) * 4)
    assert {type(layer) for layer in model.layers} == {Replaced}


def test_layers_that_keronyx_does_not_read_can_be_said() -> None:
    pooled = {"class_name": "Hashing", "config": {"name": "pool"}}
    reshape = {"class_name": "Reshape", "config": {"name": "r", "target_shape": [2, 2]}}
    model = described(reshape, pooled, replace={"pool": "mean(x, axis=1)"})
    np.testing.assert_allclose(values(model), X.reshape(1, 2, 2).mean(1))


def test_a_wrapped_layer_is_found_by_its_name() -> None:
    reshape = {"class_name": "Reshape", "config": {"name": "r", "target_shape": [2, 2]}}
    wrapped = {"class_name": "TimeDistributed", "config": {"name": "td", "layer": lam("inner")}}
    model = described(reshape, wrapped, replace={"inner": "x / sum(x, axis=1, keepdims=True)"})
    rows = X.reshape(1, 2, 2)
    np.testing.assert_allclose(values(model), rows / rows.sum(2, keepdims=True), rtol=1e-6)
    assert keronyx.check(keronyx_bytes(model), model).passed


def test_an_activation_serves_every_layer_that_has_it() -> None:
    activations = ["act", {"class_name": "function", "config": "act", "registered_name": "P>act"}]
    layers = [
        {"class_name": "Activation", "config": {"name": f"a{n}", "activation": value}}
        for n, value in enumerate([*activations, {"class_name": "P>act", "config": {}}])
    ]
    model = described(*layers, replace={"act": "x - 1"})
    np.testing.assert_allclose(values(model), X - 3)
    (layer, *_) = model.layers
    (formula, *_) = keronyx.formulas(model)
    assert "h1 = act(x)" in formula.text
    assert type(layer).__name__ == "Activation"


@pytest.mark.parametrize(
    ("replace", "words"),
    [
        ({"l": "x", "m": "x"}, "nothing to replace is called 'm'; nothing in the model needs it"),
        ({"L": "x"}, "nothing to replace is called 'L'; what needs it is 'l' (Lambda)"),
        ({"relu": "x"}, "nothing to replace is called 'relu'; what needs it is 'l' (Lambda)"),
        ({"l": 5}, "replacement of 'l'; give an expression, a string"),
        ({"l": "x +"}, "replacement of 'l': column 4: "),
    ],
)
def test_what_cannot_be_replaced_is_told(replace: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        described(lam("l"), replace=replace)
    assert words in str(caught.value)


def test_refusals_say_how_to_replace() -> None:
    with pytest.raises(UnsupportedLayerError) as caught:
        described(lam("l"), replace={})
    assert 'replace={"l": "EXPR"} says what such a layer' in str(caught.value)
    custom = {"class_name": "Activation", "config": {"name": "a", "activation": "act"}}
    with pytest.raises(UnsupportedConfigError) as refused:
        described(custom, replace={})
    assert 'with replace={"act": "EXPR"}' in str(refused.value)


@pytest.mark.parametrize(
    ("text", "config", "words"),
    [
        ("x[:, :3]", {"output_shape": [4]}, r"gives rows of shape \(3,\), the file says \(4,\)"),
        ("x", {"mask": {"class_name": "__lambda__"}}, "a mask of its own"),
    ],
)
def test_what_contradicts_the_file_is_refused(text: str, config: Any, words: str) -> None:
    with pytest.raises(UnsupportedConfigError, match=words):
        described(lam("l", **config), replace={"l": text})


def test_a_stated_shape_that_fits_is_fine() -> None:
    for stated in ([3], [None], {"class_name": "__tuple__", "items": [3]}, ["code", None], None):
        model = described(lam("l", output_shape=stated), replace={"l": "x[:, 1:]"})
        np.testing.assert_array_equal(values(model), X[:, 1:])


def test_an_activation_keeps_the_shape() -> None:
    layer = {"class_name": "Activation", "config": {"name": "a", "activation": "act"}}
    with pytest.raises(UnsupportedConfigError, match=r"activation 'act': 'x.:, 1:.' gives"):
        described(layer, replace={"act": "x[:, 1:]"})


def test_arguments_of_raw_operations_are_inputs() -> None:
    nodes = [[["in_0", 0, 0, {"y": ["in_1", 0, 0], "name": "sub"}]]]
    raw = {
        "class_name": "TFOpLambda",
        "name": "op",
        "config": {"name": "op", "function": "math.subtract"},
        "inbound_nodes": nodes,
    }
    template = lambda_model("x0 + x1", [X, X])
    assert len(template.inputs) == 2
    sources: list[dict[str, Any]] = [
        {
            "class_name": "InputLayer",
            "name": name,
            "config": {"name": name, "batch_input_shape": [None, 4]},
            "inbound_nodes": [],
        }
        for name in ("in_0", "in_1")
    ]
    config = {
        "class_name": "Functional",
        "config": {
            "name": "net",
            "layers": [*sources, raw],
            "input_layers": [["in_0", 0, 0], ["in_1", 0, 0]],
            "output_layers": [["op", 0, 0]],
        },
    }
    model = described_as(config, {"op": "x0 - x1"})
    np.testing.assert_array_equal(values(model, [X, X * 3]), X * -2)


def test_a_mask_ends_at_a_lambda() -> None:
    masked = [
        {"class_name": "Masking", "config": {"name": "m"}},
        lam("l"),
        {"class_name": "Softmax", "config": {"name": "s"}},
    ]
    reshape = {"class_name": "Reshape", "config": {"name": "r", "target_shape": [2, 2]}}
    assert values(described(reshape, *masked, replace={"l": "x"})).shape == (1, 2, 2)
    custom = {"class_name": "Mine", "config": {"name": "l"}}
    with pytest.raises(UnsupportedConfigError, match="computes with the mask"):
        described(reshape, masked[0], custom, masked[2], replace={"l": "x"})


def test_drawn_inputs_suit_what_is_said() -> None:
    model = described(lam("l"), replace={"l": "x / 127.5 - 1"})
    drawn = np.concatenate([feed["x"] for feed in draw(model)])
    assert np.median(np.abs(drawn)) > 20
    embedding = {
        "class_name": "Embedding",
        "config": {"name": "e", "input_dim": 7, "output_dim": 3},
    }
    table = Variable.of(np.ones((7, 3), np.float32), "e/embeddings:0")
    config = nested(SOURCE, lam("l"), embedding, name="net")
    said = {"l": "cast(x[:, ::-1], 'int32')"}
    ids = described_as(config, said, WeightGroup("e", (table,)))
    assert keronyx.check(keronyx_bytes(ids), ids).passed


def test_a_mistake_beside_a_custom_activation_is_explained() -> None:
    layer = {"class_name": "Activation", "config": {"name": "a", "activation": "my_softmax"}}
    model = described(layer, replace={"my_softmax": "softmax(x) * 2"})
    trace = keronyx.trace(model, X)
    (told,) = trace.compare({"a": X}).explanations
    assert told == "the activation (my_softmax) was left out: 'a'"
