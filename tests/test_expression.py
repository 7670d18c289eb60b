"""Expressions: what they say, and every way in which they are refused, at the very column."""

import ast
from typing import Any

import numpy as np
import pytest
from expressed import lambda_model

import keronyx
from keronyx.converter.emit import serialize
from keronyx.converter.errors import UnsupportedConfigError, UsageError
from keronyx.converter.expression.build import Expression, check
from keronyx.converter.expression.tokens import ExpressionError
from keronyx.converter.formula import formulas

X = np.array([[-2.0, 0.5, 3.0, 8.0]], np.float32)
Y = np.array([[1.0, 2.0, -1.0, 0.25]], np.float32)
IDS = np.array([[1, -2, 3]], np.int32)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "a number, x or a function is missing at the end"),
        ("x +", 4, "is missing at the end"),
        ("x * / 2", 5, "is missing before '/'"),
        ("x x", 3, "an operator is missing before 'x'"),
        ("(x", 1, "'(' was never closed"),
        ("x)", 2, "unmatched ')'"),
        ("(x]", 3, "closing parenthesis ']' does not match opening parenthesis '('"),
        ("relu(x; 1)", 7, "';' means nothing here"),
        ("x @ x", 3, "'@' means nothing here"),
        ("x\n+1", 2, "means nothing here"),
        ("'x", 1, "means nothing here"),
        ("lambda x: x / 2", 1, "what stands behind the colon"),
        ("x if x > 0 else 0", 3, "'if' means nothing here; write where(condition, x, y)"),
        ("x > 0 and x < 1", 7, "'and' means nothing here"),
        ("not x", 1, "'not' means nothing here"),
        ("x.lambda", 1, "'x.lambda' means nothing here"),
        ("relu(x 1)", 8, "an operator or ',' is missing before '1'"),
        ("f'{x}'", 2, "an operator is missing before"),
        ("2x", 2, "an operator is missing before 'x'"),
        ("0x10", 2, "an operator is missing before 'x10'"),
        ("x, x", 2, "an operator is missing before ','"),
        ("x[(y:=1)]", 4, "NamedExpr means nothing here"),
        ("x[0](x)", 1, "unknown function 'x[0]'"),
        ("x * ...", 5, "a plain number is wanted here"),
        ("  x * (y)", 8, "unknown name 'y'"),
        ("x * 'é' * y", 5, "a plain number is wanted here"),
        ("cast(x, 'é' * y)", 15, "unknown name 'y'"),
        ("1 < x < 2", 7, "a comparison of two is enough"),
        ("x[]", 3, "is missing before ']'"),
        ("x[,]", 3, "is missing before ','"),
        ("relu(max_value=1, x)", 20, "positional argument follows keyword argument"),
        ("clip(x, 0, max_value=1, max_value=2)", 35, "max_value is given twice"),
        ("1e999 * x", 1, "too large a number"),
        ("open('f')", 1, "unknown function 'open'; known are abs, "),
        ("x + sigmod(x)", 5, "unknown function 'sigmod'; did you mean sigmoid?"),
        ("x.__class__(x)", 1, "unknown function"),
        ("absent.act(x)", 1, "unknown function 'absent.act'"),
        ("ops.gelu(x)", 1, "unknown function 'ops.gelu'"),
        ("x + y", 5, "unknown name 'y'; the input is x"),
        ("x.shape * 2", 1, "unknown name 'x.shape'"),
        ("x1 + 1", 1, "unknown name 'x1'; the input is x"),
        ("3", 1, "x, or what is made of it, is wanted here"),
        ("x * 'a'", 5, "a plain number is wanted here"),
        ("x * True", 5, "a plain number is wanted here"),
        ("x + (1 / 0)", 8, "divide of 1, 0 has no value"),
        ("x * 9 ** 9 ** 9", 7, "power of 9, 387420489 has no value"),
        ("x * (-8) ** 0.5", 10, "has no value"),
        ("x * sqrt(-1)", 5, "sqrt of -1 has no value"),
        ("x * relu(1)", 5, "relu of plain numbers"),
        ("relu()", 1, "relu needs x"),
        ("clip(x, 1)", 1, "clip needs max_value"),
        ("relu(x, 1, 2, 3, 4)", 18, "relu takes x, negative_slope, max_value, threshold"),
        ("relu(x, beta=1)", 14, "beta=; relu takes"),
        ("relu(x, alpha=x)", 15, "a plain number is wanted here"),
        ("mean(x)", 1, "mean needs axis"),
        ("mean(x, axis=None)", 14, "an axis is wanted"),
        ("mean(x, axis=1.5)", 14, "an integer is wanted here"),
        ("mean(x, axis=1, keepdims=1)", 26, "True or False is wanted here"),
        ("cast(x, 'complex64')", 9, "one of 'float16'"),
        ("where(1, x, 0)", 7, "x, or what is made of it, is wanted here"),
        ("reshape(x, (2, 2))", 12, "a shape that begins with -1"),
        ("reshape(x, (-1, -1))", 12, "every size but the batch's"),
        ("transpose(x, (1, 0))", 14, "an order that begins with 0"),
        ("one_hot(x, 0)", 12, "a number from 1 to 10000"),
        ("repeat(x, 99999)", 11, "a number from 1 to 10000"),
        ("batch_dot(x, x, (1, 1, 1))", 17, "an axis, or a pair of them"),
        ("l2_normalize(x, 1, -1)", 20, "not negative"),
        ("x * [1, [2]]", 5, "lists of equal lengths"),
        ("x * []", 5, "lists of equal lengths"),
        ("x[0]", 3, "the first index is the batch; as in x[:, 0]"),
        ("x[..., ...]", 8, "stands for all axes once"),
        ("x[:, ::0]", 6, "a step of 0"),
        ("x[:, 1.5]", 6, "an integer is wanted here"),
        ("x + 1:2", 6, "an operator is missing before ':'"),
        ("2" + " ** 2" * 60, 253, "nested more than 50 deep"),
        ("x" + "*x" * 501, 1002, "more than 500 operators"),
        ("-" * 60 + "x", 51, "nested more than 50 deep"),
        ("(" * 60, 51, "nested more than 50 deep"),
        ("x" + " + 1" * 120, 75, "more than 100 steps"),
        ("x + " * 600 + "x", 2001, "longer than 2000 characters"),
    ],
)
def test_what_is_not_understood_is_refused_at_its_column(
    text: str, column: int, words: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        lambda_model(text, [X])
    assert isinstance(caught.value, UsageError)
    assert caught.value.column == column
    assert f"replacement of 'lam': column {column}: " in str(caught.value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("x + 1", 1, "one of the inputs, as in x[0], is wanted"),
        ("relu(x)", 6, "one of the inputs, as in x[0], is wanted"),
        ("x[2]", 2, "no such item; the inputs are x0 to x1"),
        ("x2 + x0", 1, "unknown name 'x2'; the inputs are x0 to x1"),
        ("x[:, 1]", 2, "no such item"),
    ],
)
def test_several_inputs_are_told_apart(text: str, column: int, words: str) -> None:
    with pytest.raises(ExpressionError, match=f"column {column}: ") as caught:
        lambda_model(text, [X, Y])
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "inputs", "column", "words"),
    [
        ("mean(x, axis=0)", [X], 1, "axis 0 is the batch"),
        ("mean(x, axis=2)", [X], 1, "axis 2 of an input with 2 axes"),
        ("mean(x, axis=[1, -1])", [X], 1, "name one twice"),
        ("x * [1, 2, 3]", [X], 3, r"shapes \(\?, 4\) and \(3,\) do not broadcast"),
        ("x * [[1], [2]]", [X], 3, "a list with the axis of the batch"),
        ("x / sum(x, axis=1)", [X], 3, "expand_dims gives them as many axes"),
        ("x0 + x1[:, 1:]", [X, Y], 4, "do not broadcast"),
        ("squeeze(x, 1)", [X], 1, r"axis 1 of shape \(\?, 4\) has not size 1"),
        ("x[:, 9]", [X], 6, "nothing is left of axis 1 of size 4"),
        ("x[:, 3:3]", [X], 6, "nothing is left"),
        ("x[None]", [X], 3, "axis 0 is the batch"),
        ("x[1:]", [X], 3, "axis 0 is the batch"),
        ("reshape(x, (-1, 3))", [X], 1, r"target_shape=\(3,\) for 4 numbers a row"),
        ("transpose(x, (0, 2))", [X], 1, r"dims=\(2,\)"),
        ("x0 * cast(x1, 'int32')", [X, Y], 4, "float32 and int32 together"),
        ("x / 2", [IDS], 3, r"divide of int32 numbers; write cast\(x, 'float32'\)"),
        ("x * 0.5", [IDS], 3, "int32 numbers and a fraction"),
        ("sigmoid(x)", [IDS], 1, "Activation of int32 numbers"),
        ("mean(x, axis=1)", [IDS], 1, "mean of int32 numbers"),
        ("(x > 0) * 2", [X], 9, "multiply of bool numbers"),
        ("where(x, 1, 0)", [X], 1, "a condition of float32 numbers"),
        ("cast(x, 'float64')", [X], 1, "float64 in a layer that computes in float32"),
        ("concatenate([x, cast(x, 'int32')])", [X], 1, "Concatenate of float32 and int32"),
    ],
)
def test_shapes_and_dtypes_that_do_not_fit_are_refused(
    text: str, inputs: list[Any], column: int, words: str
) -> None:
    where = rf"layer 'lam': column {column} of its expression: .*{words}"
    with pytest.raises(UnsupportedConfigError, match=where):
        lambda_model(text, inputs)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("(lambda: x)", "Lambda"),
        ("[x for x in y]", "ListComp"),
        ("x if x else y", "IfExp"),
        ("f'{x}'", "JoinedStr"),
        ("x @ x", "BinOp"),
        ("x << 1", "BinOp"),
        ("~x", "UnaryOp"),
        ("x is y", "Compare"),
        ("relu(*x)", "Starred"),
        ("{x}", "Set"),
    ],
)
def test_no_other_part_of_the_grammar_is_known(text: str, part: str) -> None:
    """A second wall: the tokens do not let these pass either."""
    with pytest.raises(ExpressionError, match=f"{part} means nothing here"):
        check(ast.parse(text, mode="eval").body)
    with pytest.raises(ExpressionError):
        Expression.of(text)


