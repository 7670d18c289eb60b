"""What square brackets take."""

from keronyx.converter.formula.expression import Expression, Symbol, at
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.ops_slices import Key, Subscript


@express.register
def subscript(layer: Subscript, x: Expression) -> Meaning:
    """The keys as Python writes them."""
    return Meaning(value=at(x, *(Symbol(_spelled(key)) for key in layer.written)))


def _spelled(key: Key) -> str:
    if isinstance(key, slice):
        bounds = [key.start, key.stop] + ([key.step] if key.step not in (None, 1) else [])
        return ":".join("" if bound is None else str(bound) for bound in bounds)
    return "…" if key is Ellipsis else str(key)
