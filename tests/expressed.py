"""Models of one Lambda layer, which an expression stands for."""

from collections.abc import Sequence
from typing import Any

from keronyx.converter.description import describe
from keronyx.converter.files.saved import LayerGroups, SavedModel
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array

VERSIONS = {"2": "2.15.0", "3": "3.15.0"}


def lambda_model(
    text: str, inputs: Sequence[Array], version: str = "3", policy: str = "float32", **more: Any
) -> Model:
    """Describe a model whose only layer is ``lam``, a Lambda, on inputs like these."""
    layers: list[dict[str, Any]] = [
        {
            "class_name": "InputLayer",
            "name": f"in_{number}",
            "config": {
                "name": f"in_{number}",
                "batch_shape": [None, *array.shape[1:]],
                "dtype": "string" if array.dtype.kind == "U" else array.dtype.name,
            },
            "inbound_nodes": [],
        }
        for number, array in enumerate(inputs)
    ]
    ends = [[each["name"], 0, 0] for each in layers]
    config = {"name": "lam", "trainable": True, "dtype": policy, **more}
    nodes = [[[*end, {}] for end in ends]]
    layers.append({"class_name": "Lambda", "name": "lam", "config": config, "inbound_nodes": nodes})
    graph = {"name": "net", "layers": layers, "input_layers": ends}
    model = {"class_name": "Functional", "config": graph | {"output_layers": [["lam", 0, 0]]}}
    saved = SavedModel(
        path="net.h5",
        format="test",
        config=model,
        weights=LayerGroups(()),
        keras_version=VERSIONS[version],
    )
    return describe(saved, replace={"lam": text})
