"""Weights without an architecture: a chain of Dense layers, when the activations are told."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from keronyx.converter.architecture import group_name, input_kind
from keronyx.converter.description.biases import check_biases
from keronyx.converter.description.order import Piece, arranged
from keronyx.converter.dialect.tables import FAMILY_OF
from keronyx.converter.errors import UsageError, WeightError, shorten
from keronyx.converter.files.arrays import place_of
from keronyx.converter.files.saved import (
    FlatVariables,
    LayerGroups,
    NamedVariables,
    ObjectGraph,
    SavedModel,
    VariableTree,
    WeightGroup,
    Weights,
)
from keronyx.converter.tensors import Variable
from keronyx.converter.weights.named import is_of_training
from keronyx.converter.weights.tree import ROOTS

WHY: Final = (
    "they do not say what comes after each layer, and a forgotten relu gives wrong numbers; "
    "convert the model's JSON with --weights and this file, or give --activations relu,relu,linear"
)
SAVED_MODEL: Final = "TensorFlow SavedModel"
GRAPH: Final = (
    "the file holds no layers of Keras, but TensorFlow's operations; load the Keras model that it "
    'was made of and call model.save("model.keras"), or give --activations relu,relu,linear'
)
WHOLE: Final = (
    "such weights go with their architecture: write model.to_json() to a file, convert that with "
    "--weights and this one; or save the model whole, model.save('model.keras')"
)

IN_TREE: Final = re.compile(r"/vars/[0-9]+$")
"""What Keras 3's weights files add to a layer's name."""


@dataclass(frozen=True)
class Told:
    """What a user says beside bare weights.

    ``activations``: one for every layer, or one for each. ``order``: the names of the layers, one
    after the other. ``use_bias`` is False where no layer has a bias.
    """

    activations: Sequence[str] | str | None = None
    order: Sequence[str] | None = None
    use_bias: bool = True

    def __bool__(self) -> bool:
        """Tell whether anything is said."""
        return self.activations is not None or self.order is not None or not self.use_bias


def chain(saved: SavedModel, told: Told) -> SavedModel:
    """Return the saved model with the architecture of a Sequential of Dense layers.

    Raises UsageError where activations are missing, not as many as layers, or where what is told
    cannot be; WeightError where the weights are no chain of Dense layers, or their order or whether
    they have biases stays open.
    """
    if saved.config is not None:
        raise UsageError(f"{_said(told)} with bare weights; this file has an architecture")
    activations = _activations(saved, told)
    pieces = list(_pieces(saved.weights))
    _check_kinds(pieces)
    ordered, note = arranged(pieces, told.order, where=_where(saved))
    layers = _dense_layers(ordered)
    notes = [note, check_biases(layers, saved.weights, use_bias=told.use_bias)]
    return _sequential(saved, layers, activations, tuple(filter(None, notes)))


def _activations(saved: SavedModel, told: Told) -> Sequence[str] | str:
    """Return the activations that are told, or those that stand beside the weights."""
    beside = list(saved.activations)
    if told.activations is None:
        if not beside:
            raise UsageError("weights without an architecture", hint=_why(saved))
        return beside
    if beside and _for_each(told.activations, len(beside)) != beside:
        what = f"other activations than the file's own, {shorten(','.join(beside))}"
        raise UsageError(what, hint="leave them out, or correct the file")
    return told.activations


def _why(saved: SavedModel) -> str:
    return f"{saved.missing}; {GRAPH}" if saved.format == SAVED_MODEL else WHY


def _said(told: Told) -> str:
    if told.activations is not None:
        return "activations go"
    return "an order goes" if told.order is not None else "--no-bias (use_bias=False) goes"


def _where(saved: SavedModel) -> str:
    return "the file" if saved.format != "folder of NumPy arrays" else "the folder"


def _pieces(weights: Weights | None) -> Iterator[Piece]:
    """Yield the variables of each layer, as far as the file tells layers apart."""
    match weights:
        case FlatVariables():
            yield from _flat_pieces(weights)
        case LayerGroups(groups):
            for place, group in enumerate(groups):
                yield from _parts(group, place)
        case VariableTree():
            yield from _tree_pieces(weights)
        case ObjectGraph() | NamedVariables():
            yield from _tracked_pieces(weights)
        case None:
            raise WeightError("no weights in the file")


def _flat_pieces(weights: FlatVariables) -> Iterator[Piece]:
    for place, (name, several) in enumerate(groupby(weights.variables, _layer)):
        at = place if weights.ordered else 0
        yield Piece(name, tuple(several), at, kind=_kind(name), numbered=weights.numbered)


def _tree_pieces(weights: VariableTree) -> Iterator[Piece]:
    for name, variables in weights.variables.items():
        if variables:
            yield Piece(name, variables, own=True, kind=_kind(name, weights.names.get(name, "")))


def _tracked_pieces(weights: ObjectGraph | NamedVariables) -> Iterator[Piece]:
    """Yield the layers of a checkpoint, without what training left there."""
    layers: dict[str, list[Variable]] = {}
    for path, variable in weights.listed():
        layer, _, name = path.rpartition("/")
        if not is_of_training(path):
            layers.setdefault(layer, []).append(
                replace(variable, name=f"{layer}/{name.lstrip('_')}")
            )
    for layer, variables in layers.items():
        yield Piece(layer, tuple(variables), own=True)


def _layer(variable: Variable) -> str:
    """Return the layer that a variable's name tells, or else its whole name."""
    place = place_of(variable.name)
    return IN_TREE.sub("", variable.name) if place is None else place[0]


