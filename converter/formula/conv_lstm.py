"""Convolutional LSTMs: the equations of a step."""

from typing import Final

from keronyx.converter.formula.convolutional import SLIDES
from keronyx.converter.formula.expression import Equation, Expression, Symbol, apply, at, each
from keronyx.converter.formula.model import Meaning, called, defined, express
from keronyx.converter.formula.recurrent import told
from keronyx.converter.layers.conv_lstm import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D

NOW: Final = at(Symbol("h"), "t")
BEFORE: Final = at(Symbol("h"), Symbol("t") - 1)
NOTE: Final = (
    "the gates i, f, g and o stand side by side on the last axis; conv over h has padding same, "
    f"strides and dilation_rate 1; {SLIDES}"
)


@express.register
def conv_lstm(
    layer: ConvLSTM1D | ConvLSTM2D | ConvLSTM3D,
    x: Expression,
    *_states: Expression,
    **named: object,
) -> Meaning:
    """Gates forget and add to a carry, and let out of it; all of them are convolutions."""
    names = ("i", "f", "g", "o")
    inward, forget, new, outward = (Symbol(f"{name}_t") for name in names)
    functions = dict.fromkeys(names, layer.recurrent_activation) | {"g": layer.activation}
    equations = [
        Equation(Symbol(f"{name}_t"), called(functions[name], _share(layer, x, name)))
        for name in names
    ]
    carry = at(Symbol("c"), "t")
    mixed = each(forget, at(Symbol("c"), Symbol("t") - 1)) + each(inward, new)
    equations += [
        Equation(carry, mixed),
        Equation(NOW, each(outward, called(layer.activation, carry))),
    ]
    used = (layer.activation, layer.recurrent_activation)
    lines = dict.fromkeys(line for function in used for line in defined(function))
    order = "from the last step to the first" if layer.go_backwards else "from the first step on"
    given = "all h" if layer.return_sequences else "the last h"
    return Meaning(
        value=apply("steps", x),
        others=(Symbol("h"), Symbol("c")) if layer.gives_states else (),
        definitions=(*equations, *lines),
        note="; ".join([f"{given}, {order}", *told(layer, named), NOTE]),
    )


def _share(layer: ConvLSTM1D | ConvLSTM2D | ConvLSTM3D, x: Expression, gate: str) -> Expression:
    """Return what comes to a gate before its activation."""
    own = apply("conv", at(x, "t"), Symbol(f"kernel_{gate}"))
    total = own + apply("conv", BEFORE, Symbol(f"recurrent_kernel_{gate}"))
    return total + Symbol(f"bias_{gate}") if layer.use_bias else total
