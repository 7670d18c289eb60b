"""The weights tree of Keras 2.12 and later: one group a layer, its variables in ``vars/0`` ..."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import filterfalse
from typing import Any, Final

from keronyx.converter.errors import FileFormatError, WeightError, shorten
from keronyx.converter.files import storage
from keronyx.converter.files.saved import VariableTree
from keronyx.converter.files.storage import Storage
from keronyx.converter.limits import current, limited
from keronyx.converter.several import picked
from keronyx.converter.tensors import Variable

ROOTS: Final = re.compile(r"(layers|_layer_checkpoint_dependencies)(\\.*)?|vars")
"""Members by which the tree is known; Windows's Keras 2.15 wrote ``layers\\dense`` as one name."""

TRAINING: Final = re.compile(r"(optimizer|metrics|compile|_?compile_metrics|loss_tracker)\b.*")
"""What training left at the root: nothing that is needed to run the model."""


@dataclass
class Branches:
    """The tree while it is gathered: ``variables[group][index]``, and the names of groups."""

    variables: dict[str, dict[str, Variable]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, key: str, index: str, variable: Variable) -> None:
        """Enter one variable, which must be new."""
        group = self.variables.setdefault(key, {})
        if index in group:
            raise WeightError(f"variable '{shorten(variable.name)}' is there twice")
        group[index] = variable

    def finish(self) -> VariableTree:
        """Put every group's variables in order: ``0`` to ``n-1``, then those with names."""
        ordered = {key: _ordered(key, group) for key, group in self.variables.items()}
        return VariableTree(variables=ordered, names=self.names)


def _ordered(key: str, group: Mapping[str, Variable]) -> tuple[Variable, ...]:
    numbers = [*map(str, range(sum(map(str.isdecimal, group))))]
    for missing in filterfalse(group.__contains__, numbers):
        raise WeightError(f"variable '{shorten(key)}/vars/{missing}' is missing")
    named = sorted(filterfalse(str.isdecimal, group))
    return picked(group, (*numbers, *named))


def read_tree(root: Any, source: Storage) -> VariableTree | None:
    """Read the tree below a root, or return None where there is none."""
    if not any(map(ROOTS.fullmatch, root)):
        return None
    branches = Branches()
    gather(root, source, branches)
    return branches.finish()


def gather(root: Any, source: Storage, branches: Branches) -> None:
    """Enter every group and variable below a root, without recursion and each group once."""
    for path, item in _walk(root, set()):
        key, _, last = path.rpartition("/")
        if not storage.is_group(item):
            _enter(path, item, source, branches)
        elif last == "vars":
            branches.variables.setdefault(key, {})
            name = storage.text(item, "name")
            branches.names.update({key: name} if name else {})
        else:
            branches.variables.setdefault(path, {})


def _enter(path: str, item: Any, source: Storage, branches: Branches) -> None:
    """Enter a variable, which must lie in the ``vars`` of a group."""
    key, _, last = path.rpartition("/")
    parent, _, kind = key.rpartition("/")
    if kind != "vars":
        raise WeightError(f"variable '{shorten(path)}' is not in a group 'vars'")
    branches.add(parent, last, source.variable(item, path))


def _walk(root: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    waiting = [("", name, root, 0) for name in root if not TRAINING.fullmatch(name)][::-1]
    count = 0
    while waiting:
        parent, name, group, depth = waiting.pop()
        item = storage.member(group, name)
        path = f"{parent}/{name}".lstrip("/").replace("\\", "/")
        count += 1
        _check_limits(count, depth)
        yield path, item
        if storage.is_group(item):
            _once(item, path, seen)
            waiting += [(path, child, item, depth + 1) for child in item][::-1]


def _check_limits(count: int, depth: int) -> None:
    limits = current()
    if count > limits.hdf5_objects:
        raise FileFormatError("too many groups and datasets", hint=limited("hdf5_objects"))
    if depth > limits.hdf5_depth:
        raise FileFormatError("groups are nested too deep", hint=limited("hdf5_depth"))


def _once(group: Any, path: str, seen: set[int]) -> None:
    place = storage.address(group)
    if place in seen:
        raise FileFormatError(f"group '{shorten(path)}' is linked from two places")
    seen.add(place)
