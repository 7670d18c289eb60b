"""Which layers of a file have variables in it, as far as its names tell."""

import re
from collections.abc import Callable
from typing import TypeAlias

from keronyx.converter.architecture import group_name
from keronyx.converter.files.saved import LayerGroups, VariableTree, Weights

Stored: TypeAlias = Callable[[str, str], bool]
"""Tells by a layer's name and its class whether there are variables of it."""


def stored_in(weights: Weights | None) -> Stored:
    """Return what tells it of the layers of a file; a format that does not say so denies it."""
    if isinstance(weights, LayerGroups):
        names = {group.name for group in weights.groups if group.variables}
        return lambda name, _class_name: name in names
    if isinstance(weights, VariableTree):
        return _in_tree(weights)
    return lambda _name, _class_name: False


def _in_tree(tree: VariableTree) -> Stored:
    filled = [path for path, variables in tree.variables.items() if variables]
    kinds = {re.sub(r"_[0-9]+$", "", part) for path in filled for part in path.split("/")}
    return lambda _name, class_name: group_name(class_name.rpartition(">")[2]) in kinds
