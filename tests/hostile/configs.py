"""Architectures: code and names to import, impossible sizes, broken graphs, odd names."""

import base64
import json
import marshal
from collections.abc import Iterator
from typing import Any, Final

from hostile import base
from hostile.base import D1, D2, DENSE3, Case, dense, layer, named, sequential3

CODE: Final = base64.b64encode(
    marshal.dumps((lambda x: __import__("os").system("touch /tmp/keronyx-ran") or x).__code__)
).decode()
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
    yield Case("lambda damaged", base.model(D1, layer("Lambda", "l", function=["4/////8=", 0, 0])))
    yield Case("lambda in json", base.text(base.sequential(D1, LAMBDA2, D2)))
    inner = {"class_name": "Sequential", "config": {"name": "n", "layers": [LAMBDA2]}}
    yield Case("lambda nested", base.model(D1, layer("TimeDistributed", "t", layer=inner)))
    yield Case(
        "lambda by name",
        base.model(
            D1, layer("Lambda", "l", function="system", function_type="function", module="os"), D2
        ),
    )
    yield Case("lambda of keras 3", base.keras(sequential3(DENSE3, LAMBDA3)))
    for kind in ("eval", "os.system", "__class__", "{0.__class__.__mro__}", "swishy"):
        yield Case(f"activation {kind}", base.model(dense("d1", activation=kind), D2))
    functions = {
        "get_file": function("get_file", "keras.utils"),
        "enable_unsafe": function("enable_unsafe_deserialization", "keras.config"),
        "exec": function("exec", "builtins"),
        "run": function("run", "subprocess"),
    }
    for name, each in functions.items():
        yield Case(
            f"function {name}", base.keras(sequential3(DENSE3, named("Lambda", "l", function=each)))
        )
        yield Case(
            f"activation function {name}",
            base.keras(sequential3(named("Dense", "d1", units=3, activation=each))),
        )
    for module, kind in (
        ("os", "system"),
        ("builtins", "eval"),
        ("../../tmp/evil", "x"),
        ("keras.layers\0os", "__class__"),
        ("evil.layers", "Dense"),
    ):
        odd = of_module(module, kind, name="x", command="touch /tmp/keronyx-ran")
        yield Case(f"class of {module!r}", base.keras(sequential3(DENSE3, odd)))
        yield Case(
            f"dtype policy of {module!r}",
            base.keras(sequential3(named("Dense", "d1", units=3, dtype=odd))),
        )
    renamed = {**DENSE3, "registered_name": "evil>Dense"}
    yield Case("registered name", base.keras(sequential3(renamed)))
    yield Case("custom class", base.model(D1, layer("os>system", "x", command="id")))
    yield Case("dunder class", base.model(D1, layer("__import__", "x")))
    for vocabulary in ("/etc/passwd", "http://127.0.0.1:9/words.txt"):
        yield Case(
            f"vocabulary {vocabulary}",
            base.keras(sequential3(named("StringLookup", "s", vocabulary=vocabulary))),
        )
    yield Case(
        "saved model layer",
        base.keras(
            sequential3(DENSE3, named("TFSMLayer", "t", filepath="/etc", call_endpoint="serve"))
        ),
    )
    yield Case(
        "torch module",
        base.keras(
            sequential3(DENSE3, named("TorchModuleWrapper", "t", module="Y29zCnN5c3RlbQo="))
        ),
    )


def _training() -> Iterator[Case]:
    """Yield what Keras would make for training only: not looked at by a conversion."""
    evil = {"optimizer": of_module("os", "system"), "loss": function("eval", "builtins")}
    yield Case("compile config", base.keras(sequential3(DENSE3, compile_config=evil)), "converted")
    initializer = named("Dense", "d1", units=3, kernel_initializer=of_module("os", "system"))
    yield Case("initializer", base.keras(sequential3(initializer)), "converted")
    yield Case(
        "training config",
        base.hdf5(lambda root: root.attrs.update(training_config=json.dumps(evil))),
        "converted",
    )


CODE_CASES: Final = tuple(_code())
TRAINING_CASES: Final = tuple(_training())


