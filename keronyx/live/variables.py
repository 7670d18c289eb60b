"""The variables of a live model, where and as its Keras would save them; always copies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from keronyx.converter.architecture import group_name
from keronyx.converter.errors import WeightError, label_of, shorten
from keronyx.converter.files.saved import LayerGroups, VariableTree, WeightGroup, Weights
from keronyx.converter.files.tree import Branches
from keronyx.converter.files.variables import numeric
from keronyx.converter.tensors import Variable
from keronyx.live.package import Package, first_line, is_graph


def weights_of(graph: Any, package: Package) -> Weights:
    """Read all variables of a graph of layers: in the tree of Keras 3, or in Keras 2's groups."""
    return _tree(graph, package) if package.is_multi_backend else _groups(graph, package)


def _variable(value: Any, name: str, package: Package) -> Variable:
    array = package.numpy(value)
    if array.dtype.name == "bfloat16":
        wide = array.astype(np.float32)
        return Variable(name=name, shape=wide.shape, dtype="bfloat16", load=lambda: wide)
    numeric(array.dtype, name)
    return Variable.of(array, name)


def _groups(graph: Any, package: Package) -> LayerGroups:
    """Read the variables of Keras 2 in the order in which it saves them to HDF5."""
    return LayerGroups(groups=tuple(_group(layer, package) for layer in graph.layers))


def _group(layer: Any, package: Package) -> WeightGroup:
    weights = [*layer.trainable_weights, *layer.non_trainable_weights]
    # A lookup's table counts as a weight, but is none that Keras could save to HDF5.
    named = [weight for weight in weights if hasattr(weight, "name")]
    return WeightGroup(layer.name, tuple(_variable(each, each.name, package) for each in named))


def _tree(graph: Any, package: Package) -> VariableTree:
    """Read the variables of Keras 3 where its ``model.weights.h5`` has them."""
    walk = _Walk(package, Branches(), frozenset(dir(package.keras.layers.Layer())))
    walk.container(graph.layers, "layers", whole=True)
    return walk.branches.finish()


@dataclass(frozen=True)
class _Walk:
    """Follows layers and what they hold; ``common`` are attributes that every layer has."""

    package: Package
    branches: Branches
    common: frozenset[str]
    seen: set[int] = field(default_factory=set)

    def container(self, items: Any, place: str, *, whole: bool = False) -> None:
        """Read the layers of a list or a dictionary, each below a name made of its class.

        With ``whole`` they are a model's layers, of which each is read whole, shared or not.
        """
        counts: dict[str, int] = {}
        for item in items.values() if isinstance(items, Mapping) else items:
            if isinstance(item, self.package.keras.layers.Layer):
                name = _unique(group_name(type(item).__name__), counts)
                (replace(self, seen=set()) if whole else self).layer(item, f"{place}/{name}")
            elif isinstance(item, Mapping | list | tuple):
                self.container(item, f"{place}/{_unique('container', counts)}")

    def layer(self, layer: Any, place: str) -> None:
        """Read a layer, and below it whatever layers it holds."""
        if id(layer) in self.seen:
            return
        self.seen.add(id(layer))
        if is_graph(layer):
            self.container(layer.layers, f"{place}/layers", whole=True)
            return
        self.own(layer, place)
        for name, held in _held(layer, self.common):
            self.held(held, f"{place}/{name}")

    def held(self, held: Any, place: str) -> None:
        """Read an attribute: a layer, or what may hold some; anything else has no variables."""
        if isinstance(held, self.package.keras.layers.Layer):
            self.layer(held, place)
        elif isinstance(held, Mapping | list | tuple):
            self.container(held, place)

    def own(self, layer: Any, place: str) -> None:
        """Read a layer's own variables, as it saves them."""
        store: dict[str, Any] = {}
        try:
            layer.save_own_variables(store)
        # Layers can write this method themselves.
        except Exception as error:
            raise WeightError(f"its variables cannot be read: {shorten(first_line(error))}").at(
                layer=label_of(layer.name, type(layer).__name__, longest=80)
            ) from error
        self.branches.names[place] = layer.name
        for key, value in store.items():
            self.branches.add(place, key, _variable(value, f"{place}/{key}", self.package))


def _unique(name: str, counts: dict[str, int]) -> str:
    """Return a name, numbered where it comes again."""
    counts[name] = count = counts.get(name, -1) + 1
    return f"{name}_{count}" if count else name


def _held(layer: Any, common: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a layer's own, private ones last, as Keras does."""
    names = (name for name in dir(layer) if not name.startswith("__") and name not in common)
    for name in sorted(names, key=_private_last):
        try:
            value = getattr(layer, name)
        # A property can raise anything; Keras passes over it, too.
        except Exception:  # noqa: BLE001, S112
            continue
        yield name, value


def _private_last(name: str) -> str:
    return f"~{name}" if name[0] == "_" else name
