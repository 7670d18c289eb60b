"""Layers that step through time, or hold another layer that does."""

from dataclasses import replace

from keronyx.converter.formula.expression import Expression, at
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.rnn import TimeDistributed


@express.register
def time_distributed(layer: TimeDistributed, x: Expression, **named: Expression) -> Meaning:
    """The held layer at every step t."""
    inner = express(layer.layer, at(x, "t"), **{key: at(each, "t") for key, each in named.items()})
    return replace(inner, indices=("t", *inner.indices))
