"""Recurrent layers: what one step makes of an input and of the states before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch

from keronyx.converter.formula.expression import (
    Element,
    Equation,
    Expression,
    Symbol,
    apply,
    at,
    each,
)
from keronyx.converter.formula.model import Meaning, called, defined, express
from keronyx.converter.layers.cells import Cell
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.recurrent import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    GRUCell,
    LSTMCell,
    Recurrent,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
)
from keronyx.converter.layers.stepping import Stepped

T = Symbol("t")


@dataclass(frozen=True)
class Named:
    """What stands in the step of a cell, ``number`` behind each name where there are several."""

    cell: Cell
    x: Expression
    number: int | None = None

    def a(self, name: str) -> Symbol:
        """Return what is called so."""
        return Symbol(name, self.number)

    @property
    def now(self) -> Element:
        """The state after the step."""
        return at(self.a("h"), "t")

    @property
    def before(self) -> Element:
        """The state before the step."""
        return at(self.a("h"), T - 1)

    def gate(self, name: str) -> Element:
        """Return a gate at this step."""
        return at(self.a(name), "t")

    def share(self, gate: str = "") -> Expression:
        """Return what comes to a gate, or to the only one, before its activation."""
        end = f"_{gate}" if gate else ""
        own = self.x @ self.a(f"kernel{end}") + self.before @ self.a(f"recurrent_kernel{end}")
        return own + self.a(f"bias{end}") if self.cell.use_bias else own


@express.register
def recurrent(
    layer: SimpleRNN | GRU | LSTM | RNN, x: Expression, *_states: Expression, **named: object
) -> Meaning:
    """The equations of every cell, each with the output of the one before it."""
    lines, notes, here = [], [], at(x, "t")
    for number, cell in enumerate(layer.cells, 1):
        names = Named(cell, here, number if len(layer.cells) > 1 else None)
        equations, note = step(cell, names)
        lines += equations
        notes += [note]
        here = names.now
    return _meaning(layer, x, tuple(lines), named, "; ".join(dict.fromkeys(filter(None, notes))))


@singledispatch
def step(cell: Cell, names: Named) -> tuple[list[Equation], str]:
    """``h = activation(x · kernel + h · recurrent_kernel + bias)``."""
    return [Equation(names.now, called(cell.activation, names.share()))], ""


@step.register
def gated(cell: GRUCell, names: Named) -> tuple[list[Equation], str]:
    """A gate mixes the state and a candidate, which another one reset."""
    update, reset, candidate = (names.gate(name) for name in "zrg")
    equations = [
        Equation(names.gate(name), called(cell.recurrent_activation, names.share(name)))
        for name in "zr"
    ]
    own = names.a("recurrent_kernel_g")
    if cell.reset_after:
        old = names.before @ own
        inner = each(reset, old + names.a("bias_h") if cell.use_bias else old)
    else:
        inner = each(reset, names.before) @ own
    new = names.x @ names.a("kernel_g") + inner
    new = new + names.a("bias_g") if cell.use_bias else new
    equations.append(Equation(candidate, called(cell.activation, new)))
    equations.append(Equation(names.now, each(update, names.before) + each(1 - update, candidate)))
    note = "the gates z, r and g stand side by side on the last axis"
    if cell.reset_after and cell.use_bias:
        note += "; the second row of bias is added to the state's products, bias_h to that of g"
    return equations, note


@step.register
def long_short(cell: LSTMCell, names: Named) -> tuple[list[Equation], str]:
    """Gates forget and add to a carry, and let out of it."""
    functions = dict.fromkeys("ifgo", cell.recurrent_activation) | {"g": cell.activation}
    inward, forget, new, outward = (names.gate(name) for name in functions)
    equations = [
        Equation(names.gate(name), called(function, names.share(name)))
        for name, function in functions.items()
    ]
    carry = at(names.a("c"), "t")
    mixed = each(forget, at(names.a("c"), T - 1)) + each(inward, new)
    equations.append(Equation(carry, mixed))
    equations.append(Equation(names.now, each(outward, called(cell.activation, carry))))
    return equations, "the gates i, f, g and o stand side by side on the last axis"


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
    states = _ends(first) * 2
    others = (*merged[1:], *states)
    return Meaning(value=merged[0], others=others, definitions=inner.definitions, note=note)


def _ends(layer: Recurrent) -> tuple[Symbol, ...]:
    """Return the states that a layer gives."""
    several = len(layer.cells) > 1
    numbers = {cell: number for number, cell in enumerate(layer.cells, 1)}
    names = [
        Symbol(name, numbers[cell] if several else None)
        for cell in layer.state_order
        for name in "hc"[: cell.states]
    ]
    return tuple(names) if layer.gives_states else ()


def _functions(layer: Recurrent) -> list[Function]:
    """Return the activations that there are to tell."""
    gates: list[Function | None] = [
        getattr(cell, "recurrent_activation", None) for cell in layer.cells
    ]
    own = [cell.activation for cell in layer.cells]
    return [*own, *(gate for gate in gates if gate is not None)]


def _meaning(
    layer: Recurrent,
    x: Expression,
    equations: tuple[Equation, ...],
    named: Mapping[str, object],
    note: str = "",
) -> Meaning:
    """Tell the steps, and which of their states are the output."""
    functions = dict.fromkeys(line for function in _functions(layer) for line in defined(function))
    order = "from the last step to the first" if layer.go_backwards else "from the first step on"
    last = f"h{len(layer.cells)}" if len(layer.cells) > 1 else "h"
    given = f"all {last}" if layer.return_sequences else f"the last {last}"
    order += ", on the first axis" if layer.time_major else ""
    notes = [f"{given}, {order}", *told(layer, named), note]
    return Meaning(
        value=apply("steps", x),
        others=_ends(layer),
        definitions=(*equations, *functions),
        note="; ".join(filter(None, notes)),
    )


def told(layer: Stepped, named: Mapping[str, object]) -> list[str]:
    """Tell what the states begin with, and what becomes of a step that the mask leaves out."""
    shown = "gives zeros" if layer.zero_output_for_mask else "gives the output before it again"
    kept = "the states begin as the call before left them, as zeros at first"
    masked = f"a step that the mask leaves out changes nothing and {shown}"
    return [kept] * layer.keeps + [masked] * ("mask" in named)


@express.register
def cell(layer: SimpleRNNCell | GRUCell | LSTMCell, x: Expression) -> Meaning:
    """One step by itself."""
    equations, note = step(layer, Named(layer, x))
    return Meaning(value=Named(layer, x).now, definitions=tuple(equations), note=note)


@express.register
def stack(layer: StackedRNNCells, x: Expression) -> Meaning:
    """One step of every cell."""
    count = len(layer.cells)
    return Meaning(value=apply("steps", x), note=f"{count} cells, each behind the one before it")
