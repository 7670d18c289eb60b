"""The formulas: how they read, and that they are valid LaTeX."""

import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import CASES, Case, build, records
from catalogue import LAYERS, UNNAMED
from layer_case import Builder, alone, layer, tensor

import keronyx
from keronyx.converter.formula import define, express, formulas, latex, text
from keronyx.converter.formula.expression import (
    Equation,
    Expression,
    Number,
    Symbol,
    apply,
    at,
    each,
)
from keronyx.converter.formula.functions import FUNCTIONS as DEFINED
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.functions import FUNCTIONS, Function
from keronyx.converter.layers.nested import Nested
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array

MODELS = Path(__file__).resolve().parents[1] / "models"
X, Y = Symbol("x"), Symbol("y")
Fields = Mapping[str, Any]

RECORDS: dict[str, Array] = records()


def test_every_layer_and_every_function_has_a_formula() -> None:
    unsaid = express.dispatch(Layer)
    assert not [each for each in (*LAYERS.values(), *UNNAMED) if express.dispatch(each) is unsaid]
    assert set(DEFINED) == set(FUNCTIONS)


def of(case_name: str) -> list[str]:
    (case,) = (case for case in CASES if case.name == case_name)
    return [each.text for each in formulas(build(case, RECORDS))]


@pytest.mark.parametrize(
    ("case", "expected"),
    {
        "dense_relu": "y = relu(x · kernel + bias)   (5) → (4)",
        "dense_no_bias": "y = softmax(x · kernel)   (5) → (4)",
        "dense_lora_alpha": "y = x · (kernel + 1.5 · lora_kernel_a · lora_kernel_b) + bias"
        "   (5) → (4)",
        "dense_int4_block": "y = relu(x · ((kernel - kernel_zero[g_idx]) ⊙ kernel_scale[g_idx]) "
        "+ bias)   (11) → (5)",
        "einsum_dense_rank3": "y = relu(einsum(x, kernel) + bias)   (3, 5) → (3, 4)",
        "embedding": "y = embeddings[x]   (3) → (3, 3)",
        "batch_normalization": "y = gamma ⊙ (x - moving_mean) / √(moving_variance + 0.001) + beta"
        "   (5) → (5)",
        "layer_normalization": "y = gamma ⊙ (x - mean(x)) / √(var(x) + 0.001) + beta   (5) → (5)",
        "rms_normalization": "y = scale ⊙ x / √(mean(x²) + 1e-06)   (5) → (5)",
        "rescaling": "y = 0.00392156862745098 · x - 0.5   (3) → (3)",
        "normalization": "y = (x - mean) / max(√variance, 1e-07)   (3) → (3)",
        "average": "y = (in_0 + in_1 + in_2) / 3   (3), (3), (3) → (3)",
        "concatenate": "y = [in_0, in_1, in_2]   (3), (1), (4) → (8)",
        "permute": "y[k, i, j] = x[i, j, k]   (4, 5, 6) → (6, 4, 5)",
        "time_distributed_dense": "y[t] = relu(x[t] · kernel + bias)   (3, 5) → (3, 4)",
        "prelu": "y = max(x, 0) + alpha ⊙ min(x, 0)   (5) → (5)",
        "dropout": "y = x   (3) → (3)",
        "string_lookup_tf_idf": "y = count(index(x)) ⊙ idf_weights   (3) → (4)",
    }.items(),
)
def test_formulas_of_layers(case: str, expected: str) -> None:
    assert of(case) == [expected]


def test_formulas_of_a_model() -> None:
    found = keronyx.formulas(keronyx.read(MODELS / "diabetes-33" / "diabetes-33.h5"))
    assert [each.text for each in found] == [
        "h1 = relu(x · kernel + bias)   (33) → (64)",
        "h2 = relu(h1 · kernel + bias)   (64) → (32)",
        "y = h2 · kernel + bias   (32) → (1)",
    ]
    first = found[0]
    assert (first.layer, first.kind, first.symbol, first.inputs) == ("dense", "Dense", "h1", ("x",))
    assert (first.input_shapes, first.output_shape) == (((33,),), (64,))
    assert first.before is not None
    assert text(first.before) == "z1 = x · kernel + bias"
    assert [text(each) for each in first.definitions] == ["relu(z) = max(z, 0)"]
    assert first.latex == (
        r"h_{1} = \operatorname{relu}\left(x \cdot \mathrm{kernel} + \mathrm{bias}\right) "
        r"\qquad (33) \to (64)"
    )
    assert found[2].before is None


