"""Products of two tensors, and choices between tensors: operations of Keras of the same names."""

from collections.abc import Sequence

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.tensorflow.graph.building import Building
from keronyx.converter.files.tensorflow.graph.pointwise import broadcast, like, meet
from keronyx.converter.files.tensorflow.graph.program import Node
from keronyx.converter.files.tensorflow.graph.values import Size, Tensor, Value


def matmul(building: Building, node: Node, given: Sequence[Tensor]) -> Tensor:
    """Add a product of matrices, of which each row of the batch has its own."""
    a, b = (_turned(building, node, *each) for each in zip(given, "xy", strict=True))
    batch = a.shape[:-2]
    if node.kind == "MatMul" or len(a.shape) < 3 or a.shape[-1] != b.shape[-2]:
        raise FileFormatError("a product across the batch, or of shapes that do not go together")
    shape = (*broadcast([batch, b.shape[:-2]]), a.shape[-2], b.shape[-1])
    return building.operation("Matmul", node.name, [a, b], shape, a.dtype)


def _turned(building: Building, node: Node, x: Tensor, side: str) -> Tensor:
    """Exchange the last two axes where that is told."""
    if x.merged > 1:
        raise FileFormatError("a product of axes that are made one")
    if not node.integer(f"adj_{side}"):
        return x
    shape = (*x.shape[:-2], x.shape[-1], x.shape[-2])
    axes = {"axis1": -2, "axis2": -1}
    return building.operation("Swapaxes", node.name, [x], shape, x.dtype, **axes)


def einsum(building: Building, node: Node, given: Sequence[Tensor]) -> Tensor:
    """Add a product of two tensors that an equation tells."""
    equation = node.text("equation")
    inputs, _, output = equation.partition("->")
    terms = inputs.split(",")
    ranks = [len(each.shape) for each in given]
    if "." in equation or [*map(len, terms)] != ranks or any(x.merged > 1 for x in given):
        raise FileFormatError(f"Einsum '{equation}'")
    sizes: dict[str, Size] = {}
    for term, x in zip(terms, given, strict=True):
        sizes |= dict(zip(term, x.shape, strict=True))
    shape = tuple(sizes[letter] for letter in output)
    options = {"subscripts": equation}
    return building.operation("Einsum", node.name, given, shape, given[0].dtype, **options)


def chosen(building: Building, node: Node, given: Sequence[Value]) -> Tensor:
    """Add a choice, number by number."""
    first, shape = meet(given)
    dtype = next((x.dtype for x in given[1:] if isinstance(x, Tensor)), "")
    if not dtype:
        raise FileFormatError("a choice between numbers that no input changes")
    return like(first, building.operation("Where", node.name, given, shape, dtype))


def alike(building: Building, node: Node, x: Tensor) -> Tensor:
    """Add zeros or ones in the shape of a tensor."""
    return like(x, building.operation(node.kind, node.name, [x], x.shape, x.dtype))


def tiled(building: Building, node: Node, x: Tensor, times: list[int]) -> Tensor:
    """Add what repeats a tensor along axes behind the batch."""
    if x.merged > 1 or len(times) != len(x.shape) or times[0] != 1:
        raise FileFormatError("Tile of the batch")
    shape = tuple(size * count for size, count in zip(x.shape, times, strict=True))
    return building.operation("Tile", node.name, [x], shape, x.dtype, repeats=times)
