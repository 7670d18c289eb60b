"""Operations that move numbers: reshaping, transposition, what square brackets take."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.tensorflow.graph.building import Building
from keronyx.converter.files.tensorflow.graph.program import Node
from keronyx.converter.files.tensorflow.graph.static import bounded, keys_of
from keronyx.converter.files.tensorflow.graph.values import (
    Open,
    Size,
    Tensor,
    Value,
    numbers,
    product,
    sizes,
)

OPEN: Final = -1


def reshaped(building: Building, node: Node, x: Tensor, target: Value) -> Tensor:
    """Add a reshaping that keeps the batch, or note that axes are made one or apart again."""
    wanted = sizes(target)
    if x.merged > 1 or x.framed:
        return _apart(x, wanted)
    if _fits(wanted, x.shape):
        return x
    frame = _framed(wanted, x.shape)
    if frame:
        return replace(x, merged=frame, framed=True)
    merged = _made_one(wanted, x.shape)
    if merged:
        return Tensor(x.entry, x.shape, x.dtype, merged)
    return _within(building, node, x, wanted)


def _framed(wanted: list[Size], shape: tuple[Size, ...]) -> int:
    """Return how many axes are the rows of a frame (1, rows, numbers, 1); 0 where it is none."""
    if len(wanted) != 4 or wanted[::3] != [1, 1]:
        return 0
    splits = ((product(shape[:at]), product(shape[at:])) for at in range(1, len(shape)))
    found = [at for at, split in enumerate(splits, 1) if [*split] == wanted[1:3]]
    return found[0] if len(found) == 1 else 0


def _apart(x: Tensor, wanted: list[Size]) -> Tensor:
    """Return a tensor with its first axes apart again."""
    if _fits(wanted, x.shape):
        return Tensor(x.entry, x.shape, x.dtype)
    if _fits(wanted, x.seen) and not x.framed:
        return x
    raise FileFormatError("axes that are made one, and other ones made of them")


def _fits(wanted: Sequence[Size], shape: Sequence[Size]) -> bool:
    """Tell whether a target, in which one size may be left open, is a shape."""
    if len(wanted) != len(shape) or wanted.count(OPEN) > 1:
        return False
    return all(a in (OPEN, b) for a, b in zip(wanted, shape, strict=True))


def _made_one(wanted: list[Size], shape: tuple[Size, ...]) -> int:
    """Return how many of the first axes a target makes one; 0 where it is something else."""
    merged = len(shape) - len(wanted) + 1
    if merged < 2 or not wanted or wanted[1:] != [*shape[merged:]] or len(wanted) < 2:
        return 0
    return merged if wanted[0] in (OPEN, product(shape[:merged])) else 0


def _within(building: Building, node: Node, x: Tensor, wanted: list[Size]) -> Tensor:
    """Add a layer that gives the axes behind the batch another shape."""
    rest = wanted[1:]
    inner = product(x.shape[1:])
    known = [size for size in rest if not isinstance(size, Open) and size != OPEN]
    counted = len(known) == len(rest) and product(tuple(known)) == inner
    if not (counted if wanted[:1] == [OPEN] else wanted[:1] == [x.shape[0]]):
        raise FileFormatError("a reshaping that does not keep the batch")
    if len(rest) - len(known) > 1:
        raise FileFormatError("a reshaping to several sizes that vary")
    shape = tuple(_filled(size, known, inner) for size in rest)
    config = {"target_shape": [size if size in known else OPEN for size in rest]}
    return building.layer("Reshape", node.name, config, [x], (x.shape[0], *shape))


def _filled(size: Size, known: Sequence[Size], inner: Size) -> Size:
    """Return a size of the target, or what is left for the one that is open."""
    if size != OPEN:
        return size
    behind = product(tuple(known))
    if isinstance(inner, Open) or isinstance(behind, Open):
        raise FileFormatError("a reshaping that leaves a size open beside one that varies")
    return inner // behind


def transposed(building: Building, node: Node, x: Tensor, order: list[int]) -> Tensor:
    """Add a permutation of the axes behind the batch."""
    places = [axis % len(x.shape) for axis in order]
    if places == [*range(len(x.shape))]:
        return x
    if x.merged > 1 or places[0] != 0:
        raise FileFormatError("a transposition that moves the batch")
    shape = tuple(x.shape[place] for place in places)
    return building.layer("Permute", node.name, {"dims": places[1:]}, [x], shape)


def expanded(building: Building, node: Node, x: Tensor, axis: int) -> Tensor:
    """Add a new axis."""
    place = axis % (len(x.shape) + 1)
    keys: list[Any] = [slice(None)] * place
    return _taken(building, node, x, [*keys, None])


def squeezed(building: Building, node: Node, x: Tensor) -> Tensor:
    """Take axes of size 1 away."""
    rank = len(x.shape)
    told = {axis % rank for axis in node.integers("squeeze_dims")}
    places = told or {axis for axis, size in enumerate(x.shape) if size == 1}
    if any(x.shape[place] != 1 for place in places):
        raise FileFormatError("an axis that is not known to have size 1 is taken away")
    keys = [0 if axis in places else slice(None) for axis in range(rank)]
    return _taken(building, node, x, keys)


def sliced(building: Building, node: Node, x: Tensor, places: Sequence[Value]) -> Tensor:
    """Take what a StridedSlice does."""
    return _taken(building, node, x, [*keys_of(node, [numbers(each) for each in places])])


def _taken(building: Building, node: Node, x: Tensor, keys: list[Any]) -> Tensor:
    """Add a subscript that leaves the batch as it is."""
    if x.merged > 1:
        raise FileFormatError("a part of axes that are made one")
    every = _with_all(keys, len(x.shape))
    if every[0] is None or not _is_all(every[0]):
        raise FileFormatError("a part of the batch")
    if all(each is not None and _is_all(each) for each in every):
        return x
    axes = iter(x.shape)
    shape = [size for key in every if (size := _size(key, axes)) is not None]
    tensor = building.operation("GetItem", node.name, [x], tuple(shape), x.dtype)
    building.entries[tensor.entry]["inbound_nodes"][0]["args"].append([*map(_written, every)])
    return tensor


def _with_all(keys: list[Any], rank: int) -> list[Any]:
    """Return a key for every axis and for every new one, without an ellipsis."""
    at = keys.index(Ellipsis) if Ellipsis in keys else len(keys)
    before, behind = keys[:at], keys[at + 1 :]
    left = rank - sum(each is not None for each in (*before, *behind))
    if left < 0 or Ellipsis in behind:
        raise FileFormatError("a subscript of more axes than there are")
    return [*before, *[slice(None)] * left, *behind]


def _is_all(key: Any) -> bool:
    return isinstance(key, slice) and key in (slice(None), slice(None, None, 1))


def _size(key: Any, axes: Iterator[Size]) -> Size | None:
    """Return the size of an axis of the result; None where it is taken away."""
    if key is None:
        return 1
    size: Size = next(axes)
    if not isinstance(key, slice):
        return None
    if _is_all(key):
        return size
    if isinstance(size, Open):
        raise FileFormatError("a part of an axis whose size varies")
    return len(range(size)[key])


def _written(key: Any) -> Any:
    if isinstance(key, slice):
        config = {"start": key.start, "stop": key.stop, "step": key.step}
        return {"class_name": "__slice__", "config": config}
    return key


def joined(building: Building, node: Node, given: Sequence[Value], axis: int) -> Tensor:
    """Add a concatenation of tensors along an axis behind the batch."""
    tensors = [each for each in given if isinstance(each, Tensor)]
    first = tensors[0]
    place = axis % len(first.shape)
    if len(tensors) < len(given) or place == 0 or any(each.merged > 1 for each in tensors):
        raise FileFormatError(f"{node.kind} of the batch, or of what no input changes")
    along = [size for each in tensors if not isinstance(size := each.shape[place], Open)]
    if len(along) < len(tensors):
        raise FileFormatError(f"{node.kind} along an axis whose size varies")
    if len(tensors) == 1:
        return first
    shape = [*first.shape]
    shape[place] = sum(along)
    return building.layer("Concatenate", node.name, {"axis": place}, tensors, tuple(shape))


def stacked(building: Building, node: Node, given: Sequence[Value]) -> Tensor:
    """Add what stacks tensors along a new axis."""
    axis = node.integer("axis")
    parts = [expanded(building, node, each, axis) for each in given if isinstance(each, Tensor)]
    if len(parts) < len(given):
        raise FileFormatError("Pack of what no input changes")
    return joined(building, node, parts, axis % len(parts[0].shape))


def unstacked(building: Building, node: Node, x: Tensor) -> list[Tensor]:
    """Take every place of an axis."""
    place = node.integer("axis") % len(x.shape)
    before: list[Any] = [slice(None)] * place
    bounded([node.integer("num")])
    return [_taken(building, node, x, [*before, at]) for at in range(node.integer("num"))]


def split(building: Building, node: Node, x: Tensor, axis: int) -> list[Tensor]:
    """Take equal parts along an axis."""
    place, count = axis % len(x.shape), node.integer("num_split")
    size = x.shape[place]
    if isinstance(size, Open) or count < 1 or size % count:
        raise FileFormatError("Split of an axis into parts that are not the same")
    bounded([count])
    step, before = size // count, [slice(None)] * place
    parts = (slice(at * step, (at + 1) * step, 1) for at in range(count))
    return [_taken(building, node, x, [*before, part]) for part in parts]
