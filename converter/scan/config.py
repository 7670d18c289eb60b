"""Architectures, however damaged: what in them is code, or the name of something to be imported.

A file is not read as a model here. Every object of the configuration is looked at on its own, so
that nothing is missed because the file is none that Keras or keronyx would accept.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from keronyx.converter.errors import shorten
from keronyx.converter.layers.functions import FUNCTIONS
from keronyx.converter.scan.finding import Found
from keronyx.converter.scan.names import OBJECTS, OPERATIONS

OWN_MODULE: Final = re.compile(
    r"(tensorflow\.(python\.)?)?(tf_)?keras(_core)?(\.api)?(\._v2\.keras|\._tf_keras\.keras)?(\.src)?"
    r"(\.(activations|applications|backend|constraints|dtype_policies|engine|initializers|layers"
    r"|legacy|losses|metrics|mixed_precision|models|ops|optimizers|quantizers|random|regularizers)"
    r"(\.\w+)*)?"
)
"""Modules that hold nothing but parts of models; ``keras.utils`` and ``keras.config`` do not."""

REGISTERED: Final = ("Functional", "Model", "Sequential")
"""Names under which Keras registers classes of its own that are called otherwise."""

PLAIN: Final = re.compile(r"__(tuple|ellipsis|keras_tensor|tensor|numpy|bytes|complex|slice)__")
"""Class names of plain values."""

RISKY: Final = re.compile(
    r"(compat\.v\d\.)?(io|raw_ops|data|train|summary|saved_model|sysconfig|print|debugging)(\..*)?"
    r"|(\w+\.)*(py_func|py_function|numpy_function|load\w*|(read|write)\w*)"
)
"""TensorFlow functions that reach out of the model."""

RISKY_OPS: Final = re.compile(
    r"(Eager)?PyFunc(Stateless)?|ReadFile|WriteFile|MatchingFiles|LoadDataset\w*"
)
"""The same as nodes of a graph."""

OWN: Final = OBJECTS | set(FUNCTIONS) | {"log_softmax_v2"}
"""Functions by their names."""

OPTIMIZERS: Final = ("Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "RMSprop", "SGD")
KNOWN: Final = (
    OBJECTS
    | OPERATIONS
    | {f"Custom>{name}" for name in OPTIMIZERS}
    | {
        "GroupedQueryAttention",
        "TensorShape",
    }
)
"""Classes by their names; TensorFlow 2.11 spelled its new optimizers so."""

PARTS: Final = ("function", "output_shape", "mask", "mode")
"""What a Lambda or a Merge may keep as code; the key with ``_type`` says how."""


@dataclass(frozen=True)
class Place:
    """Where in a file an object stands: the nearest layer around it, and the way from there."""

    file: str
    layer: str = ""
    key: str = ""

    def __str__(self) -> str:
        """Spell it, with what is known."""
        return ": ".join(filter(None, (self.file, self.layer, self.key)))

    def below(self, key: str) -> "Place":
        """Return the place of a part."""
        return replace(self, key=shorten(f"{self.key}.{key}" if self.key else key))


def scan_config(value: Any, file: str, found: Found) -> None:
    """Look at every object in a configuration."""
    waiting = [(Place(file), value)]
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, dict):
            place = _named(place, node)
            for rule in RULES:
                rule(node, place, found)
        waiting += [*_parts(place, node)][::-1]


def _parts(place: Place, node: Any) -> Iterator[tuple[Place, Any]]:
    """Yield what a dictionary or a list holds, each in its place; a list has the place itself."""
    if isinstance(node, dict):
        yield from ((place.below(str(key)), part) for key, part in node.items())
    elif isinstance(node, list):
        yield from ((place, part) for part in node if isinstance(part, dict | list))


def _named(place: Place, node: Mapping[str, Any]) -> Place:
    """Return the place of a layer by its name, of anything else as it is."""
    kind, name = node.get("class_name"), _settings(node).get("name")
    if not isinstance(kind, str) or not isinstance(name, str) or kind == "DTypePolicy":
        return place
    return Place(place.file, f"layer '{shorten(name, 60)}' ({shorten(kind, 60)})")


def _bytecode(node: Mapping[str, Any], place: Place, found: Found) -> None:
    """Find functions that are marshalled Python bytecode, as every Keras wrote them."""
    for here, code in _code(node, place):
        found.add("bytecode", str(here), _size(code))


def _code(node: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, Any]]:
    """Yield the code of an object: that of Keras 3, of 1 and 2, of old Lambdas, and of Keras 0."""
    if node.get("class_name") == "__lambda__":
        config = node.get("config")
        yield place, config.get("code") if isinstance(config, dict) else config
    for part in PARTS:
        if node.get(f"{part}_type") == "lambda":
            yield place.below(part), node.get(part)
    yield from _old_code(node, place)


def _old_code(node: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, Any]]:
    """Yield what a Lambda keeps without saying that it is code."""
    inner, old = _settings(node).get("function"), node.get("function")
    if _is_untold(node) and isinstance(inner, list):
        yield place.below("config.function"), inner
    if node.get("name") in ("Lambda", "LambdaMerge") and isinstance(old, str):
        yield place.below("function"), old


def _is_untold(node: Mapping[str, Any]) -> bool:
    """Tell a Lambda that does not say what its function is."""
    return node.get("class_name") == "Lambda" and "function_type" not in _settings(node)


def _settings(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the configuration of an object, where it is one."""
    config = node.get("config")
    return config if isinstance(config, dict) else {}