def test_inputs_and_outputs_have_their_own_names_where_there_are_several() -> None:
    found = [each.text for each in formulas(keronyx.read(MODELS / "iris" / "iris.h5"))]
    assert found[1] == "h2 = relu(petal_length · kernel + bias)   (1) → (8)"
    assert found[5] == "h6 = h3 + h5   (16), (16) → (16)"
    assert found[-1] == "petal_width = h6 · kernel + bias   (16) → (1)"


def test_names_are_never_taken_twice() -> None:
    builder = Builder(tensor("h1", 2), tensor("kernel", 2))
    both = builder.call(layer("Add", name="both"), *builder.inputs.values())
    model = builder.model(h1=both, z1=builder.inputs["kernel"])
    assert [each.text for each in formulas(model)] == ["h1_ = h1__ + kernel   (2), (2) → (2)"]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (Function.of("relu"), "relu(z) = max(z, 0)"),
        (Function.of("relu", max_value=6.0), "relu(z) = min(max(z, 0), 6)"),
        (Function.of("leaky_relu"), "leaky_relu(z) = z if z > 0, else 0.2 · z"),
        (
            Function.of("selu"),
            "selu(z) = 1.0507009873554805 · (z if z > 0, else 1.6732632423543772 · (exp(z) - 1))",
        ),
        (Function.of("gelu"), "gelu(z) = 0.5 · z · (1 + erf(z / √2))"),
        (
            Function.of("gelu", approximate=True),
            "gelu(z) = 0.5 · z · (1 + tanh(√(2 / π) · (z + 0.044715 · z^3)))",
        ),
        (Function.of("hard_sigmoid"), "hard_sigmoid(z) = min(max(z / 6 + 0.5, 0), 1)"),
        (
            Function.of("hard_sigmoid", slope=0.2),
            "hard_sigmoid(z) = min(max(0.2 · z + 0.5, 0), 1)",
        ),
        (Function.of("softmax"), "softmax(z)[i] = exp(z[i]) / Σ_j exp(z[j])"),
        (Function.of("threshold"), "threshold(z) = z if z > threshold, else default_value"),
    ],
)
def test_definitions(function: Function, expected: str) -> None:
    assert text(define(function)[0]) == expected


def test_signs_and_parentheses() -> None:
    assert text(X - Number(-2)) == "x + 2"
    assert text(X + Number(-2)) == "x - 2"
    assert text(X - (Y + 1)) == "x - (y + 1)"
    assert text(-(X + 1) * 2) == "(-(x + 1)) · 2"
    assert text(X / (Y * 2)) == "x / (y · 2)"
    assert text((X + 1) ** 2) == "(x + 1)²"
    assert text(X ** (Y + 1)) == "x^(y + 1)"
    assert text(abs(X - 1)) == "|x - 1|"
    assert text(2 - X) == "2 - x"
    assert latex(Number(1.5e-7)) == r"1.5 \times 10^{-7}"
    assert latex(X - (Y + 1)) == r"x - \left(y + 1\right)"
    assert latex(at(Symbol("h", 1), "t")) == "{h_{1}}_{t}"


HOSTILE = r"\input{x}$ #1 %_^~&" + "\x1b[31m}" + "ü"


def test_names_cannot_leave_the_formula() -> None:
    builder = Builder(tensor(HOSTILE, 2), tensor("b", 2))
    out = builder.call(layer("Add", name=HOSTILE), *builder.inputs.values())
    (found,) = formulas(builder.model(out=out))
    assert "\x1b" not in found.text + found.latex
    assert r"\input{x}" not in found.latex.replace(r"\textbackslash{}", "")
    assert r"\text{\textbackslash{}input\{x\}\$ \#1 \%\_\textasciicircum{}" in found.latex
    assert_valid(found.latex)


COMMANDS = {
    *("cdot", "odot", "left", "right", "frac", "sqrt", "mathrm", "text", "operatorname", "sum"),
    *("max", "min", "exp", "ln", "tanh", "le", "ge", "ne", "to", "qquad", "times", "infty"),
    *("begin", "end", "textbackslash", "textasciicircum", "textasciitilde", "pi", "tau"),
    "ldots",
}