def _parts(group: WeightGroup, place: int) -> Iterator[Piece]:
    """Take a nested model's layers apart: what was frozen is listed last, whatever its place."""
    layers: dict[str, list[Variable]] = {}
    for variable, name in zip(group.variables, _layer_names(group), strict=True):
        layers.setdefault(name, []).append(variable)
    for name, variables in layers.items():
        path = group.name if len(layers) == 1 else f"{group.name}/{name}"
        yield Piece(path, tuple(variables), place, own=True)


def _layer_names(group: WeightGroup) -> list[str]:
    """Return the layer of each variable; nothing where a name does not tell it."""
    places = [place_of(variable.name) for variable in group.variables]
    told = [place[0] for place in places if place is not None]
    return told if len(told) == len(places) else [""] * len(places)


def _kind(name: str, noted: str = "") -> str:
    """Return the class that a group was named after, or its layer by default; "" for neither."""
    parent, _, last = name.rpartition("/")
    named = last if parent.rpartition("/")[2] in ROOTS else noted
    kind = re.sub(r"_[0-9]+$", "", named)
    return kind if kind in set(map(group_name, FAMILY_OF)) else ""


def _check_kinds(pieces: Sequence[Piece]) -> None:
    """Raise WeightError for what cannot be a Dense layer's by its name or its shapes alone."""
    if not pieces:
        raise WeightError("no kernel among the weights")
    for piece in pieces:
        _check_kind(piece)


def _check_kind(piece: Piece) -> None:
    if piece.kind not in ("", "dense"):
        what = f"'{shorten(piece.name)}', a layer of class {piece.kind}, continues no chain"
        raise WeightError(f"{what} of Dense layers", hint=WHOLE)
    if piece.own and len(piece.variables[0].shape) != 2:
        raise _no_chain(_told(piece.variables[0], piece))
    for other in filter(_is_misnamed, piece.variables):
        raise _no_chain(_told(other, piece))


def _is_misnamed(variable: Variable) -> bool:
    """Tell whether a name says of a variable what its shape denies."""
    place = place_of(variable.name)
    return place is not None and place[1] != {1: "bias", 2: "kernel"}.get(len(variable.shape))