@pytest.mark.parametrize("text", ["x", "2 + 3 * x", "sum(x, axis=1)", "relu(x, alpha=0.5)"])
def test_only_a_tree_is_made_of_an_expression(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []
    real = compile

    def compiling(*given: Any, **options: Any) -> Any:
        asked.append(given)
        return real(*given, **options)

    monkeypatch.setattr("builtins.compile", compiling)
    Expression.of(f" {text}")
    ((source, name, mode, flags, *_),) = asked
    assert (source, name, mode) == (text, "<expression>", "eval")
    assert flags & ast.PyCF_ONLY_AST


def test_spelling_that_python_itself_refuses() -> None:
    for text, formula in ((" 007 * x", "7 · x"), ("\tx * 00 + 1e-07", "x · 0 + 1e-07")):
        (found,) = formulas(lambda_model(text, [X]))
        assert found.text.startswith(f"y = {formula}   ")


def test_text_is_no_number() -> None:
    with pytest.raises(UnsupportedConfigError, match="layer 'lam': text instead of numbers"):
        lambda_model("x", [np.array([["a"]])])


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("x / 127.5 - 1", "y = x / 127.5 - 1"),
        ("-x ** 2", "y = -x²"),
        ("x * -2 ** -1", "y = x · (-0.5)"),
        ("+x + pi", "y = x + 3.141592653589793"),
        ("K.relu(x, alpha=0.1, max_value=20)", "y = relu(x)"),
        ("sqrt(x) + np.abs(x)", "y = √x + |x|"),
        ("x % 2 // 3", "y = floor(mod(x, 2) / 3)"),
        ("where(x != 0, 1 / x, 0)", "y = 1 / x if x ≠ 0, else 0"),
        ("x[:, ::-1]", "y = x[axis 1, ::-1]"),
        ("x * [1, 2, 3, 4]", "y = x ⊙ [1, 2, 3, 4]"),
        ("max(x, axis=1)", "y = max(x, axis 1)"),
        ("x", "y = x"),
    ],
)
def test_an_expression_is_told_as_a_formula(text: str, formula: str) -> None:
    (found,) = formulas(lambda_model(text, [X]))
    assert found.text.startswith(f"{formula}   ")


