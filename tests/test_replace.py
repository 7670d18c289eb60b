"""Lambda layers and activations of users convert by what is said of them, and by nothing else."""

import json
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import corpus_cases as corpus
import numpy as np
import onnx
import pytest
from expressed import lambda_model

import keronyx
from keronyx.cli import main
from keronyx.converter.description import describe
from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError, UsageError
from keronyx.converter.files.saved import LayerGroups, SavedModel, WeightGroup
from keronyx.converter.layers.expressed import Lambda, Replaced
from keronyx.converter.model import Model
from keronyx.converter.tensors import Variable
from keronyx.runtime.proof.samples import draw

HERE = Path(__file__).with_name("replaced")
FILES = sorted(HERE.glob("keras?.[hk]*"))
BEND = "where(x > 0, x, 0.3 * exp(minimum(x, 0)) - 0.3)"
CALIBRATE = {"rescale": "x / 127.5 - 1", "squared": "x * x", "bend": BEND}
X = np.array([[-2.0, 0.5, 3.0, 8.0]], np.float32)

SAID = {
    "lambda_python-*": {"squared": "x * x"},
    "lambda_named-*": {"named_fn": "x + 1.0"},
    "lambda_output_shape-*": {"with_shape_fn": "x[:, :2]"},
    "lambda_in_nested-*": {"lambda*": "x * 2.0"},
    "custom_activation_fn-*": {"my_act": "x * 0.5"},
    "*_errors_lambda_layer_*": {"lambda*": "x * 2 + 1"},
    "*_errors_merge_lambda_*": {"merge*": "x[0] - x[1]"},
}
"""What the generators of these recorded models say in Python."""


def recorded() -> Iterator[corpus.Case]:
    for case in corpus.cases(expect="error"):
        if any(fnmatch(case.id, pattern) for pattern in SAID):
            yield case


def replacements(case: corpus.Case) -> dict[str, str]:
    """Return what is said of a case, for layers by the names that its file gives them."""
    said = next(said for pattern, said in SAID.items() if fnmatch(case.id, pattern))
    path, weights = corpus.source(case)
    with pytest.raises((UnsupportedLayerError, UnsupportedConfigError)) as caught:
        keronyx.read(path, weights)
    names = [name for name, *_ in getattr(caught.value, "layers", ())] or list(said)
    return {
        name: text for name in names for pattern, text in said.items() if fnmatch(name, pattern)
    }


@pytest.mark.corpus
@pytest.mark.parametrize("case", list(recorded()), ids=lambda case: case.id)
def test_recorded_models_give_what_keras_gave(case: corpus.Case) -> None:
    path, weights = corpus.source(case)
    replace = replacements(case)
    assert replace
    made = keronyx.convert(path, weights=weights, replace=replace)
    assert [("computed as" in warning) for warning in made.warnings] == [True] * len(replace)
    inputs, outputs = list(corpus.inputs(case)), corpus.outputs(case)
    for found in (keronyx.load(made.onnx)(inputs), keronyx.evaluate(made.model, inputs)):
        for array, wanted in zip(found.values(), outputs, strict=True):
            np.testing.assert_allclose(array, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.corpus
def test_no_code_runs_whatever_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for case in corpus.cases(where=lambda case: fnmatch(case.id, "hostile_lambda_payload-*")):
        path, _ = corpus.source(case)
        keronyx.convert(path, replace={"lambda": "x * 2"}, check=False)
    assert list(tmp_path.iterdir()) == []


def nested(*layers: Any, name: str = "block") -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": name, "layers": [*layers]}}


def lam(name: str, **config: Any) -> dict[str, Any]:
    return {
        "class_name": "Lambda",
        "config": {"name": name, "function": ["4wEAAAA", None], **config},
    }


def described(*layers: Any, replace: dict[str, str], version: str = "2.15.0") -> Model:
    source = {
        "class_name": "InputLayer",
        "config": {"name": "x", "batch_input_shape": [None, 4]},
    }
    config = nested(source, *layers, name="net")
    saved = SavedModel(
        path="n.h5", format="t", config=config, weights=LayerGroups(()), keras_version=version
    )
    return describe(saved, replace=replace)


def values(model: Model, x: Any = X) -> Any:
    (found,) = keronyx.evaluate(model, x).values()
    return found


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
    pooled = {"class_name": "GlobalAveragePooling1D", "config": {"name": "pool"}}
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


def keronyx_bytes(model: Model) -> bytes:
    from keronyx.converter.emit import serialize  # noqa: PLC0415 - with the whole package loaded

    return serialize(model)


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
    with pytest.raises(UnsupportedLayerError, match="--replace l=EXPR says what such a layer"):
        described(lam("l"), replace={})
    custom = {"class_name": "Activation", "config": {"name": "a", "activation": "act"}}
    with pytest.raises(UnsupportedConfigError, match="with --replace act=EXPR"):
        described(custom, replace={})


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
    saved = SavedModel(
        path="n.h5", format="t", config=config, weights=LayerGroups(()), keras_version="2.15.0"
    )
    model = describe(saved, replace={"op": "x0 - x1"})
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


def call(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture
def lambdas(tmp_path: Path) -> Path:
    """An architecture with two Lambdas and no weights to be given."""
    path = tmp_path / "lambdas.json"
    source = {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [None, 4]}}
    dense = {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "bend"}}
    model = nested(source, lam("one"), lam("two"), dense, name="net")
    path.write_text(json.dumps({**model, "keras_version": "2.15.0"}))
    return path


