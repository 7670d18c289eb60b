"""A layer that mixes the samples of a batch has another batch at every step, and is refused."""

from typing import Any

import pytest
from layer_case import alone, describe, layer, tensor

from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.layers.nested import Nested
from keronyx.converter.layers.rnn import TimeDistributed


@pytest.mark.parametrize(
    ("class_name", "config"),
    [
        ("Softmax", {"axis": 0}),
        ("Softmax", {"axis": -3}),
        ("Softmax", {"axis": [0, 1]}),
        ("Activation", {"activation": ("log_softmax", {"axis": 0})}),
        ("UnitNormalization", {"axis": 0}),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_axes_of_the_batch_are_refused(
    class_name: str, config: dict[str, Any], *, nested: bool
) -> None:
    held = describe(class_name, config, {})
    if nested:
        held = Nested(name="inner", model=alone(held, tensor("x", 4, 5)))
    with pytest.raises(UnsupportedConfigError, match="an axis that is the batch of each step"):
        TimeDistributed(name="steps", layer=held).infer_shape((None, 3, 4, 5))


def test_other_axes_are_taken() -> None:
    for axis in (1, -1, (1, 2)):
        steps = TimeDistributed(name="steps", layer=layer("Softmax", axis=axis))
        assert steps.infer_shape((None, 3, 4, 5)) == (None, 3, 4, 5)
