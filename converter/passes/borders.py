"""Put a border of zeros into the windows of what follows it."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Final

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Initializer, Node
from keronyx.converter.passes.wires import Wires

NEVER_BELOW_0: Final = {"Relu", "Sigmoid"}
"""A border of zeros beside what these give changes no maximum of a window that holds any of it."""

MOVES: Final = {"Squeeze", "Transpose", "Unsqueeze"}


def fold_pads(graph: Graph) -> None:
    """Take out each Pad of zeros whose only user slides a window with pads of its own."""
    wires = Wires.of(graph)
    kept = [_folded(node, wires) for node in graph.nodes]
    used = graph.renamed.keys() | chain.from_iterable(node.inputs for node in kept)
    graph.nodes = [node for node in kept if node.op_type != "Pad" or used & {*node.outputs}]


def _folded(node: Node, wires: Wires) -> Node:
    """Return a node with the Pad before it, if that is for it alone; else the node."""
    before = wires.before(node)
    if before is None or not wires.private(before):
        return node
    pads = _borders(before, wires.weights)
    padded = None if pads is None else _padded(node, pads, _source(before, wires))
    return node if padded is None else replace(padded, inputs=(before.inputs[0], *node.inputs[1:]))


def _source(node: Node, wires: Wires) -> Node | None:
    """Return what made the numbers that come to a node, however their axes were moved since."""
    found = wires.before(node)
    while found is not None and found.op_type in MOVES:
        found = wires.before(found)
    return found


def _borders(node: Node, weights: Mapping[str, Initializer]) -> list[int] | None:
    """Return the pads of a Pad of zeros over axes of space; None for anything else."""
    if node.op_type != "Pad" or len(node.inputs) != 2 or node.attributes:
        return None
    weight = weights.get(node.inputs[1])
    return None if weight is None else _of_space([*map(int, weight.load())])


def _of_space(pads: list[int]) -> list[int] | None:
    """Return the pads behind batch and channels; None where those are padded, or some cut off."""
    rank = len(pads) // 2
    outside = [*pads[:2], *pads[rank : rank + 2]]
    return None if any(outside) or min(pads) < 0 else [*pads[2:rank], *pads[rank + 2 :]]


def _padded(node: Node, pads: list[int], source: Node | None) -> Node | None:
    """Return the node with wider pads; None where it would not mean the same."""
    if "auto_pad" in node.attributes or not _takes_zeros(node, pads, source):
        return None
    own = node.attributes.get("pads", [0] * len(pads))
    assert isinstance(own, list)  # noqa: S101 - as the reading writes it
    total = [first + second for first, second in zip(pads, own, strict=True)]
    return replace(node, attributes=node.attributes | {"pads": total})


def _takes_zeros(node: Node, pads: list[int], source: Node | None) -> bool:
    """Whether zeros around the input are what the operator pads with, or as good as that.

    MaxPool pads with what is below all numbers: in a window that holds a number of 0 or more,
    that is the same. Pads of its own would be laid around the zeros.
    """
    if node.op_type == "Conv":
        return True
    if node.op_type != "MaxPool" or source is None or source.op_type not in NEVER_BELOW_0:
        return False
    return _windows_hold_one(node, pads) and "pads" not in node.attributes


def _windows_hold_one(node: Node, pads: list[int]) -> bool:
    """Tell whether no window lies in the borders alone."""
    window = node.attributes["kernel_shape"]
    assert isinstance(window, list)  # noqa: S101 - as the reading writes it
    return all(pad < size for pad, size in zip(pads, [*window, *window], strict=True))
