"""Other names of functions and of their keywords, as Keras, TensorFlow and NumPy have them."""

from collections.abc import Mapping
from typing import Final

ALIASES: Final[Mapping[str, str]] = {
    "swish": "silu",
    "hard_swish": "hard_silu",
    "absolute": "abs",
    "power": "pow",
    "switch": "where",
    "neg": "negative",
    "clip_by_value": "clip",
    "floormod": "mod",
    "reduce_sum": "sum",
    "reduce_mean": "mean",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_std": "std",
    "reduce_variance": "var",
    "amax": "max",
    "amin": "min",
    "permute_dimensions": "transpose",
    "concat": "concatenate",
}
"""The same under other names."""

SPELLINGS: Final[Mapping[str, str]] = {
    "alpha": "negative_slope",
    "dim": "axis",
    "dims": "axis",
    "keep_dims": "keepdims",
    "clip_value_min": "min_value",
    "clip_value_max": "max_value",
    "a_min": "min_value",
    "a_max": "max_value",
    "x_min": "min_value",
    "x_max": "max_value",
    "perm": "axes",
    "pattern": "axes",
    "tensors": "values",
    "arrays": "values",
    "features": "x",
    "tensor": "x",
    "input": "x",
    "a": "x",
}
"""The same keywords elsewhere, where the function has not the keyword itself."""

PREFIXES: Final = frozenset(
    {"K", "tf", "np", "jnp", "math", "nn", "keras", "backend", "activations", "ops", "linalg"}
)
"""What may stand before a function's name, as in ``tf.nn.relu``; it changes nothing."""

DIFFERENT: Final = frozenset({"ops.gelu", "ops.repeat", "tf.repeat", "np.repeat", "jnp.repeat"})
"""Functions that mean something else by the same name."""


def bare(name: str) -> str:
    """Return a name without what stands before it; unchanged where that is not known."""
    *before, last = name.split(".")
    if not set(before) <= PREFIXES or ".".join([*before[-1:], last]) in DIFFERENT:
        return name
    return last


def of_backend(name: str) -> bool:
    """Tell a function of ``keras.backend`` by what stands before it."""
    return name.split(".")[-2:-1] in (["K"], ["backend"])
