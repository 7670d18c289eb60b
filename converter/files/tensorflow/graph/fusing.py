"""Sums with a vector behind a product become the bias of its layer, as Keras had them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from keronyx.converter.files.saved import WeightGroup
from keronyx.converter.files.tensorflow.graph.building import Building, places, sources
from keronyx.converter.tensors import Variable

WIDTHS: Final = {
    "Dense": "units",
    **dict.fromkeys(("Conv2D", "Conv3D", "Conv2DTranspose"), "filters"),
}
"""Layers that may have a bias, and what says how many numbers it has."""


def fuse(building: Building, kept: Iterable[str]) -> Mapping[str, str]:
    """Put biases into layers; return which entry stands for each that is gone.

    ``kept`` are the entries that others than entries need.
    """
    uses = Counter(name for entry in building.entries.values() for name in sources(entry))
    uses.update(kept)
    gone: dict[str, str] = {}
    for name, entry in [*building.entries.items()]:
        _redirect(entry, gone)
        layer = _with_bias(building, entry, uses)
        if layer is not None:
            gone[name] = layer
            del building.entries[name]
    return gone


def _with_bias(building: Building, entry: Mapping[str, Any], uses: Counter[str]) -> str | None:
    """Give a sum's vector to the layer that the sum alone is of; return the layer's name."""
    given = [*sources(entry)]
    if entry["class_name"] != "Add" or len(given) != 1 or uses[given[0]] != 1:
        return None
    layer = building.entries[given[0]]
    width = layer["config"].get(WIDTHS.get(layer["class_name"], ""))
    args = entry["inbound_nodes"][0]["args"]
    told = next(each["config"] for each in args if each["class_name"] == "__tensor__")
    bias = np.asarray(told["value"], told["dtype"])
    if layer["config"].get("use_bias") is not False or bias.shape[-1:] != (width,):
        return None
    if bias.size != width:
        return None
    layer["config"]["use_bias"] = True
    group = building.groups[given[0]]
    variable = Variable.of(bias.reshape(-1), "bias")
    building.groups[given[0]] = WeightGroup(group.name, (*group.variables, variable))
    return given[0]


def _redirect(entry: Mapping[str, Any], gone: Mapping[str, str]) -> None:
    for place in places(entry):
        place[0] = gone.get(place[0], place[0])