def _texts() -> Iterator[Case]:
    """Yield texts that are no proper JSON, or not of an architecture."""
    deep: Any = dense("d")
    for index in range(120):
        deep = {"class_name": "Sequential", "config": {"name": f"s{index}", "layers": [deep]}}
    good = json.dumps(base.CONFIG)
    listed: dict[str, bytes] = {
        "empty": b"",
        "arrays 200000 deep": b"[" * 200_000,
        "objects 100000 deep": b'{"a":' * 100_000,
        "models 120 deep": json.dumps(deep).encode(),
        "300000 digits": good.replace('"units": 3', '"units": ' + "9" * 300_000).encode(),
        "nan": good.replace('"units": 3', '"units": NaN').encode(),
        "1e400": good.replace('"units": 3', '"units": 1e400').encode(),
        "half a character": good.replace('"d1"', '"\\ud800"').encode(),
        "no utf-8": good.replace('"d1"', '"\xff"').encode("latin-1"),
        "utf-16": good.encode("utf-16"),
        "garbage behind": good.encode() + b"}{",
        "list": b"[1, 2]",
        "null": b"null",
        "twice": good.replace('"units": 3', '"units": 3, "units": 5').encode(),
        "jsonpickle": b'{"py/object": "os.system", "$ref": "file:///etc/passwd"}',
        "two million objects": b'{"class_name": "Sequential", "config": [' + b"{}," * 2_000_000,
    }
    for name, data in listed.items():
        yield Case(f"json {name}", base.text(data))
    yield Case("json byte order mark", base.text(b"\xef\xbb\xbf" + good.encode()), "converted")
    yield Case("json in json", base.text(json.dumps(good).encode()), "converted")
    for name, config in {
        "no layers": {"name": "n"},
        "layers of a dict": {"layers": {"0": D1}},
        "none": None,
        "text": "x",
    }.items():
        yield Case(f"json {name}", base.text({"class_name": "Sequential", "config": config}))
    for kind in (3, ["Dense"], None, {"a": 1}):
        yield Case(f"class name {kind}", base.text({"class_name": kind, "config": {}}))
    yield Case("config attribute no json", base.hdf5(config="not json"))
    yield Case("config attribute empty", base.hdf5(config=""))
    yield Case("version 999", base.hdf5(version="999.0.0"))
    yield Case("version of words", base.hdf5(version="newest"))


