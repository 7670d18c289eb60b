"""The input of a Sequential model, wherever its file notes it."""

from collections.abc import Iterator, Sequence
from typing import Any

from keronyx.converter.architecture import LayerConfig, input_layer
from keronyx.converter.dialect.values import DTYPES, unwrap
from keronyx.converter.errors import FileFormatError, shorten


def stem_input(raw: Any, names: Sequence[str], shape: Any) -> LayerConfig:
    """Make the input layer of a Sequential that has none of its own.

    Its shape is in the first layer's config, or that of a nested model's first layer; else the
    one the model was built with; else it is left to the variables to tell (an empty shape).
    """
    found = next(_stated_inputs(raw), None)
    stated, dtype = found or (shape, "float32")
    if stated is None:
        stated = []
    if not isinstance(stated, list) or not all(
        size is None or (isinstance(size, int) and size >= 0) for size in stated
    ):
        raise FileFormatError(f"input shape {shorten(repr(stated))}")
    name = f"{names[0]}_input" if names else "input"
    return input_layer(name, tuple(stated), dtype)


def _stated_inputs(raw: Any) -> Iterator[tuple[Any, str]]:
    """Walk down the first layers of nested models to a stated input shape."""
    while isinstance(raw, dict):
        config = unwrap(raw.get("config"))
        if isinstance(config, dict):
            shape = _stated_shape(config)
            if shape is not None:
                yield shape, _stated_dtype(config)
            inner = config.get("layers")
            config = inner if isinstance(inner, list) else None
        raw = config[0] if isinstance(config, list) and config else None


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
        policy = dtype.get("config")
        dtype = policy.get("name") if isinstance(policy, dict) else None
    return dtype if dtype in DTYPES else "float32"
