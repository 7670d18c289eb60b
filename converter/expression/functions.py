"""The functions that an expression may call, by the names that Keras and TensorFlow give them."""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from keronyx.converter.expression.names import ALIASES, SPELLINGS, bare, of_backend
from keronyx.converter.expression.terms import Scope, Term
from keronyx.converter.expression.tokens import ExpressionError
from keronyx.converter.layers.activations import Activation
from keronyx.converter.layers.functions import FUNCTIONS as ACTIVATIONS
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.merging import Concatenate, Dot
from keronyx.converter.layers.normalization import UnitNormalization
from keronyx.converter.layers.operations import Cast, ExpandDims, Reduce, Squeeze
from keronyx.converter.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from keronyx.converter.several import without

Build = Callable[..., Term]

MOST_CLASSES: Final = 10_000


def _unary(function: str) -> Build:
    def build(scope: Scope, at: int, x: Term) -> Term:
        return scope.elementwise(function, at, x)

    return build


def _binary(function: str) -> Build:
    def build(scope: Scope, at: int, x: Term, y: Term) -> Term:
        return scope.elementwise(function, at, x, y)

    return build


def _rsqrt(scope: Scope, at: int, x: Term) -> Term:
    return scope.elementwise("divide", at, Term(1.0, at), scope.elementwise("sqrt", at, x))


def _backend_sqrt(scope: Scope, at: int, x: Term) -> Term:
    """Take the root of what is not negative, as ``keras.backend.sqrt`` does in every version."""
    if scope.sense.has_ops:
        raise ExpressionError(
            at,
            "K.sqrt is keras.backend's or keras.ops's, which differ below 0",
            "write sqrt(maximum(x, 0)) for the first, sqrt(x) for the other",
        )
    return scope.elementwise("sqrt", at, scope.elementwise("maximum", at, x, Term(0.0, at)))


def _reciprocal(scope: Scope, at: int, x: Term) -> Term:
    return scope.elementwise("divide", at, Term(1.0, at), x)


def _clip(scope: Scope, at: int, x: Term, min_value: Term, max_value: Term) -> Term:
    lower = scope.elementwise("minimum", at, x, max_value)
    return scope.elementwise("maximum", at, lower, min_value)


def _where(scope: Scope, at: int, condition: Term, x: Term, y: Term) -> Term:
    condition.tensor()
    return scope.elementwise("where", at, condition, x, y)


def _cast(scope: Scope, at: int, x: Term, dtype: Term) -> Term:
    return scope.call(Cast, at, x.tensor(), target=dtype.dtype())


def _reduce(function: str) -> Build:
    def build(scope: Scope, at: int, x: Term, axis: Term, keepdims: Term = Term(False, 0)) -> Term:  # noqa: B008, FBT003
        if axis.value is None:
            raise ExpressionError(axis.column, "an axis is wanted: rows do not know of each other")
        options = {"axes": axis.integers(), "keepdims": keepdims.flag()}
        return scope.call(Reduce, at, x.tensor(), function=function, **options)

    return build


def _variance(scope: Scope, at: int, x: Term, axis: Term, keepdims: Term = Term(False, 0)) -> Term:  # noqa: B008, FBT003
    mean = _reduce("mean")(scope, at, x, axis, Term(True, at))  # noqa: FBT003
    apart = scope.elementwise("subtract", at, x, mean)
    return _reduce("mean")(scope, at, scope.elementwise("square", at, apart), axis, keepdims)


def _deviation(scope: Scope, at: int, x: Term, axis: Term, keepdims: Term = Term(False, 0)) -> Term:  # noqa: B008, FBT003
    return scope.elementwise("sqrt", at, _variance(scope, at, x, axis, keepdims))


def _l2_normalize(
    scope: Scope,
    at: int,
    x: Term,
    axis: Term,
    epsilon: Term = Term(1e-12, 0),  # noqa: B008
) -> Term:
    axes: Any = axis.integers() if isinstance(axis.value, tuple) else axis.integer()
    minimum = math.sqrt(epsilon.number()) if epsilon.number() >= 0 else -1.0
    if minimum < 0:
        raise epsilon.refuse("a number that is not negative")
    return scope.call(UnitNormalization, at, x.tensor(), axis=axes, minimum_norm=minimum)