def _sizes() -> Iterator[Case]:
    """Yield hyper-parameters that no layer can have."""
    for units in (0, -3, 10**9, 2**63, 2**64, None, [3], 3.5, "3", True):
        yield Case(f"units {units}", base.model(dense("d1", units), D2))
    image = [None, 8, 8, 3]
    good = {"filters": 2, "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid"}
    wrong: tuple[dict[str, Any], ...] = (
        {"kernel_size": [0, 0]},
        {"strides": [0, 0]},
        {"strides": [-1, 1]},
        {"groups": 0},
        {"dilation_rate": [10**9, 10**9]},
        {"padding": "evil"},
        {"data_format": "channels_middle"},
        {"groups": 3},
        {"kernel_size": [3, 3, 3]},
        {"kernel_size": [2**31, 2**31]},
        {"filters": 0},
    )
    weights = {"c": (base.numbers(3, 3, 3, 2), base.numbers(2))}
    for each in wrong:
        entry = layer("Conv2D", "c", **{**good, **each})
        yield Case(f"convolution {each}", base.model(entry, weights=weights, shape=image))
    hyper: tuple[tuple[str, dict[str, Any], Any], ...] = (
        ("Reshape", {"target_shape": [-1, -1]}, [None, 4]),
        ("Reshape", {"target_shape": [3]}, [None, 4]),
        ("Reshape", {"target_shape": [2**40, 2**40]}, [None, 4]),
        ("Permute", {"dims": [0, 5]}, [None, 4, 4]),
        ("Softmax", {"axis": 7}, [None, 4]),
        ("MaxPooling2D", {"pool_size": [0, 0]}, image),
        ("MaxPooling2D", {"pool_size": [99, 99]}, image),
        ("Cropping2D", {"cropping": [[9, 9], [0, 0]]}, image),
        ("Dense", {"units": 3}, [None, -4]),
        ("Dense", {"units": 3}, [None, "4"]),
        ("Dense", {"units": 3}, [None] * 500),
        ("Embedding", {"input_dim": 2**40, "output_dim": 2**20}, [None, 4]),
    )
    for kind, config, shape in hyper:
        yield Case(
            f"{kind} {config} of {str(shape)[:30]}",
            base.model(layer(kind, "x", **config), weights={}, shape=shape),
        )
    bombs: tuple[tuple[str, dict[str, Any], Any], ...] = (
        ("UpSampling2D", {"size": [10**5, 10**5]}, image),
        ("ZeroPadding2D", {"padding": [[10**9, 0], [0, 0]]}, image),
        ("RepeatVector", {"n": 10**9}, [None, 4]),
    )
    for kind, config, shape in bombs:
        yield Case(
            f"{kind} {config}",
            base.model(layer(kind, "x", **config), weights={}, shape=shape),
            "either",
        )
    yield Case(
        "lookup of 2**40 indices",
        base.model(layer("StringLookup", "s", vocabulary=["a"], num_oov_indices=2**40), weights={}),
    )
    yield Case("layer of no keras", base.model(D1, layer("FlashAttention9000", "x"), D2))
    yield Case("dtype float33", base.model(dense("d1", dtype="float33"), D2))
    yield Case("axis of a dense layer", base.model(dense("d1", axis=1), D2))


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
    """Yield graphs that lead nowhere, or round and round, or much too far."""
    calls: dict[str, Any] = {
        "to itself": [[["d2", 0, 0, {}]]],
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
    deep: Any = ["d1", 0, 0, {}]
    for _ in range(150):
        deep = [deep]
    yield Case("graph of lists 150 deep", _chained(deep))
    good = [[["d1", 0, 0, {}]]]
    yield Case("graph", _chained(good), "converted")
    yield Case("graph without outputs", _chained(good, outputs=()))
    yield Case("graph with a ghost's output", _chained(good, outputs=(("ghost", 0, 0),)))
    yield Case("graph whose input is no input", _chained(good, inputs=(("d1", 0, 0),)))
    around = [SOURCE, node(D1, [["d2", 0, 0, {}]]), node(D2, [["d1", 0, 0, {}]])]
    yield Case(
        "graph round and round", base.hdf5(config=graph(around, [["in", 0, 0]], [["d2", 0, 0]]))
    )
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
    for index in range(64):
        before = f"a{index - 1}" if index else "in"
        adds.append(node(layer("Add", f"a{index}"), [[before, 0, 0, {}], [before, 0, 0, {}]]))
    yield Case(
        "graph of 2**64 paths",
        base.hdf5(weights={}, config=graph(adds, [["in", 0, 0]], [["a63", 0, 0]])),
        "converted",
    )
    inner = graph(
        [SOURCE, node(layer("Activation", "r", activation="relu"), [["in", 0, 0, {}]])],
        [["in", 0, 0]],
        [["r", 0, 0]],
    )
    for index in range(22):
        twice = {**inner, "name": f"m{index}", "config": {**inner["config"], "name": f"m{index}"}}
        twice["inbound_nodes"] = [[["in", 0, 0, {}]], [[f"m{index}", 1, 0, {}]]]
        inner = graph([SOURCE, twice], [["in", 0, 0]], [[f"m{index}", 2, 0]])
    yield Case("graph of 2**22 calls", base.hdf5(config=inner, weights={}))
    many = node(layer("Concatenate", "c"), [["in", 0, 0, {}]] * 20_000)
    yield Case(
        "graph of 20000 inputs",
        base.hdf5(weights={}, config=graph([SOURCE, many], [["in", 0, 0]], [["c", 0, 0]])),
        "either",
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
    "\x1b[2J\x1b]0;title\x07", "a\nkeronyx: converted", "a\rb", "a\0b", "a\u202eb", "x" * 1_000_000,
    "../../../tmp/keronyx-ran", "/etc/passwd", "", "--output=/tmp/keronyx-ran",
    "{0.__class__} %s %n $(id) `id`", "<script>alert(1)</script>", "./.", "a:0", "in",
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
        yield Case(f"unknown layer {name[:30]!r}", base.model(layer("Evil", name)))
        yield Case(f"unknown class {name[:30]!r}", base.model(layer(name, "x")))
    for name in ("größe \U0001f600", "e\u0301", "Dense"):
        weights = {name: base.WEIGHTS["d1"], "d2": base.WEIGHTS["d2"]}
        yield Case(f"name {name}", base.model(dense(name), D2, weights=weights), "converted")


CASES: Final = (*CODE_CASES, *TRAINING_CASES, *_texts(), *_sizes(), *_graphs(), *_names())
