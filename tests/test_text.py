"""What is done with words and ids that no operator of ONNX takes: a sentence that helps."""

from typing import Any

import pytest
from layer_case import describe
from spelled_configs import entry, sequential

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
