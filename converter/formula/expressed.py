"""Layers that a user's formula stands for, and the operations it is made of."""

from keronyx.converter.formula.expression import Bracket, Expression, Number, Symbol, apply, at
from keronyx.converter.formula.model import Meaning, composed, express
from keronyx.converter.formula.ops_pointwise import MOST_SHOWN, spelled
from keronyx.converter.layers import operations
from keronyx.converter.layers.expressed import Lambda, Replaced


@express.register(Lambda)
@express.register(Replaced)
def replaced(layer: Replaced, *inputs: Expression) -> Meaning:
    """What the formula says."""
    return composed(layer.body, *inputs)


@express.register
def elementwise(layer: operations.Elementwise, *inputs: Expression) -> Meaning:
    """The operator, or the function by its name."""
    given = iter(inputs)
    operands = [next(given) if item is None else _numbers(item) for item in layer.operands]
    return Meaning(value=spelled(layer.function)(*operands))


def _numbers(item: operations.Operand) -> Expression:
    if not isinstance(item, tuple):
        return Number(float(item or 0))
    shown = list(map(_numbers, item[:MOST_SHOWN]))
    return Bracket((*shown, *[Symbol("…")] * (len(item) > MOST_SHOWN)))


@express.register
def cast(layer: operations.Cast, x: Expression) -> Meaning:
    """The target as a function; nothing where Keras itself casts."""
    return Meaning(value=x if layer.target is None else apply(layer.target, x))


@express.register
def reduce(layer: operations.Reduce, x: Expression) -> Meaning:
    """The function with its axes."""
    axes = ", ".join(map(str, layer.axes))
    return Meaning(value=apply(layer.function, x, Symbol(f"axis {axes}")))


@express.register
def expand_dims(layer: operations.ExpandDims, x: Expression) -> Meaning:
    """The same numbers."""
    return Meaning(value=apply("expand_dims", x, Symbol(f"axis {layer.axis}")))


@express.register
def squeeze(layer: operations.Squeeze, x: Expression) -> Meaning:
    """The same numbers."""
    return Meaning(value=apply("squeeze", x, Symbol(f"axis {layer.axis}")))


@express.register
def cut(layer: operations.Slice, x: Expression) -> Meaning:
    """A part of an axis, as Python writes it."""
    bounds = [layer.start, layer.stop] + ([layer.step] if layer.step != 1 else [])
    spelled = ":".join("" if bound is None else str(bound) for bound in bounds)
    return Meaning(value=at(x, Symbol(f"axis {layer.axis}"), Symbol(spelled)))
