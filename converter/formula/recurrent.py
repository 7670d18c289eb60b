"""Recurrent layers: what one step makes of an input and of the states before it."""

from collections.abc import Mapping

from keronyx.converter.formula.expression import Equation, Expression, Symbol, apply, at, each
from keronyx.converter.formula.model import Meaning, called, defined, express
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.recurrent import GRU, LSTM, Bidirectional, Recurrent, SimpleRNN

T = Symbol("t")
KERNEL, AGAIN, BIAS = Symbol("kernel"), Symbol("recurrent_kernel"), Symbol("bias")
HIDDEN, CARRY = Symbol("h"), Symbol("c")
NOW, BEFORE = at(HIDDEN, "t"), at(HIDDEN, T - 1)


@express.register
def simple(layer: SimpleRNN, x: Expression, *_states: Expression, **named: object) -> Meaning:
    """``h = activation(x · kernel + h · recurrent_kernel + bias)``."""
    sums = _added(layer, at(x, "t") @ KERNEL + BEFORE @ AGAIN)
    return _meaning(layer, x, (Equation(NOW, called(layer.activation, sums)),), named)


@express.register
def gated(layer: GRU, x: Expression, *_states: Expression, **named: object) -> Meaning:
    """A gate mixes the state and a candidate, which another one reset."""
    gates = [Symbol(f"{name}_t") for name in ("z", "r")]
    update, reset = gates
    candidate = Symbol("g_t")
    equations = [
        Equation(gate, called(layer.recurrent_activation, _share(layer, x, name)))
        for gate, name in zip(gates, ("z", "r"), strict=True)
    ]
    own = Symbol("recurrent_kernel_g")
    if layer.reset_after:
        old = BEFORE @ own
        inner = each(reset, old + Symbol("bias_h") if layer.use_bias else old)
    else:
        inner = each(reset, BEFORE) @ own
    new = at(x, "t") @ Symbol("kernel_g") + inner
    new = new + Symbol("bias_g") if layer.use_bias else new
    equations.append(Equation(candidate, called(layer.activation, new)))
    equations.append(Equation(NOW, each(update, BEFORE) + each(1 - update, candidate)))
    note = "the gates z, r and g stand side by side on the last axis"
    if layer.reset_after and layer.use_bias:
        note += "; the second row of bias is added to the state's products, bias_h to that of g"
    return _meaning(layer, x, tuple(equations), named, note)


@express.register
def long_short(layer: LSTM, x: Expression, *_states: Expression, **named: object) -> Meaning:
    """Gates forget and add to a carry, and let out of it."""
    names = ("i", "f", "g", "o")
    inward, forget, new, outward = (Symbol(f"{name}_t") for name in names)
    equations = []
    for gate, name in zip((inward, forget, new, outward), names, strict=True):
        function = layer.activation if name == "g" else layer.recurrent_activation
        equations.append(Equation(gate, called(function, _share(layer, x, name))))
    carry = at(CARRY, "t")
    mixed = each(forget, at(CARRY, T - 1)) + each(inward, new)
    equations.append(Equation(carry, mixed))
    equations.append(Equation(NOW, each(outward, called(layer.activation, carry))))
    note = "the gates i, f, g and o stand side by side on the last axis"
    return _meaning(layer, x, tuple(equations), named, note)


@express.register
def bidirectional(
    layer: Bidirectional, x: Expression, *_states: Expression, **named: object
) -> Meaning:
    """Both layers' outputs, merged."""
    first, _ = layer.both
    inner = express(first, x, **named)
    sides = [apply("forward_layer", x), apply("backward_layer", x)]
    merged = sides if layer.merge_mode is None else [apply(layer.merge_mode, *sides)]
    note = "; ".join(
        [inner.note] * bool(inner.note)
        + ["either layer has kernels of its own; backward_layer begins at the last step"]
    )
    states = (Symbol("h"),) * (2 * first.cell.states if first.return_state else 0)
    others = (*merged[1:], *states)
    return Meaning(value=merged[0], others=others, definitions=inner.definitions, note=note)


def _share(layer: Recurrent, x: Expression, gate: str) -> Expression:
    """Return what comes to a gate before its activation."""
    own = at(x, "t") @ Symbol(f"kernel_{gate}") + BEFORE @ Symbol(f"recurrent_kernel_{gate}")
    return own + Symbol(f"bias_{gate}") if layer.use_bias else own


def _added(layer: Recurrent, sums: Expression) -> Expression:
    return sums + BIAS if layer.use_bias else sums


def _meaning(
    layer: Recurrent,
    x: Expression,
    equations: tuple[Equation, ...],
    named: Mapping[str, object],
    note: str = "",
) -> Meaning:
    """Tell the steps, and which of their states are the output."""
    gate: Function | None = getattr(layer, "recurrent_activation", None)
    used = [each for each in (layer.activation, gate) if each is not None]
    functions = dict.fromkeys(line for function in used for line in defined(function))
    order = "from the last step to the first" if layer.go_backwards else "from the first step on"
    given = "all h" if layer.return_sequences else "the last h"
    states = (HIDDEN, CARRY)[: layer.cell.states] if layer.return_state else ()
    notes = [f"{given}, {order}", *([_masked(layer)] if "mask" in named else []), note]
    return Meaning(
        value=apply("steps", x),
        others=states,
        definitions=(*equations, *functions),
        note="; ".join(filter(None, notes)),
    )


def _masked(layer: Recurrent) -> str:
    """Tell what becomes of a step that the mask leaves out."""
    shown = "gives zeros" if layer.zero_output_for_mask else "gives the output before it again"
    return f"a step that the mask leaves out changes nothing and {shown}"
