"""Operations of ``keras.ops`` between the layers of a graph: bound to their arguments by name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

from keronyx.converter.architecture import LayerConfig
from keronyx.converter.dialect.arithmetic import dtype_of
from keronyx.converter.dialect.constants import constant, plain
from keronyx.converter.dialect.nested import under
from keronyx.converter.dialect.tables import operations
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Spelling
from keronyx.converter.errors import FileFormatError, UnsupportedConfigError, shorten
from keronyx.converter.layers.base import FLOATS, DTypePolicy
from keronyx.converter.layers.fields import typed
from keronyx.converter.layers.operands import Constant, Operand, Slot
from keronyx.converter.layers.promotion import result_type
from keronyx.converter.several import lacking, mapped

OWN: Final = frozenset({"function", "operands"})
"""Fields that no file names."""


def operation_of(
    name: str, class_name: str, config: dict[str, Any], nodes: Any, version: Version
) -> LayerConfig | None:
    """Return an operation with its operands and options; None for what is not in the tables.

    It is called once: what is called otherwise stands in no graph of Keras's.
    Raises UnsupportedConfigError for arguments that it does not take.
    """
    spelling = operations().get(class_name)
    if spelling is None or not isinstance(nodes, list) or len(nodes) != 1:
        return None
    args, kwargs, tensors = _called(nodes[0])
    told = {key: plain(value) for key, value in config.items() if key != "name"}
    _refuse(told, told.keys() & operands_of(spelling))
    return applied(name, spelling, told | _bound(spelling, args, kwargs), version, tensors)


def applied(
    name: str,
    spelling: Spelling,
    given: Mapping[str, Any],
    version: Version,
    tensors: Sequence[str] = (),
) -> LayerConfig:
    """Return an operation that is given operands and options by name.

    ``tensors`` are the dtypes of the tensors of the call, as far as the file says.
    Raises UnsupportedConfigError for arguments that it does not take.
    """
    taken = operands_of(spelling)
    operands = tuple(_operands(taken, given))
    options = lacking(given, taken)
    decided = spelling.decided(version) if spelling.decided else {}
    fields = (
        _fields(spelling, options) | decided | {"function": spelling.function, "operands": operands}
    )
    return LayerConfig(
        kind=spelling.kind,
        name=name,
        config=typed(spelling.kind, fields) | {"quantization": None},
        dtype=_policy(tensors, operands),
    )


def operands_of(spelling: Spelling) -> list[str]:
    """Return the names of the arguments that are operands."""
    return [key for key in spelling.takes if key.lstrip("*") not in _options(spelling)]


def _options(spelling: Spelling) -> frozenset[str]:
    """Return what files call the options."""
    fields = frozenset(spelling.kind.config_keys()) - OWN
    return fields | frozenset(spelling.renamed) | frozenset(spelling.ignored)


def _called(node: Any) -> tuple[list[Any], dict[str, Any], list[str]]:
    """Return what the one call is given, slots in the place of tensors, and their dtypes."""
    dtypes: list[str] = []
    numbers = count()

    def slotted(value: Any) -> Any:
        if under(value, "class_name") == "__keras_tensor__":
            dtypes.append(dtype_of(value))
            return Slot(next(numbers))
        if isinstance(value, dict):
            return mapped(slotted, value)
        return list(map(slotted, value)) if isinstance(value, list) else value

    found = slotted(node)
    args, kwargs = under(found, "args"), under(found, "kwargs") or {}
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        raise FileFormatError(f"inbound node {shorten(repr(node))}")
    return plain(args), mapped(plain, kwargs), dtypes


def _bound(spelling: Spelling, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments by name, all that one with a star takes in a list."""
    names = spelling.takes
    if names[-1].startswith("*") and len(args) >= len(names):
        last = args[len(names) - 1 :]
        args = [*args[: len(names) - 1], last[0] if isinstance(last[0], list) else last]
    if len(args) > len(names):
        raise UnsupportedConfigError(f"{len(args)} call arguments")
    bound = dict(zip(names, args, strict=False))
    stars = {name.removeprefix("*"): name for name in names}
    named = {stars.get(key, key): value for key, value in kwargs.items()}
    twice = sorted(bound.keys() & named.keys())
    if twice:
        raise UnsupportedConfigError(f"call argument {twice[0]} twice")
    return bound | named


def _operands(names: Sequence[str], bound: Mapping[str, Any]) -> Iterator[Operand]:
    """Yield the operands in their order; None for one that is left out."""
    for name in names:
        value = bound.get(name)
        if name.startswith("*"):
            yield from map(_operand, value if isinstance(value, list) else [value])
        else:
            yield _operand(value)


def _operand(value: Any) -> Operand:
    return value if value is None or isinstance(value, Slot) else constant(value)


def _fields(spelling: Spelling, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options as the fields of the class; raises for what is none of them."""
    known = _options(spelling)
    _refuse(options, {key for key in options if key not in known or key in spelling.fixed})
    kept = lacking(options, spelling.ignored)
    return {spelling.renamed.get(key, key): value for key, value in kept.items()} | {
        **spelling.fixed
    }


def _refuse(options: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Raise UnsupportedConfigError for options that there are not."""
    listed = ", ".join(f"{key}={shorten(repr(options[key]))}" for key in sorted(keys))
    if listed:
        raise UnsupportedConfigError(listed)


def _policy(tensors: Sequence[str], operands: Sequence[Operand]) -> DTypePolicy:
    """Return what constants are rounded to: what floating operands are, as the file has them."""
    held = [each.dtype for each in operands if isinstance(each, Constant)]
    floating = [dtype for dtype in (*tensors, *held) if dtype in FLOATS]
    found = result_type(*floating) if floating else "float32"
    return DTypePolicy(found, found)
