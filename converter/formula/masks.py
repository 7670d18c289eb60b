"""Operations on booleans, of which masks are made."""

from keronyx.converter.formula.expression import Bracket, Expression, Symbol, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers import masks


@express.register
def logic(layer: masks.Logic, *inputs: Expression) -> Meaning:
    """The word as a function."""
    return Meaning(value=apply(layer.function, *inputs))


@express.register
def holds(layer: masks.Holds, x: Expression) -> Meaning:
    """The function with its axes."""
    axes = ", ".join(map(str, layer.axes))
    return Meaning(value=apply(layer.function, x, Symbol(f"axis {axes}")))


@express.register
def filled(layer: masks.Filled, x: Expression) -> Meaning:
    """A truth in the shape of the input."""
    return Meaning(value=apply("like", x, Symbol(str(layer.value).lower())))


@express.register
def spread(_layer: masks.Spread, x: Expression) -> Meaning:
    """The same truths, again and again."""
    return Meaning(value=apply("broadcast", x))


@express.register
def joined(layer: masks.Joined, *inputs: Expression) -> Meaning:
    """The inputs one behind the other."""
    return Meaning(value=Bracket(inputs), numbers={"axis": layer.axis})
