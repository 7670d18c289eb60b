"""The architecture that a graph becomes: entries as Keras 3 writes them, and their variables."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.saved import WeightGroup
from keronyx.converter.files.tensorflow.graph.values import Open, Size, Tensor, Value, known
from keronyx.converter.tensors import Array, Variable

LAYERS: Final = "keras.layers"
OPERATIONS: Final = "keras.src.ops.numpy"


@dataclass
class Building:
    """Entries in the order in which they were made, by their names."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, WeightGroup] = field(default_factory=dict)

    def layer(  # noqa: PLR0913, PLR0917 - what Keras writes of a layer
        self,
        kind: str,
        name: str,
        config: Mapping[str, Any],
        given: Sequence[Tensor],
        shape: tuple[Size, ...],
        variables: Sequence[Variable] = (),
        dtype: str = "",
    ) -> Tensor:
        """Add a layer, called once."""
        made = dtype or given[0].dtype
        own = {"name": self._name(name), "dtype": given[0].dtype, **config}
        arguments: list[Any] = [_tensor(each) for each in given]
        args = arguments if len(arguments) == 1 else [arguments]
        self._enter(kind, LAYERS, own, args, {})
        if variables:
            self.groups[own["name"]] = WeightGroup(own["name"], tuple(variables))
        return Tensor(own["name"], shape, made)

    def operation(
        self,
        kind: str,
        name: str,
        given: Sequence[Value],
        shape: tuple[Size, ...],
        gives: str,
        **options: Any,
    ) -> Tensor:
        """Add an operation on tensors and known numbers."""
        own = {"name": self._name(name)}
        args = [_operand(each) for each in given]
        self._enter(kind, OPERATIONS, {**own, **options}, args, {})
        return Tensor(own["name"], shape, gives)

    def source(self, name: str, shape: tuple[Size, ...], dtype: str) -> Tensor:
        """Add an input."""
        own: dict[str, Any] = {"name": self._name(name), "dtype": dtype}
        own["batch_shape"] = _plain(shape)
        self._enter("InputLayer", LAYERS, own, None, {})
        return Tensor(own["name"], shape, dtype)

    def _enter(
        self, kind: str, module: str, config: dict[str, Any], args: Any, kwargs: dict[str, Any]
    ) -> None:
        nodes = [] if args is None else [{"args": args, "kwargs": kwargs}]
        self.entries[config["name"]] = {
            "module": module,
            "class_name": kind,
            "config": config,
            "registered_name": None,
            "name": config["name"],
            "inbound_nodes": nodes,
        }

    def _name(self, name: str) -> str:
        """Return a name that is not taken."""
        plain = re.sub(r"/", "_", name) or "operation"
        unique, number = plain, 0
        while unique in self.entries:
            number += 1
            unique = f"{plain}_{number}"
        return unique

    def architecture(
        self, inputs: Iterable[Tensor], outputs: Sequence[tuple[str, Tensor]]
    ) -> dict[str, Any]:
        """Return the whole as a functional model; numbered outputs are in the order of numbers."""
        return {
            "class_name": "Functional",
            "config": {
                "name": "graph",
                "layers": [*self.entries.values()],
                "input_layers": [_place(each) for each in inputs],
                "output_layers": _ends(outputs),
            },
        }


def _ends(outputs: Sequence[tuple[str, Tensor]]) -> Any:
    """Return the outputs; Keras numbers those of a list, and keeps the names of a mapping."""
    if all(is_numbered(name) for name, _ in outputs):
        ordered = sorted(outputs, key=lambda each: int(each[0].removeprefix("output_")))
        return [_place(tensor) for _, tensor in ordered]
    return {name: _place(tensor) for name, tensor in outputs}


def is_numbered(name: str) -> bool:
    """Tell a name that Keras gives the outputs in a list."""
    return re.fullmatch(r"output_\d{1,6}", name) is not None


def _place(tensor: Tensor) -> list[Any]:
    if tensor.merged > 1:
        raise FileFormatError("an output whose first axes are made one")
    return [tensor.entry, 0, 0]


def _tensor(tensor: Tensor) -> dict[str, Any]:
    config = {
        "shape": _plain(tensor.shape),
        "dtype": tensor.dtype,
        "keras_history": [tensor.entry, 0, 0],
    }
    return {"class_name": "__keras_tensor__", "config": config}


def _plain(shape: tuple[Size, ...]) -> list[int | None]:
    return [None if isinstance(size, Open) else size for size in shape]


def _operand(value: Value) -> dict[str, Any]:
    return _tensor(value) if isinstance(value, Tensor) else written(known(value))


def written(array: Array) -> dict[str, Any]:
    """Return known numbers as Keras writes them in a config."""
    config = {"value": array.tolist(), "dtype": array.dtype.name}
    return {"class_name": "__tensor__", "config": config}