def _expand_dims(scope: Scope, at: int, x: Term, axis: Term = Term(-1, 0)) -> Term:  # noqa: B008
    return scope.call(ExpandDims, at, x.tensor(), axis=axis.integer())


def _squeeze(scope: Scope, at: int, x: Term, axis: Term) -> Term:
    return scope.call(Squeeze, at, x.tensor(), axis=axis.integer())


def _reshape(scope: Scope, at: int, x: Term, shape: Term) -> Term:
    batch, *target = shape.integers() or (0,)
    if batch != -1:
        raise shape.refuse("a shape that begins with -1, the batch,")
    if any(size < 1 for size in target):
        raise shape.refuse("a shape with every size but the batch's")
    return scope.call(Reshape, at, x.tensor(), target_shape=tuple(target))


def _flatten(scope: Scope, at: int, x: Term) -> Term:
    return scope.call(Flatten, at, x.tensor())


def _transpose(scope: Scope, at: int, x: Term, axes: Term) -> Term:
    batch, *dims = axes.integers() or (1,)
    if batch != 0:
        raise axes.refuse("an order that begins with 0, the batch,")
    return scope.call(Permute, at, x.tensor(), dims=tuple(dims))


def _repeat(scope: Scope, at: int, x: Term, n: Term) -> Term:
    if not 1 <= n.integer() <= MOST_CLASSES:
        raise n.refuse(f"a number from 1 to {MOST_CLASSES}")
    return scope.call(RepeatVector, at, x.tensor(), n=n.integer())


def _concatenate(scope: Scope, at: int, values: Term, axis: Term = Term(-1, 0)) -> Term:  # noqa: B008
    nodes = [each.tensor() for each in values.listed()]
    return scope.call(Concatenate, at, *nodes, axis=axis.integer())


def _stack(scope: Scope, at: int, values: Term, axis: Term) -> Term:
    parts = tuple(_expand_dims(scope, at, each, axis) for each in values.listed())
    return _concatenate(scope, at, Term(parts, at), axis)


def _batch_dot(scope: Scope, at: int, x: Term, y: Term, axes: Term) -> Term:
    pair = axes.integers()
    if len(pair) > 2:
        raise axes.refuse("an axis, or a pair of them,")
    both: Any = pair if len(pair) == 2 else pair[0]
    return scope.call(Dot, at, x.tensor(), y.tensor(), axes=both)


def _one_hot(scope: Scope, at: int, x: Term, num_classes: Term) -> Term:
    count = num_classes.integer()
    if not 1 <= count <= MOST_CLASSES:
        raise num_classes.refuse(f"a number from 1 to {MOST_CLASSES}")
    classes = Term(tuple(Term(each, at) for each in range(count)), at)
    hits = scope.elementwise("equal", at, _expand_dims(scope, at, x), classes)
    return scope.call(Cast, at, hits.tensor(), target=scope.dtype.compute)


OTHER: Final[Mapping[str, Build]] = {
    **{
        name: _unary(name)
        for name in ("exp", "log", "sqrt", "square", "floor", "ceil", "round", "sign", "sin")
    },
    **{name: _unary(name) for name in ("cos", "erf", "log1p", "expm1", "negative")},
    **{name: _binary(name) for name in ("add", "subtract", "multiply", "divide")},
    **{name: _binary(name) for name in ("minimum", "maximum", "less", "less_equal", "greater")},
    **{name: _binary(name) for name in ("greater_equal", "equal", "not_equal")},
    **{name: _reduce(name) for name in ("sum", "mean", "max", "min")},
    "abs": _unary("absolute"),
    "pow": _binary("power"),
    "mod": _binary("remainder"),
    "rsqrt": _rsqrt,
    "reciprocal": _reciprocal,
    "clip": _clip,
    "where": _where,
    "cast": _cast,
    "var": _variance,
    "std": _deviation,
    "l2_normalize": _l2_normalize,
    "expand_dims": _expand_dims,
    "squeeze": _squeeze,
    "reshape": _reshape,
    "batch_flatten": _flatten,
    "transpose": _transpose,
    "repeat": _repeat,
    "concatenate": _concatenate,
    "stack": _stack,
    "batch_dot": _batch_dot,
    "one_hot": _one_hot,
}

