"""Weights without a model: ``.npz``, ``.npy``, folders of ``.npy``, and arrays in memory."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from keronyx.converter.errors import UsageError, WeightError, shorten
from keronyx.converter.files.hashing import fingerprint
from keronyx.converter.files.members import Folder
from keronyx.converter.files.npy import read_npy, read_npz
from keronyx.converter.files.saved import FlatVariables, SavedModel
from keronyx.converter.files.span import Span
from keronyx.converter.files.variables import numeric
from keronyx.converter.files.zips import Archive
from keronyx.converter.numbered import numbers_in, stem_of
from keronyx.converter.several import called, keyed, picked
from keronyx.converter.tensors import Array, Variable

SPELLINGS: Final = {
    "kernel": ("kernel", "kernels", "weight", "weights", "w"),
    "embeddings": ("embeddings",),
    "recurrent_kernel": ("recurrent_kernel", "u"),
    "bias": ("bias", "biases", "b"),
    "gamma": ("gamma",),
    "beta": ("beta",),
    "moving_mean": ("moving_mean", "running_mean"),
    "moving_variance": ("moving_variance", "moving_var", "running_var"),
}
"""How people call the variables of a layer, in Keras's order within a layer."""

ROLES: Final = {word: role for role, words in SPELLINGS.items() for word in words}
ORDER: Final = tuple(SPELLINGS)

NAME: Final = re.compile(
    r"(?:|(?P<layer>.*?)[/_.\-]|(?P<numbered>.*?\d))"
    rf"(?P<role>{'|'.join(sorted(ROLES, key=len, reverse=True))})"
    r"[/_.\-]?(?P<number>\d*)(?::0)?",
    re.IGNORECASE | re.DOTALL,
)
"""``dense_1/kernel``, ``dense_1_W``, ``w1``, ``biases_0``: layer, role, and perhaps a number."""


LEADING: Final = re.compile(r"[0-9]+")
AUTOMATIC: Final = re.compile(r"(?:.*/)?dense(?:_[0-9]+)?")
"""Names that Keras itself gives Dense layers."""


def saved_from_arrays(
    weights: Iterable[ArrayLike], biases: Iterable[ArrayLike | None] | None = None
) -> SavedModel:
    """Wrap arrays: what ``get_weights()`` returns, or the kernels and the biases in two lists.

    A bias may be None, where its layer has none.
    """
    arrays = list(weights)
    names = [""] * len(arrays)
    if biases is not None:
        arrays, names = _paired(arrays, list(biases))
    variables = [in_memory(array, name) for array, name in zip(arrays, names, strict=True)]
    if biases is None:
        found = FlatVariables(tuple(_labelled(variables)))
    else:
        found = FlatVariables(tuple(map(_flat_bias, variables)), complete=True)
    return replace(_saved("arrays in memory", "arrays", found), sha256=_digest(variables))


def saved_from_named(named: Mapping[str, Variable]) -> SavedModel:
    """Wrap variables in memory by their names, as those of an ``.npz`` file."""
    variables = [replace(each, name=name) for name, each in named.items()]
    found = _saved("arrays in memory", "arrays", _as_listed(variables))
    return replace(found, sha256=_digest(variables))


def by_order(weights: FlatVariables, path: str) -> tuple[Variable, ...]:
    """Return variables in the order that their file or their names tell."""
    if not weights.ordered:
        what = "its names do not say in which order its arrays come"
        raise WeightError(what, hint="number them, as in w1, w2, w3", path=path)
    return weights.variables


def _paired(kernels: list[Any], biases: list[Any]) -> tuple[list[Any], list[str]]:
    if len(kernels) != len(biases):
        raise UsageError(
            f"{len(kernels)} kernels, but {len(biases)} biases",
            hint="give one bias for each kernel, None where there is none",
        )
    named: dict[str, Any] = {}
    for index, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
        named |= {f"{index}/kernel": kernel, f"{index}/bias": bias}
    there = {name: array for name, array in named.items() if array is not None}
    return list(there.values()), list(there)


def in_memory(value: Any, name: str = "") -> Variable:
    """Describe an array in memory; raises WeightError where it is none."""
    try:
        array: Array = np.asarray(value)
    except ValueError as error:
        raise WeightError("the rows of an array differ in length") from error
    numeric(array.dtype, name or "array")
    return Variable.of(array.astype(array.dtype.newbyteorder("="), copy=False), name)


def _digest(variables: Sequence[Variable]) -> str:
    found = hashlib.sha256()
    for variable in variables:
        found.update(f"{variable.dtype}{variable.shape}".encode())
        found.update(np.ascontiguousarray(variable.load()).tobytes())
    return found.hexdigest()


def read_npz_file(archive: Archive) -> SavedModel:
    """Read a ``.npz`` file, whose members stand in the order in which they were given.

    The order of the alphabet is nobody's choice: HDF5 lists its groups so, and what is copied from
    there.
    """
    return _saved(archive.path, "NumPy archive", _as_listed(read_npz(archive)))


def _as_listed(variables: Sequence[Variable]) -> FlatVariables:
    """Arrange variables whose order was somebody's choice, unless it is the alphabet's."""
    names = called(variables)
    return _arranged(variables, listed=len(names) == 1 or names != sorted(names))


def read_npy_file(path: str) -> SavedModel:
    """Read one array."""
    labelled = _labelled([read_npy(Span.of_file(path), Path(path).stem)])
    return _saved(path, "NumPy array", FlatVariables(tuple(labelled)))


