"""Record what Keras computes for the cases of ``cases.ARCHIVES``.

Run it under Keras 3 and then under Keras 2, both on TensorFlow: each records the cases that name
its version and keeps the others. Random numbers have fixed seeds. Arguments are the names of the
archives to record, all by default.
"""

import inspect
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from cases import ARCHIVES, Case, inputs_of
from numpy.typing import NDArray

Array = NDArray[Any]

VERSION = int(keras.__version__.split(".")[0])
MERGING = {
    *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"),
    *("Concatenate", "Dot"),
}


def make(case: Case) -> Any:
    """Return the case's layer, not built yet."""
    config: dict[str, Any] = {"name": case.name, **case.config}
    for key in ("lora_rank", "lora_alpha"):
        config.pop(key, None)
    if isinstance(config.get("ngrams"), list):
        config["ngrams"] = tuple(config["ngrams"])
    if isinstance(config.get("activation"), tuple):
        config["activation"] = activation(*config["activation"])
    if "layer" in config:
        config["layer"] = keras.layers.deserialize(config["layer"])
    return getattr(keras.layers, case.layer)(**config)


def activation(name: str, arguments: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Return one of Keras's functions with arguments."""
    return lambda x: getattr(keras.activations, name)(x, **arguments)


def set_variables(variables: Iterable[Any], seed: int) -> None:
    """Give every floating variable random numbers; variances stay positive."""
    rng = np.random.default_rng(seed)
    for variable in variables:
        if "float" in str(variable.dtype):
            numbers = rng.normal(0, 0.7, variable.shape)
            positive = "variance" in variable.name or "count" in variable.name
            variable.assign(np.abs(numbers) + 0.25 if positive else numbers)


def quantize(layer: Any, case: Case) -> None:
    """Quantize a Dense layer as the case says."""
    mode, _, block = case.fields["quantization"].partition("/")
    if mode == "int4":
        config = keras.quantizers.Int4QuantizationConfig(block_size=int(block))
        layer.quantize("int4", config=config)
    elif case.fields.get("quantize_inputs"):
        layer.quantize("int8")
    else:
        layer.quantize(
            "int8", config=keras.quantizers.Int8QuantizationConfig(activation_quantizer=None)
        )


def variables(layer: Any) -> dict[str, Array]:
    """Return the variables by the names that the description gives them."""
    if hasattr(layer, "layer"):
        return {f"layer/{name}": array for name, array in variables(layer.layer).items()}
    return {
        variable.name.split("/")[-1].partition(":")[0]: as_array(variable)
        for variable in layer.weights
        if "seed" not in variable.name
    }


def as_array(tensor: Any) -> Array:
    array = np.asarray(tensor)
    if array.dtype.name == "bfloat16":
        return array.astype(np.float32)
    if array.dtype.kind in "OS":
        return np.array([text.decode() for text in array.ravel()]).reshape(array.shape)
    return array


def call(layer: Any, case: Case) -> Any:
    """Call the layer as a model would."""
    arrays = [tf.constant(array) for array in inputs_of(case)]
    if case.layer in MERGING:
        return layer(arrays)
    if takes_training(layer):
        return layer(*arrays, training=False)
    first, *weights = arrays
    return layer(first, count_weights=weights[0]) if weights else layer(first)


def takes_training(layer: Any) -> bool:
    """Tell whether a layer may act otherwise in training."""
    return "training" in inspect.signature(layer.call).parameters


def record(case: Case) -> dict[str, Array]:
    """Return everything to keep about a case."""
    layer = make(case)
    call(layer, case)
    seed = zlib.crc32(case.name.encode())
    set_variables(layer.weights, seed + 1)
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()
    if "quantization" in case.fields:
        quantize(layer, case)
    said = {**case.config, **case.fields}
    if "lora_rank" in said:
        # Not by the config: a Dense that is built with lora_rank forgets lora_alpha.
        layer.enable_lora(said["lora_rank"], said.get("lora_alpha"))
        set_variables([each for each in layer.weights if "lora" in each.name], seed + 2)
    kept = {f"{case.name}/in_{index}": array for index, array in enumerate(inputs_of(case))}
    kept |= {f"{case.name}/var/{name}": array for name, array in variables(layer).items()}
    return {**kept, f"{case.name}/out": as_array(call(layer, case))}


def save(archive: Path, cases: Iterable[Case]) -> None:
    """Record the cases of this Keras; keep what another one recorded."""
    kept: dict[str, Array] = {}
    if archive.exists():
        with np.load(archive) as arrays:
            others = {case.name for case in cases if case.keras != VERSION}
            kept = {key: arrays[key] for key in arrays if key.split("/")[0] in others}
    for case in cases:
        if case.keras == VERSION:
            kept |= record(case)
    ordered: dict[str, Any] = dict(sorted(kept.items()))
    np.savez_compressed(archive, **ordered)


if __name__ == "__main__":
    for path, table in ARCHIVES.items():
        if path.stem in (sys.argv[1:] or [path.stem]):
            save(path, table)
