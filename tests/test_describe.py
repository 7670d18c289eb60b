"""Variables find their layers, shapes are checked, and graphs are followed or refused."""

import re
from typing import Any

import numpy as np
import pytest

from keronyx.converter.description import describe
from keronyx.converter.errors import (
    FileFormatError,
    KeronyxError,
    UnsupportedConfigError,
    UsageError,
    WeightError,
)
from keronyx.converter.files.saved import (
    FlatVariables,
    LayerGroups,
    SavedModel,
    VariableTree,
    WeightGroup,
)
from keronyx.converter.model import Model
from keronyx.converter.tensors import Variable


def entry(class_name: str, name: str, *sources: str, **config: Any) -> dict[str, Any]:
    config = {"name": name, "trainable": True, **config}
    nodes = [[[source, 0, 0, {}] for source in sources]] if sources else []
    return {"class_name": class_name, "name": name, "config": config, "inbound_nodes": nodes}


def source(name: str = "x", *shape: int) -> dict[str, Any]:
    return entry("InputLayer", name, batch_input_shape=[None, *(shape or (3,))])


def sequential(*layers: Any, name: str = "net") -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}


def functional(layers: list[Any], outputs: list[str], name: str = "net") -> dict[str, Any]:
    ends = [[output, 0, 0] for output in outputs]
    inputs = [[layer["name"], 0, 0] for layer in layers if layer["class_name"] == "InputLayer"]
    config = {"name": name, "layers": layers, "input_layers": inputs, "output_layers": ends}
    return {"class_name": "Functional", "name": name, "config": config}


def variable(name: str, *shape: int) -> Variable:
    size = int(np.prod(shape))
    return Variable.of(np.arange(size, dtype=np.float32).reshape(shape), name)


def group(name: str, *variables: tuple[Any, ...]) -> WeightGroup:
    return WeightGroup(name, tuple(variable(*each) for each in variables))


def dense_group(name: str, inputs: int, units: int) -> WeightGroup:
    return group(name, (f"{name}/kernel:0", inputs, units), (f"{name}/bias:0", units))


def model_of(config: Any, weights: Any, version: str = "2.15.0") -> Model:
    return describe(
        SavedModel(path="m.h5", format="t", config=config, weights=weights, keras_version=version)
    )


def shapes(model: Model) -> dict[str, Any]:
    return {
        f"{layer.name}.{name}": each.shape
        for layer in model.layers
        for name, each in layer.variables().items()
    }


DENSE = entry("Dense", "d", "x", units=2)


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


TWO = sequential(source(), DENSE, entry("Dropout", "o", rate=0.5), entry("Dense", "e", units=4))


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


def test_a_shared_layer_is_one_layer_with_several_calls() -> None:
    shared = entry("Dense", "d", "x", units=3)
    shared["inbound_nodes"] = [[["x", 0, 0, {}]], [["d", 0, 0, {}]]]
    layers = [source(), shared]
    config = functional(layers, ["d"])
    config["config"]["output_layers"] = [["d", 1, 0]]
    model = model_of(config, LayerGroups((dense_group("d", 3, 3),)))
    assert [each.outputs[0].name for each in model.connections] == ["d", "d:1"]
    assert len(model.layers) == 1


def test_a_graph_of_many_paths_is_followed_once_a_layer() -> None:
    layers = [source()]
    for number in range(64):
        before = layers[-1]["name"]
        layers.append(entry("Add", f"a{number}", before, before))
    model = model_of(functional(layers, ["a63"]), LayerGroups(()))
    assert len(model.connections) == 64


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ([2] * 33, "input 'x': an array of 34 axes; 32 are the most"),
        ([2] * 31, "layer 'wider' (Reshape): an array of 33 axes; 32 are the most"),
    ],
)
def test_arrays_of_too_many_axes_are_refused(shape: list[int], words: str) -> None:
    reshape = entry("Reshape", "wider", "x", target_shape=[1, *shape])
    with pytest.raises(UnsupportedConfigError, match=re.escape(words)):
        model_of(functional([source("x", *shape), reshape], ["wider"]), LayerGroups(()))


def test_models_that_multiply_without_end_are_refused() -> None:
    config = functional([source(), entry("Add", "a", "x", "x")], ["a"], "m0")
    for number in range(1, 25):
        twice = config | {"name": "p", "inbound_nodes": [[["x", 0, 0, {}]], [["p", 1, 0, {}]]]}
        config = functional([source(), twice], ["p"], f"m{number}")
        config["config"]["output_layers"] = [["p", 2, 0]]
    with pytest.raises(FileFormatError, match="layer-calls"):
        model_of(config, LayerGroups(()))


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ([source(), entry("Add", "a", "x", "b"), entry("Add", "b", "a", "x")], "circle"),
        ([source(), entry("Add", "a", "x", "z")], "'z' that is not in the file"),
        ([source("x", 3), source("y", 4), entry("Add", "a", "x", "y")], "do not broadcast"),
        ([source("x", 3), source("y", 4), entry("Subtract", "a", "x")], "called on 1 inputs"),
        ([source(), entry("Permute", "a", "x", dims=[2, 1])], r"dims=\(2, 1\)"),
        ([source(), entry("Reshape", "a", "x", target_shape=[2])], "for 3 numbers a row"),
        ([source(), entry("Softmax", "a", "x", axis=7)], "axis 7 of an input with 2 axes"),
        ([source(), source("x")], "two layers are called 'x'"),
    ],
)
def test_graphs_that_cannot_run_are_refused(layers: list[Any], sentence: str) -> None:
    with pytest.raises(KeronyxError, match=sentence):
        model_of(functional(layers, [layers[-1]["name"]]), LayerGroups(()))


