"""Graphs are followed once a layer, and refused where they cannot run; masks with them."""

import re
from typing import Any

import pytest
from described import (
    dense_group,
    entry,
    functional,
    model_of,
    source,
)

from keronyx.converter.errors import (
    FileFormatError,
    KeronyxError,
    UnsupportedConfigError,
)
from keronyx.converter.files.saved import (
    LayerGroups,
)


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
    with pytest.raises(UnsupportedConfigError, match=r"'s' .Softmax.: a mask of shape"):
        model_of(functional(layers, ["s"]), LayerGroups(()))
    kept = [*layers[:2], entry("Flatten", "f", "m"), entry("Softmax", "s", "f")]
    assert model_of(functional(kept, ["s"]), LayerGroups(())).outputs["s"].mask is None


@pytest.mark.parametrize(
    ("class_name", "version", "used"),
    [
        ("Multiply", "3.15.1", True),
        ("Maximum", "3.4.0", True),
        ("Add", "3.15.1", False),
        ("Multiply", "2.15.0", False),
        ("Minimum", "3.3.3", False),
    ],
)
def test_merging_uses_a_mask_in_new_versions(class_name: str, version: str, *, used: bool) -> None:
    layers = [source("x", 4, 3), entry("Masking", "m", "x"), entry(class_name, "s", "m", "x")]
    model = model_of(functional(layers, ["s"]), LayerGroups(()), version)
    assert ("mask" in model.connections[-1].arguments) == used
    assert (model.outputs["s"].mask is not None) == version.startswith("2")


def test_a_mask_over_steps_of_a_fixed_batch_is_refused_for_a_layer_of_a_user() -> None:
    inner = {"class_name": "Mine", "config": {"name": "mine"}}
    x = entry("InputLayer", "x", batch_input_shape=[2, 4, 3])
    layers = [x, entry("Masking", "m", "x"), entry("TimeDistributed", "t", "m", layer=inner)]
    config, groups = functional(layers, ["t"]), LayerGroups(())
    with pytest.raises(UnsupportedConfigError, match="with the mask"):
        model_of(config, groups, replace={"Mine": "tanh(x)"})


def test_more_masks_than_inputs_are_refused() -> None:
    layers = [source("x", 4, 3), entry("Masking", "m", "x"), entry("Masking", "n", "x")]
    both = entry("GlobalAveragePooling1D", "p", "x")
    both["inbound_nodes"][0][0][3] = {"mask": [["m", 0, 0], ["n", 0, 0]]}
    with pytest.raises(UnsupportedConfigError, match="2 masks for 1 inputs"):
        model_of(functional([*layers, both], ["p"]), LayerGroups(()))
