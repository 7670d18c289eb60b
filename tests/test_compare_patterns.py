"""What is seen in numbers that no mistake in the net explains, and what is no mistake at all."""

import numpy as np
from compared_nets import (
    assert_explained,
    dense,
    diabetes,
    digits,
    linear,
    relu,
    residual,
    rows,
    square,
    verdict,
    weights,
)
from layer_case import Builder, layer, tensor

import keronyx


def test_dropout() -> None:
    values = digits()
    random = np.random.default_rng(0)
    kept = random.uniform(size=values[3].shape) > 0.3
    found = verdict("digits", {"dropout": values[3] * kept / 0.7})
    assert_explained(found, "Dropout was applied", "1.429 times", "rate of 0.3")
    found = verdict("digits", {"activation": values[3] * kept})
    assert_explained(found, "Dropout was applied")


def test_patterns_in_the_numbers() -> None:
    *_, right = diabetes(relu, relu, linear)
    assert_explained(verdict("diabetes-33", right * 1.7), "times 1.7")
    assert_explained(verdict("diabetes-33", -right), "times -1")
    assert_explained(verdict("diabetes-33", right + 25.0), "plus 25")
    rounded = np.round(residual(), 2)
    assert_explained(verdict("digits-residual", rounded), "rounded to 2 decimals")
    assert_explained(verdict("diabetes-33", right[::-1]), "the rows are in another order")
    h1 = diabetes(relu, relu, linear)[0]
    places = np.random.default_rng(0).permutation(64)
    found = verdict("diabetes-33", {"dense": h1[:, places]})
    assert_explained(found, "the units are in another order")
    model, _, x = square("a", "b")
    trace = keronyx.trace(model, x)
    found = trace.compare({"a": trace.tensors["t1"], "b": trace.tensors["t1"]})
    assert_explained(found, "they are the values of layer 'b' (Dense)")


def test_rounding_that_grows_is_no_mistake() -> None:
    made = layer("Rescaling", name="large", scale=1e6, offset=-1e6)
    builder = Builder(tensor("x", 3))
    model = builder.model(out=builder.call(made, builder.inputs["x"]))
    x = np.array([[1.0001, 1.00013, 0.9999]])
    single = keronyx.evaluate(model, x, dtype="float32")["out"]
    trace = keronyx.trace(model, x)
    found = trace.compare(single)
    assert found.agrees
    assert found.compared[0].note == "as float32 rounds"
    assert not trace.compare(single + 1).agrees


def test_nothing_explains_it() -> None:
    random = np.random.default_rng(0)
    h1, _, _ = diabetes(relu, relu, linear)
    noisy = h1 + random.normal(size=h1.shape)
    found = verdict("diabetes-33", [noisy, *diabetes(relu, relu, linear)[1:]])
    assert found.explanations == ()
    assert found.first is not None
    assert found.first.layer == "dense"
    assert found.sentence.startswith("layer 'dense' (Dense) is the first to differ: max |yours")


def test_what_follows_from_a_wrong_value() -> None:
    random = np.random.default_rng(0)
    w = weights("diabetes-33")
    h1 = relu(rows("diabetes-33") @ w["dense"]["kernel"] + random.normal(size=64))
    h2 = dense(h1, w["dense_1"], relu)
    found = verdict("diabetes-33", [h1, h2, dense(h2, w["progression"])])
    assert found.rest == "all later values follow from yours there: nothing else is wrong"
    found = verdict("diabetes-33", [h1, h2, dense(h2, w["progression"], np.tanh)])
    assert found.rest.startswith("layer 'progression' (Dense) does not follow")
