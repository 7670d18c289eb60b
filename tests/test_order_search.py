"""Numbers and shapes together tell an order, or how many orders there are."""

from typing import Any

import pytest
from bare_weights import chained, of

from keronyx.converter.errors import WeightError
from keronyx.converter.files.saved import (
    FlatVariables,
    LayerGroups,
    VariableTree,
    WeightGroup,
    Weights,
)
from keronyx.converter.model import Model
from keronyx.converter.tensors import Variable


def shapes(model: Model) -> list[tuple[int, ...]]:
    return [layer.variables()["kernel"].shape for layer in model.layers]


def test_numbers_and_shapes_together_tell_an_order() -> None:
    tree = {
        "out": (of("0", 4, 2),),
        "fc2": (of("0", 4, 4), of("1", 4)),
        "fc1": (of("0", 4, 4),),
        "block_2/fc2": (of("0", 2, 2),),
        "block_2/fc1": (of("0", 2, 2),),
    }
    model = chained(VariableTree(tree))
    assert shapes(model) == [(4, 4), (4, 4), (4, 2), (2, 2), (2, 2)]
    assert "fc1,fc2,out,block_2/fc1,block_2/fc2 is the only" in model.notes[0]


@pytest.mark.parametrize(
    ("places", "sentence"),
    [
        ("abc", "6 orders fit"),
        ("abcdefgh", "more than 1000 orders may fit"),
        ([f"{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(60)], "more than 1000 orders"),
    ],
)
def test_many_orders_are_counted(places: Any, sentence: str) -> None:
    tree = VariableTree({place: (of("0", 3, 3), of("1", 3)) for place in places})
    with pytest.raises(WeightError, match=sentence):
        chained(tree)


def test_orders_of_which_none_fits() -> None:
    tree = VariableTree({"a": (of("0", 3, 4),), "b": (of("0", 5, 6),)})
    with pytest.raises(WeightError, match="none fits a chain of Dense layers"):
        chained(tree)


def test_a_search_ends() -> None:
    tree = {chr(97 + n) * 2: (of("0", 3, 3),) for n in range(25)} | {"z": (of("0", 4, 5),)}
    with pytest.raises(WeightError, match="more than 1000 orders may fit"):
        chained(VariableTree(tree))


def test_layers_of_a_nested_model_may_be_listed_frozen_last() -> None:
    inner = (of("a/kernel:0", 3, 3), of("a/bias:0", 3), of("b/kernel:0", 3, 3), of("b/bias:0", 3))
    with pytest.raises(WeightError, match="these fit: a,b,out or b,a,out"):
        chained(LayerGroups((WeightGroup("inner", inner), WeightGroup("out", (of("k", 3, 2),)))))
    model = chained(LayerGroups((WeightGroup("inner", inner),)), order=["b", "a"])
    assert [layer.variables()["kernel"].name for layer in model.layers] == ["kernel", "kernel"]


@pytest.mark.parametrize("length", [18, 19, 5000])
def test_long_numbers_are_ordered_as_numbers(length: int) -> None:
    small, large = f"fc{'9' * length}", f"fc1{'0' * length}"
    tree = {large: (of("0", 3, 3), of("1", 3)), small: (of("0", 2, 3), of("1", 3))}
    assert shapes(chained(VariableTree(tree))) == [(2, 3), (3, 3)]
    same = {f"fc0{small[2:]}": (of("0", 3, 3),), small: (of("0", 3, 3),)}
    with pytest.raises(WeightError, match="in which order"):
        chained(VariableTree(same), use_bias=False)


def test_the_layers_of_legacy_files_come_as_listed() -> None:
    groups = [WeightGroup(name, (of(f"{name}/kernel:0", 3, 3),)) for name in ("z", "a", "m")]
    assert chained(LayerGroups(tuple(groups)), use_bias=False).notes == ()


@pytest.mark.parametrize(
    "weights",
    [
        LayerGroups((WeightGroup("a", (of("a/kernel:0", 3, 3),)),)),
        VariableTree({"layers/dense": (of("0", 3, 3),)}),
    ],
)
def test_files_of_keras_without_a_bias(weights: Weights) -> None:
    """Nothing in them says that the net has none, though they leave out none that it has."""
    with pytest.raises(WeightError, match=r"any bias.*wrong numbers; a net .* use_bias=False"):
        chained(weights)
    assert chained(weights, use_bias=False).notes == ()


@pytest.mark.parametrize(
    "variables",
    [
        (of("layers/embedding/vars/0", 3, 3), of("layers/dense/vars/0", 3, 2)),
        (of("e/embeddings", 3, 3), of("d/kernel", 3, 2)),
        (of("e/bias", 3, 3), of("d/kernel", 3, 2)),
        (of("e/kernel", 3),),
    ],
)
def test_names_that_mean_other_variables(variables: tuple[Variable, ...]) -> None:
    with pytest.raises(WeightError, match="continues no chain of Dense layers"):
        chained(FlatVariables(variables), use_bias=False)
