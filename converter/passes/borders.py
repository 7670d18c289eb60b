"""Put a border of zeros into the windows of what follows it."""

from collections import Counter
from dataclasses import replace
from typing import Final

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Initializer, Node

NEVER_BELOW_0: Final = {"Relu", "Sigmoid"}
"""A border of zeros beside what these give changes no maximum of a window that holds any of it."""

MOVES: Final = {"Squeeze", "Transpose", "Unsqueeze"}


def fold_pads(graph: Graph) -> None:
    """Take out each Pad of zeros whose only user slides a window with pads of its own."""
    weights = {each.name: each for each in graph.initializers}
    makers = {name: node for node in graph.nodes for name in node.outputs}
    uses = Counter(name for node in graph.nodes for name in node.inputs)
    uses.update(graph.renamed.keys())
    kept = []
    for node in graph.nodes:
        before = makers.get(node.inputs[0]) if node.inputs else None
        pads = _borders(before, weights) if before is not None else None
        if before is None or pads is None or uses[before.outputs[0]] != 1:
            kept.append(node)
            continue
        padded = _padded(node, pads, _source(before, makers))
        kept.append(
            node if padded is None else replace(padded, inputs=(before.inputs[0], *node.inputs[1:]))
        )
    used = {name for node in kept for name in node.inputs} | graph.renamed.keys()
    graph.nodes = [node for node in kept if node.op_type != "Pad" or used & {*node.outputs}]


def _source(node: Node, makers: dict[str, Node]) -> Node | None:
    """Return what made the numbers that come to a node, however their axes were moved since."""
    found = makers.get(node.inputs[0])
    while found is not None and found.op_type in MOVES:
        found = makers.get(found.inputs[0])
    return found


def _borders(node: Node, weights: dict[str, Initializer]) -> list[int] | None:
    """Return the pads of a Pad of zeros over axes of space; None for anything else."""
    if node.op_type != "Pad" or len(node.inputs) != 2 or node.attributes:
        return None
    if node.inputs[1] not in weights:
        return None
    pads = [int(each) for each in weights[node.inputs[1]].load()]
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
    window = node.attributes["kernel_shape"]
    assert isinstance(window, list)  # noqa: S101 - as the reading writes it
    holds_one = all(pad < size for pad, size in zip(pads, [*window, *window], strict=True))
    return holds_one and "pads" not in node.attributes