@pytest.fixture
def arguments(tmp_path: Path, lambdas: Path) -> list[object]:
    import h5py  # noqa: PLC0415 - as heavy as it is

    weights = tmp_path / "weights.h5"
    with h5py.File(weights, "w") as file:
        file.attrs["layer_names"] = [b"d"]
        group = file.create_group("d")
        group.attrs["weight_names"] = [b"d/kernel:0", b"d/bias:0"]
        group["d/kernel:0"] = np.eye(4, 2, dtype=np.float32)
        group["d/bias:0"] = np.ones(2, np.float32)
    given = ["one=x / 127.5 - 1", "two = where(x == 1, 0, x)", f"bend={BEND}"]
    return [
        lambdas,
        "--weights",
        weights,
        *(part for each in given for part in ("--replace", each)),
    ]


def test_every_command_takes_replacements(
    tmp_path: Path, arguments: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    out, rows = tmp_path / "net.onnx", tmp_path / "rows.csv"
    rows.write_text("a,b,c,d\n1,2,3,4\n255,0,1,2\n")
    assert call("convert", *arguments, "-o", out) == 0
    captured = capsys.readouterr()
    assert "warning: layer 'one' (Lambda) computed as 'x / 127.5 - 1', as given" in captured.err
    assert "warning: activation 'bend' computed as" in captured.err
    assert call("check", out, *arguments) == 0
    assert "computed as" in capsys.readouterr().err
    assert call("inspect", *arguments, "--formula") == 0
    assert "x / 127.5 - 1" in capsys.readouterr().out
    assert call("predict", *arguments, "-i", rows, "-o", tmp_path / "a.npy") == 0
    assert call("trace", *arguments, "-i", rows) == 0
    assert "bend(z) = " in capsys.readouterr().out
    assert call("code", *arguments, "--to", "python", "-o", tmp_path / "net.py") == 0
    assert call("predict", out, "-i", rows, "--replace", "one=x") == 2
    proto = onnx.load(out)
    facts = {each.key: each.value for each in proto.metadata_props}
    assert facts["replaced"].startswith("layer 'one' (Lambda) = x / 127.5 - 1; layer 'two'")
    assert proto.graph.node[0].doc_string == "one (Lambda: x / 127.5 - 1)"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["one"], "--replace 'one'; as in --replace lambda="),
        (["=x"], "--replace '=x'; as in"),
        (["one="], "--replace 'one='; as in"),
        (["one=x", "one=y"], "--replace 'one' is given twice"),
        (["one=x * open(1)"], "replacement of 'one': column 5: unknown function 'open'"),
    ],
)
def test_the_command_line_refuses_in_one_line(
    lambdas: Path, given: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("convert", lambdas, *(part for each in given for part in ("--replace", each))) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.err.count("\n") == 1


def test_a_file_is_read_apart_with_replacements(lambdas: Path, arguments: list[Any]) -> None:
    replace = dict(each.split("=", 1) for each in arguments[4::2])
    given = {name.strip(): text for name, text in replace.items()}
    model = keronyx.read(lambdas, arguments[2], replace=given, isolate=True)
    near = keronyx.read(lambdas, arguments[2], replace=given)
    np.testing.assert_array_equal(values(model), values(near))
    assert (
        "bend"
        in keronyx.trace(lambdas, X, weights=arguments[2], replace=given).layers[-1].formula.text
    )
    assert "net_predict" in keronyx.code(
        lambdas, "c", weights=arguments[2], replace=given, name="net"
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_what_is_said_of_a_layer_with_variables_is_refused(path: Path) -> None:
    with pytest.raises(keronyx.WeightError):
        keronyx.read(path, replace={**CALIBRATE, "calibrate": "x"})


def test_drawn_inputs_suit_what_is_said() -> None:
    model = described(lam("l"), replace={"l": "x / 127.5 - 1"})
    drawn = np.concatenate([feed["x"] for feed in draw(model)])
    assert np.median(np.abs(drawn)) > 20
    embedding = {
        "class_name": "Embedding",
        "config": {"name": "e", "input_dim": 7, "output_dim": 3},
    }
    source = {
        "class_name": "InputLayer",
        "config": {"name": "x", "batch_input_shape": [None, 4]},
    }
    table = Variable.of(np.ones((7, 3), np.float32), "e/embeddings:0")
    saved = SavedModel(
        path="n.h5",
        format="t",
        config=nested(source, lam("l"), embedding, name="net"),
        weights=LayerGroups((WeightGroup("e", (table,)),)),
        keras_version="2.15.0",
    )
    ids = describe(saved, replace={"l": "cast(x[:, ::-1], 'int32')"})
    assert keronyx.check(keronyx_bytes(ids), ids).passed


def test_a_mistake_beside_a_custom_activation_is_explained() -> None:
    layer = {"class_name": "Activation", "config": {"name": "a", "activation": "my_softmax"}}
    model = described(layer, replace={"my_softmax": "softmax(x) * 2"})
    trace = keronyx.trace(model, X)
    (told,) = trace.compare({"a": X}).explanations
    assert told == "the activation (my_softmax) was left out: 'a'"
