"""Keras 0.3's architectures, rewritten as Keras 1 would have written them."""

from typing import Any

from keronyx.converter.architecture import input_kind
from keronyx.converter.dialect.tables import layer_class
from keronyx.converter.errors import (
    FileFormatError,
    Reason,
    Unsupported,
    UnsupportedLayerError,
    shorten,
)
from keronyx.converter.layers.base import Layer


def to_keras1(config: dict[str, Any]) -> dict[str, Any]:
    """Rewrite {"name": "Sequential" | "Graph", ...}; other forms pass as they are.

    Raises FileFormatError for anything else without a class name.
    """
    if "class_name" in config:
        return config
    match config.get("name"):
        case "Sequential":
            return {"class_name": "Sequential", "config": _sequential(config)}
        case "Graph":
            return _graph(config)
    raise FileFormatError(
        "the architecture has no class_name", hint="it is not the JSON of a Keras model"
    )


def _sequential(config: dict[str, Any]) -> list[Any]:
    layers = config.get("layers")
    if not isinstance(layers, list):
        raise FileFormatError("a Sequential without a list of layers")
    return [
        _entry(layer, f"{_class(layer).lower()}_{index + 1}", first=index == 0)
        for index, layer in enumerate(layers)
    ]


def _class(layer: Any) -> str:
    if not isinstance(layer, dict) or not isinstance(layer.get("name"), str):
        raise FileFormatError("a layer without a name", hint="the file is damaged")
    return str(layer["name"])


def _entry(layer: dict[str, Any], name: str, *, first: bool) -> dict[str, Any]:
    class_name = _class(layer)
    if class_name == "Sequential":
        return {"class_name": class_name, "config": _sequential(layer)}
    config = {**layer, "name": name}
    if class_name == "Merge" and isinstance(layer.get("layers"), list):
        config["layers"] = _branches(layer["layers"], name)
    elif first:
        config["batch_input_shape"] = _input_shape(class_name, layer)
    return {"class_name": class_name, "config": config}


def _branches(layers: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Rewrite the branches of a Merge, each of which begins with an input of its own."""
    return [
        _entry(branch, f"{name}_{number}", first=True) for number, branch in enumerate(layers, 1)
    ]


def _input_shape(class_name: str, layer: dict[str, Any]) -> list[Any] | None:
    """Return the first layer's input shape; one of ids notes its vocabulary there instead."""
    if (layer_class(class_name) or Layer).takes_ids:
        return [None, layer.get("input_length")]
    shape = layer.get("input_shape")
    if isinstance(shape, list):
        return [None, *shape]
    if layer.get("input_dim") is not None:
        steps = [layer["input_length"]] if "input_length" in layer else []
        return [None, *steps, layer["input_dim"]]
    return None


def _graph(config: dict[str, Any]) -> dict[str, Any]:
    """Rewrite a Graph, whose nodes name their inputs and how to merge them."""
    layers = [*map(_graph_input, config.get("input_config", []))]
    for node in config.get("node_config", []):
        layer = _node_layer(config, node["name"])
        source = _joined(node, layers)
        inbound = {"inbound_nodes": [[[source, 0, 0]]], "name": node["name"]}
        layers.append(_entry(layer, node["name"], first=False) | inbound)
    outputs = {each["name"]: _joined(each, layers) for each in config.get("output_config", [])}
    order = config.get("output_order") or list(outputs)
    return {
        "class_name": "Model",
        "config": {
            "name": "graph",
            "layers": layers,
            "input_layers": [[name, 0, 0] for name in config.get("input_order", [])],
            "output_layers": {name: [outputs[name], 0, 0] for name in order},
        },
    }


def _node_layer(config: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the layer of a Graph's node; raises for a model in its place."""
    layer: dict[str, Any] | None = config.get("nodes", {}).get(name)
    if layer is None or _class(layer) in {"Sequential", "Graph"}:
        told = Unsupported(name, "Graph node", "a model inside a Graph", Reason.NESTED)
        raise UnsupportedLayerError([told])
    return layer


def _graph_input(each: dict[str, Any]) -> dict[str, Any]:
    dtype = {"float": "float32", "int": "int32"}.get(each.get("dtype", "float"))
    if dtype is None:
        raise FileFormatError(f"input dtype {shorten(repr(each.get('dtype')))}")
    config = {"batch_input_shape": [None, *each["input_shape"]], "input_dtype": dtype}
    return {
        "class_name": input_kind().__name__,
        "name": each["name"],
        "config": config | {"name": each["name"]},
        "inbound_nodes": [],
    }


def _joined(node: dict[str, Any], layers: list[dict[str, Any]]) -> str:
    """Return the name of the node's input, after adding a Merge where it has several."""
    inputs = node.get("inputs") or []
    if not inputs:
        return str(node["input"])
    name = f"{node['name']}_inputs"
    layers.append(
        {
            "class_name": "Merge",
            "name": name,
            "config": {"name": name} | _merging(node),
            "inbound_nodes": [[[each, 0, 0] for each in inputs]],
        }
    )
    return name


def _merging(node: dict[str, Any]) -> dict[str, Any]:
    """Return how a node merges its inputs, in the words of a Merge."""
    keys = {"merge_mode": "mode", "concat_axis": "concat_axis", "dot_axes": "dot_axes"}
    return {keys[key]: node[key] for key in keys if key in node}
