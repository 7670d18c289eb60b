"""A mistake: what is done wrong in which layers, as other connections in the place of the right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from keronyx.converter.layers.base import Layer
from keronyx.converter.model import Connection
from keronyx.converter.tensors import KerasTensor


@dataclass(frozen=True, kw_only=True, eq=False)
class Mistake:
    """Changed connections, by number, and the sentence about them.

    ``what`` has ``{layers}`` where the layers are named; mistakes of one ``kind`` are also tried
    in several layers together. ``whole`` mistakes need all rows: one row depends on the others.
    ``rare`` ones are tried last.
    """

    what: str
    layers: tuple[str, ...]
    changes: Mapping[int, tuple[Connection, ...]]
    kind: str = ""
    whole: bool = False
    rare: bool = False

    @property
    def sentence(self) -> str:
        """What was done wrong, and where."""
        return self.what.format(layers=listing(self.layers))


def listing(names: Iterable[str]) -> str:
    """Spell names in quotes: ``'a', 'b' and 'c'``."""
    quoted = [f"'{name}'" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))


def instead(connection: Connection, layer: Layer) -> tuple[Connection, ...]:
    """Call another layer in the place of the right one."""
    return (replace(connection, layer=layer),)


def after(connection: Connection, *layers: Layer) -> tuple[Connection, ...]:
    """Call several layers one after the other in the place of the right one.

    Raises a KeronyxError where one does not take what the one before it gives.
    """
    made: list[Connection] = []
    inputs = connection.inputs
    (output,) = connection.outputs
    for number, layer in enumerate(layers[:-1], 1):
        target = _between(layer, inputs, f"{output.name}#{number}")
        made.append(Connection(layer=layer, inputs=inputs, outputs=(target,)))
        inputs = (target,)
    return (*made, Connection(layer=layers[-1], inputs=inputs, outputs=(output,)))


def _between(layer: Layer, inputs: Sequence[KerasTensor], name: str) -> KerasTensor:
    """Return what a layer gives for these inputs."""
    return KerasTensor(
        name=name,
        shape=layer.infer_shape(*(tensor.shape for tensor in inputs)),
        dtype=layer.infer_dtype(*(tensor.dtype for tensor in inputs)),
    )


def together(mistakes: Iterable[Mistake]) -> Mistake:
    """Make the same kind of mistake in several layers."""
    chosen = list(mistakes)
    changes = chain.from_iterable(each.changes.items() for each in chosen)
    return Mistake(
        what=_together(chosen).replace("{", "{{").replace("}", "}}"),
        layers=tuple(chain.from_iterable(each.layers for each in chosen)),
        changes=dict(changes),
        whole=any(each.whole for each in chosen),
        rare=any(each.rare for each in chosen),
    )


def _together(mistakes: Iterable[Mistake]) -> str:
    """Say what was done in which layers, each once."""
    groups: dict[str, list[str]] = {}
    for each in mistakes:
        groups.setdefault(each.what, []).extend(each.layers)
    return " and ".join(what.format(layers=listing(layers)) for what, layers in groups.items())
