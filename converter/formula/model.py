"""What each layer of a model computes: the generic part, which knows layers but no mathematics."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from keronyx.converter.errors import Reason
from keronyx.converter.families import ByFamily
from keronyx.converter.formula.expression import Equation, Expression, Symbol, apply, at
from keronyx.converter.formula.functions import Z, axis_of, define
from keronyx.converter.formula.latex_notation import latex
from keronyx.converter.formula.plain_notation import text
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.functions import Expressed, Function
from keronyx.converter.layers.tree import Node, walk
from keronyx.converter.model import Connection, Model
from keronyx.converter.tensors import KerasTensor, Sizes


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a layer computes from its inputs.

    ``value`` is the result, at ``indices`` where it is told element by element; ``others`` are the
    results behind it, of a layer with several. ``before`` is what the activation function is
    applied to, None where there is none. ``definitions`` say what the functions are, ``numbers``
    what the config holds, ``note`` what no formula says.
    """

    value: Expression
    others: tuple[Expression, ...] = ()
    before: Expression | None = None
    indices: tuple[str, ...] = ()
    definitions: tuple[Equation, ...] = ()
    numbers: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@ByFamily
def express(layer: Layer, *inputs: Expression, **_arguments: Any) -> Meaning:
    """Say what a layer computes from its inputs; of a user's own, its name is all there is."""
    if not type(layer).__module__.startswith("keronyx."):
        return Meaning(value=apply(type(layer).__name__, *inputs))
    raise layer.unsupported("no formula", Reason.NO_FORMULA)


def activated(
    before: Expression,
    function: Function,
    definitions: tuple[Equation, ...] = (),
    numbers: Mapping[str, Any] | None = None,
    note: str = "",
) -> Meaning:
    """Apply an activation function; the identity leaves no trace."""
    if function.is_linear:
        return Meaning(value=before, definitions=definitions, numbers=numbers or {}, note=note)
    return Meaning(
        value=called(function, before),
        before=before,
        definitions=(*definitions, *defined(function)),
        numbers={**(numbers or {}), **axis_of(function)},
        note=note,
    )


def defined(function: Function) -> tuple[Equation, ...]:
    """Return the equations that say what a function is, a user's own among them."""
    if not isinstance(function, Expressed):
        return define(function)
    meaning = composed(function.body, Z)
    return (Equation(apply(function.name, Z), meaning.value), *meaning.definitions)


def composed(body: Node, *inputs: Expression) -> Meaning:
    """Say what a formula computes, and what the functions in it are."""
    definitions: dict[Equation, None] = {}
    notes: dict[str, None] = {}

    def call(layer: Layer, *given: Expression) -> Expression:
        meaning = express(layer, *given)
        definitions.update(dict.fromkeys(meaning.definitions))
        notes.update(dict.fromkeys([meaning.note] if meaning.note else []))
        return apply(type(layer).__name__, *given) if meaning.indices else meaning.value

    value = walk(body, inputs, call)
    return Meaning(value=value, definitions=tuple(definitions), note="; ".join(notes))


def called(function: Function, argument: Expression) -> Expression:
    """Call an activation function by its name."""
    return argument if function.is_linear else apply(function.name, argument)


@dataclass(frozen=True, kw_only=True)
class LayerFormula:
    """One call of a layer as mathematics.

    ``layer`` and ``kind`` are its name and class, ``tensor`` the name of its output in the model,
    ``equation`` what it computes and ``before`` the value that its activation is applied to.
    Shapes leave out the batch axis.
    """

    layer: str
    kind: str
    tensor: str
    inputs: tuple[str, ...]
    equation: Equation
    before: Equation | None
    input_shapes: tuple[Sizes, ...]
    output_shape: Sizes
    definitions: tuple[Equation, ...]
    numbers: Mapping[str, Any]
    note: str

    @property
    def symbol(self) -> str:
        """What the result is called: ``h1``."""
        return text(self._result)

    @property
    def expression(self) -> Expression:
        """What is computed."""
        return self.equation.right

    @property
    def text(self) -> str:
        """The formula in one line: ``h1 = relu(x · kernel + bias)   (33) → (64)``."""
        return f"{text(self.equation)}   {self.shapes}"

    @property
    def latex(self) -> str:
        """The formula for LaTeX's math mode."""
        arriving, leaving = self._shapes()
        return rf"{latex(self.equation)} \qquad {arriving} \to {leaving}"

    @property
    def shapes(self) -> str:
        """Shapes in and out, without the batch axis."""
        arriving, leaving = self._shapes()
        return f"{arriving} → {leaving}"

    @property
    def _result(self) -> Expression:
        left = self.equation.left
        return getattr(left, "base", left)

    def _shapes(self) -> tuple[str, str]:
        return ", ".join(map(row_text, self.input_shapes)), row_text(self.output_shape)


