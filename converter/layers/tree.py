"""A formula as a tree of little layers, which every stage walks with its own reading of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from keronyx.converter.errors import KeronyxError, UnsupportedConfigError, label_of
from keronyx.converter.layers.base import FLOATS, Layer
from keronyx.converter.layers.operations import TO_FLOAT, Operation
from keronyx.converter.several import without
from keronyx.converter.tensors import Shape

T = TypeVar("T")

MOST_INPUTS = 64
"""Most inputs of a formula."""


@dataclass(frozen=True, eq=False)
class Input:
    """One of the inputs, by its number."""

    index: int


@dataclass(frozen=True, eq=False)
class Call:
    """A layer called on what other nodes give; ``column`` is its place in the text."""

    layer: Layer
    arguments: tuple["Node", ...]
    column: int


Node: TypeAlias = Input | Call


def walk(node: Node, inputs: Sequence[T], call: Callable[..., T]) -> T:
    """Return what a tree gives: ``call(layer, *arguments)`` for each of its calls, once."""
    return _walk(node, inputs, lambda each, *arguments: call(each.layer, *arguments))


def _walk(root: Node, inputs: Sequence[T], call: Callable[..., T]) -> T:
    """Walk without recursion, arguments first."""
    done: dict[Node, T] = {}
    pending = [root]
    while pending:
        node = pending[-1]
        if isinstance(node, Input):
            done[node] = inputs[node.index]
        elif missing := without(node.arguments, done):
            pending.extend(missing)
            continue
        elif node not in done:
            done[node] = call(node, *(done[each] for each in node.arguments))
        pending.pop()
    return done[root]


def shape_of(node: Node, shapes: Sequence[Shape]) -> Shape:
    """Return the shape of what a tree gives; raises with the column where shapes do not fit."""

    def infer(call: Call, *given: Shape) -> Shape:
        try:
            return call.layer.infer_shape(*given)
        except KeronyxError as error:
            raise at_column(error, call) from None

    return _walk(node, shapes, infer)


def dtype_of(node: Node, dtypes: Sequence[str]) -> str:
    """Return the dtype of what a tree gives; raises with the column where dtypes do not fit."""

    def infer(call: Call, *given: str) -> str:
        _check_alike(call, given)
        try:
            return call.layer.infer_dtype(*given)
        except KeronyxError as error:
            raise at_column(error, call) from None

    return _walk(node, dtypes, infer)


def _check_alike(call: Call, dtypes: Sequence[str]) -> None:
    """Raise for dtypes that Keras would cast: in a formula, every cast is written."""
    layer = call.layer
    if isinstance(layer, Operation):
        return
    floating = all(dtype in FLOATS for dtype in dtypes)
    if len(set(dtypes)) > 1 or not (floating or layer.moves_only):
        listed = " and ".join(dict.fromkeys(dtypes))
        raise _refused(f"{type(layer).__name__} of {listed} numbers", call, TO_FLOAT)


def layers_of(node: Node) -> list[Layer]:
    """Return the layers of all calls, in the order in which they are called."""
    found: list[Layer] = []
    walk(node, [None] * MOST_INPUTS, lambda layer, *_: found.append(layer))
    return found


def at_column(error: KeronyxError, call: Call) -> KeronyxError:
    """Return the error of a call with its place in the text; inputs have none."""
    hint = error.hint if isinstance(call.layer, Operation) else ""
    return _refused(error.what, call, hint)


def _refused(what: str, call: Call, hint: str) -> UnsupportedConfigError:
    where = f"column {call.column} of its expression: " if call.column else ""
    return UnsupportedConfigError(f"{where}{what}", hint=hint, layer=label_of(call.layer.name))
