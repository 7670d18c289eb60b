"""Architectures: code and names to import, what exceeds a limit, broken graphs, odd names.

The code is that of ``x + 1``, the modules do not exist, and a path is that of an empty file:
whoever runs, imports or opens them does no harm, and is seen to do it.
"""

import base64
import json
import marshal
from collections.abc import Iterator
from typing import Any, Final

from hostile import base
from hostile.base import D1, D2, DENSE3, Case, dense, layer, named, sequential3

CODE: Final = base64.b64encode(marshal.dumps((lambda x: x + 1).__code__)).decode()
MODULE: Final = "keronyx_absent"
"""A module that does not exist."""

PICKLE: Final = base64.b64encode(f"c{MODULE}\nact\n.".encode()).decode()

LAMBDA2: Final = layer(
    "Lambda",
    "lam",
    function=[CODE, None, None],
    function_type="lambda",
    module="__main__",
    output_shape=[CODE, None, None],
    output_shape_type="lambda",
    arguments={},
)
LAMBDA3: Final = named(
    "Lambda",
    "lam",
    function={
        "class_name": "__lambda__",
        "config": {"code": CODE, "defaults": None, "closure": None},
    },
)


def function(name: str, module: Any) -> dict[str, Any]:
    """Return a function object."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def of_module(module: str, kind: str, **config: Any) -> dict[str, Any]:
    """Return a class of some module."""
    return {"module": module, "class_name": kind, "config": config, "registered_name": kind}


def _code() -> Iterator[Case]:
    """Yield what would run, import or open something; every one is found by a scan as well."""
    yield Case("lambda", base.model(D1, LAMBDA2, D2))
    yield Case("lambda damaged", base.model(D1, layer("Lambda", "l", function=["?", 0, 0])))
    yield Case("lambda in json", base.text(base.sequential(D1, LAMBDA2, D2)))
    inner = {"class_name": "Sequential", "config": {"name": "n", "layers": [LAMBDA2]}}
    yield Case("lambda nested", base.model(D1, layer("TimeDistributed", "t", layer=inner)))
    yield Case(
        "lambda by name",
        base.model(
            D1, layer("Lambda", "l", function="act", function_type="function", module=MODULE), D2
        ),
    )
    yield Case("lambda of keras 3", base.keras(sequential3(DENSE3, LAMBDA3)))
    for kind in (f"{MODULE}.act", "__class__", "{0.__class__.__mro__}", "swishy"):
        yield Case(f"activation {kind}", base.model(dense("d1", activation=kind), D2))
    each = function("act", MODULE)
    yield Case("function", base.keras(sequential3(DENSE3, named("Lambda", "l", function=each))))
    yield Case(
        "activation function",
        base.keras(sequential3(named("Dense", "d1", units=3, activation=each))),
    )
    for module, kind in (
        (MODULE, "Thing"),
        (f"{MODULE}.layers", "Dense"),
        (f"{MODULE}//x", "x"),
        (f"keras.layers\0{MODULE}", "__class__"),
        ("keras.layers", f"{MODULE}//Dense"),
    ):
        odd = of_module(module, kind, name="x")
        yield Case(f"class {kind} of {module!r}", base.keras(sequential3(DENSE3, odd)))
        yield Case(
            f"dtype policy {kind} of {module!r}",
            base.keras(sequential3(named("Dense", "d1", units=3, dtype=odd))),
        )
    renamed = {**DENSE3, "registered_name": f"{MODULE}>Dense"}
    yield Case("registered name", base.keras(sequential3(renamed)))
    yield Case("custom class", base.model(D1, layer(f"{MODULE}>Thing", "x")))
    yield Case("dunder class", base.model(D1, layer("__class__", "x")))
    yield Case(
        "vocabulary in a file",
        base.keras(sequential3(named("StringLookup", "s", vocabulary=base.BESIDE))),
    )
    yield Case(
        "saved model layer",
        base.keras(
            sequential3(
                DENSE3, named("TFSMLayer", "t", filepath=base.BESIDE, call_endpoint="serve")
            )
        ),
    )
    yield Case(
        "torch module",
        base.keras(
            sequential3(
                DENSE3, named("TorchModuleWrapper", "t", module="Y2tlcm9ueXhfYWJzZW50CmFjdAou")
            )
        ),
    )


def _training() -> Iterator[Case]:
    """Yield what Keras would make for training only: not looked at by a conversion."""
    odd = {"optimizer": of_module(MODULE, "Thing"), "loss": function("act", MODULE)}
    yield Case("compile config", base.keras(sequential3(DENSE3, compile_config=odd)), "converted")
    initializer = named("Dense", "d1", units=3, kernel_initializer=of_module(MODULE, "Thing"))
    yield Case("initializer", base.keras(sequential3(initializer)), "converted")
    yield Case(
        "training config",
        base.hdf5(lambda root: root.attrs.update(training_config=json.dumps(odd))),
        "converted",
    )


CODE_CASES: Final = tuple(_code())
TRAINING_CASES: Final = tuple(_training())


def _texts() -> Iterator[Case]:
    """Yield texts that are not of an architecture."""
    yield Case("json of another kind", base.text({"py/object": f"{MODULE}.Thing", "$ref": "x"}))
    for name, config in {"no layers": {"name": "n"}, "text": "x"}.items():
        yield Case(f"json {name}", base.text({"class_name": "Sequential", "config": config}))
    for kind in (["Dense"], None, {"a": 1}):
        yield Case(f"class name {kind}", base.text({"class_name": kind, "config": {}}))
    yield Case("version of words", base.hdf5(version="newest"))
    yield Case("filters 0", base.model(_convolution(filters=0), weights={}, shape=[None, 8, 8, 3]))
    yield Case("axis of a dense layer", base.model(dense("d1", axis=1), D2))


def _convolution(**config: Any) -> dict[str, Any]:
    said = {"kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", **config}
    return layer("Conv2D", "c", **said)


def _limits() -> Iterator[Case]:
    """Yield what is a little over a limit that is a little lower than usual."""
    deep = base.sequential(layer("Activation", "a", activation="relu"))
    for index in range(4):
        deep = base.sequential({**deep, "config": {**deep["config"], "name": f"s{index}"}})
    yield Case(
        "limited models 4 deep", base.hdf5(config=deep, weights={}), limits=("nested-models=3",)
    )
    good = json.dumps(base.CONFIG)
    size = str(len(good) - 1)
    texts: dict[str, tuple[bytes, str]] = {
        "text of a byte too many": (good.encode(), f"text-bytes={size}"),
        "depth of 11": (b"[" * 11 + b"]" * 11, "text-depth=10"),
        "objects": (json.dumps({"class_name": "a", "b": [{}] * 20}).encode(), "text-objects=20"),
        "entries": (json.dumps({"class_name": "a", "b": [1] * 30}).encode(), "text-entries=20"),
    }
    for name, (data, limit) in texts.items():
        yield Case(f"limited {name}", base.text(data), limits=(limit,))
    widened = layer("RepeatVector", "r", n=50)
    yield Case(
        "limited numbers that are checked",
        base.model(widened, weights={}),
        limits=("check-elements=300",),
    )
    lookup = layer("StringLookup", "s", vocabulary=["a"], num_oov_indices=6)
    yield Case(
        "limited indices",
        base.model(lookup, weights={}, shape=[None, 1]),
        limits=("oov-indices=5",),
    )
    inner = graph(
        [SOURCE, node(layer("Activation", "r", activation="relu"), [["in", 0, 0, {}]])],
        [["in", 0, 0]],
        [["r", 0, 0]],
    )
    for index in range(3):
        twice = {**inner, "name": f"m{index}", "config": {**inner["config"], "name": f"m{index}"}}
        twice["inbound_nodes"] = [[["in", 0, 0, {}]], [[f"m{index}", 1, 0, {}]]]
        inner = graph([SOURCE, twice], [["in", 0, 0]], [[f"m{index}", 2, 0]])
    yield Case("limited calls", base.hdf5(config=inner, weights={}), limits=("layer-calls=10",))


def graph(layers: list[Any], inputs: Any, outputs: Any) -> dict[str, Any]:
    """Return a graph of layers."""
    config = {"name": "net", "layers": layers, "input_layers": inputs, "output_layers": outputs}
    return {"class_name": "Functional", "config": config}


def node(entry: dict[str, Any], *calls: Any) -> dict[str, Any]:
    """Return a layer of a graph with its calls: each a list of [layer, node, output, {}]."""
    return {**entry, "name": entry["config"]["name"], "inbound_nodes": list(calls)}


SOURCE: Final = node(layer("InputLayer", "in", batch_input_shape=[None, 4], dtype="float32"))


def _chained(inner: Any, outputs: Any = (("d2", 0, 0),), inputs: Any = (("in", 0, 0),)) -> Any:
    first = node(D1, [["in", 0, 0, {}]])
    last = {**D2, "name": "d2", "inbound_nodes": inner}
    ends = [list(each) for each in inputs], [list(each) for each in outputs]
    return base.hdf5(config=graph([SOURCE, first, last], *ends))


def _graphs() -> Iterator[Case]:
    """Yield graphs that lead nowhere, or much too far.

    Those that lead round and round keep Keras 2 busy for ever: see ``test_schedule``.
    """
    calls: dict[str, Any] = {
        "to a ghost": [[["ghost", 0, 0, {}]]],
        "to call 5": [[["d1", 5, 0, {}]]],
        "to call -1": [[["d1", -1, 0, {}]]],
        "to output 3": [[["d1", 0, 3, {}]]],
        "of text": "d1",
        "of numbers": [1, 2],
        "of an object": {"d1": 0},
    }
    for name, each in calls.items():
        yield Case(f"graph {name}", _chained(each))
    good = [[["d1", 0, 0, {}]]]
    yield Case("graph", _chained(good), "converted")
    yield Case("graph without outputs", _chained(good, outputs=()))
    yield Case("graph with a ghost's output", _chained(good, outputs=(("ghost", 0, 0),)))
    yield Case("graph whose input is no input", _chained(good, inputs=(("d1", 0, 0),)))
    yield Case(
        "graph of two layers of one name",
        base.hdf5(
            config=graph(
                [SOURCE, node(D1, [["in", 0, 0, {}]]), node(D1, [["d1", 0, 0, {}]])],
                [["in", 0, 0]],
                [["d1", 0, 0]],
            )
        ),
    )
    adds = [SOURCE]
    for index in range(20):
        before = f"a{index - 1}" if index else "in"
        adds.append(node(layer("Add", f"a{index}"), [[before, 0, 0, {}], [before, 0, 0, {}]]))
    yield Case(
        "graph of many paths",
        base.hdf5(weights={}, config=graph(adds, [["in", 0, 0]], [["a19", 0, 0]])),
        "converted",
    )
    for value in (
        {"class_name": "__keras_tensor__", "config": {"keras_history": 3}},
        {"class_name": "__numpy__", "config": {"value": [0] * 9, "dtype": "float32"}},
        {"class_name": "__keras_tensor__"},
    ):
        source = {**named("InputLayer", "in", batch_shape=[None, 4]), "inbound_nodes": []}
        last = {**DENSE3, "inbound_nodes": [{"args": [value], "kwargs": {}}]}
        for each in (source, last):
            each["name"] = each["config"]["name"]
        said = graph([source, last], ["in", 0, 0], ["d1", 0, 0])
        yield Case(f"call of {str(value)[:60]}", base.keras({**said, "module": "keras"}))


NAMES: Final = (
    "\x1b[2J\x1b]0;title\x07", "a\nkeronyx: converted", "a\rb", "a\0b", "a\u202eb", "x" * 10_000,
    "a//b", "/a", "", "--output=a", "{0.__class__} %s %n $(true) `true`", "<b>a</b>", "./.", "a:0",
    "in",
)  # fmt: skip


def _names() -> Iterator[Case]:
    """Yield names that would be something else in a terminal, a path or a graph."""
    for name in NAMES:
        entry = dense(name)
        yield Case(f"name {name[:30]!r} in json", base.text(base.sequential(entry, D2)), "either")
        yield Case(
            f"name {name[:30]!r} in a graph",
            base.hdf5(
                weights={}, config=base.sequential(layer("Activation", name, activation="relu"))
            ),
            "either",
        )
        yield Case(f"unknown layer {name[:30]!r}", base.model(layer("Unknown", name)))
        yield Case(f"unknown class {name[:30]!r}", base.model(layer(name, "x")))
    for name in ("größe \U0001f600", "e\u0301", "Dense"):
        weights = {name: base.WEIGHTS["d1"], "d2": base.WEIGHTS["d2"]}
        yield Case(f"name {name}", base.model(dense(name), D2, weights=weights), "converted")


CASES: Final = (*CODE_CASES, *TRAINING_CASES, *_texts(), *_limits(), *_graphs(), *_names())
