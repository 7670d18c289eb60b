"""Put right what tf2onnx leaves wrong: TensorFlow's own operators, roundings, names and sizes."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from keronyx.converter.errors import printable, shorten
from keronyx.converter.graph.nodes import dims_of, legal
from keronyx.converter.graph.proto import ir_version
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array, KerasTensor
from keronyx.converter.version import __version__
from keronyx.live.divisions import inner_graphs, nodes, rounded_down

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto


def keep_constants(proto: "ModelProto", constants: Mapping[str, Array]) -> None:
    """Put constants back that became inputs, as the mean of a Normalization does."""
    from onnx import numpy_helper  # noqa: PLC0415

    for value in [each for each in proto.graph.input if each.name in constants]:
        proto.graph.input.remove(value)
        proto.graph.initializer.append(numpy_helper.from_array(constants[value.name], value.name))


def mended(proto: "ModelProto", model: Model, title: str, divisions: Collection[str] = ()) -> str:
    """Change a model in place, so that it has the names, sizes and facts that ours would have.

    ``model`` has the inputs and outputs in their order, ``title`` says who made the graph,
    ``divisions`` are the types of the TensorFlow operators in it that divide integers. Returns what
    cannot be put right, empty where everything is.
    """
    graph = proto.graph
    for node in [node for node in graph.node if node.op_type == "Erfc"]:
        _spell_erfc(graph, node)
    wrong = _unknown_operators(proto) or _miscounted(graph, model)
    wrong = wrong or rounded_down(proto, divisions)
    if not wrong:
        graph.name = legal(model.name, "model")
        _name_ends(graph, model)
        _sign(proto, model, title)
    return wrong


def _unknown_operators(proto: "ModelProto") -> str:
    foreign = ", ".join(sorted(_foreign(proto)))
    return f"tf2onnx leaves {foreign} in it, which ONNX does not have" if foreign else ""


def _name_ends(graph: "GraphProto", model: Model) -> None:
    """Give inputs and outputs the names and sizes that they have in the model."""
    infos = (*graph.input, *graph.output)
    names = _unique((*model.inputs, *model.outputs))
    _rename(graph, dict(zip((each.name for each in infos), names, strict=True)))
    tensors = (*model.inputs.values(), *model.outputs.values())
    for info, tensor in zip(infos, tensors, strict=True):
        _size(info, tensor)


def _miscounted(graph: "GraphProto", model: Model) -> str:
    """Say where a graph has other inputs or outputs than the model, nothing where it has not."""
    if len(graph.input) > len(model.inputs):
        added = ", ".join(shorten(each.name) for each in graph.input[len(model.inputs) :])
        return f"tf2onnx made constants inputs: {added}"
    if len(graph.input) < len(model.inputs):
        return "tf2onnx lost inputs"
    return "" if len(graph.output) == len(model.outputs) else "tf2onnx lost outputs"


def _spell_erfc(graph: "GraphProto", node: "NodeProto") -> None:
    """Write erfc(x) as 1 - erf(x); TensorFlow computes gelu with it."""
    from onnx import TensorProto, helper  # noqa: PLC0415

    place = list(graph.node).index(node)
    one, name = f"{node.name}/one", node.output[0]
    types = {each.name: each.type.tensor_type.elem_type for each in graph.value_info}
    kind = types.get(name) or types.get(node.input[0]) or TensorProto.FLOAT
    graph.initializer.append(helper.make_tensor(one, kind, [], [1.0]))
    erf = helper.make_node("Erf", list(node.input), [f"{name}/erf"], name=f"{node.name}/erf")
    graph.node.insert(place, erf)
    node.op_type = "Sub"
    node.domain = ""
    node.ClearField("attribute")
    node.ClearField("input")
    node.input.extend([one, f"{name}/erf"])


def _foreign(proto: "ModelProto") -> set[str]:
    """Return the operators that ONNX does not know in the opsets that the model asks for."""
    from onnx import defs  # noqa: PLC0415

    opsets = {each.domain: each.version for each in proto.opset_import}
    return {
        node.op_type
        for node in _nodes(proto.graph)
        if not defs.has(node.op_type, opsets.get(node.domain, 0), node.domain)
    }


def _nodes(graph: "GraphProto") -> Iterator["NodeProto"]:
    """Yield every node, those of inner graphs too."""
    return (node for _, node in nodes(graph))


def _unique(names: Iterable[str]) -> Iterable[str]:
    taken: dict[str, int] = {}
    for name in names:
        wanted = legal(name)
        taken[wanted] = count = taken.get(wanted, 0) + 1
        yield wanted if count == 1 else f"{wanted}_{count}"


def _rename(graph: "GraphProto", named: Mapping[str, str]) -> None:
    """Rename values in a graph and all inner ones; what is in the way of a new name gives way."""
    blocking = set(named.values()) - set(named)
    changed = dict(named) | {name: f"{name}/inner" for name in blocking}
    for named_value in _named_values(graph):
        named_value.name = changed.get(named_value.name, named_value.name)
    for node in _nodes(graph):
        for field in (node.input, node.output):
            field[:] = [changed.get(name, name) for name in field]


def _named_values(graph: "GraphProto") -> Iterator[Any]:
    """Yield whatever a graph or an inner one tells of values, their names among it."""
    yield from (*graph.input, *graph.output, *graph.value_info, *graph.initializer)
    for node in _nodes(graph):
        for inner in inner_graphs(node.attribute):
            yield from (*inner.input, *inner.output, *inner.initializer)


def _size(info: "ValueInfoProto", tensor: KerasTensor) -> None:
    """State sizes as Keras has them: ``batch`` and other names where they vary."""
    shape = info.type.tensor_type.shape
    shape.Clear()
    for size in dims_of(tensor.shape, info.name):
        dimension = shape.dim.add()
        if isinstance(size, str):
            dimension.dim_param = size
        elif size is not None:
            dimension.dim_value = size


def _sign(proto: "ModelProto", model: Model, title: str) -> None:
    opset = next(each.version for each in proto.opset_import if not each.domain)
    proto.ir_version = ir_version(opset)
    proto.producer_name, proto.producer_version = "keronyx", __version__
    proto.graph.ClearField("doc_string")
    facts = {
        "keras_version": model.keras_version,
        "source_sha256": model.sha256,
        "converted_by": title,
    }
    for name, fact in facts.items():
        if fact:
            proto.metadata_props.add(key=name, value=printable(fact))
