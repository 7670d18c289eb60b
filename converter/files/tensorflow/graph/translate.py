"""A graph of TensorFlow's operations, operation by operation, as an architecture of Keras 3."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeGuard

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.files.saved import LayerGroups
from keronyx.converter.files.saved import Table as SavedTable
from keronyx.converter.files.tensorflow.graph import lookups, pointwise, products, shapes, weights
from keronyx.converter.files.tensorflow.graph.building import Building, is_numbered
from keronyx.converter.files.tensorflow.graph.fusing import fuse
from keronyx.converter.files.tensorflow.graph.program import (
    End,
    Node,
    Program,
    tensor_of,
)
from keronyx.converter.files.tensorflow.graph.static import computed
from keronyx.converter.files.tensorflow.graph.values import (
    BATCH,
    Filled,
    Open,
    Table,
    Tensor,
    Value,
    known,
    numbers,
    of_sizes,
    sizes,
)
from keronyx.converter.files.tensorflow.graph.walk import Walk

FRAMED: Final = frozenset({"FusedBatchNormV3", "Reshape"})
"""Operations that take rows in a frame."""

PLACED: Final = frozenset({"GatherV2", "ResourceGather"})
"""Operations that take places in a table."""


FAULTS: Final = (ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError)
"""What comes of operations that are given something else than TensorFlow ever writes."""


@dataclass
class Translation:
    """What an operation of the graph becomes."""

    building: Building = field(default_factory=Building)
    tables: Mapping[int, SavedTable] = field(default_factory=dict)

    def operate(self, node: Node, given: list[Value]) -> list[Value]:
        """Return the results of an operation; raises FileFormatError for one that is not read."""
        where = f"operation '{shorten(node.name)}' ({shorten(node.kind)})"
        try:
            return self._operate(node, given)
        except FileFormatError as error:
            raise FileFormatError(f"{where}: {error.what}", hint=error.hint) from None
        except FAULTS as error:
            raise FileFormatError(f"{where}: it is damaged") from error

    def _operate(self, node: Node, given: list[Value]) -> list[Value]:
        plain = PLAIN.get(node.kind)
        if plain is not None:
            return plain(node, given)
        if any(isinstance(each, Table) for each in given):
            return [self._looked_up(node, given)]
        _check_placed(node, given)
        if node.kind == "Fill" and any(isinstance(size, Open) for size in sizes(given[0])):
            return [Filled(tuple(sizes(given[0])), float(known(given[1])))]
        found = None if any(map(_is_tensor, given)) else computed(node, given)
        return self._handled(node, given) if found is None else [found]

    def _handled(self, node: Node, given: list[Value]) -> list[Value]:
        handler = HANDLERS.get(node.kind)
        if handler is None:
            raise FileFormatError("it is not among the operations that are read")
        made = handler(self.building, node, given)
        return made if isinstance(made, list) else [made]

    def _looked_up(self, node: Node, given: list[Value]) -> Tensor:
        table, *others = given
        if node.kind != "LookupTableFindV2" or not isinstance(table, Table):
            raise FileFormatError("a lookup table")
        return lookups.found(self.building, node, self.tables.get(table.place), others)


def _check_placed(node: Node, given: list[Value]) -> None:
    """Raise FileFormatError for a tensor that only some operations make something of."""
    for each in filter(_is_tensor, given):
        if (each.rows and node.kind not in PLACED) or (each.framed and node.kind not in FRAMED):
            raise FileFormatError("what is meant for another operation")


def _shape(value: Value) -> Value:
    if isinstance(value, Tensor):
        return of_sizes(value.seen)
    return of_sizes(known(value).shape)


def _is_tensor(value: Value) -> TypeGuard[Tensor]:
    return isinstance(value, Tensor)


def _tensor(value: Value) -> Tensor:
    if not isinstance(value, Tensor):
        raise FileFormatError("it is given numbers where it is read with tensors alone")
    return value


def _whole(value: Value) -> int:
    (found,) = numbers(value) or [0]
    return found


def _one(function: Callable[[Building, Node, Tensor], Tensor]) -> Callable[..., Any]:
    return lambda building, node, given: function(building, node, _tensor(given[0]))


def _matmul(building: Building, node: Node, given: list[Value]) -> Tensor:
    tensors = [each for each in given if isinstance(each, Tensor)]
    if len(tensors) == 2:
        return products.matmul(building, node, tensors)
    if node.integer("transpose_a") or node.integer("adj_x"):
        raise FileFormatError("a product of a tensor that is turned")
    turned = bool(node.integer("transpose_b") or node.integer("adj_y"))
    return weights.dense(building, node, _tensor(given[0]), given[1], turned=turned)


def _bias(building: Building, node: Node, given: list[Value]) -> Tensor:
    if node.text("data_format") not in ("", "NHWC"):
        raise FileFormatError("channels first")
    added = Node(node.name, "AddV2", node.inputs, node.attributes)
    return pointwise.binary(building, added, given)


def _difference(building: Building, node: Node, given: list[Value]) -> Tensor:
    step = Node(node.name, "Sub", node.inputs, node.attributes)
    square = Node(node.name, "Square", node.inputs, node.attributes)
    return pointwise.unary(building, square, pointwise.binary(building, step, given))


def _reduction(building: Building, node: Node, given: list[Value]) -> Tensor:
    return pointwise.reduction(building, node, _tensor(given[0]), numbers(given[1]))


def _gather(building: Building, node: Node, given: list[Value]) -> Tensor:
    axis = _whole(given[2]) if len(given) > 2 else 0
    if axis or node.integer("batch_dims") or isinstance(given[0], Tensor):
        raise FileFormatError("it takes what a tensor has at places")
    return weights.embedding(building, node, given[0], _tensor(given[1]))


def _select(building: Building, node: Node, given: list[Value]) -> Tensor:
    """Read how Keras has negative places count from the end: x where not x < 0, else x + rows."""
    condition, other, x = given
    if all(isinstance(each, Tensor) for each in given):
        less = building.numbers_of(_tensor(condition), "Less", _tensor(x))
        more = building.numbers_of(_tensor(other), "Add", _tensor(x))
        negative = less is not None and less.reshape(-1).tolist() == [0]
        if negative and more is not None and more.size == 1 and more.dtype.kind == "i":
            return replace(_tensor(x), rows=int(more.reshape(-1)[0]))
    return products.chosen(building, node, given)


def _convolution(building: Building, node: Node, given: list[Value]) -> Tensor:
    return weights.convolution(building, node, _tensor(given[0]), given[1])


def _einsum(building: Building, node: Node, given: list[Value]) -> Tensor:
    tensors = [each for each in given if isinstance(each, Tensor)]
    if len(tensors) == 2:
        return products.einsum(building, node, tensors)
    return weights.einsum(building, node, _tensor(given[0]), given[1])


def _transposed(building: Building, node: Node, given: list[Value]) -> Tensor:
    return weights.transposed(building, node, _tensor(given[2]), given[1], sizes(given[0]))


def _cast(building: Building, node: Node, given: list[Value]) -> Tensor:
    x, target = _tensor(given[0]), node.dtype("DstT")
    if target == x.dtype:
        return x
    if target == "string" or x.dtype == "string" or node.integer("Truncate"):
        raise FileFormatError(f"a cast from {x.dtype} to {target}")
    made = building.operation("Cast", node.name, [x], x.shape, target, dtype=target)
    return pointwise.like(x, made)


PLAIN: Final[Mapping[str, Callable[[Node, list[Value]], list[Value]]]] = {
    **dict.fromkeys(
        ("Identity", "ReadVariableOp", "StopGradient", "PreventGradient"),
        lambda _node, given: given[:1],
    ),
    "IdentityN": lambda _node, given: given,
    "Const": lambda node, _given: [tensor_of(node.attributes)],
    "Shape": lambda _node, given: [_shape(given[0])],
}
"""What gives no entry of its own."""

HANDLERS: Final[Mapping[str, Callable[[Building, Node, list[Value]], Any]]] = {
    **dict.fromkeys(pointwise.ACTIVATIONS, _one(pointwise.activation)),
    **dict.fromkeys(pointwise.UNARY, _one(pointwise.unary)),
    **dict.fromkeys((*pointwise.BINARY, *pointwise.COMPARED), pointwise.binary),
    **dict.fromkeys(pointwise.REDUCTIONS, _reduction),
    **dict.fromkeys(("MatMul", "BatchMatMulV2", "BatchMatMulV3"), _matmul),
    **dict.fromkeys(("Conv2D", "DepthwiseConv2dNative"), _convolution),
    **dict.fromkeys(("MaxPool", "AvgPool"), _one(weights.pooling)),
    **dict.fromkeys(("GatherV2", "ResourceGather"), _gather),
    "LeakyRelu": _one(pointwise.leaky),
    "BiasAdd": _bias,
    "SquaredDifference": _difference,
    "Cast": _cast,
    **dict.fromkeys(("ZerosLike", "OnesLike"), _one(products.alike)),
    "Einsum": _einsum,
    "Tile": lambda b, n, given: products.tiled(b, n, _tensor(given[0]), numbers(given[1])),
    "Conv3D": _convolution,
    "Conv2DBackpropInput": _transposed,
    "ResizeNearestNeighbor": lambda b, n, given: weights.enlarged(
        b, n, _tensor(given[0]), numbers(given[1])
    ),
    "FusedBatchNormV3": lambda b, n, given: weights.normalized(b, n, _tensor(given[0]), given[1:]),
    "Pad": lambda b, n, given: weights.padded(b, n, _tensor(given[0]), numbers(given[1])),
    "Reshape": lambda b, n, given: shapes.reshaped(b, n, _tensor(given[0]), given[1]),
    "Transpose": lambda b, n, given: shapes.transposed(b, n, _tensor(given[0]), numbers(given[1])),
    "ExpandDims": lambda b, n, given: shapes.expanded(
        b, n, _tensor(given[0]), numbers(given[1])[0]
    ),
    "SelectV2": _select,
    "Squeeze": _one(shapes.squeezed),
    "StridedSlice": lambda b, n, given: shapes.sliced(b, n, _tensor(given[0]), given[1:]),
    "ConcatV2": lambda b, n, given: shapes.joined(b, n, given[:-1], _whole(given[-1])),
    "Pack": shapes.stacked,
    "Unpack": lambda b, n, given: shapes.unstacked(b, n, _tensor(given[0])),
    "Split": lambda b, n, given: shapes.split(b, n, _tensor(given[1]), _whole(given[0])),
}
"""What each operation becomes where an input changes it."""


def translated(program: Program) -> tuple[dict[str, Any], LayerGroups]:
    """Return the architecture that a program computes, and its variables.

    Raises FileFormatError where an operation in it is not read.
    """
    try:
        return _translated(program)
    except FAULTS as error:
        raise FileFormatError("the graph of operations is damaged") from error


def _translated(program: Program) -> tuple[dict[str, Any], LayerGroups]:
    objects = enumerate(program.graph.objects)
    tables = {place: each.table for place, each in objects if each.table is not None}
    translation = Translation(tables=tables)
    building = translation.building
    told = {end.name: building.source(end.name, _axes(end), end.dtype) for end in program.inputs()}
    walk = Walk(program, translation.operate)
    results = walk.call(program.served.text(1), [*told.values(), *program.captures()])
    _check_order(program)
    outputs = [(name, _result(results, place)) for name, place in program.outputs()]
    building.prune([tensor.entry for _, tensor in outputs])
    gone = fuse(building, [tensor.entry for _, tensor in outputs])
    outputs = [(name, _behind(tensor, gone)) for name, tensor in outputs]
    groups = tuple(building.groups.values())
    return building.architecture(walk.ordered([*told.values()]), outputs), LayerGroups(groups)


def _result(results: list[Value], place: int) -> Tensor:
    found = results[place] if place < len(results) else None
    if not isinstance(found, Tensor):
        raise FileFormatError("an output that no input changes")
    return found


def _check_order(program: Program) -> None:
    """Refuse several outputs of a Keras 2 model, whose function returns them by layers' names."""
    names = [name for name, _ in program.outputs()]
    if len(names) > 1 and program.is_keras2 and not all(map(is_numbered, names)):
        raise FileFormatError("several outputs, of which the order is not told")


def _behind(tensor: Tensor, gone: Mapping[str, str]) -> Tensor:
    return replace(tensor, entry=gone.get(tensor.entry, tensor.entry))


def _axes(end: End) -> tuple[Any, ...]:
    if not end.shape:
        raise FileFormatError(f"input '{shorten(end.name)}' without a batch")
    names = [BATCH, *(f"{end.name}:{axis}" for axis in range(1, len(end.shape)))]
    return tuple(
        Open((name,)) if size < 0 else size for name, size in zip(names, end.shape, strict=True)
    )
