"""What the file readers return: the bytes understood as configuration and variables.

Nothing here knows a layer. ``converter.dialect`` takes it from here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from keronyx.converter.tensors import Variable


@dataclass(frozen=True)
class WeightGroup:
    """The variables of one top-level layer, in the order the file lists them."""

    name: str
    variables: tuple[Variable, ...]


@dataclass(frozen=True)
class LayerGroups:
    """Legacy HDF5: every top-level layer's variables, in the file's order of layers.

    ``positional`` marks Keras 0.3's ``layer_0`` ... groups, whose names mean nothing.
    """

    groups: tuple[WeightGroup, ...]
    positional: bool = False

    def listed(self) -> Iterator[tuple[str, Variable]]:
        """Yield every variable behind its group and the name in it."""
        for group in self.groups:
            yield from ((f"{group.name}: {each.name}", each) for each in group.variables)


@dataclass(frozen=True)
class VariableTree:
    """Keras 2.12 and later: variables by group path and index, as ``model.weights.h5`` has them.

    ``variables["layers/dense_1"]`` are ``layers/dense_1/vars/0``, ``1`` ... in order ("" is the
    model itself); groups are there even when they hold no variable. ``names`` has the layer name
    that some versions note at a group. Keys are as spelled by Keras 2.15 and later: the older
    root ``_layer_checkpoint_dependencies`` is kept as it is, backslashes become slashes.
    """

    variables: Mapping[str, tuple[Variable, ...]]
    names: Mapping[str, str] = field(default_factory=dict)

    def listed(self) -> Iterator[tuple[str, Variable]]:
        """Yield every variable behind its group and the index in it."""
        for path, variables in self.variables.items():
            yield from ((f"{path}/{index}", each) for index, each in enumerate(variables))


@dataclass(frozen=True)
class FlatVariables:
    """A plain list: TensorFlow.js manifests, ``get_weights()`` arrays.

    ``named`` says that each variable's name is meant as ``layer/variable``; ``ordered`` is False
    where nothing says in which order the layers come, and ``numbered`` too where the numbers in
    their names contradict the order in which they are listed. ``complete`` says that a layer that
    has no bias here has none.
    """

    variables: tuple[Variable, ...]
    named: bool = False
    ordered: bool = True
    numbered: bool = True
    complete: bool = False

    def listed(self) -> Iterator[tuple[str, Variable]]:
        """Yield every variable behind its name."""
        return ((each.name, each) for each in self.variables)


ASIDE: Final = frozenset(
    {
        "variables",
        "trainable_variables",
        "non_trainable_variables",
        "regularization_losses",
        "losses",
        "metrics",
        "layer_metrics",
        "layer_regularization_losses",
        "keras_api",
        "signatures",
        "optimizer",
        "root",
        "state_variables",
        "token_counts",
        "seed_generator",
        "_random_generator",
        "_tracked",
        "_inbound_nodes",
        "_outbound_nodes",
        "_all_variables",
        "__call__",
    }
)
"""Edges to what a layer does not compute with, or holds a second time."""


@dataclass(frozen=True)
class Table:
    """A lookup table: what it has for each key."""

    keys: tuple[Any, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Tracked:
    """One object that TensorFlow noted: the names of those that it holds, and what it is.

    ``edges`` are in the file's order: a name, and a place among all objects. ``name`` is a layer's
    own, where the file has it.
    """

    edges: tuple[tuple[str, int], ...] = ()
    name: str = ""
    variable: Variable | None = None
    table: Table | None = None

    def edge(self, name: str) -> int | None:
        """Return the place of what stands under a name, or None where there is nothing."""
        return next((place for own, place in self.edges if own == name), None)


@dataclass(frozen=True)
class ObjectGraph:
    """TensorFlow 2: all objects of a SavedModel or a checkpoint, the outermost one first.

    One object may stand in several places, and circles are possible. No object has a class;
    ``named`` says that layers have their names.
    """

    objects: tuple[Tracked, ...]
    named: bool = False

    def listed(self) -> Iterator[tuple[str, Variable]]:
        """Yield every variable behind a path that leads to it: by what layers are called, if any.

        What is only reached by other edges, such as a list of all variables, comes last.
        """
        aside: list[tuple[str, int]] = []
        waiting, seen = [("", 0)], set[int]()
        while waiting or aside:
            path, place = (waiting or aside).pop()
            if place in seen:
                continue
            seen.add(place)
            found = self.objects[place]
            if found.variable is not None:
                yield path, found.variable
            for name, at in reversed(found.edges):
                where = aside if name in ASIDE else waiting
                where.append((f"{path}/{name}" if path else name, at))


@dataclass(frozen=True)
class NamedVariables:
    """TensorFlow 1: variables by their names, with whatever else a program kept beside them."""

    variables: tuple[Variable, ...]

    def listed(self) -> Iterator[tuple[str, Variable]]:
        """Yield every variable behind its name."""
        return ((each.name, each) for each in self.variables)


Weights: TypeAlias = LayerGroups | VariableTree | FlatVariables | ObjectGraph | NamedVariables


@dataclass(frozen=True, kw_only=True)
class SavedModel:
    """A file, or an architecture with its weights, still in the words of its Keras.

    ``config`` is the parsed top level of the architecture ({"class_name": ..., "config": ...}, or
    Keras 0.3's flat form), None when there are only weights. ``keras_version`` is as the file
    spells it ("2.2.4-tf"), None when it says nothing. ``asset`` returns a text asset
    ("layers/string_lookup/vocabulary.txt" below ``assets/``), or None where it is absent. ``notes``
    say what was concluded that the file does not say; ``missing`` why there is no architecture.
    ``activations`` are those that stand beside bare weights.
    """

    path: str
    format: str
    config: dict[str, Any] | None
    weights: Weights | None
    keras_version: str | None = None
    backend: str | None = None
    sha256: str = ""
    notes: tuple[str, ...] = ()
    activations: tuple[str, ...] = ()
    missing: str = ""
    asset: Callable[[str], str | None] = field(default=lambda _name: None)


def said_text(said: Mapping[str, Any], key: str) -> str | None:
    """Return what a file says under a key, if that is text."""
    value = said.get(key)
    return value if isinstance(value, str) else None
