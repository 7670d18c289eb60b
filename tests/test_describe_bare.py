"""Bare weights become a chain of Dense layers where they say in which order."""

from typing import Any

import pytest
from described import (
    DENSE,
    sequential,
    source,
    variable,
)

from keronyx.converter.description import describe
from keronyx.converter.errors import (
    KeronyxError,
    UsageError,
)
from keronyx.converter.files.saved import (
    FlatVariables,
    LayerGroups,
    SavedModel,
    VariableTree,
)
from keronyx.converter.model import Model

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
