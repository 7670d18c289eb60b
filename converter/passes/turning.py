"""Turn the axes once where a run of convolutions is entered, and once where it is left."""

from collections.abc import Mapping
from dataclasses import replace

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Node
from keronyx.converter.passes import spacewise
from keronyx.converter.passes.layout import Layout
from keronyx.converter.passes.moving import RULES
from keronyx.converter.several import called

__all__ = ["spacewise", "turn"]


def turn(graph: Graph) -> None:
    """Take moves of axes out of a graph, as far as what lies between them can do without."""
    layout = Layout(graph)
    for node in layout.old:
        if not _moved(layout, node):
            layout.keep(node)
    outputs = {name: layout.plain(name) for name in graph.renamed}
    _rename(graph, {source: name for name, source in outputs.items() if source != name})


def _moved(layout: Layout, node: Node) -> bool:
    """Have a node's rule put it on other axes, and tell whether it did."""
    rule = RULES.get(node.op_type)
    return rule is not None and not node.domain and rule(layout, node)


def _rename(graph: Graph, names: dict[str, str]) -> None:
    """Have values that became outputs by another name be called by that."""
    fed = set(called(graph.inputs)) | graph.renamed.keys()
    known = {}
    for source, name in names.items():
        if source in fed:
            _copy(graph, source, name)
        else:
            known[source] = name
    graph.nodes = [_renamed(node, known) for node in graph.nodes]


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    """Return a node that calls values by other names, itself where it knows none of them."""
    if names.keys().isdisjoint((*node.inputs, *node.outputs)):
        return node
    inputs, outputs = (
        tuple(names.get(each, each) for each in ends) for ends in (node.inputs, node.outputs)
    )
    return replace(node, inputs=inputs, outputs=outputs)


def _copy(graph: Graph, source: str, name: str) -> None:
    """Give a value a second name."""
    node = Node(
        op_type="Identity",
        name=graph.unique("Identity"),
        inputs=(source,),
        outputs=(name,),
        attributes={},
        layer=None,
    )
    graph.append(node)
