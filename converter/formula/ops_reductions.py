"""One number of those along axes."""

from keronyx.converter.formula.expression import Expression, Symbol, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.ops_reductions import Reduction


@express.register
def reduction(layer: Reduction, x: Expression) -> Meaning:
    """The function with its axes."""
    return Meaning(value=apply(layer.function, x, *axes_of(layer.axis)))


def axes_of(axis: int | tuple[int, ...] | None) -> tuple[Symbol, ...]:
    """Return the axes as an argument; none for all."""
    if axis is None:
        return ()
    return (Symbol(f"axis {', '.join(map(str, axis if isinstance(axis, tuple) else [axis]))}"),)
