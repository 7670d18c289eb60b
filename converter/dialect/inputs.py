"""The input of a Sequential model, wherever its file notes it."""

from collections.abc import Iterator, Sequence
from typing import Any

from keronyx.converter.architecture import LayerConfig, input_layer
from keronyx.converter.dialect.nested import under
from keronyx.converter.dialect.values import DTYPES, unwrap
from keronyx.converter.errors import FileFormatError, shorten


def stem_input(raw: Any, names: Sequence[str], shape: Any) -> LayerConfig:
    """Make the input layer of a Sequential that has none of its own.

    Its shape is in the first layer's config, or that of a nested model's first layer; else the
    one the model was built with; else it is left to the variables to tell (an empty shape).
    """
    stated, dtype = next(_stated_inputs(raw), (shape, "float32"))
    if stated is None:
        stated = []
    if not isinstance(stated, list) or not all(map(_is_size, stated)):
        raise FileFormatError(f"input shape {shorten(repr(stated))}")
    name = f"{names[0]}_input" if names else "input"
    return input_layer(name, tuple(stated), dtype)


def _is_size(size: Any) -> bool:
    return size is None or (isinstance(size, int) and size >= 0)


def _stated_inputs(raw: Any) -> Iterator[tuple[Any, str]]:
    """Walk down the first layers of nested models to a stated input shape."""
    while isinstance(raw, dict):
        config = unwrap(raw.get("config"))
        shape = _stated_shape(config) if isinstance(config, dict) else None
        if shape is not None:
            yield shape, _stated_dtype(config)
        layers = config if isinstance(config, list) else under(config, "layers")
        raw = layers[0] if isinstance(layers, list) and layers else None


def _stated_shape(config: dict[str, Any]) -> Any:
    for key in ("batch_input_shape", "batch_shape"):
        if config.get(key) is not None:
            return config[key]
    if isinstance(config.get("input_shape"), list):
        return [None, *config["input_shape"]]
    return None


def _stated_dtype(config: dict[str, Any]) -> str:
    dtype = config.get("input_dtype") or config.get("dtype")
    if isinstance(dtype, dict):
        dtype = under(dtype.get("config"), "name")
    return dtype if dtype in DTYPES else "float32"
