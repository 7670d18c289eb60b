"""Random dense models: both readings agree, whatever the layers, shapes and numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime as ort
from hypothesis import given, settings
from hypothesis import strategies as st
from sampling import examples

from keronyx.converter.description import describe
from keronyx.converter.emit import emit
from keronyx.converter.files.saved import LayerGroups, SavedModel, WeightGroup
from keronyx.converter.layers.functions import FUNCTIONS
from keronyx.converter.model import Model
from keronyx.converter.tensors import Variable
from keronyx.runtime.evaluate import evaluate

Shape = tuple[int, ...]
Maker = Callable[[np.random.Generator, Shape, int], tuple[dict[str, Any], dict[str, Any], Shape]]

SMOOTH = sorted(set(FUNCTIONS) - {"threshold", "glu", "hard_shrink", "sparsemax", "exponential"})
"""Functions without a jump, whose values stay small: a rounding error cannot be blown up."""


def numbers(rng: np.random.Generator, *shape: int) -> Any:
    return rng.normal(size=shape).astype(np.float32)


def dense(rng: np.random.Generator, shape: Shape, pick: int) -> Any:
    units, bias = 1 + pick % 5, bool(pick % 3)
    config = {"units": units, "use_bias": bias, "activation": SMOOTH[pick % len(SMOOTH)]}
    weights = {"kernel": numbers(rng, shape[-1], units)}
    return config, weights | ({"bias": numbers(rng, units)} if bias else {}), (*shape[:-1], units)


def batch_normalization(rng: np.random.Generator, shape: Shape, pick: int) -> Any:
    axis = 1 + pick % len(shape)
    size = shape[axis - 1]
    config = {"axis": axis, "center": bool(pick % 2), "scale": bool(pick % 3), "epsilon": 1e-3}
    weights = {"gamma": numbers(rng, size)} if config["scale"] else {}
    weights |= {"beta": numbers(rng, size)} if config["center"] else {}
    moving = {
        "moving_mean": numbers(rng, size),
        "moving_variance": np.abs(numbers(rng, size)) + 0.1,
    }
    return config, weights | moving, shape


def layer_normalization(rng: np.random.Generator, shape: Shape, pick: int) -> Any:
    axis = 1 + pick % len(shape)
    size = shape[axis - 1]
    config = {"axis": [axis], "epsilon": 1e-2, "rms_scaling": bool(pick % 2)}
    weights = {"gamma": numbers(rng, size)}
    return config, weights | ({} if pick % 2 else {"beta": numbers(rng, size)}), shape


def flatten(_rng: np.random.Generator, shape: Shape, _pick: int) -> Any:
    return {"data_format": "channels_last"}, {}, (int(np.prod(shape)),)


def reshape(_rng: np.random.Generator, shape: Shape, pick: int) -> Any:
    size = int(np.prod(shape))
    parts = [n for n in range(1, size + 1) if size % n == 0]
    first = parts[pick % len(parts)]
    return {"target_shape": [first, -1]}, {}, (first, size // first)


def permute(_rng: np.random.Generator, shape: Shape, pick: int) -> Any:
    order = [(index + pick) % len(shape) for index in range(len(shape))]
    return {"dims": [axis + 1 for axis in order]}, {}, tuple(shape[axis] for axis in order)


def prelu(rng: np.random.Generator, shape: Shape, _pick: int) -> Any:
    return {"shared_axes": None}, {"alpha": numbers(rng, *shape)}, shape


def relu(_rng: np.random.Generator, shape: Shape, pick: int) -> Any:
    config = {"negative_slope": 0.1 * (pick % 4), "max_value": 2.0 if pick % 2 else None}
    return config | {"threshold": 0.0}, {}, shape


def softmax(_rng: np.random.Generator, shape: Shape, pick: int) -> Any:
    return {"axis": 1 + pick % len(shape)}, {}, shape


def dropout(_rng: np.random.Generator, shape: Shape, _pick: int) -> Any:
    return {"rate": 0.5}, {}, shape


MAKERS: dict[str, Maker] = {
    "Dense": dense,
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "Flatten": flatten,
    "Reshape": reshape,
    "Permute": permute,
    "PReLU": prelu,
    "ReLU": relu,
    "Softmax": softmax,
    "Dropout": dropout,
}


def random_model(seed: int, shape: Shape, plan: list[tuple[str, int]]) -> Model:
    """Chain layers of these classes; where it fits, add an earlier value of the same shape."""
    rng = np.random.default_rng(seed)
    first = {"name": "x", "batch_shape": [None, *shape], "dtype": "float32"}
    layers: list[Any] = [{"class_name": "InputLayer", "name": "x", "config": first}]
    groups = []
    seen: list[tuple[str, Shape]] = [("x", shape)]
    for number, (class_name, pick) in enumerate(plan):
        config, weights, shape = MAKERS[class_name](rng, seen[-1][1], pick)
        name = f"l{number}"
        layers.append(call(class_name, name, seen[-1][0], **config))
        groups.append(WeightGroup(name, tuple(Variable.of(a, n) for n, a in weights.items())))
        earlier = [other for other, size in seen if size == shape]
        seen.append((name, shape))
        if earlier and pick % 2:
            layers.append(call("Add", f"{name}_add", name, earlier[0]))
            seen.append((f"{name}_add", shape))
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [[seen[-1][0], 0, 0]]}
    config = {"class_name": "Functional", "config": {"name": "net", "layers": layers, **ends}}
    weights_ = LayerGroups(tuple(groups))
    return describe(
        SavedModel(path="r", format="t", config=config, weights=weights_, keras_version="3.15.1")
    )


def call(class_name: str, name: str, *sources: str, **config: Any) -> dict[str, Any]:
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}}
        for source in sources
    ]
    node: dict[str, Any] = {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": {}}
    config = {"name": name, "trainable": True, **config}
    return {"class_name": class_name, "name": name, "config": config, "inbound_nodes": [node]}


def run(model: Model, x: Any, **options: Any) -> Any:
    quiet = ort.SessionOptions()
    quiet.log_severity_level = 3
    quiet.intra_op_num_threads = 1
    graph = emit(model, **options).SerializeToString()
    session = ort.InferenceSession(graph, quiet, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


PLANS = st.lists(st.tuples(st.sampled_from(sorted(MAKERS)), st.integers(0, 1000)), max_size=7)


@settings(max_examples=examples(200, 600), deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple),
    plan=PLANS,
    opset=st.sampled_from([13, 17, 18, 20]),
    batch=st.sampled_from([0, 1, 3]),
)
def test_the_graph_and_the_numpy_reading_agree(
    seed: int, shape: Shape, plan: list[tuple[str, int]], opset: int, batch: int
) -> None:
    model = random_model(seed, shape, plan)
    x = np.random.default_rng(seed).normal(size=(batch, *shape)).astype(np.float32)
    (wanted,) = evaluate(model, x).values()
    largest = max(1.0, float(np.abs(wanted).max(initial=0)))
    for fold in (True, False):
        found = run(model, x, opset=opset, fold=fold)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5 * largest)
