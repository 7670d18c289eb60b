"""Who makes a value of a graph and how often it is used, for passes that look at pairs of nodes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Initializer, Node
from keronyx.converter.several import keyed


@dataclass(frozen=True)
class Wires:
    """A graph's initializers and nodes by the names of what they give."""

    weights: Mapping[str, Initializer]
    makers: Mapping[str, Node]
    uses: Mapping[str, int]

    @classmethod
    def of(cls, graph: Graph) -> "Wires":
        """Look at all nodes once."""
        inputs = chain.from_iterable(node.inputs for node in graph.nodes)
        return cls(
            weights=keyed(graph.initializers),
            makers={name: node for node in graph.nodes for name in node.outputs},
            uses=Counter(chain(inputs, graph.renamed)),
        )

    def before(self, node: Node) -> Node | None:
        """Return what makes a node's first input."""
        return self.makers.get(node.inputs[0]) if node.inputs else None

    def private(self, node: Node) -> bool:
        """Tell whether one node and nobody else uses what a node gives."""
        return self.uses[node.outputs[0]] == 1
