"""Operations of TensorFlow between the layers of a graph of Keras 2, as operations of today.

A function has its first argument, and the others by name; the node of a graph has its inputs in
their places, constants apart, and attributes. TensorFlow promotes no dtypes: numbers are of the
dtype of the tensors that they meet.
"""

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

from keronyx.converter.architecture import LayerConfig
from keronyx.converter.dialect.composing import Composing, spelled
from keronyx.converter.dialect.constants import constant
from keronyx.converter.dialect.nested import under
from keronyx.converter.dialect.nodes import CONSTANT, is_history
from keronyx.converter.dialect.operations import applied, operands_of
from keronyx.converter.dialect.tables import (
    functions_of_tensorflow,
    nodes_of_tensorflow,
    operations,
)
from keronyx.converter.dialect.values import policy_of
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import GraphNode, Translation
from keronyx.converter.errors import FileFormatError, UnsupportedConfigError, shorten
from keronyx.converter.layers.base import DTypePolicy
from keronyx.converter.layers.operands import Constant, Slot
from keronyx.converter.several import lacking, mapped

FIRST: Final = "the first argument"
"""Under what the argument stands that files give no name."""

WEAK: Final = {"b": "bool", "i": "int", "f": "float"}

TYPES: Final = {
    "DT_BOOL": "bool",
    "DT_HALF": "float16",
    "DT_BFLOAT16": "bfloat16",
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
    "DT_STRING": "string",
} | {
    f"DT_{sign}INT{bits}": f"{sign.lower()}int{bits}"
    for sign in ("", "U")
    for bits in (8, 16, 32, 64)
}

OF_INPUTS: Final = frozenset(
    {"T", "N", "Tidx", "Tdim", "Tlen", "Tperm", "Tshape", "Tindices", "Tparams", "Taxis", "Index"}
    | {"Tmultiples", "Tpaddings", "Tblock_shape", "Tcondition", "SrcT", "Tshift", "TI", "Toffset"}
    | {"Tnumsegments", "Tk", "index_type", "Truncate", "Tindex", "incompatible_shape_error"}
)
"""Attributes that tell what the inputs are."""


def of_tensorflow(
    name: str, class_name: str, config: Mapping[str, Any], nodes: Any, version: Version
) -> LayerConfig | None:
    """Return an operation of TensorFlow as one of ours; None for what is not in the tables.

    Raises UnsupportedConfigError for arguments that it does not take.
    """
    read = READERS.get(class_name)
    if read is None or not isinstance(nodes, list) or len(nodes) != 1:
        return None
    call = read(config, nodes[0])
    word = None if call is None else functions_of_tensorflow().get(call.function)
    if call is None or word is None or word.operation not in operations():
        return None
    policy = _policy(config, call)
    given = _named(word, call.given)
    if word.parts:
        return _several(Composing(name, policy, version, _weak), call, word, given)
    return _single(name, word, given, policy, version)


@dataclass(frozen=True)
class Called:
    """What is called: its name in the tables, what it is given, and with how many tensors."""

    function: str
    given: Mapping[str, Any]
    tensors: int
    doubles: bool = False


def function_named(class_name: str, config: Mapping[str, Any]) -> str:
    """Return what a layer of Keras 2 says that it is of TensorFlow's; nothing for other layers."""
    if class_name not in READERS:
        return ""
    found = config.get("function", under(config.get("node_def"), "op"))
    return f" {shorten(found)}" if isinstance(found, str) else ""


def _of_function(config: Mapping[str, Any], node: Any) -> Called:
    call = Written.of(node)
    return Called(str(config.get("function")), {FIRST: call.first, **call.keywords}, call.tensors)


def _of_node(config: Mapping[str, Any], node: Any) -> Called | None:
    """Return the node of a graph, whose definition the file has."""
    definition = config.get("node_def")
    kind = nodes_of_tensorflow().get(str(under(definition, "op")))
    if kind is None:
        return None
    call = Written.of(node)
    attributes = under(definition, "attr") or {}
    given = _inputs(kind, _in_places(call.first, config.get("constants") or {}))
    doubles = under(under(attributes, "T"), "type") == "DT_DOUBLE"
    return Called(kind.function, given | _attributes(kind, attributes), call.tensors, doubles)


READERS: Final[Mapping[str, Callable[[Mapping[str, Any], Any], Called | None]]] = {
    "TFOpLambda": _of_function,
    "SlicingOpLambda": _of_function,
    "TensorFlowOpLayer": _of_node,
}


def _policy(config: Mapping[str, Any], call: Called) -> DTypePolicy:
    """Return what constants are rounded to: float32, unless the file has wider numbers."""
    doubles = call.doubles or policy_of(config.get("dtype")).compute == "float64"
    dtype = "float64" if doubles else "float32"
    return DTypePolicy(dtype, dtype)