def test_hard_sigmoid_is_that_of_the_version() -> None:
    for version, slope in (("2", 0.2), ("3", 1 / 6)):
        model = lambda_model("hard_sigmoid(x)", [X], version)
        (found,) = keronyx.evaluate(model, X).values()
        np.testing.assert_allclose(found, np.clip(slope * X + 0.5, 0, 1), rtol=1e-6)


ODD = np.array([[-4, 0, 4, np.nan, np.inf, -np.inf]], np.float32)


@pytest.mark.parametrize(
    ("text", "version", "right"),
    [
        # Of tf.keras 2.15.
        ("K.sqrt(x)", "2", [0, 0, 2, np.nan, np.inf, 0]),
        ("keras.backend.sqrt(x)", "2", [0, 0, 2, np.nan, np.inf, 0]),
        ("K.relu(x, threshold=1)", "2", [0, 0, 4, np.nan, np.inf, np.nan]),
        # Of Keras 3.15.1.
        ("ops.sqrt(x)", "3", [np.nan, 0, 2, np.nan, np.inf, np.nan]),
        ("tf.sqrt(x)", "2", [np.nan, 0, 2, np.nan, np.inf, np.nan]),
    ],
)
def test_words_mean_what_their_keras_means(text: str, version: str, right: list[float]) -> None:
    model = lambda_model(text, [ODD], version)
    (by_numpy,) = keronyx.evaluate(model, ODD).values()
    (by_graph,) = keronyx.load(serialize(model))(ODD).values()
    np.testing.assert_array_equal(by_numpy, [right])
    np.testing.assert_array_equal(by_graph, [right])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x + K.sqrt(x)", "column 5.*differ below 0; write sqrt"),
        ("stack([x, x])", "stack needs axis"),
        ("tf.repeat(x, 2)", "unknown function 'tf.repeat'"),
    ],
)
def test_words_of_two_meanings_are_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        lambda_model(text, [X], "3")
