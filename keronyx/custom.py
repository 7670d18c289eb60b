"""Layers of users' own: what they are registered with, and both readings of a single function.

docs/custom-layers.md shows how.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, make_dataclass
from dataclasses import field as config_field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from keronyx.converter.dialect.custom import register, unregister
from keronyx.converter.emit.base import emit_layer, inner, shape_of, weight
from keronyx.converter.errors import UsageError, shorten
from keronyx.converter.formula.expression import Expression, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value, dims_of
from keronyx.converter.graph.save import to_bytes
from keronyx.converter.layers.base import Layer, variable
from keronyx.converter.several import called
from keronyx.converter.tensors import Array, Shape, Variable
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers

if TYPE_CHECKING:
    from onnx import ModelProto

Target = TypeVar("Target", bound=Callable[..., Any])

OPSET: Final = 17
"""In which a function is tried out."""


def register_layer(
    name: str,
    *,
    variables: Sequence[str] = (),
    numpy: Callable[..., Array] | None = None,
    ignored: Sequence[str] = (),
) -> Callable[[Target], Target]:
    """Register what reads a layer class that Keras does not have.

    ``name`` is that in the files: "Package>Class", "module>Class", or "Class" of any package.
    It decorates a dataclass, a ``Layer`` with the config keys and variables as its fields, whose
    readings are registered with ``emit_layer`` and ``prepare_layer``. Or a function
    ``f(graph, x, *variables, **config)`` that adds ONNX nodes and returns their output; then
    ``variables`` names the layer's variables in the order of their creation, and ``numpy`` is the
    same as a function of arrays, without the graph. Left out, the nodes themselves are evaluated,
    which proves less. ``ignored`` are config keys that do not change the numbers. Raises
    UsageError for what cannot be registered.
    """

    def decorate(target: Target) -> Target:
        if not isinstance(target, type):
            kind = _class_of(name, target, variables, numpy)
            register(name, kind, ignored)
            return target
        if not issubclass(target, Layer) or variables or numpy:
            raise UsageError(
                f"{target.__name__} is registered as a class",
                hint="derive it from keronyx.Layer; its variables are fields",
            )
        register(name, target, ignored)
        return target

    return decorate


def unregister_layer(name: str) -> None:
    """Forget a layer that was registered; raises UsageError where there is none."""
    unregister(name)


class FunctionLayer(Layer, abstract=True):
    """A layer whose ONNX reading is ``function``, and its NumPy reading ``numpy`` or the same."""

    function: ClassVar[Callable[..., Value]]
    numpy: ClassVar[Callable[..., Array] | None] = None
    arity: ClassVar[tuple[int, int | None]] = (1, None)

    def config(self) -> dict[str, Any]:
        """The keyword arguments of the function."""
        return {key: getattr(self, key) for key in self.config_keys()}

    def infer_shape(self, *shapes: Shape) -> Shape:
        """What onnx infers from the nodes."""
        from onnx import shape_inference  # noqa: PLC0415 (costs more than all the rest)

        proto = self.trial(inner(self.dtype.compute), *shapes)
        try:
            made = shape_inference.infer_shapes(proto, check_type=True, strict_mode=True)
        except (shape_inference.InferenceError, RuntimeError) as error:
            raise self.refuse(f"its ONNX nodes: {shorten(str(error), 200)}") from error
        kind = made.graph.output[0].type.tensor_type
        if not kind.HasField("shape"):
            raise self.refuse("a shape that onnx cannot infer from its nodes")
        sizes = _sizes_by_symbol(shapes)
        return tuple(
            size.dim_value if size.HasField("dim_value") else sizes.get(size.dim_param)
            for size in kind.shape.dim
        )

    def trial(self, dtype: str, *shapes: Shape) -> "ModelProto":
        """Return the nodes as a model of their own, of inputs x0, x1 ... and the variables."""
        from onnx import ModelProto  # noqa: PLC0415 (costs more than all the rest)

        graph = Graph(type(self).__name__, OPSET)
        given = [graph.input(graph.unique(f"x{n}"), dtype, s) for n, s in enumerate(shapes)]
        for name, each in self.variables().items():
            given.append(graph.input(graph.unique(name), dtype, each.shape))
        made = type(self).function(graph, *given, **self.config())
        graph.output(graph.unique("y"), Value(made.name, made.dtype, made.shape))
        proto: ModelProto = ModelProto.FromString(to_bytes(graph, {}))
        proto.graph.output[0].type.tensor_type.ClearField("shape")
        return proto


def _class_of(
    name: str,
    function: Callable[..., Value],
    variables: Sequence[str],
    numpy: Callable[..., Array] | None,
) -> type[Layer]:
    """Make the description of a function: its keywords are the config keys."""
    fields = list(map(_config_field, _keywords(name, function, variables)))
    fields += [(each, Variable, variable()) for each in variables]
    behaviour = {
        "function": staticmethod(function),
        "numpy": None if numpy is None else staticmethod(numpy),
        "independent": numpy is not None,
    }
    return make_dataclass(
        name.rpartition(">")[2],
        fields,
        bases=(FunctionLayer,),
        namespace=behaviour,
        frozen=True,
        kw_only=True,
        eq=False,
    )


def _sizes_by_symbol(shapes: Sequence[Shape]) -> dict[Any, Any]:
    """Return the sizes of a trial's inputs by what they are called in it."""
    return {
        symbol: size
        for number, shape in enumerate(shapes)
        for size, symbol in zip(shape, dims_of(shape, f"x{number}"), strict=True)
    }


