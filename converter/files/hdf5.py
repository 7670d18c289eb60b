"""What Keras keeps in HDF5: whole models, weights by layer (to Keras 2), the weights tree."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from keronyx.converter.errors import FileFormatError, WeightError, shorten
from keronyx.converter.files import storage, tree
from keronyx.converter.files.markup import parse_object
from keronyx.converter.files.saved import LayerGroups, SavedModel, WeightGroup, Weights
from keronyx.converter.files.span import Span
from keronyx.converter.files.storage import Storage
from keronyx.converter.tensors import Variable

TOP_LEVEL: Final = "top_level_model_weights"
"""The group of the variables that the model itself owns; it is not among the layer names."""


def read_hdf5(span: Span, *, bfloat16: bool = False) -> SavedModel:
    """Read a whole model, or weights of any age; ``bfloat16`` as ``Storage`` has it."""
    with storage.opened(span) as file:
        config = storage.text(file, "model_config")
        saved = _weights_alone(
            file, Storage(span=span, bfloat16=bfloat16 or "bfloat16" in (config or ""))
        )
        if config is not None:
            model = parse_object(config, "model_config")
            return replace(saved, format="HDF5 model", config=model)
        if saved.weights is None:
            raise FileFormatError("an HDF5 file, but neither a Keras model nor Keras weights")
        return saved


def _weights_alone(file: Any, source: Storage) -> SavedModel:
    """Read the weights, where there are any, and what is said of the Keras that wrote them."""
    groups = _groups(file)
    weights = _weights(groups, source)
    if weights is None and groups is not file:
        raise WeightError("attribute 'layer_names' of 'model_weights' is missing")
    return SavedModel(
        path=source.span.path,
        format="HDF5 weights",
        config=None,
        weights=weights,
        keras_version=_said("keras_version", file, groups),
        backend=_said("backend", file, groups),
    )


def _groups(file: Any) -> Any:
    """Return what holds the layers' groups: ``model_weights``, or the file itself."""
    root = storage.member(file, "model_weights")
    if root is None:
        return file
    if not storage.is_group(root):
        raise FileFormatError("'model_weights' is not a group")
    return root


def _said(name: str, *items: Any) -> str | None:
    return next(filter(None, (storage.text(item, name) for item in items)), None)


def _weights(root: Any, source: Storage) -> Weights | None:
    for read in LAYOUTS:
        found = read(root, source)
        if found is not None:
            return found
    return None


def _named_layers(root: Any, source: Storage) -> LayerGroups | None:
    """Read Keras 1 to 3's ``layer_names``, whose order is the only order there is."""
    layers = storage.names(root, "layer_names")
    if layers is None:
        return None
    _distinct(layers, "layer_names")
    groups = [_named_layer(root, layer, source) for layer in layers]
    if TOP_LEVEL not in layers:
        groups += _top_level(root, source)
    return LayerGroups(groups=tuple(groups))


def _top_level(root: Any, source: Storage) -> Iterator[WeightGroup]:
    """Yield the group of the model's own variables, where there is one that holds any."""
    if storage.member(root, TOP_LEVEL) is not None:
        top = _named_layer(root, TOP_LEVEL, source)
        if top.variables:
            yield top


def _named_layer(root: Any, layer: str, source: Storage) -> WeightGroup:
    group = storage.member(root, layer)
    if group is None:
        raise WeightError("listed in layer_names, but its group is missing", layer=layer)
    weights = storage.names(group, "weight_names")
    if weights is None:
        raise WeightError("attribute 'weight_names' is missing", layer=layer)
    _distinct(weights, f"weight_names of layer '{shorten(layer)}'")
    return WeightGroup(layer, tuple(_variable(group, name, layer, source) for name in weights))


def _numbered_layers(root: Any, source: Storage) -> LayerGroups | None:
    """Read Keras 0.3's ``layer_0``, ``layer_1``, ..., where the position is the key."""
    count = storage.number(root, "nb_layers")
    if count is None:
        return None
    # Ends at the first that is missing, whatever the number claims.
    return _positional(root, (f"layer_{index}" for index in range(count)), source)


def _graph(root: Any, source: Storage) -> LayerGroups | None:
    """Read the one flat list of a Keras 0.3 ``Graph``."""
    if "graph" not in root or "nb_params" not in storage.member(root, "graph").attrs:
        return None
    return _positional(root, ("graph",), source)


def _positional(root: Any, layers: Iterable[str], source: Storage) -> LayerGroups:
    groups = tuple(_numbered_layer(root, layer, source) for layer in layers)
    return LayerGroups(groups=groups, positional=True)


def _numbered_layer(root: Any, layer: str, source: Storage) -> WeightGroup:
    group = storage.member(root, layer)
    count = None if group is None else storage.number(group, "nb_params")
    if count is None:
        raise WeightError("its group or the number of its parameters is missing", layer=layer)
    names = (f"param_{index}" for index in range(count))
    return WeightGroup(layer, tuple(_variable(group, name, layer, source) for name in names))


def _variable(group: Any, name: str, layer: str, source: Storage) -> Variable:
    dataset = storage.member(group, name)
    if dataset is None:
        raise WeightError(f"variable '{shorten(name)}' is listed, but not there", layer=layer)
    return source.variable(dataset, name)


def _distinct(names: Sequence[str], what: str) -> None:
    if len(set(names)) != len(names):
        [(twice, _)] = Counter(names).most_common(1)
        raise WeightError(f"{what} has '{shorten(twice)}' twice")


LAYOUTS: Final[tuple[Callable[[Any, Storage], Weights | None], ...]] = (
    _named_layers,
    _numbered_layers,
    _graph,
    tree.read_tree,
)
