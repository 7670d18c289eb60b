"""The formulas compute what Keras does."""

import math
from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

import numpy as np
import pytest
from cases import CASES, Case, build, records
from in_space import IN_SPACE

from keronyx.converter.formula import define, formulas, text
from keronyx.converter.formula.expression import (
    Absolute,
    Apply,
    Bracket,
    Cases,
    Element,
    Expression,
    Fraction,
    Negative,
    Number,
    Over,
    Power,
    Product,
    Relation,
    Root,
    Sum,
    Symbol,
)
from keronyx.converter.layers.functions import FUNCTIONS, Function
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate import functions as evaluated

RECORDS: dict[str, Array] = records()
Scope = Mapping[str, Any]


@singledispatch
def compute(expression: Expression, _scope: Scope) -> Any:
    raise AssertionError(f"{type(expression).__name__} is not computed")


@compute.register
def _(expression: Symbol, scope: Scope) -> Any:
    return math.pi if expression.name == "π" else scope[text(expression)]


@compute.register
def _(expression: Number, _scope: Scope) -> Any:
    return np.float64(expression.value)


@compute.register
def _(expression: Sum, scope: Scope) -> Any:
    return sum(ranked(*(compute(term, scope) for term in expression.terms)))


@compute.register
def _(expression: Negative, scope: Scope) -> Any:
    return -compute(expression.term, scope)


@compute.register
def _(expression: Product, scope: Scope) -> Any:
    values = [compute(factor, scope) for factor in expression.factors]
    if expression.kind == "matrix":
        return values[0] @ values[1]
    values = ranked(*values)
    return math.prod(values[1:], start=values[0])


@compute.register
def _(expression: Fraction, scope: Scope) -> Any:
    return compute(expression.numerator, scope) / compute(expression.denominator, scope)


@compute.register
def _(expression: Power, scope: Scope) -> Any:
    return compute(expression.base, scope) ** compute(expression.exponent, scope)


@compute.register
def _(expression: Root, scope: Scope) -> Any:
    return np.sqrt(compute(expression.argument, scope))


@compute.register
def _(expression: Absolute, scope: Scope) -> Any:
    return np.abs(compute(expression.argument, scope))


@compute.register
def _(expression: Relation, scope: Scope) -> Any:
    left, right = compute(expression.left, scope), compute(expression.right, scope)
    signs = {"<": left < right, "≤": left <= right, ">": left > right, "≥": left >= right}
    return {**signs, "=": left == right, "≠": left != right}[expression.sign]


@compute.register
def _(expression: Cases, scope: Scope) -> Any:
    pieces = [(compute(c, scope), compute(v, scope)) for v, c in expression.pieces]
    conditions, values = zip(*pieces, strict=True)
    otherwise = compute(expression.otherwise, scope)
    result = otherwise
    for condition, value in zip(conditions[::-1], values[::-1], strict=True):
        result = np.where(condition, value, result)
    return result


@compute.register
def _(expression: Bracket, scope: Scope) -> Any:
    values = [compute(item, scope) for item in expression.items]
    return np.concatenate(values, axis=scope["axis"]) if len(values) > 1 else values[0]


@compute.register
def _(expression: Element, scope: Scope) -> Any:
    """Take rows of a table; other indices are told by name and mean all places."""
    base = compute(expression.base, scope)
    index = expression.indices[0]
    if isinstance(index, Symbol) and index.name in scope:
        return base[compute(index, scope).astype(int)]
    return base


@compute.register
def _(expression: Over, scope: Scope) -> Any:
    value = compute(expression.argument, scope)
    if text(expression.indices[0]) == "k":  # the products of MaxoutDense
        return np.max(value, axis=0)
    kind: Any = np.sum if expression.operator == "sum" else np.max
    return kind(value, axis=scope["axis"], keepdims=True)


@compute.register
def _(expression: Apply, scope: Scope) -> Any:
    values = [compute(argument, scope) for argument in expression.arguments]
    if expression.function in BASIC:
        return BASIC[expression.function](*values)
    if expression.function in IN_SPACE:
        return IN_SPACE[expression.function](scope, *values)
    for equation in scope["definitions"]:
        left = equation.left.base if isinstance(equation.left, Element) else equation.left
        if isinstance(left, Apply) and left.function == expression.function:
            names = [text(argument) for argument in left.arguments]
            inner = {
                **scope,
                **dict(zip(names, values, strict=True)),
                "n": length(values[0], scope),
            }
            return compute(equation.right, inner)
    raise AssertionError(f"{expression.function} is not defined")


def length(value: Array, scope: Scope) -> int:
    axes = scope["axis"] if isinstance(scope["axis"], tuple) else (scope["axis"],)
    return math.prod(value.shape[axis] for axis in axes)


