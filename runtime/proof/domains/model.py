"""What each input of a model takes, by the layers that it reaches unchanged."""

from operator import attrgetter

from keronyx.converter.model import Model
from keronyx.converter.several import present
from keronyx.converter.tensors import KerasTensor
from keronyx.runtime.proof.domains.base import ANY, UNKNOWN, Choice, Domain, domain_of, ids_of


def domains(model: Model) -> dict[str, Domain]:
    """Return for each input what the layers that it reaches unchanged can take."""
    return {name: _domain(model, tensor) for name, tensor in model.inputs.items()}


def _domain(model: Model, tensor: KerasTensor) -> Domain:
    found = _reached(model, tensor) or [_fallback(model, tensor)]
    choices = (domain for domain in found if isinstance(domain, Choice))
    return min(choices, key=lambda choice: len(choice.values), default=found[0])


def _reached(model: Model, tensor: KerasTensor) -> list[Domain]:
    """Return what the layers take that a tensor comes to, moved at most."""
    names = {tensor.name}
    found: list[Domain | None] = []
    for connection in model.connections:
        if connection.layer.moves_only and not names.isdisjoint(
            map(attrgetter("name"), connection.inputs)
        ):
            names |= connection.makes
        elif connection.inputs and connection.inputs[0].name in names:
            found.append(domain_of(connection.layer, connection.inputs[0]))
    return present(found)


def _fallback(model: Model, tensor: KerasTensor) -> Domain:
    """Keep integers that may reach ids through arithmetic within every vocabulary of the model."""
    if tensor.dtype == "string":
        return Choice(UNKNOWN)
    sizes = [size for layer in model.layers if (size := ids_of(layer)) is not None]
    return Choice(range(min(sizes))) if sizes and "int" in tensor.dtype else ANY
