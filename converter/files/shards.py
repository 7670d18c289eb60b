"""Weights in several files: ``model.weights.json`` says which shard holds which group."""

from itertools import chain
from typing import Any

from keronyx.converter.errors import FileFormatError, WeightError, shorten
from keronyx.converter.files import storage, tree
from keronyx.converter.files.markup import parse_object
from keronyx.converter.files.members import Members
from keronyx.converter.files.saved import VariableTree
from keronyx.converter.files.storage import Storage
from keronyx.converter.several import are_all


def read_shards(members: Members, index: str) -> VariableTree:
    """Read every shard that an index names, and put the variables of each group together."""
    weight_map = parse_object(members.text(index), f"'{index}'").get("weight_map")
    if not isinstance(weight_map, dict):
        raise FileFormatError(f"'{index}' has no 'weight_map'")
    listed = {group: _files(group, entry) for group, entry in weight_map.items()}
    branches = tree.Branches()
    for name in sorted({*chain.from_iterable(listed.values())}):
        span = members.span(name)
        with storage.opened(span) as file:
            tree.gather(file, Storage(span=span), branches)
    _check(listed, branches)
    return branches.finish()


def _files(group: str, entry: Any) -> list[str]:
    files = [entry] if isinstance(entry, str) else entry
    if not isinstance(files, list) or not are_all(str, files):
        raise FileFormatError(f"weight_map of '{shorten(group)}' is not a list of file names")
    return files


def _check(listed: dict[str, list[str]], branches: tree.Branches) -> None:
    for group in listed:
        key = group.strip("/").removesuffix("vars").rstrip("/")
        if not tree.TRAINING.fullmatch(key) and not branches.variables.get(key):
            raise WeightError(f"variables of '{shorten(group)}' are in none of the shards")