def ranked(*values: Any) -> list[Any]:
    """Give all arrays one rank as Keras does: missing axes go behind the batch."""
    rank = max(np.ndim(value) for value in values)
    return [
        value.reshape(*value.shape[:1], *[1] * (rank - value.ndim), *value.shape[1:])
        if np.ndim(value) > 1
        else value
        for value in values
    ]


BASIC: dict[str, Callable[..., Any]] = {
    "max": lambda *values: np.maximum.reduce(np.broadcast_arrays(*ranked(*values))),
    "min": lambda *values: np.minimum.reduce(np.broadcast_arrays(*ranked(*values))),
    "exp": np.exp,
    "ln": np.log,
    "tanh": np.tanh,
    "erf": evaluated.erf,
}
FORMAL = {"EinsumDense", "Masking", "Dot", "Permute", "Reshape", "Flatten", "RepeatVector"}
FORMAL |= {"TimeDistributed", "CategoryEncoding", "Discretization", "StringLookup"}
FORMAL |= {"IntegerLookup", "GroupNormalization"}
FORMAL |= {"Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"}
FORMAL |= {"LocallyConnected1D", "LocallyConnected2D"}
"""Layers whose formula has indices, or words in the place of axes."""


def computable(case: Case) -> bool:
    name = str(case.config.get("activation", ""))
    quantized = case.config.get("quantization") or "quant" in str(case.fields)
    narrow = "float16" in str(case.config.get("dtype"))
    large = "softmax" in case.name and "large" in case.name  # no type holds what stands there
    formal = case.layer in (*FORMAL, "TextVectorization") or "glu" in name or "sparsemax" in name
    return not (formal or quantized or narrow or large)


@pytest.mark.parametrize(
    "case", [case for case in CASES if computable(case)], ids=lambda case: case.name
)
def test_formula_computes_what_keras_recorded(case: Case) -> None:
    model = build(case, RECORDS)
    (found,) = formulas(model)
    prefix = f"{case.name}/var/"
    variables = {
        key.removeprefix(prefix).removeprefix("layer/"): array.astype(np.float64)
        for key, array in RECORDS.items()
        if key.startswith(prefix)
    }
    inputs = [RECORDS[f"{case.name}/in_{index}"] for index in range(len(case.inputs))]
    given = [array.astype(np.float64) for array in inputs]
    axis = found.numbers.get("axis", -1)
    scope = {
        **{name: placed(array, axis, given[0].ndim) for name, array in variables.items()},
        **{
            key: placed(np.asarray(value), axis, given[0].ndim)
            for key, value in found.numbers.items()
            if key != "axis"
        },
        **dict(zip(found.inputs, given, strict=True)),
        "axis": tuple(axis) if isinstance(axis, list) else axis,
        "definitions": found.definitions,
    }
    with np.errstate(all="ignore"):
        result = compute(found.expression, scope)
    expected = RECORDS[f"{case.name}/out"]
    if expected.ndim == 2 and result.shape != expected.shape:
        result = np.broadcast_to(result, expected.shape)
    atol = 1e-5
    if expected.dtype.kind == "u":  # formulas tell what whole numbers are rounded from
        result, atol = np.clip(result, 0, 255), 0.5
    np.testing.assert_allclose(result, expected.astype(np.float64), rtol=1e-5, atol=atol)


def placed(array: Array, axis: Any, rank: int) -> Array:
    """Lay statistics along their axes; kernels and biases stay as they are."""
    axes = axis if isinstance(axis, tuple) else () if axis is None else (axis,)
    kept = sorted(each % rank for each in axes)
    last = array.ndim == 1 and kept == [rank - 1]
    if not array.ndim or array.ndim != len(kept) or last:
        return array
    sizes = dict(zip(kept, array.shape, strict=True))
    return array.reshape([sizes.get(place, 1) for place in range(rank)])


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in {"glu", "threshold"}])
def test_definition_computes_the_function(name: str) -> None:
    function = Function.of(name)
    z = np.linspace(-5, 5, 41).reshape(1, -1)
    definitions = define(function)
    scope: dict[str, Any] = {"z": z, "axis": -1, "definitions": definitions}
    if name == "sparsemax":
        falling = -np.sort(-z)
        sums = np.cumsum(falling, axis=-1)
        support = falling > (sums - 1) / np.arange(1, 42)
        scope["τ"] = (np.sum(sums * support) - 1) / support.sum()
    found = compute(definitions[0].right, scope)
    right = evaluated.FUNCTIONS[name](z, **function.arguments)
    np.testing.assert_allclose(np.broadcast_to(found, z.shape), right, rtol=1e-9, atol=1e-12)
