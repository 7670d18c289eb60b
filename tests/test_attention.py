"""Attention: nets that Keras 3.15, Keras 3.0 and TensorFlow 2.15 saved, and their own numbers."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import corpus_cases as corpus
import numpy as np
import onnx
import pytest
from emitting import run
from layer_case import tensor

import keronyx
from keronyx.converter.description import describe
from keronyx.converter.emit import emit
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.files import read_saved
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.layers.attention import Attending, Attention
from keronyx.converter.layers.multi_head import GroupQueryAttention, MultiHeadAttention
from keronyx.converter.tensors import Array, KerasTensor

HERE = corpus.unpacked("attention") / "attention"
FILES = sorted(each.name for each in HERE.iterdir() if each.suffix in {".keras", ".h5"})

with np.load(HERE / "io.npz") as _arrays:
    NUMBERS = {key: _arrays[key] for key in _arrays.files}


def recorded(name: str, kind: str) -> list[Array]:
    return [array for key, array in NUMBERS.items() if key.startswith(f"{name}/{kind}")]


def agree(found: "Iterator[Array] | list[Array]", right: list[Array]) -> None:
    for made, wanted in zip(found, right, strict=True):
        assert made.shape == wanted.shape
        np.testing.assert_allclose(made, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", FILES)
def test_the_graph_gives_kerass_numbers(name: str) -> None:
    proto = emit(keronyx.read(HERE / name))
    onnx.checker.check_model(proto, full_check=True)
    assert "Attention" not in {node.op_type for node in proto.graph.node}
    agree(run(proto, *recorded(name, "in")), recorded(name, "out"))


@pytest.mark.parametrize("name", FILES)
def test_the_numpy_reading_gives_kerass_numbers(name: str) -> None:
    model = keronyx.read(HERE / name)
    given = dict(zip(model.inputs, recorded(name, "in"), strict=True))
    agree(list(keronyx.evaluate(model, given).values()), recorded(name, "out"))


@pytest.mark.parametrize("name", ["self.h5", "open.keras", "groups_gate.keras", "additive.keras"])
def test_the_check_passes(name: str) -> None:
    report = keronyx.convert(HERE / name).report
    assert report is not None
    assert report.passed


def test_the_scale_is_in_the_query_s_kernel() -> None:
    proto = emit(keronyx.read(HERE / "self.keras"))
    kinds = [node.op_type for node in proto.graph.node]
    assert not {"Mul", "Div", "Einsum"} & set(kinds)
    assert kinds.count("MatMul") == 6


def heads() -> MultiHeadAttention:
    found = keronyx.read(HERE / "masked.keras").layers[-1]
    assert isinstance(found, MultiHeadAttention)
    return found


def groups() -> GroupQueryAttention:
    found = keronyx.read(HERE / "groups.keras").layers[-1]
    assert isinstance(found, GroupQueryAttention)
    return found


def dot() -> Attention:
    found = keronyx.read(HERE / "dot.keras").layers[-1]
    assert isinstance(found, Attention)
    return found


X, Y = tensor("x", 4, 5), tensor("y", 6, 5)
MASK = {"long": tensor("m", 6, dtype="bool"), "short": tensor("m", 4, dtype="bool")}


@pytest.mark.parametrize(
    ("layer", "inputs", "named", "words"),
    [
        (heads, (X, Y), {"value_mask": MASK["short"]}, r"value_mask of shape \(\?, 4\) for"),
        (heads, (X, Y), {"query_mask": MASK["long"]}, r"query_mask of shape \(\?, 6\) for"),
        (
            heads,
            (X, Y),
            {"attention_mask": tensor("m", 6, 4, dtype="bool")},
            r"attention_mask of shape \(\?, 6, 4\) for scores of \(\?, 2, 4, 6\)",
        ),
        (
            heads,
            (X, Y),
            {"attention_mask": tensor("m", 2, 4, 6, dtype="bool"), "value_mask": MASK["long"]},
            "an attention_mask of 4 axes beside value_mask",
        ),
        (heads, (X, tensor("z", 6, 2, 5)), {}, r"inputs of shapes \(\?, 4, 5\), \(\?, 6, 2, 5\)"),
        (heads, (X, Y, tensor("k", 5, 5)), {}, "a value of shape .* with a key of"),
        (
            lambda: replace(heads(), attention_axes=(2,)),
            (X, Y),
            {},
            r"attention_axes=\(2,\) of inputs with 3 axes",
        ),
        (
            lambda: replace(heads(), attention_axes=(1, 2)),
            (tensor("x", 4, 3, 5),) * 2,
            {"use_causal_mask": True},
            "use_causal_mask with attention over other axes",
        ),
        (
            lambda: replace(groups(), num_key_value_heads=3),
            (X, Y),
            {},
            "num_query_heads=4 for num_key_value_heads=3; they have to be a multiple",
        ),
        (groups, (tensor("x", 4, 2, 5),) * 2, {}, "a query with 4 axes"),
        (dot, (X, tensor("y", 6, 4)), {}, r"inputs of shapes \(\?, 4, 5\), \(\?, 6, 4\)"),
        (dot, (tensor("x", 3, 4, 5),) * 2, {"value_mask": MASK["short"]}, "value_mask of shape"),
        (
            lambda: replace(dot(), pairs_samples=False),
            (X, Y),
            {"value_mask": MASK["long"]},
            "a mask of the value before Keras 3.12",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    layer: "Callable[[], Attending]",
    inputs: tuple[KerasTensor, ...],
    named: dict[str, KerasTensor | bool],
    words: str,
) -> None:
    with pytest.raises(UnsupportedConfigError, match=f"layer '.*' .*: {words}"):
        layer().results(*inputs, **named)


def test_kernels_have_to_fit() -> None:
    with pytest.raises(UnsupportedConfigError, match=r"query_dense.* kernel axis 'x' is 5"):
        heads().results(tensor("x", 4, 3), tensor("y", 6, 5))


def config_of(name: str, **changed: object) -> SavedModel:
    """Return a saved net whose last layer is told otherwise."""
    saved = read_saved(str(HERE / name))
    config = json.loads(json.dumps(saved.config))
    config["config"]["layers"][-1]["config"] |= changed
    return replace(saved, config=config)


def test_axes_that_older_versions_count_otherwise_are_refused() -> None:
    saved = config_of("self.keras", attention_axes=[-2])
    assert describe(saved).layers
    older = replace(saved, keras_version="3.5.0")
    with pytest.raises(UnsupportedConfigError, match=r"attention_axes=\[-2\], which Keras before"):
        describe(older)


def test_what_tf_keras_lets_one_choose_is_heard() -> None:
    for robust, softmax in ((True, "put"), (False, "add")):
        saved = config_of("masked.h5", softmax_robust_masking=robust)
        layer = describe(saved).layers[-1]
        assert isinstance(layer, MultiHeadAttention)
        assert layer.softmax == softmax
    with pytest.raises(UnsupportedConfigError, match="unknown key 'zoom'"):
        describe(config_of("masked.keras", zoom=2))