def test_a_layer_that_would_compute_with_a_mask_is_refused() -> None:
    layers = [source("x", 4, 3), entry("Masking", "m", "x"), entry("Softmax", "s", "m")]
    with pytest.raises(UnsupportedConfigError, match="with the mask"):
        model_of(functional(layers, ["s"]), LayerGroups(()))
    kept = [*layers[:2], entry("Flatten", "f", "m"), entry("Softmax", "s", "f")]
    assert model_of(functional(kept, ["s"]), LayerGroups(())).outputs["s"].mask is None


@pytest.mark.parametrize(
    ("class_name", "version", "refused"),
    [
        ("Multiply", "3.15.1", True),
        ("Maximum", "3.4.0", True),
        ("Add", "3.15.1", False),
        ("Multiply", "2.15.0", False),
        ("Minimum", "3.3.3", False),
    ],
)
def test_merging_uses_a_mask_in_new_versions(
    class_name: str, version: str, *, refused: bool
) -> None:
    layers = [source("x", 4, 3), entry("Masking", "m", "x"), entry(class_name, "s", "m", "x")]
    config = functional(layers, ["s"])
    if refused:
        with pytest.raises(UnsupportedConfigError, match="with the mask"):
            model_of(config, LayerGroups(()), version)
    else:
        assert model_of(config, LayerGroups(()), version).outputs["s"].mask is not None


def test_a_mask_over_steps_of_a_fixed_batch_is_refused() -> None:
    inner = {"class_name": "Activation", "config": {"name": "a", "activation": "tanh"}}
    x = entry("InputLayer", "x", batch_input_shape=[2, 4, 3])
    layers = [x, entry("Masking", "m", "x"), entry("TimeDistributed", "t", "m", layer=inner)]
    with pytest.raises(UnsupportedConfigError, match="with the mask"):
        model_of(functional(layers, ["t"]), LayerGroups(()))


CHAIN = FlatVariables(
    (variable("0", 3, 4), variable("1", 4), variable("2", 4, 2), variable("3", 2))
)


def bare(weights: Any, activations: Any) -> Model:
    saved = SavedModel(path="w.npz", format="npz", config=None, weights=weights)
    return describe(saved, activations=activations)


@pytest.mark.parametrize("activations", ["relu", ["relu"], ["relu", "linear"]])
def test_bare_weights_become_a_chain_of_dense_layers(activations: Any) -> None:
    model = bare(CHAIN, activations)
    assert [tensor.sizes for tensor in model.inputs.values()] == [(None, 3)]
    last = "relu" if "linear" not in activations else "linear"
    layer: Any = model.layers[-1]
    assert (layer.activation.name, layer.units) == (last, 2)


def test_bare_trees_go_by_their_numbers() -> None:
    places = ["layers/dense", *(f"layers/dense_{number}" for number in range(1, 12))]
    tree = {
        place: (variable("0", n + 1, n + 2), variable("1", n + 2)) for n, place in enumerate(places)
    }
    model = bare(VariableTree(dict(sorted(tree.items()))), "relu")
    assert [layer.variables()["kernel"].shape[0] for layer in model.layers] == list(range(1, 13))


def test_bare_weights_without_activations_are_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match="a forgotten relu gives wrong numbers"):
        bare(CHAIN, None)


@pytest.mark.parametrize(
    ("weights", "activations", "sentence"),
    [
        (CHAIN, ["relu"] * 3, "3 activations for 2 Dense layers"),
        (CHAIN, "rleu", "did you mean 'relu'"),
        (FlatVariables((variable("0", 3, 4), variable("1", 5))), "relu", "continues no chain"),
        (FlatVariables((variable("0", 3, 4), variable("1", 5, 2))), "relu", "continues no chain"),
        (FlatVariables((variable("0", 3),)), "relu", "continues no chain"),
        (FlatVariables(()), "relu", "no kernel"),
    ],
)
def test_bare_weights_that_are_no_chain_are_refused(
    weights: Any, activations: Any, sentence: str
) -> None:
    with pytest.raises(KeronyxError, match=sentence):
        bare(weights, activations)


def test_activations_do_not_go_with_an_architecture() -> None:
    saved = SavedModel(
        path="m", format="t", config=sequential(source(), DENSE), weights=LayerGroups(())
    )
    with pytest.raises(UsageError, match="has an architecture"):
        describe(saved, activations="relu")
