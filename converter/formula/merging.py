"""Layers that combine several inputs."""

from keronyx.converter.formula.expression import (
    Bracket,
    Equation,
    Expression,
    Fraction,
    Root,
    Sum,
    Symbol,
    apply,
    at,
    each,
    total,
)
from keronyx.converter.formula.functions import larger
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers import merging

U, V = Symbol("u"), Symbol("v")
DOT = Equation(apply("dot", U, V), total(each(at(U, "k"), at(V, "k")), "k"))
NORM = Equation(apply("norm", U), Root(total(at(U, "k") ** 2, "k")))

UNMASKED = "of the inputs that the masks let count"


def _sum(inputs: tuple[Expression, ...]) -> Expression:
    return Sum(inputs) if len(inputs) > 1 else inputs[0]


@express.register
def add(_layer: merging.Add, *inputs: Expression) -> Meaning:
    """Sum of the inputs."""
    return Meaning(value=_sum(inputs))


@express.register
def subtract(_layer: merging.Subtract, x: Expression, y: Expression) -> Meaning:
    """First input minus the second."""
    return Meaning(value=x - y)


@express.register
def multiply(
    _layer: merging.Multiply, *inputs: Expression, mask: tuple[Expression, ...] = ()
) -> Meaning:
    """Product of the inputs."""
    return Meaning(
        value=each(*inputs) if len(inputs) > 1 else inputs[0], note=UNMASKED if mask else ""
    )


@express.register
def average(_layer: merging.Average, *inputs: Expression) -> Meaning:
    """Mean of the inputs."""
    return Meaning(value=_sum(inputs) / len(inputs))


@express.register
def maximum(
    _layer: merging.Maximum, *inputs: Expression, mask: tuple[Expression, ...] = ()
) -> Meaning:
    """Largest of the inputs."""
    return Meaning(value=apply("max", *inputs), note=UNMASKED if mask else "")


@express.register
def minimum(
    _layer: merging.Minimum, *inputs: Expression, mask: tuple[Expression, ...] = ()
) -> Meaning:
    """Smallest of the inputs."""
    return Meaning(value=apply("min", *inputs), note=UNMASKED if mask else "")


@express.register
def concatenate(layer: merging.Concatenate, *inputs: Expression) -> Meaning:
    """The inputs one behind the other."""
    return Meaning(value=Bracket(inputs), numbers={"axis": layer.axis})


@express.register
def dot(layer: merging.Dot, x: Expression, y: Expression) -> Meaning:
    """Sum of products over one axis of each; of unit vectors with ``normalize``."""
    definitions: tuple[Equation, ...] = (DOT,)
    if layer.normalize:
        x, y = apply("unit", x), apply("unit", y)
        length = larger(apply("norm", U), layer.minimum_norm)
        definitions = (DOT, Equation(apply("unit", U), Fraction(U, length)), NORM)
    return Meaning(value=apply("dot", x, y), definitions=definitions, numbers={"axes": layer.axes})


@express.register
def cosine_merge(layer: merging.CosineMerge, x: Expression, y: Expression) -> Meaning:
    """Keras 1: the cosine of the angle between the inputs."""
    lengths: Expression = Root(each(apply("dot", x, x), apply("dot", y, y)))
    if layer.bounded:
        lengths = larger(lengths, 1e-7)
    return Meaning(
        value=apply("dot", x, y) / lengths,
        definitions=(DOT,),
        numbers={"axes": layer.axes},
        note="an axis of size 1 behind the batch",
    )
