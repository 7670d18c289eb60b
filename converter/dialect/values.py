"""Values inside a layer's configuration: wrapped numbers, dtype policies, activations."""

import difflib
import re
from typing import Any, Final

from keronyx.converter.dialect.nested import under
from keronyx.converter.dialect.tables import FUNCTION_LAYERS, HOLDS_FUNCTION, RENAMED
from keronyx.converter.dialect.tables.activations import (
    FUNCTION_ALIASES,
    hard_slope,
    multiplying,
)
from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import UnsupportedConfigError, shorten
from keronyx.converter.layers.base import FLOATS, DTypePolicy
from keronyx.converter.layers.functions import FUNCTIONS, LINEAR, Argument, Function
from keronyx.converter.several import mapped

NUMERIC = (*FLOATS, "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")
DTYPES = (*NUMERIC, "uint64", "string")

GPTQ: Final = re.compile(r"gptq/([2348])/(?:-1|[1-9]\d*)")
AWQ: Final = re.compile(r"awq/\d+/-?\d+")
"""Modes of quantization with their bits and the size of their groups."""

QUANTIZED: Final = {"QuantizedDTypePolicy", "Int4DTypePolicy", "GPTQDTypePolicy", "AWQDTypePolicy"}


def unwrap(value: Any) -> Any:
    """Replace the objects that Keras writes for tuples, shapes and numbers by plain ones.

    Other {"class_name", "config"} objects are left as they are.
    """
    if isinstance(value, list):
        return list(map(unwrap, value))
    if not isinstance(value, dict):
        return value
    inner = _inside(value)
    if inner is not value:
        return unwrap(inner)
    return mapped(unwrap, value)


def _inside(value: dict[str, Any]) -> Any:
    """Return what an object stands for, or the object itself."""
    class_name = value.get("class_name")
    if class_name in ("__tuple__", "TensorShape"):
        return value.get("items", [])
    if class_name in ("__numpy__", "__tensor__"):
        return under(value.get("config"), "value")
    return value["value"] if _is_wrapped(value) else value


def _is_wrapped(value: dict[str, Any]) -> bool:
    """Tell whether an object says that it stands for its value."""
    marked = value.get("type") == "ndarray" or {*value} == {"class_name", "value"}
    return "value" in value and marked


def policy_of(value: Any) -> DTypePolicy:
    """Read a dtype or dtype policy, in any of Keras's ways of writing it.

    Raises UnsupportedConfigError for one that keronyx does not know.
    """
    if value is None:
        return DTypePolicy()
    if isinstance(value, dict):
        config = value.get("config")
        return _policy_object(str(value.get("class_name")), config or {})
    if isinstance(value, str):
        return _policy_name(value)
    raise UnsupportedConfigError(f"dtype={shorten(repr(value))}")


def _policy_name(name: str) -> DTypePolicy:
    mode, separator, source = name.partition("_from_")
    if separator:
        return _quantized(mode, source)
    if name in {"mixed_float16", "mixed_bfloat16"}:
        return DTypePolicy(name.removeprefix("mixed_"), "float32")
    if name in FLOATS:
        return DTypePolicy(name, name)
    if name in DTYPES:
        # An integer dtype on a layer is its input's (Keras 2.0), or that of the ids it gives.
        return DTypePolicy()
    raise UnsupportedConfigError(f"dtype={shorten(repr(name))}")


def _policy_object(class_name: str, config: Any) -> DTypePolicy:
    if not isinstance(config, dict):
        raise UnsupportedConfigError(f"dtype policy {shorten(class_name)} without a config")
    if class_name in {"DTypePolicy", "FloatDTypePolicy", "Policy"}:
        return _policy_name(str(config.get("name")))
    if class_name in QUANTIZED:
        return _quantized(str(config.get("mode")), str(config.get("source_name")))
    hint = "convert the model before it is quantised" if "Float8" in class_name else ""
    raise UnsupportedConfigError(f"dtype policy {shorten(class_name)}", hint=hint)


def _quantized(mode: str, source: str) -> DTypePolicy:
    """Read int8, int4 (packed, one scale a unit), int4/N (a scale for each N inputs) and GPTQ's."""
    base = _policy_name(source)
    return DTypePolicy(base.compute, base.variable, _quantization(mode))


