"""The Keras that a live model belongs to, found among the modules that are loaded already."""

import sys
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import UsageError
from keronyx.converter.tensors import Array

ROOTS: Final = frozenset({"keras", "tf_keras", "tensorflow"})
"""Top-level packages in which Keras's own classes stand."""

GRAPHS: Final = frozenset({"Functional", "Sequential", "Model"})
"""Keras's own classes of models whose layers are connected for everyone to see."""


@dataclass(frozen=True)
class Package:
    """One of the Keras packages; ``keras`` is its module."""

    keras: Any

    @property
    def version(self) -> str:
        """The version as Keras writes it into files."""
        modules = (self.keras, sys.modules.get("keras"), sys.modules.get("tensorflow"))
        found = (getattr(module, "__version__", "") for module in modules)
        return str(next(filter(None, found), ""))

    @property
    def is_multi_backend(self) -> bool:
        """Whether this is Keras 3 or later."""
        return hasattr(self.keras, "ops")

    @property
    def backend(self) -> str:
        """What computes: tensorflow, jax, torch ..."""
        name: str = self.keras.backend.backend()
        return name

    @property
    def title(self) -> str:
        """Name, version and backend, for people."""
        backend = f" ({self.backend})" if self.is_multi_backend else ""
        return f"Keras {self.version}{backend}"

    def numpy(self, tensor: Any) -> Array:
        """Return a tensor or a variable as an array of its own memory; strings as text."""
        read = self.keras.ops.convert_to_numpy if self.is_multi_backend else self._value
        array = np.array(read(tensor))
        if array.dtype.kind in "OS":
            return np.array(list(map(_text, array.ravel())), object).reshape(array.shape)
        return array

    def _value(self, tensor: Any) -> Any:
        return self.keras.backend.get_value(tensor)


def first_line(error: Exception) -> str:
    """Return the first line of what Keras, or a user's layer, complains of."""
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__


def _text(item: Any) -> Any:
    return item.decode() if isinstance(item, bytes) else item


def is_live(source: Any) -> bool:
    """Tell a model in memory by its classes' packages, without importing any."""
    names = {(root_of(kind), kind.__name__) for kind in type(source).__mro__}
    return any(package in ROOTS and name in {"Model", "Layer"} for package, name in names)


def is_own(source: Any) -> bool:
    """Tell whether an object's very class is Keras's own."""
    return root_of(type(source)) in ROOTS


def is_model(source: Any) -> bool:
    """Tell models from other layers."""
    return any(root_of(kind) in ROOTS and kind.__name__ == "Model" for kind in type(source).__mro__)


def is_graph(source: Any) -> bool:
    """Tell whether a model is nothing but a graph of layers, for Keras itself to serialize."""
    return is_own(source) and type(source).__name__ in GRAPHS and hasattr(source, "layers")


def package_of(model: Any) -> Package:
    """Return the Keras of a live model; raises UsageError where its module is gone."""
    roots = dict.fromkeys(map(root_of, type(model).__mro__))
    for root in filter(ROOTS.__contains__, roots):
        module = sys.modules.get(root)
        keras = getattr(module, "keras", None) if root == "tensorflow" else module
        if hasattr(keras, "Model"):
            return Package(keras)
    raise UsageError(f"{type(model).__name__} belongs to no Keras that is loaded")


def root_of(kind: Any) -> str:
    """Return the top-level package of a class or a function."""
    return str(kind.__module__).partition(".")[0]
