"""Subclassed models: called on symbolic inputs, they become the graph of layers that they are."""

from collections.abc import Mapping
from typing import Any

from keronyx.converter.errors import Reason, Unsupported, UnsupportedLayerError, shorten
from keronyx.live.calls import Call, Spec, apply, call_of
from keronyx.live.package import ROOTS, Package, first_line, is_graph, is_model, root_of


def graph_of(model: Any, package: Package) -> Any:
    """Return a model as a graph of layers; in Keras 3, subclassed models in it become graphs too.

    The layers are the very ones of the model. Raises UnsupportedLayerError and UsageError.
    """
    graph = model if is_graph(model) else traced(model, package)
    plain = all(map(_is_plain, graph.layers))
    if plain or not package.is_multi_backend:  # Keras 2 cannot put layers together once more
        return graph

    def as_graph(layer: Any) -> Any:
        return graph_of(layer, package) if is_model(layer) else layer

    return package.keras.models.clone_model(graph, clone_function=as_graph)


def _is_plain(layer: Any) -> bool:
    """Tell whether a layer is no subclassed model, nor holds one."""
    if not is_model(layer):
        return True
    return is_graph(layer) and all(map(_is_plain, layer.layers))


def traced(model: Any, package: Package) -> Any:
    """Return a Functional model of the same layers, called as a subclassed one calls them.

    Raises UsageError where it is not known what to call the model on, UnsupportedLayerError where
    its ``call`` does more than to call layers.
    """
    if _is_graph_all_the_same(model):
        nested = hasattr(model, "output")
        ends = (model.input, model.output) if nested else (model.inputs, model.outputs)
        return package.keras.Model(*ends, name=model.name)
    call = call_of(model)
    tensors = {spec.name: symbolic(spec, package) for spec in call.specs}
    try:
        return _around(model, call, tensors, package)
    # A user's code runs here, and can raise anything.
    except Exception as error:
        detail = f"its call cannot be traced: {shorten(first_line(error), 120)}"
        told = Unsupported(model.name, type(model).__name__, detail, Reason.UNTRACED)
        raise UnsupportedLayerError([told]) from error


def _around(model: Any, call: Call, tensors: Mapping[str, Any], package: Package) -> Any:
    """Call a model on tensors, and make a graph of what comes of them."""
    outputs = apply(model.call, model, call, tensors)
    arguments = list(call.filled(tensors).values())
    inputs = arguments[0] if len(arguments) == 1 else arguments
    return package.keras.Model(inputs, outputs, name=model.name)


def _is_graph_all_the_same(model: Any) -> bool:
    """Tell a graph of layers that has only methods for training of its own."""
    return bool(getattr(model, "outputs", None)) and root_of(type(model).call) in ROOTS


def symbolic(spec: Spec, package: Package) -> Any:
    """Return an input of a model, to call layers on."""
    shape, fixed = spec.shape[1:], spec.shape[0]
    return package.keras.Input(shape, batch_size=fixed, dtype=spec.dtype, name=spec.name)
