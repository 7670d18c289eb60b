"""What is done with words and ids that no operator of ONNX takes: a sentence that helps."""

from typing import Any

import pytest
from layer_case import alone, describe, layer, tensor
from spelled_configs import entry, sequential

from keronyx.converter.emit import DEFAULT_OPSET, opset_for
from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError


def way_round(name: str) -> str:
    """Return how a refusal ends."""
    return (
        f"compute '{name}' first, and convert the model behind it: "
        f"keras.Model(model.get_layer('{name}').output, model.outputs)"
    )


@pytest.mark.parametrize("class_name", ["Hashing", "HashedCrossing"])
def test_hashes_are_refused_with_a_way_round(class_name: str) -> None:
    with pytest.raises(UnsupportedLayerError) as caught:
        sequential(entry(class_name, "words", num_bins=7))
    assert f"'words' ({class_name}, ONNX has no such hash)" in str(caught.value)
    assert str(caught.value).endswith(way_round("words"))


@pytest.mark.parametrize(
    ("class_name", "said"),
    [
        ("StringLookup", {"vocabulary": ["a", "b"]}),
        ("IntegerLookup", {"vocabulary": [5, 7], "oov_method": "farmhash"}),
    ],
)
def test_several_unknown_ids_that_a_hash_chooses(class_name: str, said: dict[str, Any]) -> None:
    lookup = describe(class_name, {"num_oov_indices": 2, **said}, {})
    with pytest.raises(UnsupportedConfigError, match="num_oov_indices=2, among which") as caught:
        lookup.infer_shape((None, 3))
    assert str(caught.value).endswith(way_round(lookup.name))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"split": "character"}, "split='character'"),
        ({"standardize": {"class_name": "function", "config": "strip"}}, "standardize=strip"),
        ({"output_mode": "one_hot"}, "output_mode='one_hot'"),
        ({"ragged": True}, "ragged=True"),
    ],
)
def test_texts_that_no_operator_cuts(said: dict[str, Any], told: str) -> None:
    with pytest.raises(UnsupportedConfigError) as caught:
        sequential(entry("TextVectorization", "words", vocabulary=["a"], **said))
    assert f"'words' (TextVectorization): {told}; ONNX cannot split text so; " in str(caught.value)
    assert str(caught.value).endswith(way_round("words"))


@pytest.mark.parametrize(
    ("said", "shape", "told"),
    [
        ({"ngrams": 2, "split": None}, (None, 3), "ngrams=2 with split=None"),
        ({"ngrams": [0, 2]}, (None,), r"ngrams=\(0, 2\)"),
        ({"output_mode": "one_hot"}, (None,), "output_mode='one_hot'"),
    ],
)
def test_words_that_cannot_be_looked_up(
    said: dict[str, Any], shape: tuple[int | None, ...], told: str
) -> None:
    with pytest.raises(UnsupportedConfigError, match=told):
        describe("TextVectorization", {"vocabulary": ["a"], **said}, {}).infer_shape(shape)


@pytest.mark.parametrize("shape", [(None, 2), (None, 1, 1)])
def test_texts_stand_in_one_column(shape: tuple[int | None, ...]) -> None:
    with pytest.raises(UnsupportedConfigError, match="an input of shape"):
        describe("TextVectorization", {"vocabulary": ["a"]}, {}).infer_shape(shape)


def test_the_default_opset_gives_way_to_texts_and_no_other_does() -> None:
    model = alone(layer("TextVectorization", vocabulary=["a"]), tensor("x", 1, dtype="string"))
    assert opset_for(model, DEFAULT_OPSET) == 20
    assert opset_for(model, 21) == 21
    with pytest.raises(UnsupportedConfigError, match="opset 18; ask for opset 20 or newer"):
        opset_for(model, 18)
    plain = layer("TextVectorization", vocabulary=["a"], split=None, standardize=None)
    assert opset_for(alone(plain, tensor("x", 2, dtype="string")), 13) == 13