def row_text(shape: Sizes) -> str:
    """Spell the shape of a row: ``(8, 64)``, with ? for what is not known."""
    return f"({', '.join('?' if size is None else str(size) for size in shape)})"


def formulas(model: Model) -> tuple[LayerFormula, ...]:
    """Return the formula of every call of a layer, in the order in which they can run."""
    names, numbers = symbols(model), numbered(model)
    return tuple(
        each for connection in model.connections for each in _formulas(connection, names, numbers)
    )


def numbered(model: Model) -> dict[str, int]:
    """Number what the calls of layers give, from 1."""
    inner = (tensor.name for each in model.connections for tensor in each.outputs)
    return {name: number for number, name in enumerate(inner, 1)}


def symbols(model: Model) -> dict[str, Symbol]:
    """Name every tensor: x, h1, h2, ..., y; several inputs or outputs have their own names.

    The number is that of the call, so that h3 is what the third call of a layer gives; a call with
    several outputs takes as many numbers.
    """
    inner = numbered(model)
    names = {name: Symbol("h", number) for name, number in inner.items()}
    taken = {
        *chain.from_iterable(layer.variables() for layer in model.layers),
        *map(text, names.values()),
        *(f"z{number}" for number in inner.values()),
    }
    states = {state.name: state.before for state in model.states}
    for short, tensors in (("y", model.outputs), ("x", model.inputs), ("s", states)):
        for name, tensor in tensors.items():
            chosen = _free(short if len(tensors) == 1 else name, taken)
            taken.add(chosen)
            names[tensor.name] = Symbol(chosen)
    return names


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with as many underscores behind it as make it the only one."""
    while name in taken:
        name += "_"
    return name


def _formulas(
    connection: Connection, names: Mapping[str, Expression], numbers: Mapping[str, int]
) -> Iterator[LayerFormula]:
    """Return the formula of each output of one call."""
    layer, inputs = connection.layer, connection.sources
    meaning = express(layer, *_named(connection.inputs, names), **_arguments(connection, names))
    values = (meaning.value, *meaning.others)
    for output, value in zip(connection.outputs, values, strict=True):
        before = None
        if meaning.before is not None and value is meaning.value:
            left = _at(Symbol("z", numbers[output.name]), meaning)
            before = Equation(left, meaning.before)
        yield LayerFormula(
            layer=layer.name,
            kind=type(layer).__name__,
            tensor=output.name,
            inputs=tuple(map(text, _named(inputs, names))),
            equation=Equation(_at(names[output.name], meaning), value),
            before=before,
            input_shapes=tuple(tensor.sizes[1:] for tensor in inputs),
            output_shape=output.sizes[1:],
            definitions=meaning.definitions,
            numbers=meaning.numbers,
            note=meaning.note,
        )


def _named(
    tensors: Iterable[KerasTensor], names: Mapping[str, Expression]
) -> tuple[Expression, ...]:
    return tuple(names[tensor.name] for tensor in tensors)


def _arguments(connection: Connection, names: Mapping[str, Expression]) -> dict[str, Any]:
    """Return the named arguments of a call: expressions for tensors, flags as they are."""
    return {
        name: _named(value, names)
        if isinstance(value, tuple)
        else names[value.name]
        if isinstance(value, KerasTensor)
        else value
        for name, value in connection.arguments.items()
    }


def _at(result: Expression, meaning: Meaning) -> Expression:
    return at(result, *meaning.indices) if meaning.indices else result
