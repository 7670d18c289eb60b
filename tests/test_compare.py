"""Every classical mistake, made by hand in NumPy on a real net, is found and named."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from compared_nets import (
    FILES,
    MODELS,
    RIGHT,
    Act,
    assert_explained,
    by_columns,
    by_rows,
    cancer,
    changed,
    dense,
    diabetes,
    digits,
    embedding,
    gelu_tanh,
    leaky,
    linear,
    of_the_batch,
    relu,
    residual,
    rows,
    sigmoid,
    softmax,
    square,
    traced,
    verdict,
    weights,
)
from layer_case import Builder, layer, tensor

import keronyx
from keronyx.converter.tensors import Array


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_right_computation_is_never_accused(name: str, kind: type[np.floating[Any]]) -> None:
    mine = RIGHT[name]()
    mine = [each.astype(kind) for each in mine] if isinstance(mine, list) else mine.astype(kind)
    found = verdict(name, mine)
    assert found.agrees, found.sentence
    assert found.explanations == ()
    final = mine[-1] if isinstance(mine, list) else mine
    assert verdict(name, final).agrees


@pytest.mark.parametrize("name", FILES)
def test_what_keras_recorded_is_never_accused(name: str) -> None:
    with np.load(MODELS / name / "recorded.npz") as recorded:
        mine = [recorded[key] for key in recorded.files if key.startswith("out_")]
    found = verdict(name, mine)
    assert found.agrees, found.sentence
    assert "rounding as in float32" in found.sentence


@pytest.mark.parametrize("name", FILES)
def test_a_trace_agrees_with_itself(name: str) -> None:
    found = verdict(name, traced(name).arrays())
    assert found.agrees
    assert found.sentence == "all values agree"
    assert all(each.layer in each.name for each in found.compared)


def test_an_activation_forgotten_everywhere() -> None:
    wrong = diabetes(linear, linear, linear)
    sentence = "the activation (relu) was left out in 'dense' and 'dense_1'"
    for mine in (wrong, wrong[-1], wrong[::-1], {"y": wrong[0], "z": wrong[1], "p": wrong[2]}):
        assert verdict("diabetes-33", mine).explanations == (sentence,)
    found = verdict("diabetes-33", wrong)
    assert found.first is not None
    assert found.first.layer == "dense"
    assert found.rest == "this explains all of your values"


@pytest.mark.parametrize(
    ("acts", "words"),
    [
        ((linear, relu, linear), "the activation (relu) was left out in 'dense'"),
        ((relu, linear, linear), "the activation (relu) was left out in 'dense_1'"),
        ((leaky(0.01), relu, linear), "leaky_relu (negative_slope=0.01) was applied in 'dense'"),
        ((leaky(0.2), leaky(0.2), linear), "'dense' and 'dense_1' instead of relu"),
        ((relu, sigmoid, linear), "sigmoid was applied in 'dense_1' instead of relu"),
        ((relu, relu, relu), "an activation (relu) was applied in 'progression', where there is"),
    ],
)
def test_activations(acts: tuple[Act, ...], words: str) -> None:
    values = diabetes(*acts)
    if acts[2] is not relu:  # the outputs are positive: a relu there changes nothing
        assert_explained(verdict("diabetes-33", values), words)
        assert_explained(verdict("diabetes-33", values[-1]), words)
    else:
        assert verdict("diabetes-33", values).agrees


def weighted(which: str, **arrays: Array) -> list[Array]:
    return diabetes(relu, relu, linear, w=changed("diabetes-33", which, **arrays))


def test_biases_and_kernels() -> None:
    w = weights("diabetes-33")
    none, kernel = np.zeros(()), w["dense"]["kernel"]
    assert_explained(
        verdict("diabetes-33", weighted("dense_1", bias=none)), "bias was left out in 'dense_1'"
    )
    everywhere = {name: {**arrays, "bias": none} for name, arrays in w.items()}
    values = diabetes(relu, relu, linear, w=everywhere)
    assert_explained(
        verdict("diabetes-33", values[-1]),
        "the bias was left out in 'dense', 'dense_1' and 'progression'",
    )
    values = weighted("dense", bias=-w["dense"]["bias"])
    assert_explained(verdict("diabetes-33", values[-1]), "the bias was subtracted in 'dense'")
    values = weighted("dense", kernel=kernel.reshape(64, 33).T)
    assert_explained(verdict("diabetes-33", values), "was reshaped, not transposed, in 'dense'")
    values = weighted("dense", kernel=kernel.T.reshape(33, 64))
    assert_explained(verdict("diabetes-33", values), "was read column by column in 'dense'")
    h1 = relu(rows("diabetes-33") @ kernel) + w["dense"]["bias"]
    assert_explained(verdict("diabetes-33", {"dense": h1}), "bias was added after the activation")


def test_weights_of_other_layers() -> None:
    model, w, x = square("a", "b", "c")
    trace = keronyx.trace(model, x)

    def chain(*ws: Mapping[str, Array]) -> Array:
        value = x
        for each in ws:
            value = dense(value, each, relu)
        return value

    assert trace.compare(chain(w["a"], w["b"], w["c"])).agrees
    found = trace.compare(chain(w["a"], {**w["b"], "kernel": w["b"]["kernel"].T}, w["c"]))
    assert_explained(found, "the kernel was transposed in 'b'")
    turned = [{**each, "kernel": each["kernel"].T} for each in w.values()]
    assert_explained(trace.compare(chain(*turned)), "was transposed in 'a', 'b' and 'c'")
    found = trace.compare(chain(w["a"], w["a"], w["c"]))
    assert_explained(found, "the weights of 'a' were used in 'b'")
    mixed = {"kernel": w["b"]["kernel"], "bias": w["c"]["bias"]}
    found = trace.compare(chain(w["a"], mixed, w["c"]))
    assert_explained(found, "the numbers in 'bias' of 'c' were used in 'b'")
    found = trace.compare(chain(w["b"], w["a"], w["c"]))
    assert_explained(found, "the layers 'a' and 'b' were called in each other's place")


def test_layers_in_another_order() -> None:
    found = verdict("digits", digits(order="act norm")[-1])
    assert_explained(found, "'batch_normalization' and 'activation' were called in each other's")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epsilon": 0}, "epsilon was left out in 'batch_normalization'"),
        ({"epsilon": 1e-5}, "epsilon was 1e-05"),
        ({"divisor": lambda v, _: v}, "the variance was used as if it were the standard deviation"),
        ({"divisor": lambda v, e: v + e}, "the root was left out"),
        ({"divisor": lambda v, e: np.sqrt(v) + e}, "epsilon was added outside the root"),
        ({"gamma": False}, "gamma was left out"),
        ({"beta": False}, "beta was left out"),
        ({"gamma": False, "beta": False}, "gamma and beta were left out"),
    ],
)
def test_batch_normalization(options: dict[str, Any], words: str) -> None:
    values = digits(**options)
    with np.errstate(all="ignore"):
        both = verdict("digits", values[-1])
        first = verdict("digits", {"batch_normalization": values[2]})
    if options != {"epsilon": 0}:  # the border pixels never vary: division by 0
        assert any(words in each and "_1'" in each for each in both.explanations)
    assert any(words in each for each in first.explanations), first.explanations


def test_batch_normalization_with_the_statistics_of_the_batch() -> None:
    values = digits(of_the_batch)
    words = "the batch's own mean and variance were used in 'batch_normalization'"
    assert_explained(verdict("digits", values), words)
    assert_explained(verdict("digits", values[-1]), words, "'batch_normalization_1'")


def test_inputs_that_are_not_scaled() -> None:
    found = verdict("breast-cancer", cancer(times=0))
    assert_explained(found, "the input was not scaled: 'normalization' was left out")
    found = verdict("breast-cancer", cancer(times=2))
    assert_explained(found, "the input was scaled twice: 'normalization' was applied twice")
    found = verdict("digits", digits(scale=1)[-1])
    assert_explained(found, "the input was not scaled: 'rescaling' was left out")
    found = verdict("breast-cancer", cancer(divisor=linear))
    assert_explained(found, "the variance was used as if it were the standard deviation")


def test_other_functions() -> None:
    assert_explained(
        verdict("breast-cancer", cancer(last=linear)), "(sigmoid) was left out in 'benign'"
    )
    assert_explained(
        verdict("breast-cancer", cancer(first=relu)), "relu was applied in 'dense' instead of elu"
    )
    found = verdict("digits-residual", residual(gelu_tanh))
    assert_explained(found, "gelu (approximate=True) was applied in 'dense_1' and 'dense_3'")
    assert_explained(
        verdict("digits-residual", residual(linear)),
        "(gelu) was left out in 'dense_1' and 'dense_3'",
    )
    assert_explained(verdict("digits-residual", residual(epsilon=1e-5)), "epsilon was")
    w = weights("digits")
    logits = dense(digits()[-2], w["digit"])
    assert_explained(verdict("digits", logits), "the activation (softmax) was left out in 'digit'")
    assert_explained(verdict("digits", sigmoid(logits)), "sigmoid was applied in 'digit' instead")
    over_rows = np.exp(logits) / np.exp(logits).sum(axis=0)
    assert_explained(verdict("digits", over_rows), "softmax (axis=0) was applied in 'digit'")
    twice = softmax(softmax(logits))
    assert_explained(verdict("digits", twice), "the activation (softmax) was applied twice")


@pytest.mark.parametrize(("slope", "other"), [(1 / 6, 0.2), (0.2, 1 / 6)])
def test_the_hard_sigmoid_of_another_keras(slope: float, other: float) -> None:
    random = np.random.default_rng(0)
    kernel, bias = random.normal(size=(3, 4)), random.normal(size=4)
    function = ("hard_sigmoid", {"slope": slope})
    made = layer("Dense", name="gate", units=4, activation=function, kernel=kernel, bias=bias)
    builder = Builder(tensor("x", 3))
    model = builder.model(out=builder.call(made, builder.inputs["x"]))
    x = random.normal(size=(6, 3))
    mine = np.clip(other * (x @ kernel + bias) + 0.5, 0, 1)
    found = keronyx.trace(model, x).compare(mine)
    assert_explained(found, f"hard_sigmoid (slope={other:.4g}) was applied in 'gate'")


def test_residual_connections() -> None:
    found = verdict("digits-residual", residual(skip=False))
    assert not found.agrees
    w, x = weights("iris"), traced("iris").inputs
    h1 = dense(x["sepal"], w["sepal_dense"], relu)
    h2 = dense(x["petal_length"], w["petal_length_dense"], relu)
    joined = np.concatenate([h1, h2], axis=1)
    back = dense(dense(joined, w["hidden"], relu), w["back"])
    right = {"species": softmax(dense(joined + back, w["species"]))}
    assert verdict("iris", right).agrees
    wrong = {"species": softmax(dense(back, w["species"]))}
    assert_explained(verdict("iris", wrong), "'residual' lacks the input 'flower'")
    turned = np.concatenate([h2, h1], axis=1)
    assert_explained(verdict("iris", {"flower": turned}), "put together in reverse order")


def test_flattening() -> None:
    found = verdict("digits-embedding", embedding(by_columns))
    assert_explained(found, "'flatten' was taken column by column")
    found = verdict("digits-embedding", embedding(by_rows, shift=-1))
    assert_explained(found, "the ids were one too low in 'embedding'")