def _keywords(
    name: str, function: Callable[..., Value], variables: Sequence[str]
) -> list[inspect.Parameter]:
    """Return the keywords that are config keys; raises UsageError where they cannot be."""
    parameters = inspect.signature(function).parameters.values()
    keywords = [each for each in parameters if each.kind is each.KEYWORD_ONLY]
    if not {"name", "dtype", *variables}.isdisjoint(called(keywords)):
        raise UsageError(f"{name!r}: a config key like a variable, or called name or dtype")
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        raise UsageError(f"{name!r}: a function with **", hint="name every config key behind *")
    return keywords


def _config_field(keyword: inspect.Parameter) -> tuple[str, Any, Any]:
    """Return a keyword as a field of a dataclass: its name, its type, its default."""
    kind = Any if keyword.annotation is keyword.empty else keyword.annotation
    default = MISSING if keyword.default is keyword.empty else keyword.default
    return keyword.name, kind, config_field(default=default)


@emit_layer.register
def emit_function(layer: FunctionLayer, graph: Graph, *inputs: Value) -> Value:
    """The nodes that the function adds."""
    weights = [weight(graph, layer, name) for name in layer.variables()]
    made = type(layer).function(graph, *inputs, *weights, **layer.config())
    return Value(made.name, made.dtype, shape_of(layer, *inputs))


@prepare_layer.register
def prepare_function_layer(layer: FunctionLayer, numbers: Numbers) -> Step:
    """The NumPy function, or onnx's own evaluation of the nodes."""
    arrays = list(map(numbers, layer.variables().values()))
    config, numpy = layer.config(), type(layer).numpy
    if numpy is not None:
        return lambda *inputs: numpy(*inputs, *arrays, **config)
    names = list(layer.variables())

    @cache
    def evaluator(shapes: tuple[Shape, ...]) -> Any:
        from onnx.reference import ReferenceEvaluator  # noqa: PLC0415 (costs as much as a model)

        return ReferenceEvaluator(layer.trial(numbers.dtype.name, *shapes))

    def step(*inputs: Array) -> Array:
        given = {f"x{number}": array for number, array in enumerate(inputs)}
        feed = given | dict(zip(names, arrays, strict=True))
        (made,) = evaluator(tuple((None, *x.shape[1:]) for x in inputs)).run(None, feed)
        result: Array = made
        return result

    return step


@express.register
def express_function(layer: FunctionLayer, *inputs: Expression) -> Meaning:
    """The layer by its name."""
    kept: Mapping[str, Any] = layer.config()
    return Meaning(value=apply(type(layer).__name__, *inputs), numbers=kept)
