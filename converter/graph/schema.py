"""Hold a node against its operator's schema, so that a mistake shows where it was made."""

from functools import cache
from typing import Any, Final

import onnx

from keronyx.converter.graph.nodes import Attribute, Node
from keronyx.converter.graph.proto import ML_DOMAIN, ML_VERSION
from keronyx.converter.graph.wire import FLOAT, FLOATS, INT, INTS, STRING, STRINGS, attribute_type

_TYPES = onnx.defs.OpSchema.AttrType
KINDS: Final = {
    FLOAT: _TYPES.FLOAT,
    INT: _TYPES.INT,
    STRING: _TYPES.STRING,
    FLOATS: _TYPES.FLOATS,
    INTS: _TYPES.INTS,
    STRINGS: _TYPES.STRINGS,
}


@cache
def _schema(op_type: str, opset: int, domain: str) -> onnx.defs.OpSchema:
    return onnx.defs.get_schema(op_type, ML_VERSION if domain == ML_DOMAIN else opset, domain)


def check_node(node: Node, opset: int) -> None:
    """Raise TypeError for an attribute or a number of inputs that the operator does not have."""
    schema = _schema(node.op_type, opset, node.domain)
    label = f"{node.op_type}-{opset}"
    for name, attribute in node.attributes.items():
        _check_attribute(schema, label, name, attribute)
    required = {name for name, known in schema.attributes.items() if known.required}
    for name in required.difference(node.attributes, ["body"] if node.body else []):
        raise TypeError(f"{label} needs an attribute {name!r}")
    if not schema.min_input <= len(node.inputs) <= schema.max_input:
        raise TypeError(f"{label} does not take {len(node.inputs)} inputs")


def _check_attribute(schema: Any, label: str, name: str, attribute: Attribute) -> None:
    if name not in schema.attributes:
        raise TypeError(f"{label} has no attribute {name!r}")
    if schema.attributes[name].type != KINDS[attribute_type(attribute)]:
        raise TypeError(f"{label} wants another type of attribute {name!r} than {attribute!r}")