def _sequential(
    saved: SavedModel,
    layers: Sequence[Sequence[Variable]],
    activations: Sequence[str] | str,
    notes: tuple[str, ...],
) -> SavedModel:
    names = _for_each(activations, len(layers))
    dtype = {"float64": "float64"}.get(layers[0][0].dtype, "float32")
    first = {"class_name": input_kind().__name__, "config": _input(layers[0][0], dtype)}
    entries = [
        _dense(index, variables, name, dtype)
        for index, (variables, name) in enumerate(zip(layers, names, strict=True), 1)
    ]
    groups = tuple(
        WeightGroup(f"dense_{index}", _plain(variables))
        for index, variables in enumerate(layers, 1)
    )
    return replace(
        saved,
        config={
            "class_name": "Sequential",
            "config": {"name": "chain", "layers": [first, *entries]},
        },
        weights=LayerGroups(groups, positional=True),
        notes=notes,
    )


def _for_each(activations: Sequence[str] | str, layers: int) -> list[str]:
    """Return an activation for each layer: one that is told alone is that of all."""
    told = [activations] if isinstance(activations, str) else list(activations)
    if len(told) not in (1, layers):
        raise UsageError(f"{len(told)} activations for {layers} Dense layers")
    return told * layers if len(told) == 1 else told


def _plain(variables: Sequence[Variable]) -> tuple[Variable, ...]:
    return tuple(
        replace(variable, name=name)
        for variable, name in zip(variables, ("kernel", "bias"), strict=False)
    )


def _input(kernel: Variable, dtype: str) -> dict[str, Any]:
    return {"name": "input", "batch_shape": [None, kernel.shape[0]], "dtype": dtype}


def _dense(
    index: int, variables: Sequence[Variable], activation: str, dtype: str
) -> dict[str, Any]:
    config = {
        "name": f"dense_{index}",
        "units": variables[0].shape[1],
        "activation": activation.strip(),
        "use_bias": len(variables) > 1,
        "dtype": dtype,
    }
    return {"class_name": "Dense", "config": config}


def _dense_layers(pieces: Sequence[Piece]) -> list[list[Variable]]:
    """Group kernels (inputs, units) with the biases (units,) that follow them."""
    layers: list[list[Variable]] = []
    for piece in pieces:
        for variable in piece.variables:
            if not _continues(layers, variable.shape):
                raise _turned() if _are_turned(pieces) else _no_chain(_told(variable, piece))
            if len(variable.shape) == 2:
                layers.append([])
            layers[-1].append(variable)
    return layers


def _continues(layers: Sequence[Sequence[Variable]], shape: tuple[int, ...]) -> bool:
    """Tell whether a kernel takes what the last layer gives, or a bias is the one it lacks."""
    if not layers:
        return len(shape) == 2
    last = layers[-1]
    units = last[0].shape[1]
    return shape[0] == units if len(shape) == 2 else len(last) == 1 and shape == (units,)


def _told(variable: Variable, piece: Piece) -> str:
    name = variable.name if place_of(variable.name) else piece.name
    return f"'{shorten(name)}' with shape {variable.shape}"


def _are_turned(pieces: Sequence[Piece]) -> bool:
    """Tell kernels that would be a chain if they were transposed."""
    layers: list[list[Variable]] = []
    for variable in (each for piece in pieces for each in piece.variables):
        turned = replace(variable, shape=variable.shape[::-1])
        if not _continues(layers, turned.shape):
            return False
        if len(turned.shape) == 2:
            layers.append([])
        layers[-1].append(turned)
    return True


def _turned() -> WeightError:
    return WeightError(
        "the kernels are (units, inputs), as others than Keras keep them",
        hint="transpose them, as in np.savez('weights.npz', W1=w1.T, b1=b1)",
    )


def _no_chain(what: str) -> WeightError:
    return WeightError(
        f"{what} continues no chain of Dense layers",
        hint="kernels are (inputs, units), each followed by its bias (units,); "
        "--order NAME,NAME,... says another order of the layers",
    )
