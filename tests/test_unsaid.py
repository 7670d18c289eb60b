"""What Keras 3.0 to 3.3 leave out of a file is told, or refused where its variables tell it."""

from pathlib import Path

import numpy as np
import pytest
from layer_case import layer

import keronyx
from keronyx.converter.dialect.unsaid import unsaid
from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import KeronyxError

HERE = Path(__file__).with_name("rms")


@pytest.mark.parametrize("name", ["no_center.keras", "no_center.h5", "no_scale.keras"])
def test_rms_scaling_is_taken_as_keras_takes_it(name: str) -> None:
    made = keronyx.convert(HERE / name)
    (note,) = made.warnings
    assert note.startswith("rms_scaling of 'ln' taken as off, as Keras takes it")
    with np.load(HERE / "io.npz") as right:
        (found,) = keronyx.load(made.onnx)(right["rows"]).values()
        np.testing.assert_allclose(found, right[name], rtol=1e-4, atol=1e-5)


def test_rms_scaling_that_a_name_tells_is_refused() -> None:
    with pytest.raises(KeronyxError, match=r"'ln'.*gamma in the place of beta; save the trained"):
        keronyx.read(HERE / "no_scale.h5")


@pytest.mark.parametrize(
    ("version", "count"), [((2, 15, 0), 0), ((3, 0, 0), 1), ((3, 3, 3), 1), ((3, 4, 0), 0)]
)
def test_only_some_versions_leave_it_out(version: tuple[int, ...], count: int) -> None:
    one = layer("LayerNormalization", center=False, gamma=np.ones(3))
    both = layer("LayerNormalization", gamma=np.ones(3), beta=np.ones(3))
    assert len(list(unsaid([one] * 7, Version(version)))) == count
    assert not list(unsaid([both], Version(version)))
