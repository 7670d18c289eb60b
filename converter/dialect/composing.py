"""Functions of TensorFlow that are several operations: made of these, each called on others."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from keronyx.converter.architecture import LayerConfig
from keronyx.converter.dialect.operations import applied
from keronyx.converter.dialect.tables import operations
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Spelling
from keronyx.converter.layers.base import DTypePolicy
from keronyx.converter.layers.expressed import Composed
from keronyx.converter.layers.operands import Slot
from keronyx.converter.layers.tree import Call, Input, Node
from keronyx.converter.several import lacking

Part: TypeAlias = Node | Slot | Any
"""What another operation gives, a tensor of the call, or numbers."""


@dataclass(frozen=True)
class Composing:
    """Makes the operations of one function; ``weak`` makes a constant of numbers."""

    name: str
    policy: DTypePolicy
    version: Version
    weak: Callable[[Any], Any]

    def __call__(self, operation: str, *parts: Part, function: str = "", **options: Any) -> Call:
        """Return an operation of Keras called on parts, and told options by name."""
        spelling = operations()[operation]
        nodes: list[Node] = []
        bound = dict(zip(spelling.takes, self._operands(spelling, parts, nodes), strict=False))
        made = applied(self.name, spelled(spelling, function), bound | options, self.version)
        layer = made.kind(name=self.name, dtype=self.policy, **_own(made))
        return Call(layer, tuple(nodes), 0)

    def _operands(
        self, spelling: Spelling, parts: tuple[Part, ...], nodes: list[Node]
    ) -> Iterator[Any]:
        """Yield what stands for every part, and note those that are tensors."""
        several = spelling.takes[0].startswith("*")
        found = [self._operand(part, nodes) for part in parts]
        yield from [found] if several else found

    def _operand(self, part: Part, nodes: list[Node]) -> Any:
        if isinstance(part, Slot):
            part = Input(part.index)
        if not isinstance(part, Input | Call):
            return self.weak(part)
        if part not in nodes:
            nodes.append(part)
        return Slot(nodes.index(part))

    def config_of(self, body: Node, told: Mapping[str, Any]) -> LayerConfig:
        """Return the entry of a layer that is all of a function."""
        config = {**told, "body": body, "output_shape": None, "quantization": None}
        return LayerConfig(kind=Composed, name=self.name, config=config, dtype=self.policy)


def _own(made: LayerConfig) -> Mapping[str, Any]:
    return lacking(made.config, ["quantization"])


def spelled(spelling: Spelling, function: str) -> Spelling:
    """Return a spelling with a function of ours in the place of Keras's."""
    return spelling._replace(function=function) if function else spelling