OF_BACKEND: Final[Mapping[str, Build]] = {"sqrt": _backend_sqrt}
"""Functions that keras.backend has otherwise than all others."""

KNOWN: Final = (*sorted({*OTHER, *ACTIVATIONS, *ALIASES} - {"linear", "threshold"}),)


@dataclass(frozen=True)
class Called:
    """A function by its name in the text, where that stands, and its arguments."""

    function: str
    column: int
    arguments: Sequence[Term]
    keywords: Mapping[str, Term]


def call(scope: Scope, called: Called) -> Term:
    """Return what a function makes of its arguments; raises with the column where it does not."""
    name = bare(called.function)
    name = ALIASES.get(name, name)
    if name in OTHER:
        own = OF_BACKEND.get(name) if of_backend(called.function) else None
        build = own or OTHER[name]
        return build(scope, called.column, **_bound(called, _parameters(name)))
    given = _bound(called, _parameters_of_activation(name))
    return _activation(scope, called.column, name, **given)


def _parameters_of_activation(name: str) -> dict[str, bool]:
    """Return the parameters of an activation function, of which it must have the first."""
    named = without(ACTIVATIONS[name], ["multiplies"])
    return {"x": True, **dict.fromkeys(named, False)}


@cache
def _parameters(name: str) -> dict[str, bool]:
    """Return a function's parameters, and which of them it must have."""
    _scope, _at, *found = inspect.signature(OTHER[name]).parameters.values()
    return {each.name: each.default is each.empty for each in found}


def _bound(called: Called, parameters: Mapping[str, bool]) -> dict[str, Term]:
    """Return the arguments of a call by the names of the parameters."""
    takes = f"{called.function} takes {', '.join(parameters)}"
    for extra in called.arguments[len(parameters) :]:
        raise ExpressionError(extra.column, takes)
    given = dict(zip(parameters, called.arguments, strict=False))
    for keyword, value in called.keywords.items():
        name = _spelled(keyword, parameters)
        if name not in parameters or name in given:
            raise ExpressionError(value.column, f"{keyword}=; {takes}")
        given[name] = value
    _check_needed(called, parameters, given)
    return given


def _spelled(keyword: str, parameters: Mapping[str, bool]) -> str:
    """Return the name of the parameter that a keyword means."""
    return keyword if keyword in parameters else SPELLINGS.get(keyword, keyword)


def _check_needed(called: Called, parameters: Mapping[str, bool], given: Iterable[str]) -> None:
    missing = [name for name in parameters if parameters[name] and name not in given]
    if missing:
        raise ExpressionError(called.column, f"{called.function} needs {', '.join(missing)}")


def _activation(scope: Scope, at: int, name: str, x: Term, **given: Term) -> Term:
    """Apply one of Keras's activation functions."""
    if not x.is_tensor:
        return scope.elementwise(name, at, x)
    by_version = {"hard_sigmoid": ("slope",), "relu": ("multiplies",)}.get(name, ())
    arguments: dict[str, Any] = {key: getattr(scope.sense, key) for key in by_version}
    for key, term in given.items():
        arguments[key] = _argument(ACTIVATIONS[name][key], term)
    function = Function.of(name, **arguments)
    return scope.call(Activation, at, x.tensor(), activation=function)


def _argument(usual: Any, term: Term) -> Any:
    """Return an argument of the type of the usual one: a flag, a number, an axis or several."""
    match usual:
        case bool():
            return term.flag()
        case None:
            return None if term.value is None else float(term.number())
        case float():
            return float(term.number())
    return term.integers() if isinstance(term.value, tuple) else term.integer()
