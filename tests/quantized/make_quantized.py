"""Save nets with quantized products and tables, and what Keras 3.15.1 makes of drawn inputs.

Run with Keras 3.15.1, which saves NAME.keras; io.npz has <name>/in and /out. What is recorded is
what the file's own numbers give, once loaded again.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import Input, Sequential, layers, quantizers

HERE = Path(__file__).parent
rng = np.random.default_rng(23)

BLOCKS = quantizers.Int4QuantizationConfig(block_size=2)
WHOLE = quantizers.Int4QuantizationConfig(block_size=-1)
ROUNDED = quantizers.Int4QuantizationConfig(
    block_size=-1, activation_quantizer=quantizers.AbsMaxQuantizer(axis=-1)
)
WEIGHTS = quantizers.Int8QuantizationConfig(activation_quantizer=None)


def einsum(equation: str, *shape: Any, sizes: Any = (4, 5), **options: Any) -> Any:
    return Sequential([Input(sizes), layers.EinsumDense(equation, shape, **options)])


def table(**options: Any) -> Any:
    return Sequential([Input((4,), dtype="int32"), layers.Embedding(9, 5, **options)])


def there_and_back(**options: Any) -> Any:
    ids = Input((4,), dtype="int32")
    both = layers.ReversibleEmbedding(9, 5, **options)
    return keras.Model(ids, both(layers.Dense(5, "tanh")(both(ids)), reverse=True))


TWO = ("abc,cde->abde", None, 2, 3)
NETS: dict[str, tuple[Callable[[], Any], str, Any]] = {
    "two_int8": (lambda: einsum(*TWO, bias_axes="de", activation="relu"), "int8", None),
    "two_weights": (lambda: einsum(*TWO), "int8", WEIGHTS),
    "two_int4": (lambda: einsum(*TWO, bias_axes="e"), "int4", WHOLE),
    "two_blocks": (lambda: einsum(*TWO, bias_axes="de"), "int4", BLOCKS),
    "two_rounded": (lambda: einsum(*TWO), "int4", ROUNDED),
    "summed_int8": (
        lambda: einsum("abcd,cde->abe", None, 3, sizes=(4, 2, 3), bias_axes="e"),
        "int8",
        None,
    ),
    "summed_blocks": (lambda: einsum("abcd,cde->abe", None, 3, sizes=(4, 2, 3)), "int4", BLOCKS),
    "turned_int8": (lambda: einsum("abc,bd->adc", 3, 5), "int8", None),
    "turned_int4": (lambda: einsum("abc,bd->adc", 3, 5), "int4", WHOLE),
    "table_int8": (table, "int8", None),
    "table_int4": (table, "int4", WHOLE),
    "table_blocks": (table, "int4", BLOCKS),
    "back": (there_and_back, "", None),
    "back_capped": (lambda: there_and_back(tie_weights=False, logit_soft_cap=0.5), "", None),
    "back_doubles": (lambda: there_and_back(reverse_dtype="float64"), "", None),
    **{
        f"back_{kind}_{name}": (
            partial(there_and_back, tie_weights=tied, logit_soft_cap=2.0),
            mode,
            config,
        )
        for kind, tied in (("tied", True), ("own", False))
        for name, mode, config in (
            ("int8", "int8", None),
            ("weights", "int8", WEIGHTS),
            ("int4", "int4", WHOLE),
            ("blocks", "int4", BLOCKS),
        )
    },
}


def main() -> None:
    numbers: dict[str, Any] = {}
    for name, (build, mode, config) in NETS.items():
        model = build()
        model.set_weights([rng.normal(0, 0.6, each.shape) for each in model.get_weights()])
        if mode:
            model.quantize(mode, config=config)
        path = HERE / f"{name}.keras"
        model.save(path)
        (entrance,) = model.inputs
        sizes = (3, *entrance.shape[1:])
        ids = entrance.dtype == "int32"
        rows = rng.integers(0, 9, sizes) if ids else rng.normal(size=sizes)
        rows = rows.astype(entrance.dtype)
        numbers[f"{name}/in"] = rows
        numbers[f"{name}/out"] = np.asarray(keras.saving.load_model(path)(rows, training=False))
    np.savez_compressed(HERE / "io.npz", **numbers)


if __name__ == "__main__":
    main()