def assert_valid(formula: str) -> None:
    """Every command is known, and braces, pairs of delimiters and environments are closed."""
    assert set(re.findall(r"\\([A-Za-z]+)", formula)) <= COMMANDS
    bare = re.sub(r"\\[^A-Za-z]", "", formula)
    assert bare.count("{") == bare.count("}")
    assert formula.count(r"\left") == formula.count(r"\right")
    assert formula.count(r"\begin{cases}") == formula.count(r"\end{cases}")
    assert not re.search(r"[$#%]", bare)
    assert formula.isprintable()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_latex_is_valid(case: Case) -> None:
    for found in formulas(build(case, RECORDS)):
        assert_valid(found.latex)
        for equation in found.definitions:
            assert_valid(latex(equation))


def test_expressions_that_no_printer_knows() -> None:
    class Strange(Expression):
        pass

    for spell in (text, latex):
        with pytest.raises(keronyx.UnsupportedConfigError):
            spell(Strange())


def test_layers_of_old_keras() -> None:
    statistics: Fields = {
        key: np.ones(2) for key in ("gamma", "beta", "running_mean", "running_std")
    }
    expected = {
        0: "gamma ⊙ (x - running_mean) / (running_std + 0.1) + beta",
        1: "gamma ⊙ (x - mean(x)) / (√(var(x) + 0.1) + 0.1) + beta",
        2: "gamma ⊙ (x - mean(x)) / √(var(x) + 0.1) + beta",
    }
    for mode, formula in expected.items():
        config: Fields = {"mode": mode, "epsilon": 0.1, "variance": True}
        old = layer("LegacyBatchNormalization", **config, **statistics)
        assert only(alone(old, tensor("x", 2))) == formula
    square, bias = np.ones((3, 3)), np.ones(3)
    gates: Fields = {
        "kernel": square,
        "carry_kernel": square,
        "bias": bias,
        "carry_bias": bias,
    }
    highway = layer("Highway", activation="relu", **gates)
    assert only(alone(highway, tensor("x", 3))) == "t ⊙ relu(x · kernel + bias) + (1 - t) ⊙ x"
    maxout = layer(
        "MaxoutDense", units=3, nb_feature=2, kernel=np.ones((2, 3, 3)), bias=np.ones((2, 3))
    )
    assert only(alone(maxout, tensor("x", 3))) == "max_k(x · kernel[k] + bias[k])"
    slopes: Fields = dict.fromkeys(("t_left", "a_left", "t_right", "a_right"), bias)
    assert only(alone(layer("SReLU", **slopes), tensor("x", 3))) == (
        "t_left + a_left ⊙ (x - t_left) if x < t_left, x if x < r, else r + a_right ⊙ (x - r)"
    )
    softplus = layer("ParametricSoftplus", alpha=bias, beta=bias)
    assert only(alone(softplus, tensor("x", 3))) == "alpha ⊙ ln(1 + exp(beta ⊙ x))"
    merged = Builder(tensor("a", 3), tensor("b", 3))
    out = merged.call(layer("CosineMerge", axes=1), *merged.inputs.values())
    assert only(merged.model(out=out)) == "dot(a, b) / max(√(dot(a, a) ⊙ dot(b, b)), 1e-07)"


def only(model: Model) -> str:
    (found,) = formulas(model)
    return text(found.expression)


def test_a_model_in_the_place_of_a_layer() -> None:
    inner = Builder(tensor("u", 3))
    hidden = layer(
        "Dense", name="hidden", units=2, kernel=np.ones((3, 2)), activation="tanh", use_bias=False
    )
    nested = Nested(name="block", model=inner.model(out=inner.call(hidden, inner.inputs["u"])))
    (found,) = formulas(alone(nested, tensor("x", 3)))
    assert found.text == "y = m(x)   (3) → (2)"
    assert [text(each) for each in found.definitions][:2] == ["m(u) = t0", "t0 = tanh(u · kernel)"]


def test_a_product_of_two_kinds_is_told_apart() -> None:
    mixed = X @ each(Y, Symbol("s"))
    assert text(mixed) == "x · (y ⊙ s)"
    assert latex(mixed) == r"x \cdot \left(y \odot s\right)"
    assert text(Equation(apply("f", X), X @ Y / 2)) == "f(x) = x · y / 2"
    assert list(itertools.islice(define(Function.of("glu")), 1))
