"""The architecture that a graph becomes: entries as Keras 3 writes them, and their variables."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.saved import WeightGroup
from keronyx.converter.files.tensorflow.graph.static import bounded
from keronyx.converter.files.tensorflow.graph.values import Open, Size, Tensor, Value, known
from keronyx.converter.tensors import Array, Variable

LAYERS: Final = "keras.layers"
SORTED: Final = 10
"""Most numbered names that are in the order of their numbers as texts, too."""

SPELLED: Final = 8
"""How much larger a number is in a config than in an array."""

INPUT: Final = "InputLayer"
TENSOR: Final = "__keras_tensor__"
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
        self._enter(INPUT, LAYERS, own, None, {})
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

    def numbers_of(self, tensor: Tensor, kind: str, x: Tensor) -> Array | None:
        """Return the known numbers of an operation on a tensor; None where it is another one."""
        entry = self.entries[tensor.entry]
        if entry["class_name"] != kind or [*sources(entry)] != [x.entry]:
            return None
        first, second = entry["inbound_nodes"][0]["args"]
        told = second["config"]
        is_first = first["class_name"] == TENSOR
        return np.asarray(told["value"], told["dtype"]) if is_first else None

    def prune(self, wanted: Iterable[str]) -> None:
        """Leave out what no output needs, but for inputs."""
        needed = set(wanted)
        for name, entry in reversed([*self.entries.items()]):
            if name in needed or entry["class_name"] == INPUT:
                needed.update(sources(entry))
            else:
                del self.entries[name]
                self.groups.pop(name, None)

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
    """Return the outputs under their names, in whose order they are; numbers count as such."""
    if len(outputs) > SORTED and all(is_numbered(name) for name, _ in outputs):
        ordered = sorted(outputs, key=lambda each: int(each[0].removeprefix("output_")))
        return [_place(tensor) for _, tensor in ordered]
    return {name: _place(tensor) for name, tensor in outputs}


def _tensors(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from _tensors(each)
    elif isinstance(value, dict) and value.get("class_name") == TENSOR:
        yield value


def places(entry: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Yield the place of each tensor that an entry is called on."""
    for node in entry["inbound_nodes"]:
        for tensor in _tensors(node["args"]):
            yield tensor["config"]["keras_history"]


def sources(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the entries that an entry is called on."""
    return (place[0] for place in places(entry))


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
    return {"class_name": TENSOR, "config": config}


def _plain(shape: tuple[Size, ...]) -> list[int | None]:
    return [None if isinstance(size, Open) else size for size in shape]


def _operand(value: Value) -> dict[str, Any]:
    return _tensor(value) if isinstance(value, Tensor) else written(known(value))


def written(array: Array) -> dict[str, Any]:
    """Return known numbers as Keras writes them in a config, one by one."""
    bounded([array.size * SPELLED])
    config = {"value": array.tolist(), "dtype": array.dtype.name}
    return {"class_name": "__tensor__", "config": config}
