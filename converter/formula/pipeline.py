"""A layer that calls several others, one after the other."""

from keronyx.converter.formula.expression import Expression, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.pipeline import Pipeline


@express.register
def pipeline(layer: Pipeline, x: Expression) -> Meaning:
    """The layers by name, each in the next one."""
    notes = []
    for each in layer.layers:
        meaning = express(each, x)
        x = x if each.is_inert else apply(type(each).__name__, x)
        notes += [f"{type(each).__name__}: {meaning.note}"] if meaning.note else []
    return Meaning(value=x, note="; ".join(notes))
