"""Every classical mistake, made by hand in NumPy on a real net, is found and named."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layer_case import Builder, layer, tensor

import keronyx
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array
from keronyx.runtime.compare import Verdict
from keronyx.tracing import Trace

MODELS = Path(__file__).resolve().parents[1] / "models"
FILES = {
    "breast-cancer": ("breast-cancer.keras",),
    "diabetes-33": ("diabetes-33.h5",),
    "digits": ("digits.keras",),
    "digits-embedding": ("digits-embedding.keras",),
    "digits-residual": ("digits-residual.keras",),
    "iris": ("iris.h5",),
    "wine": ("wine.json", "wine.weights.h5"),
}

Weights = Mapping[str, Mapping[str, Array]]
Act = Callable[[Array], Array]


@cache
def traced(name: str) -> Trace:
    """Trace a net on the rows that were recorded with it."""
    folder = MODELS / name
    model = keronyx.read(*[folder / file for file in FILES[name]])
    with np.load(folder / "recorded.npz") as recorded:
        rows = [recorded[key] for key in recorded.files if key.startswith("in_")]
    return keronyx.trace(model, dict(zip(model.inputs, rows, strict=True)))


@cache
def weights(name: str) -> Weights:
    return weights_of(traced(name).model)


def weights_of(model: Model) -> Weights:
    return {
        layer.name: {
            key: variable.load().astype(np.float64) for key, variable in layer.variables().items()
        }
        for layer in model.layers
    }


def rows(name: str) -> Array:
    return next(iter(traced(name).inputs.values()))


def linear(z: Array) -> Array:
    return z


def relu(z: Array) -> Array:
    return np.asarray(np.maximum(z, 0))


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def elu(z: Array) -> Array:
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


def leaky(slope: float) -> Act:
    return lambda z: np.where(z > 0, z, slope * z)


def softmax(z: Array) -> Array:
    return np.asarray(np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True))


def gelu(z: Array) -> Array:
    return np.asarray(0.5 * z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))))


def gelu_tanh(z: Array) -> Array:
    return np.asarray(0.5 * z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))))


def dense(x: Array, w: Mapping[str, Array], act: Act = linear) -> Array:
    return act(x @ w["kernel"] + w.get("bias", np.zeros(())))


def diabetes(*acts: Act, w: Weights | None = None) -> list[Array]:
    """Compute 33-64-32-1 by hand; every layer's values."""
    w = weights("diabetes-33") if w is None else w
    h1 = dense(rows("diabetes-33"), w["dense"], acts[0])
    h2 = dense(h1, w["dense_1"], acts[1])
    return [h1, h2, dense(h2, w["progression"], acts[2])]


def changed(name: str, which: str, **arrays: Array) -> Weights:
    """Return a net's weights with those of one layer exchanged."""
    w = weights(name)
    return {**w, which: {**w[which], **arrays}}


def bn(
    x: Array,
    w: Mapping[str, Array],
    *,
    epsilon: float = 1e-3,
    divisor: Callable[[Array, float], Array] = lambda v, e: np.sqrt(v + e),
    gamma: bool = True,
    beta: bool = True,
) -> Array:
    normal = (x - w["moving_mean"]) / divisor(w["moving_variance"], epsilon)
    return normal * (w["gamma"] if gamma else 1) + (w["beta"] if beta else 0)


def digits(
    norm: Callable[..., Array] = bn,
    *,
    scale: float = 1 / 16,
    order: str = "norm act",
    **options: Any,
) -> list[Array]:
    """Compute 64-64-32-10 by hand; ``norm`` and its options stand for both normalisations."""
    w = weights("digits")
    h = [rows("digits") * scale]
    h.append(dense(h[-1], w["dense"]))
    steps = {"norm": lambda x: norm(x, w["batch_normalization"], **options), "act": relu}
    for step in order.split():
        h.append(steps[step](h[-1]))
    h.append(dense(h[-1], w["dense_1"], relu))
    h.append(norm(h[-1], w["batch_normalization_1"], **options))
    return [*h, dense(h[-1], w["digit"], softmax)]


def cancer(**how: Any) -> Array:
    """Compute 30-16-8-1 by hand."""
    w = weights("breast-cancer")
    x = rows("breast-cancer")
    mean, variance = w["normalization"]["mean"], w["normalization"]["variance"]
    for _ in range(how.get("times", 1)):
        x = (x - mean) / how.get("divisor", np.sqrt)(variance)
    h = dense(x, w["dense"], how.get("first", elu))
    return dense(dense(h, w["dense_1"], np.tanh), w["benign"], how.get("last", sigmoid))


def residual(act: Act = gelu, *, epsilon: float = 1e-3, skip: bool = True) -> Array:
    """Compute the residual digits net by hand."""
    w = weights("digits-residual")

    def norm(x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        normal = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon)
        return np.asarray(normal * w[name]["gamma"] + w[name]["beta"])

    x = dense(rows("digits-residual") / 16, w["dense"])
    for norm_name, wide, narrow in (
        ("layer_normalization", "dense_1", "dense_2"),
        ("layer_normalization_1", "dense_3", "dense_4"),
    ):
        block = dense(dense(norm(x, norm_name), w[wide], act), w[narrow])
        x = x + block if skip else block
    return dense(norm(x, "layer_normalization_2"), w["digit"], softmax)


def embedding(flat: Callable[[Array], Array], *, shift: int = 0) -> Array:
    """Compute the embedding digits net by hand."""
    w = weights("digits-embedding")
    ids = rows("digits-embedding").astype(int) + shift
    h = flat(w["embedding"]["embeddings"][ids])
    h = dense(h, w["dense"], lambda z: z * sigmoid(z))
    return softmax(dense(h, w["logits"]))


def by_rows(x: Array) -> Array:
    return x.reshape(len(x), -1)


def by_columns(x: Array) -> Array:
    return x.transpose(0, 2, 1).reshape(len(x), -1)


def of_the_batch(x: Array, w: Mapping[str, Array]) -> Array:
    return np.asarray(w["gamma"] * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3) + w["beta"])


RIGHT: dict[str, Callable[[], Any]] = {
    "diabetes-33": lambda: diabetes(relu, relu, linear),
    "digits": digits,
    "breast-cancer": cancer,
    "digits-residual": residual,
    "digits-embedding": lambda: embedding(by_rows),
}


def verdict(name: str, mine: Any) -> Verdict:
    return traced(name).compare(mine)


def assert_explained(found: Verdict, *words: str) -> None:
    """The first explanation has all these words."""
    assert not found.agrees
    assert found.explanations, found.sentence
    for word in words:
        assert word in found.explanations[0], found.explanations


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


def square(*names: str, activation: str = "relu") -> tuple[Model, Weights, Array]:
    """Build a chain of square layers, which can be taken for each other."""
    random = np.random.default_rng(3)
    builder = Builder(tensor("x", 6))
    at = builder.inputs["x"]
    for name in names:
        made = layer(
            "Dense",
            name=name,
            units=6,
            activation=activation,
            kernel=random.normal(size=(6, 6)),
            bias=random.normal(size=6),
        )
        at = builder.call(made, at)
    model = builder.model(out=at)
    return model, weights_of(model), random.normal(size=(5, 6))


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