def _size(code: Any) -> str:
    """Say that a value is bytecode, and of how many bytes; it is decoded, never unmarshalled."""
    items = code.get("items") if isinstance(code, dict) else code
    text = items[0] if isinstance(items, list) and items else items
    if not isinstance(text, str):
        return "Python bytecode, damaged"
    return f"Python bytecode of {_decoded_size(text)} bytes"


def _decoded_size(text: str) -> int:
    try:
        return len(base64.b64decode(text, validate=False))
    except (binascii.Error, ValueError):
        return len(text)


def _by_name(node: Mapping[str, Any], place: Place, found: Found) -> None:
    """Find functions of a Lambda or a Merge that are named with their module."""
    for part in PARTS:
        if node.get(f"{part}_type") == "function" and isinstance(node.get(part), str):
            what = f"function '{shorten(node[part])}' of {shorten(_module(node, part))}"
            found.add("function", str(place.below(part)), what)


def _module(node: Mapping[str, Any], part: str) -> Any:
    return node.get(f"{part}_module") or node.get("module") or "the main program"


def _function(node: Mapping[str, Any], place: Place, found: Found) -> None:
    """Find function objects that are not Keras's own."""
    if node.get("class_name") != "function" or _is_function_of_keras(node):
        return
    module = node.get("module")
    what = f"function '{shorten(_function_name(node))}'"
    if module is None:
        found.add("custom", str(place), what)
    else:
        found.add("function", str(place), f"{what} of module '{shorten(module)}'")


def _function_name(node: Mapping[str, Any]) -> Any:
    return _settings(node).get("name", node.get("config"))


def _is_function_of_keras(node: Mapping[str, Any]) -> bool:
    module = node.get("module")
    return _function_name(node) in OWN and (module in (None, "builtins") or _is_own(module))


def _is_own(module: Any) -> bool:
    return isinstance(module, str) and OWN_MODULE.fullmatch(module) is not None


def _object(node: Mapping[str, Any], place: Place, found: Found) -> None:
    """Find classes that are not Keras's own: by module, by registered name, by name alone."""
    kind = node.get("class_name")
    if not isinstance(kind, str) or "config" not in node or _is_plain(kind):
        return
    for finding, what in _strangeness(*_class(kind, node.get("module")), node):
        found.add(finding, str(place), what)


def _strangeness(kind: str, module: Any, node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is strange about a class, and the kind of finding that it is."""
    registered = node.get("registered_name")
    if module is not None and not _is_class_of_keras(kind, module):
        yield "class", f"class '{shorten(kind)}' of module '{shorten(module)}'"
    elif registered not in (None, kind, *REGISTERED):
        yield "custom", f"class registered as '{shorten(registered)}'"
    elif module is None and kind not in KNOWN:
        yield "custom", f"class '{shorten(kind)}'"


def _is_class_of_keras(kind: str, module: Any) -> bool:
    return _is_own(module) and kind.isidentifier()


def _is_plain(kind: str) -> bool:
    """Tell values and functions, which are looked at elsewhere, from classes."""
    return kind in ("function", "__lambda__") or PLAIN.fullmatch(kind) is not None


def _class(kind: str, module: Any) -> tuple[str, Any]:
    """Return a class and its module; TensorFlow's type specifications are shapes."""
    if kind != "__typespec__" or not (module is None or str(module).startswith("tensorflow")):
        return kind, module
    return "TensorShape", None


def _activation(node: Mapping[str, Any], place: Place, found: Found) -> None:
    """Find activations by a name that Keras does not have."""
    for key, value in node.items():
        if _names_activation(str(key), value) and OWN.isdisjoint(_spellings(value)):
            what = f"activation '{shorten(value)}', which Keras does not have"
            found.add("custom", str(place.below(str(key))), what)


def _names_activation(key: str, value: Any) -> bool:
    return isinstance(value, str) and key.lower().endswith("activation")


def _spellings(name: str) -> set[str]:
    """Return a name as it is, and with underscores in the place of capitals."""
    return {name, re.sub(r"(?<=[a-z])[A-Z]", lambda letter: f"_{letter[0].lower()}", name)}


def _files(node: Mapping[str, Any], place: Place, found: Found) -> None:
    """Find files that a layer would read when it is made."""
    vocabulary = node.get("vocabulary")
    if isinstance(vocabulary, str) and vocabulary:
        found.add("file", str(place.below("vocabulary")), f"a path, '{shorten(vocabulary)}'")


def _wrapper(node: Mapping[str, Any], place: Place, found: Found) -> None:
    """Find layers that hold what another library runs."""
    kind, config = node.get("class_name"), node.get("config")
    if not isinstance(config, dict):
        return
    if kind == "TFSMLayer":
        found.add("graph", str(place), f"a SavedModel at '{shorten(config.get('filepath'))}'")
    if kind == "TorchModuleWrapper":
        found.add("pickle", str(place), "a pickled PyTorch module")


def _tensorflow(node: Mapping[str, Any], place: Place, found: Found) -> None:
    """Find raw TensorFlow operations that read, write or run something."""
    kind, config = node.get("class_name"), node.get("config")
    if not isinstance(config, dict):
        return
    if kind == "TFOpLambda" and RISKY.fullmatch(str(config.get("function"))):
        found.add("tensorflow", str(place), f"function tf.{shorten(config['function'])}")
    if kind == "TensorFlowOpLayer":
        for match in RISKY_OPS.finditer(str(config.get("node_def"))):
            found.add("tensorflow", str(place), f"operation {match[0]}")


RULES: Final[tuple[Callable[[Mapping[str, Any], Place, Found], None], ...]] = (
    _bytecode,
    _by_name,
    _function,
    _object,
    _activation,
    _files,
    _wrapper,
    _tensorflow,
)
