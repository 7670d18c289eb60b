"""What the graphs compute: at every opset, folded or not, for empty batches, sizes and dtypes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pytest
from cases import CASES, Case, build, inputs_of, records
from emitting import batch_norm, chain, dense, numbers, ops, run
from layer_case import Builder, alone, layer, single, tensor
from open_sizes import unknown_but
from sampling import rank

from keronyx.converter.emit import DEFAULT_OPSET, OLDEST_OPSET, emit, newest_opset, serialize
from keronyx.converter.emit.base import rounded
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.schema import check_node
from keronyx.converter.layers.base import DTypePolicy, Layer
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array, KerasTensor, Variable

NUMBERS = records()

X4, X34 = tensor("x", 4), tensor("x", 3, 4)
NUMERIC = [case for case in CASES if case.layer != "TextVectorization"]
"""Cases that every opset has operators for, and that onnxruntime takes without rows."""
EXACT = [case for case in NUMERIC if "16" not in str(case.config.get("dtype"))]


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Graph, "inspect", staticmethod(check_node))


def one_of_each(cases: list[Case]) -> Iterator[Case]:
    """Yield every layer class once, and every activation function."""
    seen = set()
    for case in cases:
        key = (case.layer, str(case.config.get("activation")))
        if key not in seen:
            seen.add(key)
            yield case


@pytest.mark.parametrize("opset", range(OLDEST_OPSET, newest_opset() + 1))
def test_every_opset_runs_every_layer(opset: int) -> None:
    for case in one_of_each(EXACT):
        graph = emit(build(case, NUMBERS), opset=opset)
        onnx.checker.check_model(graph, full_check=True)
        close_to_recorded(case, run(graph, *inputs_of(case))[0])


def close_to_recorded(case: Case, found: Array) -> None:
    wanted = NUMBERS[f"{case.name}/out"]
    if wanted.dtype.kind == "U":
        assert (found == wanted).all(), case.name
    else:
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5, err_msg=case.name)


OPSETS = (OLDEST_OPSET, DEFAULT_OPSET, newest_opset())
in_turn = pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.sweep)])


def met(cases: Sequence[Case], opset: int, kept: int = 0, *, every: bool) -> list[Case]:
    """Return the cases that meet an opset: one opset each, every one in a sweep."""
    place = OPSETS.index(opset) + kept
    return [case for case in cases if every or rank(case.name) % len(OPSETS) == place % len(OPSETS)]


@in_turn
@pytest.mark.parametrize("opset", OPSETS)
def test_empty_batches_stay_empty(opset: int, *, every: bool) -> None:
    for case in met(NUMERIC, opset, every=every):
        empty = [array[:0] for array in inputs_of(case)]
        (found,) = run(serialize(build(case, NUMBERS), opset=opset), *empty)
        assert found.shape == (0, *NUMBERS[f"{case.name}/out"].shape[1:]), case.name


@in_turn
@pytest.mark.parametrize("opset", OPSETS)
@pytest.mark.parametrize("kept", [0, 1, 2])
def test_sizes_need_not_be_known(kept: int, opset: int, *, every: bool) -> None:
    found = 0
    cases = met(EXACT, opset, kept, every=every)
    for case in cases:
        model = unknown_but(case, kept, NUMBERS)
        if model is not None:
            graph = serialize(model, opset=opset)
            close_to_recorded(case, run(graph, *inputs_of(case))[0])
            assert not run(graph, *(array[:0] for array in inputs_of(case)))[0].size
            found += 1
    assert found > len(cases) // 2


def test_folding_changes_no_number() -> None:
    layers = [
        *(dense(6, 4, "a"), batch_norm(6, "an"), layer("ReLU")),
        *(dense(5, 6, "b", use_bias=False), layer("Dropout"), batch_norm(5, "bn", axis=1)),
        dense(
            2,
            5,
            "c",
            lora_rank=1,
            lora_alpha=2.0,
            lora_kernel_a=numbers(5, 1),
            lora_kernel_b=numbers(1, 2),
        ),
        batch_norm(2, "cn"),
    ]
    model = chain(X4, layers)
    assert ops(emit(model)) == "Gemm Relu Gemm Gemm"
    plain = emit(model, fold=False)
    assert ops(plain).count("BatchNormalization") == 3
    x = numbers(9, 4)
    np.testing.assert_allclose(run(emit(model), x)[0], run(plain, x)[0], rtol=1e-4, atol=1e-5)


def test_folding_into_what_follows_changes_no_number() -> None:
    layers = [
        *(batch_norm(4, "an"), dense(6, 4, "a", activation="relu")),
        *(batch_norm(6, "bn"), layer("Dropout"), dense(5, 6, "b", use_bias=False)),
        *(batch_norm(5, "cn"), layer("ReLU"), dense(2, 5, "c", activation="softmax")),
    ]
    for entrance in (X4, tensor("x", 3, 4)):
        model = chain(entrance, layers)
        plain = emit(model, fold=False)
        x = numbers(9, *entrance.shape[1:])  # type: ignore[arg-type]
        np.testing.assert_allclose(run(emit(model), x)[0], run(plain, x)[0], rtol=1e-4, atol=1e-5)
    assert ops(emit(chain(X4, layers))) == "Gemm Relu Gemm Relu Gemm Softmax"


def test_folding_works_in_double_precision() -> None:
    double = {"dtype": "float64"}
    x = tensor("x", 4, dtype="float64")
    model = chain(x, [dense(3, 4, **double), batch_norm(3, **double)])
    rows = numbers(5, 4).astype(np.float64)
    folded, plain = run(emit(model), rows)[0], run(emit(model, fold=False), rows)[0]
    np.testing.assert_allclose(folded, plain, rtol=1e-12)


def not_folded() -> Iterator[Any]:
    def case(name: str, *layers: Layer, entrance: KerasTensor = X4) -> Any:
        return pytest.param(chain(entrance, layers), id=name)

    yield case("activation", dense(4, 4, activation="relu"), batch_norm(4))
    yield case("other axis", dense(4, 4), batch_norm(3, axis=1), entrance=X34)
    yield case("something between", dense(4, 4), layer("ReLU"), batch_norm(4))
    yield case("16 bits", dense(4, 4, dtype="mixed_float16"), batch_norm(4, dtype="mixed_float16"))
    yield case("two types", dense(4, 4), batch_norm(4, dtype="float64"))
    yield case("something after", batch_norm(4), layer("ReLU"), dense(4, 4))
    yield case("not finite after", batch_norm(4), with_infinity(dense(4, 4)))
    yield case("16 bits after", batch_norm(4), dense(4, 4, dtype="mixed_float16"))
    infinite = batch_norm(4)
    yield case("not finite", dense(4, 4), replace(infinite, epsilon=float("nan")))  # type: ignore[call-arg]
    shared = dense(4, 4)
    yield case("called twice", shared, batch_norm(4), shared)
    build = Builder(X4)
    product = build.call(dense(4, 4), X4)
    normal = build.call(batch_norm(4), product)
    yield pytest.param(build.model(y=normal, also=product), id="an output")
    yield pytest.param(build.model(y=build.call(layer("Add"), normal, product)), id="used again")
    build = Builder(X4)
    normal = build.call(batch_norm(4), X4)
    after = build.call(dense(4, 4), normal)
    yield pytest.param(build.model(y=after, also=normal), id="an output before")
    yield pytest.param(build.model(y=build.call(layer("Add"), normal, after)), id="used before")


def with_infinity(made: Any) -> Layer:
    kernel = made.kernel.load().copy()
    kernel[0, 0] = np.inf
    return replace(made, kernel=Variable.of(kernel))  # type: ignore[no-any-return]


@pytest.mark.parametrize("model", list(not_folded()))
def test_only_what_stays_the_same_is_folded(model: Model) -> None:
    assert ops(emit(model)) == ops(emit(model, fold=False))


DOUBLES = [
    layer("ThresholdedReLU", theta=0.5, dtype="float64"),
    layer("PReLU", alpha=numbers(4), dtype="float64"),
    layer("ELU", alpha=0.5, dtype="float64"),
    batch_norm(4, dtype="float64"),
    layer("LayerNormalization", gamma=numbers(4), beta=numbers(4), dtype="float64"),
    layer("RMSNormalization", scale=numbers(4), dtype="float64"),
    layer("UnitNormalization", dtype="float64"),
    layer("GroupNormalization", groups=2, gamma=numbers(4), beta=numbers(4), dtype="float64"),
    dense(3, 4, dtype="float64", activation="softmax"),
]


@pytest.mark.parametrize("made", DOUBLES, ids=lambda made: type(made).__name__)
def test_double_precision_is_kept(made: Layer) -> None:
    single_ = replace(made, dtype=DTypePolicy())
    x = numbers(6, 4)
    for opset in (OLDEST_OPSET, newest_opset()):
        double = emit(alone(made, tensor("x", 4, dtype="float64")), opset=opset)
        assert all(each.data_type != onnx.TensorProto.FLOAT for each in double.graph.initializer)
        (found,) = run(double, x.astype(np.float64))
        (rough,) = run(emit(alone(single_, X4), opset=opset), x)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, rough, rtol=1e-4, atol=1e-6)


def sixteen(policy: str) -> tuple[Model, Array]:
    x = tensor("x", 4, dtype=policy.removeprefix("mixed_"))
    made = dense(3, 4, dtype=policy)
    return alone(made, x), made.variables()["kernel"].load()


def test_float16_enters_and_leaves_as_such() -> None:
    model, kernel = sixteen("mixed_float16")
    graph = emit(replace_bias(model))
    assert ops(graph) == "Cast Gemm Cast"
    x = numbers(5, 4).astype(np.float16)
    (found,) = run(graph, x)
    exact = x.astype(np.float32) @ kernel.astype(np.float16).astype(np.float32)
    assert found.dtype == np.float16
    assert (found == exact.astype(np.float16)).mean() > 0.9


def replace_bias(model: Model) -> Model:
    """Return the model of a single Dense without its bias."""
    (call,) = model.connections
    bare = replace(call.layer, use_bias=False, bias=None)  # type: ignore[call-arg]
    return replace(model, connections=(replace(call, layer=bare),))


def test_bfloat16_is_rounded_and_handed_out_as_float32() -> None:
    model, kernel = sixteen("mixed_bfloat16")
    graph = emit(replace_bias(model))
    assert ops(graph) == "Gemm Cast Cast"
    x = numbers(5, 4)
    (found,) = run(graph, x)
    exact = rounded(x @ rounded(kernel, "bfloat16"), "bfloat16")
    assert found.dtype == np.float32
    assert (found == exact).mean() > 0.9


def test_rounding_to_bfloat16_is_to_the_nearest_even() -> None:
    x = np.array([1.00390625, 1.01171875, -1.00390625, 3.4e38, np.nan, np.inf, 1e-40], np.float32)
    wanted = np.array([1, 1.015625, -1, np.inf, np.nan, np.inf, 9.18355e-41], np.float32)
    np.testing.assert_array_equal(rounded(x, "bfloat16"), wanted)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint16", "int32", "int64"])
@pytest.mark.parametrize("kind", ["Add", "Subtract", "Multiply", "Maximum", "Minimum", "Dropout"])
@pytest.mark.parametrize("opset", [OLDEST_OPSET, DEFAULT_OPSET])
def test_integers_stay_integers(kind: str, dtype: str, opset: int) -> None:
    x = np.array([[1, 0, 1], [2, 3, 100]]).astype(dtype)
    tensors = {name: tensor(name, 3, dtype=dtype) for name in ("a", "b")}
    entrances = tensors if kind != "Dropout" else {"a": tensors["a"]}
    (found,) = run(serialize(single(layer(kind), entrances), opset=opset), *[x] * len(entrances))
    wanted = {"Add": x.astype(int) + x, "Multiply": x.astype(int) * x, "Subtract": x & 0}
    np.testing.assert_array_equal(found, wanted.get(kind, x).astype(dtype))
    assert found.dtype == dtype


def test_integers_are_masked_exactly() -> None:
    big = 2**40
    x = np.array([[[big, big], [big, 1], [0, 0]]])
    for value, rows in ((big, [0]), (0.5, []), (0, [2])):
        graph = serialize(
            alone(layer("Masking", mask_value=value), tensor("x", 3, 2, dtype="int64"))
        )
        wanted = x.copy()
        wanted[0, rows] = 0
        np.testing.assert_array_equal(run(graph, x)[0], wanted)


def test_numbers_that_are_none_are_above_all_boundaries() -> None:
    """As in TensorFlow's Bucketize, whose boundaries are float32."""
    made = layer("Discretization", bin_boundaries=[0.0, 0.7, 2.0])
    x = np.array([-1, 0, 0.5, 0.7, 2, 3, np.nan, np.inf, -np.inf], np.float32)[:, None]
    (found,) = run(serialize(alone(made, tensor("x", 1))), x)
    assert found.ravel().tolist() == [0, 1, 1, 2, 3, 3, 3, 3, 0]


def test_tokens_without_an_index_get_one_that_fills_no_slot() -> None:
    words = np.array([["a", "?", ""]])
    entrance = tensor("x", 3, dtype="string")
    said: dict[str, Any] = {"vocabulary": ["a", "b"], "num_oov_indices": 0, "mask_token": ""}
    ids = run(serialize(alone(layer("StringLookup", **said), entrance)), words)[0]
    assert ids.tolist() == [[1, -1, 0]]
    slots = layer("StringLookup", output_mode="multi_hot", **said)
    assert run(serialize(alone(slots, entrance)), words)[0].tolist() == [[1, 0]]


def test_ids_outside_fill_no_slot() -> None:
    made = layer("CategoryEncoding", num_tokens=3, output_mode="count")
    ids = np.array([[0, 0, 2], [-1, 3, 1], [-3, 99, -2]])
    (found,) = run(serialize(alone(made, tensor("x", 3, dtype="int64"))), ids)
    assert found.tolist() == [[2, 0, 1], [0, 1, 0], [0, 0, 0]]
