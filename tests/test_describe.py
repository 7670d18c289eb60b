"""Variables find their layers, by name, number or order, and their shapes are checked."""

from typing import Any

import pytest
from described import (
    DENSE,
    TWO,
    dense_group,
    entry,
    group,
    model_of,
    sequential,
    shapes,
    source,
    variable,
)

from keronyx.converter.errors import (
    FileFormatError,
    WeightError,
)
from keronyx.converter.files.saved import (
    FlatVariables,
    LayerGroups,
    VariableTree,
    WeightGroup,
)


def test_shapes_follow_the_graph() -> None:
    model = model_of(
        sequential(
            source("x", 5, 3),
            DENSE,
            entry("Flatten", "f"),
            entry("Reshape", "r", target_shape=[2, -1]),
        ),
        LayerGroups((dense_group("d", 3, 2),)),
    )
    assert [each.outputs[0].sizes for each in model.connections] == [
        (None, 5, 2),
        (None, 10),
        (None, 2, 5),
    ]
    assert model.parameters == 8


def test_groups_go_by_name_whatever_their_order() -> None:
    layers = sequential(source(), DENSE, entry("Dense", "e", units=3))
    model = model_of(layers, LayerGroups((dense_group("e", 2, 3), dense_group("d", 3, 2))))
    assert shapes(model)["e.kernel"] == (2, 3)


def test_groups_of_other_names_go_by_order() -> None:
    layers = sequential(source(), DENSE, entry("Dense", "e", units=3))
    model = model_of(layers, LayerGroups((dense_group("p", 3, 2), dense_group("q", 2, 3))))
    assert shapes(model)["e.kernel"] == (2, 3)


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ((), "no weights for 'd'"),
        ((dense_group("d", 3, 2), dense_group("e", 2, 2)), "weights left over: 'e'"),
        ((dense_group("d", 3, 4),), r"kernel has shape \(3, 4\), expected \(3, 2\)"),
        ((dense_group("d", 4, 2),), r"kernel has shape \(4, 2\), expected \(3, 2\)"),
        ((group("d", ("d/kernel:0", 3, 2)),), "has 1 variables, its config asks for 2"),
        (
            (group("d", ("d/bias:0", 3, 2), ("d/kernel:0", 2)),),
            "lists 'd/bias:0' in the place of kernel",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused(groups: Any, sentence: str) -> None:
    with pytest.raises(WeightError, match=sentence) as caught:
        model_of(sequential(source(), DENSE), LayerGroups(groups))
    assert str(caught.value).startswith("m.h5: ")


def test_a_nested_model_keeps_what_trains_before_the_rest() -> None:
    inner = sequential(
        source("i"),
        entry("Dense", "a", units=3, trainable=False),
        entry("BatchNormalization", "n"),
        entry("Dense", "b", units=3),
        name="inner",
    )
    trains = (("gamma:0", 3), ("beta:0", 3), ("kernel:0", 3, 3), ("bias:0", 3))
    rest = (("kernel:0", 3, 3), ("bias:0", 3), ("moving_mean:0", 3), ("moving_variance:0", 3))
    variables = [variable(*each) for each in (*trains, *rest)]
    for number, each in enumerate(variables):
        each.load()[...] = number
    weights = LayerGroups((WeightGroup("inner", tuple(variables)),))
    model = model_of(sequential(source(), inner), weights)
    found = {
        f"{layer.name}.{name}": int(each.load().flat[0])
        for layer in model.layers
        for name, each in layer.variables().items()
    }
    assert found == {
        "inner/a.kernel": 4,
        "inner/a.bias": 5,
        "inner/n.gamma": 0,
        "inner/n.beta": 1,
        "inner/n.moving_mean": 6,
        "inner/n.moving_variance": 7,
        "inner/b.kernel": 2,
        "inner/b.bias": 3,
    }


@pytest.mark.parametrize(
    ("root", "second"),
    [
        ("layers", "dense_1"),
        ("_layer_checkpoint_dependencies", "dense_1"),
        ("_layer_checkpoint_dependencies", "dense_2"),
    ],
)
def test_trees_number_layers_by_class_and_place(root: str, second: str) -> None:
    """Keras 2.12 and 2.13 give two numbers to a layer with variables."""
    tree = {
        f"{root}/dense": (variable("0", 3, 2), variable("1", 2)),
        f"{root}/dropout": (),
        f"{root}/{second}": (variable("0", 2, 4), variable("1", 4)),
    }
    assert shapes(model_of(TWO, VariableTree(tree)))["e.kernel"] == (2, 4)


def test_a_tree_that_notes_another_layers_name_is_refused() -> None:
    tree = {"layers/dense": (variable("0", 3, 2), variable("1", 2))}
    weights = VariableTree(tree, names={"layers/dense": "other"})
    with pytest.raises(WeightError, match="holds the weights of layer 'other'"):
        model_of(sequential(source(), DENSE), weights)


def test_a_tree_with_variables_of_no_layer_is_refused() -> None:
    tree = {f"layers/{name}": (variable("0", 3, 2), variable("1", 2)) for name in ("dense", "gru")}
    with pytest.raises(WeightError, match="'layers/gru' belong to no layer"):
        model_of(sequential(source(), DENSE), VariableTree(tree))


def test_trees_hold_merged_lora_kernels_and_groups_do_not() -> None:
    lora = sequential(source(), entry("Dense", "d", units=2, lora_rank=1))
    tree = VariableTree({"layers/dense": (variable("0", 3, 2), variable("1", 2))})
    assert sorted(shapes(model_of(lora, tree))) == ["d.bias", "d.kernel"]
    names = (("d/bias", 2), ("d/lora_kernel_a", 3, 1), ("d/lora_kernel_b", 1, 2))
    groups = LayerGroups((group("d", *names, ("d/kernel", 3, 2)),))
    assert len(shapes(model_of(lora, groups))) == 4


def test_manifests_go_by_name() -> None:
    named = FlatVariables((variable("d/bias", 2), variable("d/kernel", 3, 2)), named=True)
    with pytest.raises(WeightError, match="contradicts"):
        model_of(sequential(source(), DENSE), named)
    ordered = FlatVariables((variable("d/kernel", 3, 2), variable("d/bias", 2)), named=True)
    assert shapes(model_of(sequential(source(), DENSE), ordered))["d.bias"] == (2,)


def test_the_first_kernel_tells_an_input_shape_that_the_file_lost() -> None:
    model = model_of(sequential(DENSE), LayerGroups((dense_group("d", 7, 2),)))
    assert model.inputs["d_input"].sizes == (None, 7)
    with pytest.raises(FileFormatError, match="before its input shape was known"):
        model_of(sequential(entry("Flatten", "f")), LayerGroups(()))
