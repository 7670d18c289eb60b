"""Expressions drawn at random: they bind as in Python, or are refused."""

import numpy as np
from expressed import lambda_model
from hypothesis import given, settings
from hypothesis import strategies as st

import keronyx
from keronyx.converter.errors import KeronyxError
from keronyx.converter.expression.build import Expression
from keronyx.converter.expression.terms import Scope
from keronyx.converter.expression.tokens import ExpressionError
from keronyx.converter.layers.base import FLOAT32

X = np.array([[-2.0, 0.5, 3.0, 8.0]], np.float32)


def numbers() -> st.SearchStrategy[str]:
    whole = st.integers(0, 40).map(str)
    return whole | st.sampled_from(["0.5", ".25", "2.", "1e1", "12.5e-1", "3.75"])


def arithmetic() -> st.SearchStrategy[str]:
    """Draw what is Python as well: signs, powers, parentheses and the four operators."""

    def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pairs = st.tuples(inner, st.sampled_from([" + ", "-", "*", " / "]), inner)
        return (
            pairs.map("".join)
            | inner.map(lambda text: f"({text})")
            | inner.map(lambda text: f"-{text}")
            | inner.map(lambda text: f"{text} ** 2")
            | inner.map(lambda text: f"abs({text})")
            | inner.map(lambda text: f"maximum({text}, 1.5)")
        )

    return st.recursive(numbers() | st.just("x") | st.just("x"), deeper, max_leaves=12)


@settings(deadline=None, max_examples=300)
@given(arithmetic())
def test_operators_bind_as_in_python(text: str) -> None:
    data = X.astype(np.float64)
    names = {"x": data, "abs": abs, "maximum": np.maximum, "__builtins__": {}}
    try:
        with np.errstate(all="ignore"):
            wanted = eval(f"x * 0 + ({text})", names)  # noqa: S307 - what was drawn above
        model = lambda_model(f"x * 0 + ({text})", [data], policy="float64")
    except (ArithmeticError, ExpressionError):
        return
    (found,) = keronyx.evaluate(model, data).values()
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


ALPHABET = "x01.5e+-*/%()[],:=<>!'\"\\ \t\n_lambda;@#reluabsmeanaxis"


@settings(deadline=None, max_examples=500)
@given(st.text(ALPHABET, max_size=40) | st.text(max_size=20))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    error = refusal(text)
    if error is not None:
        assert 1 <= error.column <= len(text) + 1
        assert str(error).isprintable()


def refusal(text: str) -> ExpressionError | None:
    try:
        Expression.of(text).tree(Scope("lam", FLOAT32))
    except ExpressionError as error:
        return error
    return None


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [
                *("x", "2", ".5", "(", ")", "+", "-", "*", "/", "**", "relu(", "mean(", ","),
                *("axis=1", "[", "]", ":", "where(", ">", "sum(", "keepdims=True", "x[:, 0]"),
                "expand_dims(",
            ]
        ),
        max_size=14,
    )
)
def test_near_misses_are_refused_or_checked(parts: list[str]) -> None:
    try:
        model = lambda_model(" ".join(parts), [X])
    except KeronyxError:
        return
    (tensor,) = model.outputs.values()
    (found,) = keronyx.evaluate(model, X).values()
    assert found.shape[1:] == tensor.shape[1:]
