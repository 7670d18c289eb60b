"""An expression gives what real Keras makes of it, in both readings and as source code."""

import numpy as np
import pytest
from expressed import lambda_model
from replaced_expressions import INPUTS, RECORDED, Array, texts

import keronyx
from keronyx.converter.emit import ops_pointwise as emitting
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.formula import formulas
from keronyx.converter.layers.operations import COMPARISONS
from keronyx.converter.lower import expressed as lowering
from keronyx.converter.model import Model
from keronyx.runtime.evaluate import ops_pointwise as evaluating

KERAS = dict(np.load(RECORDED))
CASES = [(version, kind, text) for version in ("2", "3") for kind, text in texts(version)]

NOT_IN_CODE = ("%", "sin(", "cos(", "** 1.5")
"""What keeps an expression from becoming source code."""


def test_everything_is_recorded() -> None:
    assert set(KERAS) == {f"{version}/{text}" for version, _, text in CASES}


def close(found: Array, wanted: Array) -> None:
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize(("version", "kind", "text"), CASES)
def test_both_readings_give_what_keras_gave(version: str, kind: str, text: str) -> None:
    inputs, wanted = INPUTS[kind], KERAS[f"{version}/{text}"]
    model = lambda_model(text, inputs, version)
    (tensor,) = model.outputs.values()
    assert tensor.sizes == (None, *wanted.shape[1:])
    assert tensor.dtype == wanted.dtype.name
    (found,) = keronyx.evaluate(model, list(inputs), dtype="float64").values()
    close(found, wanted)
    result = keronyx.check(proto := emitted(model), model)
    assert result.passed
    (graph,) = keronyx.load(proto)(list(inputs)).values()
    assert graph.dtype == wanted.dtype
    close(graph, wanted)
    (formula,) = formulas(model)
    assert "y" in formula.text
    assert formula.latex


def emitted(model: Model) -> bytes:
    from keronyx.converter.emit import serialize  # noqa: PLC0415 - with the whole package loaded

    return serialize(model)


@pytest.mark.parametrize(("version", "kind", "text"), CASES)
def test_source_code_gives_it_too_or_is_refused(version: str, kind: str, text: str) -> None:
    inputs, wanted = INPUTS[kind], KERAS[f"{version}/{text}"]
    model = lambda_model(text, inputs, version)
    if any(part in text for part in NOT_IN_CODE):
        with pytest.raises(UnsupportedConfigError, match="not in source code"):
            keronyx.code(model, "python")
        return
    space: dict[str, object] = {"__name__": "printed"}
    exec(keronyx.code(model, "python", name="net"), space)  # noqa: S102 - our own print
    predict = space["predict_batch"]
    assert callable(predict)
    found = np.asarray(predict(*inputs))
    close(found.astype(wanted.dtype).reshape(wanted.shape), wanted)


SPELLED = {
    "absolute": "abs(x0)",
    "floor_divide": "x0 // (abs(x1) + 1)",
    "power": "pow(abs(x0), 1.5)",
    "remainder": "x0 % 0.7",
    "where": "where(x0 > 0, x0, x1)",
    "exp": "exp(minimum(x0, 1))",
    "expm1": "expm1(minimum(x0, 1))",
    "log": "log(abs(x0) + 1)",
    "log1p": "log1p(abs(x0))",
    "sqrt": "sqrt(abs(x0))",
    "divide": "x0 / (abs(x1) + 1)",
    **{name: f"{name}(x0, x1)" for name in ("add", "subtract", "multiply", "maximum", "minimum")},
    **{name: f"{name}(x0, x1)" for name in COMPARISONS},
}
UNARY = ("ceil", "cos", "erf", "floor", "negative", "round", "sign", "sin", "square")
"""What is called on one number as it is."""

assert {*SPELLED, *UNARY} <= set(evaluating.ELEMENTWISE)


def test_both_readings_know_the_same_operations() -> None:
    assert set(emitting.ELEMENTWISE) == set(evaluating.ELEMENTWISE)
    assert set(lowering.ELEMENTWISE) < set(emitting.ELEMENTWISE)


@pytest.mark.parametrize("name", sorted({*SPELLED, *UNARY}))
def test_a_wrong_operation_turns_the_check_red(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = lambda_model(SPELLED.get(name, f"{name}(x0)"), INPUTS["pair"])
    graph = emitted(model)
    assert keronyx.check(graph, model).passed
    right = evaluating.ELEMENTWISE[name]

    def wrong(*operands: Array) -> Array:
        found = right(*operands)
        return ~found if found.dtype == np.bool_ else found + 1

    monkeypatch.setitem(evaluating.ELEMENTWISE, name, wrong)
    assert not keronyx.check(graph, model).passed


@pytest.mark.parametrize("text", ["x / 255 - 0.5", "x % 3", "erf(x)", "expm1(x)", "sign(x)"])
@pytest.mark.parametrize("policy", ["float64", "float32", "mixed_float16", "bfloat16"])
def test_every_dtype_policy_is_checked(text: str, policy: str) -> None:
    model = lambda_model(text, INPUTS["rows"], policy=policy)
    assert keronyx.check(emitted(model), model).passed


@pytest.mark.parametrize("opset", [13, 15, 17, 18, 21])
def test_every_opset_has_the_operators(opset: int) -> None:
    from keronyx.converter.emit import serialize  # noqa: PLC0415 - with the whole package loaded

    texts_ = ["clip(mean(x, axis=1, keepdims=True), -1, 1)", "x[:, ::-1]", "where(x <= 1, x, 0)"]
    for text in texts_:
        model = lambda_model(text, INPUTS["rows"])
        assert keronyx.check(serialize(model, opset=opset), model).passed
