"""Binding: which variable of the file belongs to which layer of the architecture."""

from dataclasses import dataclass, field

from keronyx.converter.architecture import ModelConfig
from keronyx.converter.errors import WeightError
from keronyx.converter.files.saved import (
    FlatVariables,
    LayerGroups,
    NamedVariables,
    ObjectGraph,
    VariableTree,
    Weights,
)
from keronyx.converter.weights.groups import bind_flat, bind_groups
from keronyx.converter.weights.named import bind_named
from keronyx.converter.weights.objects import Vocabularies, bind_objects
from keronyx.converter.weights.slots import Found
from keronyx.converter.weights.tree import bind_tree, merged

__all__ = ["Bound", "bind"]


@dataclass(frozen=True)
class Bound:
    """The architecture as its weights file means it, with every layer's variables.

    ``variables`` are by the layer's path (names from the outermost model inwards) and by name;
    ``groups`` are the layers' groups in the file, where it has a tree of them; ``vocabularies``
    those that it keeps in tables.
    """

    model: ModelConfig
    variables: Found
    groups: dict[str, str] = field(default_factory=dict)
    vocabularies: Vocabularies = field(default_factory=dict)


def bind(model: ModelConfig, weights: Weights | None) -> Bound:
    """Find every layer's variables.

    Raises WeightError when the weights do not fit the architecture.
    """
    match weights:
        case None:
            raise WeightError("an architecture without weights", hint="give them with --weights")
        case LayerGroups():
            return Bound(model, bind_groups(model, weights))
        case FlatVariables():
            return Bound(model, bind_flat(model, weights))
        case NamedVariables():
            return Bound(model, bind_named(model, weights))
        case ObjectGraph():
            found, vocabularies = bind_objects(model, weights)
            return Bound(model, found, vocabularies=vocabularies)
        case VariableTree():
            model = merged(model)
            return Bound(model, *bind_tree(model, weights))
