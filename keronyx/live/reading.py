"""A Keras model in memory as ``model.save`` would write it, without a file: config and variables.

Only Keras's own interface is used, so that the backend does not matter, and nothing of Keras is
imported here: a live model brings its Keras along.
"""

import json
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from keronyx.converter.dialect.tables import layer_class
from keronyx.converter.errors import (
    KeronyxError,
    Reason,
    Unsupported,
    UnsupportedConfigError,
    UnsupportedLayerError,
    UsageError,
    shorten,
)
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.layers.base import Layer
from keronyx.converter.several import keyed
from keronyx.live.calls import BUILD, UNBUILT
from keronyx.live.package import Package, first_line, is_graph, is_model, is_own, package_of
from keronyx.live.traced import graph_of
from keronyx.live.variables import weights_of


def saved_from_live(model: Any) -> SavedModel:
    """Read a live model of Keras 2 or 3: a graph of layers, or one whose calls can be traced.

    The variables are copied: what is done to the model later changes nothing.

    Raises:
        UsageError: a layer that is no model, or a model that was never built.
        UnsupportedLayerError: layers that Keras cannot serialize, or calls that cannot be traced.
        WeightError: variables that hold no numbers.
    """
    if not is_model(model):
        raise UsageError(
            f"{type(model).__name__} is a layer, not a model", hint="put it into a keras.Sequential"
        )
    if not getattr(model, "built", False):
        raise UsageError(UNBUILT, hint=BUILD, path=path_of(model))
    try:
        return _saved(model, package_of(model))
    except KeronyxError as error:
        raise error.at(path=path_of(model)) from None


def path_of(model: Any) -> str:
    """Return what a live model is called where a file would be named."""
    return f"model '{shorten(model.name)}' in memory"


def _saved(model: Any, package: Package) -> SavedModel:
    graph = graph_of(model, package)
    config = _config(graph, package)
    _add_vocabularies(config, graph)
    return SavedModel(
        path=path_of(model),
        format="live model",
        config=config,
        weights=weights_of(graph, package),
        keras_version=config.pop("keras_version", None) or package.version,
        backend=package.backend,
    )


def _config(graph: Any, package: Package) -> dict[str, Any]:
    """Serialize a graph of layers; what the user's own classes raise becomes a refusal."""
    try:
        with warnings.catch_warnings():  # Keras warns of lambdas, which are refused anyway
            warnings.simplefilter("ignore")
            config: dict[str, Any] = json.loads(_serialized(graph, package))
    # Custom layers can raise anything from their get_config.
    except Exception as error:
        own = [layer for layer in _flattened(graph) if not is_own(layer)]
        if own:
            raise UnsupportedLayerError(list(map(_custom, own))) from error
        raise UnsupportedConfigError(
            f"Keras cannot serialize it: {shorten(first_line(error))}"
        ) from error
    return config


def _custom(layer: Any) -> Unsupported:
    return Unsupported(layer.name, type(layer).__name__, "a custom class", Reason.CUSTOM)


def _serialized(graph: Any, package: Package) -> str:
    if not package.is_multi_backend:
        text: str = graph.to_json()
        return text
    name = type(graph).__name__
    # As Keras serializes a model, but for what training needs: losses may be anything.
    inner = package.keras.saving.serialize_keras_object(graph.get_config())
    entry = {"module": "keras", "class_name": name, "config": inner, "registered_name": name}
    return json.dumps(entry | {"build_config": graph.get_build_config()})


def _flattened(model: Any) -> Iterator[Any]:
    """Yield every layer, those of nested models too."""
    for layer in getattr(model, "layers", ()):
        yield layer
        if is_model(layer):
            yield from _flattened(layer)


def _add_vocabularies(config: Mapping[str, Any], model: Any) -> None:
    """Note the vocabularies in the config; Keras keeps adapted ones in a file beside it."""
    live = keyed(model.layers)
    entries = config["config"]
    for entry in entries["layers"] if isinstance(entries, Mapping) else entries:
        layer = live.get(entry["config"].get("name"))
        if layer is not None:
            _add_vocabulary(entry, layer)


def _add_vocabulary(entry: Mapping[str, Any], layer: Any) -> None:
    inner, kind = entry["config"], layer_class(entry["class_name"]) or Layer
    if kind.asset and not inner.get("vocabulary"):
        inner["vocabulary"] = list(map(_plain, layer.get_vocabulary()))
    elif is_graph(layer):
        _add_vocabularies(entry, layer)


def _plain(token: Any) -> Any:
    return token.item() if isinstance(token, np.generic) else token
