"""Leave out nodes whose outputs nobody reads."""

from keronyx.converter.graph.building import Graph


def leave_out(graph: Graph) -> None:
    """Keep what leads to an output, in its order."""
    wanted = {*graph.renamed}
    kept = []
    for node in reversed(graph.nodes):
        if wanted & {*node.outputs}:
            wanted |= {*node.inputs}
            kept.append(node)
    graph.nodes = kept[::-1]