def read_npy_folder(folder: Folder) -> SavedModel:
    """Read every ``.npy`` file of a folder, which has no order but what the names say."""
    names = sorted(called(Path(folder.path).glob("*.npy")))
    variables = [read_npy(folder.span(name), name.removesuffix(".npy")) for name in names]
    return saved_from_folder(folder, "folder of NumPy arrays", variables)


def saved_from_folder(folder: Folder, form: str, variables: Sequence[Variable]) -> SavedModel:
    """Wrap the variables of a folder, each of a file of its name."""
    saved = _saved(folder.path, form, _arranged(variables, listed=False))
    return replace(saved, sha256=fingerprint(folder.used))


def _saved(path: str, form: str, weights: FlatVariables) -> SavedModel:
    return SavedModel(path=path, format=form, config=None, weights=weights)


def _arranged(variables: Sequence[Variable], *, listed: bool) -> FlatVariables:
    """Put variables in the order of ``get_weights()``, and spell their names layer/variable.

    ``listed`` says that they come in an order that someone chose. Where nothing says an order,
    what belongs to one layer stands together all the same.
    """
    layers = _by_layer(variables)
    if layers is None:
        return _unnamed(variables, listed=listed)
    names = _ordered(list(layers), listed=listed)
    # Keras numbers layers as they are made, and lists them as they are called.
    automatic = all(map(AUTOMATIC.fullmatch, layers))
    contrary = listed and automatic and names != list(layers)
    found = chain.from_iterable(_spelled(layer, layers[layer]) for layer in names or layers)
    ordered = names is not None and not contrary
    return FlatVariables(tuple(found), ordered=ordered, numbered=not contrary)


def _spelled(layer: str, group: Mapping[str, Variable]) -> list[Variable]:
    """Return the variables of a layer as Keras orders them, by the names layer/variable."""
    roles = sorted(group, key=ORDER.index)
    return [_flat_bias(replace(group[role], name=f"{layer}/{role}")) for role in roles]


def _unnamed(variables: Sequence[Variable], *, listed: bool) -> FlatVariables:
    """Put variables whose names tell no layer in order, if there is one."""
    by_name = keyed(variables)
    names = _ordered(list(by_name), listed=listed)
    if names is None:
        return FlatVariables(tuple(variables), ordered=False)
    return FlatVariables(tuple(_labelled(list(picked(by_name, names)))))


def _by_layer(variables: Sequence[Variable]) -> dict[str, dict[str, Variable]] | None:
    """Return the variables of each layer by their roles, or None where a name tells neither."""
    places = [place_of(variable.name) for variable in variables]
    if None in places:
        return None
    layers: dict[str, dict[str, Variable]] = {}
    for variable, (layer, role) in zip(variables, filter(None, places), strict=True):
        group = layers.setdefault(layer, {})
        if role in group:
            both = f"'{shorten(group[role].name)}' and '{shorten(variable.name)}'"
            raise WeightError(f"{both} are both the {role} of one layer")
        group[role] = variable
    return layers


def place_of(name: str) -> tuple[str, str] | None:
    """Return the layer and the role that a name tells, or None."""
    match = NAME.fullmatch(name)
    if match is None:
        return None
    parts = (match["layer"], match["numbered"], match["number"])
    return "_".join(filter(None, parts)) or "0", ROLES[match["role"].lower()]


def _ordered(names: list[str], *, listed: bool) -> list[str] | None:
    """Return names in the order that their numbers say, or else as listed; None where untold."""
    leading = [match[0] for match in map(LEADING.match, names) if match]
    apart = len(leading) == len(names) == len(set(leading))
    if apart or len(set(map(stem_of, names))) == 1:
        return sorted(names, key=numbers_in)
    return names if listed else None


def _flat_bias(variable: Variable) -> Variable:
    """Return a bias that is kept as one row, one column or one number as the list that it is."""
    place = place_of(variable.name)
    is_bias = place is not None and place[1] == "bias"
    if not is_bias or len(variable.shape) == 1 or variable.size != max(variable.shape, default=1):
        return variable
    return _flat(variable)


def _flat(variable: Variable) -> Variable:
    return replace(variable, shape=(variable.size,), load=lambda: variable.load().reshape(-1))


def _unrowed(variables: Sequence[Variable]) -> list[Variable]:
    """Return arrays with every row (1, units) right after a kernel of these units flat.

    No kernel could follow with a single input, but where there is a single unit: a (1, 1) is only
    taken for a bias where others are rows, too.
    """
    pairs = zip([None, *variables], variables, strict=False)
    rows = [each for before, each in pairs if before and each.shape == (1, *before.shape[1:])]
    if not any(row.size > 1 for row in rows):
        return [*variables]
    return [_flat(each) if each in rows else each for each in variables]


def _labelled(given: Sequence[Variable]) -> list[Variable]:
    """Name what is plainly a kernel, or the bias right after it; number the others."""
    variables = _unrowed(given)
    labelled: list[Variable] = []
    layer, units = -1, None
    for index, variable in enumerate(variables):
        if len(variable.shape) > 1:
            layer, units = layer + 1, variable.shape[-1]
            label = f"{layer}/kernel"
        elif units is not None and variable.shape == (units,):
            label, units = f"{layer}/bias", None
        else:
            label, units = f"arr_{index}", None
        labelled.append(replace(variable, name=label))
    return labelled
