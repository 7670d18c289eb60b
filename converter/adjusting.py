"""A description changed in what its caller sees of it: sizes, names, and which outputs there are.

Everything else is computed as before, by both readings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from keronyx.converter.errors import UsageError, shorten
from keronyx.converter.model import Connection, Model, State
from keronyx.converter.tensors import KerasTensor, Shape, Size


def with_shapes(model: Model, shapes: Mapping[str, Sequence[int]]) -> Model:
    """Return the model with the sizes that its inputs leave open, by the names of these.

    A shape is that of an input, or that of its rows, without the batch axis. Raises UsageError
    where there is no such input, or it has another size.
    """
    sizes: dict[str, int] = {}
    for name, shape in shapes.items():
        if name not in model.inputs:
            raise UsageError(f"a shape of {shorten(repr(name))}", hint=_inputs(model))
        sizes |= _sizes(name, model.inputs[name], tuple(shape), sizes)
    return _Sizing(sizes).model(model)


def _inputs(model: Model) -> str:
    return f"the inputs are {_listed(model.inputs)}"


def _sizes(
    name: str, tensor: KerasTensor, shape: tuple[int, ...], known: Mapping[str, int]
) -> dict[str, int]:
    """Return what a shape says of the sizes that a tensor leaves open."""
    behind = tensor.shape if len(shape) == tensor.rank else tensor.shape[1:]
    plain = tuple("?" if isinstance(size, str | None) else size for size in tensor.shape)
    misfit = UsageError(
        f"shape {','.join(map(str, shape))} of '{shorten(name)}'",
        hint=f"it takes ({', '.join(map(str, plain))})",
    )
    if len(behind) != len(shape) or any(type(size) is not int or size < 1 for size in shape):
        raise misfit
    found: dict[str, int] = {}
    for own, size in zip(behind, shape, strict=True):
        if not _takes(own, size, {**known, **found}):
            raise misfit
        found |= {own: size} if isinstance(own, str) else {}
    return found


def _takes(own: Size, size: int, known: Mapping[str, int]) -> bool:
    """Tell whether an axis can have a size: its own, or the one that its name has already."""
    return own == size or (isinstance(own, str) and known.get(own, size) == size)


@dataclass
class _Sizing:
    """Puts sizes in the places of their names."""

    sizes: Mapping[str, int]
    made: dict[KerasTensor, KerasTensor] = field(default_factory=dict)

    def model(self, model: Model) -> Model:
        return replace(
            model,
            inputs={name: self.tensor(each) for name, each in model.inputs.items()},
            outputs={name: self.tensor(each) for name, each in model.outputs.items()},
            connections=tuple(map(self._connection, model.connections)),
            states=tuple(map(self._state, model.states)),
        )

    def _state(self, state: State) -> State:
        return replace(state, before=self.tensor(state.before), after=self.tensor(state.after))

    def tensor(self, tensor: KerasTensor) -> KerasTensor:
        if tensor not in self.made:
            mask = None if tensor.mask is None else self.tensor(tensor.mask)
            self.made[tensor] = replace(tensor, shape=self._shape(tensor.shape), mask=mask)
        return self.made[tensor]

    def _shape(self, shape: Shape) -> Shape:
        return tuple(map(self._size, shape))

    def _size(self, size: Size) -> Size:
        return self.sizes.get(size, size) if isinstance(size, str) else size

    def _connection(self, connection: Connection) -> Connection:
        filled: dict[str, Any] = connection.filled(self.tensor)
        return replace(
            connection,
            inputs=tuple(map(self.tensor, connection.inputs)),
            outputs=tuple(map(self.tensor, connection.outputs)),
            arguments=filled,
        )


def renamed(model: Model, names: Mapping[str, str]) -> Model:
    """Return the model with other names of inputs and outputs.

    Raises UsageError where there is no such name, or where two would be called alike.
    """
    unknown = next((name for name in names if name not in {**model.inputs, **model.outputs}), None)
    if unknown is not None:
        known = _listed({**model.inputs, **model.outputs})
        what = f"nothing to rename is called {shorten(repr(unknown))}"
        raise UsageError(what, hint=f"there are {known}")
    inputs = {names.get(name, name): each for name, each in model.inputs.items()}
    outputs = {names.get(name, name): each for name, each in model.outputs.items()}
    count = len(model.inputs) + len(model.outputs)
    alike = set(inputs) & set(outputs) - (set(model.inputs) & set(model.outputs))
    if alike or len(inputs) + len(outputs) < count or not all(names.values()):
        raise UsageError("two inputs or outputs of one name", hint="give each its own")
    return replace(model, inputs=inputs, outputs=outputs)


def with_outputs(model: Model, names: Sequence[str]) -> Model:
    """Return the model with these outputs: its own by their names, or those of layers.

    What no output needs any more is left out, layers and inputs. Raises UsageError where there is
    no such layer, or it is called several times or gives several tensors.
    """
    if model.states:
        raise UsageError("other outputs of a model that keeps states")
    outputs = {name: _output(model, name) for name in names}
    needed = {each.name for each in outputs.values()}
    kept: list[Connection] = []
    for connection in reversed(model.connections):
        if not needed.isdisjoint(connection.makes):
            needed |= connection.reads
            kept.append(connection)
    inputs = {name: each for name, each in model.inputs.items() if each.name in needed}
    if not inputs:
        raise UsageError(f"outputs {_listed(outputs)}", hint="they depend on no input")
    return replace(model, inputs=inputs, outputs=outputs, connections=tuple(kept[::-1]))


def _output(model: Model, name: str) -> KerasTensor:
    if name in model.outputs:
        return model.outputs[name]
    made = [(call.layer.name, each) for call in model.connections for each in call.outputs]
    tensors = [each for layer, each in made if layer == name]
    found = tensors or [each for _, each in made if each.name == name]
    if len(found) == 1:
        return found[0]
    raise _not_one(model, name, found)


def _not_one(model: Model, name: str, found: Sequence[KerasTensor]) -> UsageError:
    """Make the error for a name of no tensor, or of several."""
    if not found:
        layers = _listed([layer.name for layer in model.layers])
        return UsageError(f"no layer {shorten(repr(name))}", hint=f"the layers are {layers}")
    what = f"'{shorten(name)}' gives {len(found)} tensors"
    return UsageError(what, hint=f"name one: {_listed([each.name for each in found])}")


def _listed(names: Mapping[str, Any] | Sequence[str]) -> str:
    shown = [*names][:12]
    more = ", ..." if len(names) > len(shown) else ""
    return ", ".join(f"'{shorten(name)}'" for name in shown) + more