def _quantization(mode: str) -> str:
    """Return how a layer is quantised, in our words."""
    kind, _, block = mode.partition("/")
    if mode in {"int8", "int4"}:
        return mode
    if kind == "int4" and block.lstrip("-").isdecimal():
        return "int4/block" if int(block) > 0 else kind
    found = GPTQ.fullmatch(mode)
    if found is None:
        raise _not_read(mode)
    return f"gptq/{found[1]}"


def _not_read(mode: str) -> UnsupportedConfigError:
    if AWQ.fullmatch(mode):
        return UnsupportedConfigError(
            f"quantization {shorten(repr(mode))}, of which Keras leaves the zero points out of the "
            "file",
            hint='convert the model before it is quantised, or use "int8" or "int4"',
        )
    return UnsupportedConfigError(f"quantization {shorten(repr(mode))}")


def function_of(value: Any, version: Version) -> Function:
    """Read an activation: a name, a serialized function, or a layer in its place.

    Raises UnsupportedConfigError for anything that is not built into Keras.
    """
    if value is None:
        return LINEAR
    if isinstance(value, str):
        return _named(value, version)
    if isinstance(under(value, "class_name"), str):
        return _serialized(value, version)
    raise UnsupportedConfigError(f"activation={shorten(repr(value))}")


def _named(name: str, version: Version) -> Function:
    canonical = FUNCTION_ALIASES.get(name, name)
    if canonical in FUNCTION_LAYERS:
        raise UnsupportedConfigError(
            f"activation={name!r} names a layer and leaves out its arguments",
            hint="Keras itself cannot load it; save the model again with the layer on its own",
        )
    if canonical not in FUNCTIONS or canonical == "threshold":
        raise UnsupportedConfigError(
            f"activation={shorten(repr(name))} is not built into Keras", hint=nearest(name)
        )
    if canonical == "hard_sigmoid":
        return Function.of("hard_sigmoid", slope=hard_slope(version))
    return Function.of(canonical)


def nearest(name: str) -> str:
    """Suggest the built-in activation that is spelled most like ``name``."""
    known = [*(key for key in FUNCTIONS if key != "threshold"), *FUNCTION_ALIASES]
    close = difflib.get_close_matches(name.lower(), known, n=1)
    return f"did you mean {close[0]!r}?" if close else "its code is not in the file"


def _serialized(value: dict[str, Any], version: Version) -> Function:
    class_name, config = value["class_name"], value.get("config")
    if class_name == "function" and isinstance(config, str):
        return _named(config, version)
    _check_module(class_name, str(value.get("module") or "keras"))
    known = class_name in {*HOLDS_FUNCTION, *FUNCTION_LAYERS}
    if not known or not isinstance(config, dict):
        raise UnsupportedConfigError(f"a layer {shorten(class_name)} as activation")
    if class_name in HOLDS_FUNCTION:
        return function_of(config.get(HOLDS_FUNCTION[class_name]), version)
    return _layer_in_place(class_name, config, version)


def _check_module(class_name: str, module: str) -> None:
    if module.split(".", maxsplit=1)[0] not in {"keras", "keras_core", "tf_keras"}:
        raise UnsupportedConfigError(f"activation {shorten(class_name)} from {shorten(module)}")


def _layer_in_place(class_name: str, config: dict[str, Any], version: Version) -> Function:
    """Read a layer that stands in the place of an activation."""
    name, arguments = FUNCTION_LAYERS[class_name]
    renamed = RENAMED.get(class_name, {})
    given = {renamed.get(key, key): unwrap(item) for key, item in config.items()}
    unknown = sorted(set(given) - set(arguments) - {"name", "dtype", "trainable"})
    if unknown:
        raise UnsupportedConfigError(f"activation {class_name}: unknown keys {unknown}")
    found = {arguments[k]: _argument(k, v) for k, v in given.items() if k in arguments}
    if name == "relu":
        found["multiplies"] = multiplying(version)
    return Function.of(name, **found)


def _argument(key: str, value: Any) -> Argument:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise UnsupportedConfigError(f"activation argument {key}={shorten(repr(value))}")
