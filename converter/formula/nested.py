"""A whole model in the place of a layer."""

from keronyx.converter.formula.expression import Equation, Expression, Symbol, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.nested import Nested

U = Symbol("u")


@express.register
def nested(layer: Nested, x: Expression) -> Meaning:
    """The model as a function; its layers, each under its name, define it."""
    model = layer.model
    (entrance,), (end,) = model.inputs.values(), model.outputs.values()
    names: dict[str, Expression] = {entrance.name: U}
    equations: list[Equation] = []
    for connection in model.connections:
        meaning = express(connection.layer, *(names[tensor.name] for tensor in connection.inputs))
        for output, value in zip(connection.outputs, (meaning.value, *meaning.others), strict=True):
            names[output.name] = Symbol(output.name)
            equations.append(Equation(names[output.name], value))
        equations += meaning.definitions
    head = apply(model.name, U)
    return Meaning(
        value=apply(model.name, x),
        definitions=(Equation(head, names[end.name]), *dict.fromkeys(equations)),
    )
