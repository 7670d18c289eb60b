"""Operations on tensors that stand in a graph as if they were layers, of whatever era."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keronyx.converter.architecture import LayerConfig
from keronyx.converter.dialect.arithmetic import arithmetic_of
from keronyx.converter.dialect.casts import cast_of
from keronyx.converter.dialect.entry import Entry
from keronyx.converter.dialect.logic import logic_of
from keronyx.converter.dialect.operations import operation_of
from keronyx.converter.dialect.tensorflow import of_tensorflow
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Why
from keronyx.converter.errors import Reason, UnsupportedConfigError, label_of


@contextmanager
def named(entry: Entry) -> Iterator[None]:
    """Have whatever is refused say in which layer it is."""
    try:
        yield
    except UnsupportedConfigError as error:
        raise error.at(layer=label_of(entry.name, entry.class_name)) from None


def raw_operation(
    entry: Entry, config: dict[str, Any], why: Why, version: Version
) -> LayerConfig | None:
    """Read TensorFlow's operation in a graph of Keras 2; of Keras 3 its own, or a mask's."""
    if version.before(3):
        with named(entry):
            return of_tensorflow(entry.name, entry.class_name, config, entry.nodes, version)
    found = cast_of(entry.name, entry.class_name, config)
    raw = why.reason is Reason.OPERATION
    if found is None and raw:
        found = arithmetic_of(entry.name, entry.class_name, entry.nodes)
    if found is None and raw:
        with named(entry):
            found = operation_of(entry.name, entry.class_name, config, entry.nodes, version)
    return found or logic_of(entry.name, entry.class_name, config, entry.nodes)