def _named(word: Translation, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments by the names that the operation has for them."""
    spelling = operations().get(word.operation)
    first = word.first or (spelling.takes[0].removeprefix("*") if spelling else "")
    said = lacking(given, ("name", FIRST))
    for key in said.keys() & word.only.keys():
        _check_only(key, said.pop(key), word.only[key])
    named = {word.renamed.get(key, key): value for key, value in said.items()}
    if first in named:
        raise UnsupportedConfigError(f"call argument {first} twice")
    return {**word.assumed, first: given[FIRST]} | named


def _single(
    name: str,
    word: Translation,
    given: Mapping[str, Any],
    policy: DTypePolicy,
    version: Version,
) -> LayerConfig:
    """Return one operation with what TensorFlow's function is given."""
    spelling = spelled(operations()[word.operation], word.function)
    bound = word.rewritten({**given}) if word.rewritten else given
    operands = operands_of(spelling)
    stars = {key.removeprefix("*"): key for key in operands}
    named = {stars.get(key, key): value for key, value in bound.items()}
    weak = {key: _weak(named[key]) for key in operands if key in named}
    return replace(applied(name, spelling, named | weak, version), dtype=policy)


def _several(
    make: Composing, call: Called, word: Translation, given: Mapping[str, Any]
) -> LayerConfig:
    """Return the operations that a function is made of, as one layer."""
    assert word.parts is not None  # noqa: S101 - it was asked for
    try:
        body = word.parts(make, given)
    except KeyError as error:
        raise UnsupportedConfigError(f"no call argument {error.args[0]}") from None
    told = {"class_name": call.function, "text": call.function, "inputs": call.tensors}
    return make.config_of(body, told | {"takes": word.takes})


def _check_only(key: str, value: Any, allowed: Iterable[Any]) -> None:
    if not any(value is each or value == each for each in allowed):
        raise UnsupportedConfigError(f"{key}={shorten(repr(value))}")


def _weak(value: Any) -> Any:
    """Return numbers as a constant that takes the dtype of what it meets, also in a list."""
    if value is None or isinstance(value, Slot | Constant):
        return value
    if isinstance(value, list) and any(isinstance(each, Slot | Constant) for each in value):
        return list(map(_weak, value))
    array = constant(value).array
    return Constant(array, WEAK[array.dtype.kind])


@dataclass
class Written:
    """A call as Keras 2 writes it: the first argument in its structure, the others by name.

    Every tensor is a slot, numbered as ``nodes.calls_of`` finds them.
    """

    keywords: dict[str, Any] = field(default_factory=dict)
    first: Any = None
    tensors: int = 0

    @classmethod
    def of(cls, node: Any) -> "Written":
        """Read a call; raises FileFormatError for what is none."""
        if not isinstance(node, list):
            raise FileFormatError(f"inbound node {shorten(repr(node))}")
        found = cls()
        numbers = count()

        def slotted(value: Any) -> Any:
            if is_history(value) or under_constant(value):
                own = Slot(next(numbers)) if is_history(value) else value[2]
                found.keywords |= slotted(value[3]) if len(value) == 4 else {}
                return own
            if isinstance(value, dict):
                return _python(mapped(slotted, value))
            return list(map(slotted, value)) if isinstance(value, list) else value

        found.first = slotted(node)
        found.tensors = next(numbers)
        return found


def under_constant(value: Any) -> bool:
    """Tell numbers in the place of a tensor."""
    return isinstance(value, list) and len(value) in (3, 4) and value[0] == CONSTANT


def _python(value: dict[str, Any]) -> Any:
    """Return a slice, or the dots, in the place of what Keras 2 writes for them."""
    if value.keys() == {"start", "stop", "step"}:
        if not all(each is None or type(each) is int for each in value.values()):
            raise UnsupportedConfigError(f"a slice {shorten(repr(list(value.values())))}")
        return slice(value["start"], value["stop"], value["step"])
    return Ellipsis if value.get("class_name") == "__ellipsis__" else value


def _in_places(tensors: Any, constants: Any) -> list[Any]:
    """Return all inputs of a node, its constants where they stand."""
    found = [*tensors] if isinstance(tensors, list) else [tensors]
    if not isinstance(constants, dict) or not all(map(str.isdecimal, constants)):
        raise FileFormatError(f"constants {shorten(repr(constants))}")
    for place in sorted(map(int, constants)):
        found.insert(place, constants[str(place)])
    return found


def _inputs(kind: GraphNode, given: list[Any]) -> dict[str, Any]:
    """Return the inputs by their names, where one with a star has all that the others leave."""
    names = kind.inputs
    stars = [place for place, name in enumerate(names) if name.startswith("*")]
    if stars:
        (at,) = stars
        behind = len(names) - at - 1
        end = len(given) - behind
        given = [*given[:at], given[at:end], *given[end:]]
    if len(given) != len(names):
        raise UnsupportedConfigError(f"{len(given)} inputs")
    bare = [name.removeprefix("*") for name in names]
    return {
        FIRST if name == bare[0] else name: each for name, each in zip(bare, given, strict=True)
    }


def _attributes(kind: GraphNode, attributes: Any) -> dict[str, Any]:
    """Return what the attributes tell, by the names of arguments."""
    if not isinstance(attributes, dict):
        raise FileFormatError(f"attributes {shorten(repr(attributes))}")
    told = {name: each for name, each in attributes.items() if name in kind.attributes}
    others = sorted(attributes.keys() - told.keys() - OF_INPUTS)
    if others:
        raise UnsupportedConfigError(f"attribute {shorten(others[0])}")
    return {kind.attributes[name]: _value(name, each) for name, each in told.items()}


def _value(name: str, attribute: Any) -> Any:
    """Return what Protobuf's JSON has for a value."""
    if isinstance(attribute, dict) and len(attribute) == 1:
        ((kind, value),) = attribute.items()
        if kind == "list":
            return _list(name, value)
        if kind in VALUES:
            return VALUES[kind](value)
    raise UnsupportedConfigError(f"attribute {name}={shorten(repr(attribute))}")


def _list(name: str, value: Any) -> list[Any]:
    if not value:
        return []
    ((kind, items),) = value.items()
    return [_value(name, {kind: each}) for each in items]


VALUES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "b": bool,
    "f": float,
    "i": int,
    "shape": lambda shape: shape,
    "s": lambda text: b64decode(text).decode("utf-8", "replace"),
    "type": lambda name: TYPES.get(name, name),
}
