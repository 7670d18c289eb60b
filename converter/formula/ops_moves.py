"""Operations as their names with operands and options, where no other spelling is told."""

from dataclasses import fields

from keronyx.converter.formula.expression import Bracket, Expression, Symbol, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.formula.ops_pointwise import operands
from keronyx.converter.layers.ops_base import Applied
from keronyx.converter.layers.ops_joins import Concatenated, Parting, Stacked


@express.register
def applied(layer: Applied, *inputs: Expression) -> Meaning:
    """The function of the operands, and its options as arguments."""
    return Meaning(value=apply(layer.function, *operands(layer, inputs), *_options(layer)))


@express.register(Concatenated)
@express.register(Stacked)
def joined(layer: Applied, *inputs: Expression) -> Meaning:
    """The operands in brackets."""
    return Meaning(value=apply(layer.function, Bracket(operands(layer, inputs)), *_options(layer)))


@express.register
def parting(layer: Parting, *inputs: Expression) -> Meaning:
    """The function with its options; each part by its number behind it."""
    (x,) = operands(layer, inputs)
    value = apply(layer.function, x, *_options(layer))
    return Meaning(value=value)


def _options(layer: Applied) -> list[Symbol]:
    """Return the options that are not left at their defaults."""
    named = [item for item in fields(layer) if item.name in layer.options()]
    told = [(item.name, getattr(layer, item.name), item.default) for item in named]
    return [Symbol(f"{name} {_shown(value)}") for name, value, usual in told if value != usual]


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
