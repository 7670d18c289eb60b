"""Turn the axes once where a run of convolutions is entered, and once where it is left."""

from dataclasses import replace

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Node
from keronyx.converter.passes import spacewise
from keronyx.converter.passes.layout import Layout
from keronyx.converter.passes.moving import RULES

__all__ = ["spacewise", "turn"]


def turn(graph: Graph) -> None:
    """Take moves of axes out of a graph, as far as what lies between them can do without."""
    layout = Layout(graph)
    for node in layout.old:
        rule = RULES.get(node.op_type)
        if rule is None or node.domain or not rule(layout, node):
            layout.keep(node)
    outputs = {name: layout.plain(name) for name in graph.renamed}
    _rename(graph, {source: name for name, source in outputs.items() if source != name})


def _rename(graph: Graph, names: dict[str, str]) -> None:
    """Have values that became outputs by another name be called by that."""
    fed = {each.name for each in graph.inputs} | graph.renamed.keys()
    for source, name in names.items():
        if source in fed:
            _copy(graph, source, name)
    known = {source: name for source, name in names.items() if source not in fed}
    graph.nodes = [
        replace(
            node,
            inputs=tuple(known.get(each, each) for each in node.inputs),
            outputs=tuple(known.get(each, each) for each in node.outputs),
        )
        if known.keys() & {*node.inputs, *node.outputs}
        else node
        for node in graph.nodes
    ]


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
