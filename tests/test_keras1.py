"""Files of Keras 1: on which backend they were written, and what depends on it."""

from collections.abc import Sequence

import corpus_cases as corpus
import numpy as np
import pytest
from catalogue import LAYERS
from corpus_cases import Array, Case
from test_corpus import Outcome, compare, outcomes, read_numpy, read_onnx

import keronyx
from keronyx.converter import dialect
from keronyx.converter.description import following
from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import Label, UnsupportedConfigError, label_of
from keronyx.converter.files.saved import FlatVariables, LayerGroups, SavedModel, WeightGroup
from keronyx.converter.tensors import Variable
from keronyx.converter.weights.backends import backend_of
from keronyx.converter.weights.theano import built

KERAS1 = Version((1, 2, 2))
POOLED = corpus.cases(
    where=lambda case: ("_pool" in case.id and "same" in case.id) or "pool1d_all" in case.id
)


def saved(*names: str, backend: str | None = None, positional: bool = False) -> SavedModel:
    variables = tuple(Variable.of(np.zeros(1), name) for name in names)
    groups = LayerGroups((WeightGroup("layer", variables),), positional=positional)
    return SavedModel(path="", format="", config=None, weights=groups, backend=backend)


@pytest.mark.parametrize(
    ("names", "version", "told"),
    [
        (["c_W:0", "c_b:0"], (1, 2), "tensorflow"),
        (["c_W", "c_b"], (1, 2), "theano"),
        (["c_W:0", "c_b"], (1, 2), None),
        ([], (1, 2), None),
        (["c_W"], (2, 0), None),
    ],
)
def test_names_tell_the_backend_of_keras_1(
    names: Sequence[str], version: tuple[int, ...], told: str | None
) -> None:
    assert backend_of(saved(*names), Version(version)) == told


def test_nothing_tells_the_backend_of_numbered_and_of_bare_variables() -> None:
    assert backend_of(saved("param_0", positional=True), KERAS1) is None
    bare = FlatVariables((Variable.of(np.zeros(1), "c_W"),))
    lone = SavedModel(path="", format="", config=None, weights=bare)
    assert backend_of(lone, KERAS1) is None
    assert backend_of(saved("c_W", backend="tensorflow"), Version((2, 1))) == "tensorflow"


@pytest.mark.parametrize(
    ("case", "name"),
    [("k122th_conv_conv1d_basic_h5", "Theano"), ("k122tf_conv_conv1d_basic_h5", "TensorFlow")],
)
def test_what_names_tell_is_noted(case: str, name: str) -> None:
    (found,) = corpus.cases(where=lambda each: each.id == case)
    (note,) = keronyx.read(corpus.source(found)[0]).notes
    assert note == f"kernels read as those of {name}, as the names of the file's variables tell"


@pytest.mark.parametrize("case", POOLED, ids=lambda case: case.id)
def test_pooling_is_right_once_the_backend_is_known(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no variable tells it, the file is refused as it is."""
    if case.keras_version.startswith("1."):
        assert {result.kind for result in outcomes(case)} <= {"refused", "right"}
    monkeypatch.setattr(following, "backend_of", lambda *_: case.backend)
    for read in (read_numpy, read_onnx):
        assert compare(case, read(case)) == Outcome("right")


def refusal(kind: str, version: tuple[int, ...], **config: object) -> str:
    where: Label = label_of("odd", kind)
    with pytest.raises(UnsupportedConfigError) as caught:
        built(LAYERS[kind], {"padding": "same", **config}, {}, (Version(version), "theano"), where)
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "version", "config", "said"),
    [
        ("DepthwiseConv2D", (2, 3), {"kernel_size": (2, 3), "strides": (1, 1)}, "even"),
        ("Conv2DTranspose", (2, 3), {"kernel_size": (3, 3), "strides": (2, 2)}, "strides"),
        ("Conv3D", (1, 2), {"kernel_size": (3, 3, 2), "strides": (1, 1, 1)}, "two ways"),
        ("MaxPooling3D", (2, 3), {"pool_size": (1, 2, 2)}, "pool size"),
        ("AveragePooling2D", (2, 0, 8), {"pool_size": (2, 2)}, "2.2.4"),
    ],
)
def test_what_theano_does_in_its_own_way_is_refused(
    kind: str, version: tuple[int, ...], config: dict[str, object], said: str
) -> None:
    text = refusal(kind, version, **config)
    assert f"layer 'odd' ({kind}): padding='same' on Theano" in text
    assert said in text


def test_kernels_of_keras_1_are_turned_and_flipped() -> None:
    kernel = np.arange(48, dtype=np.float32).reshape(2, 4, 3, 2)
    config = {"kernel_size": (3, 2), "padding": "valid", "data_format": "channels_first"}
    where = label_of("c", "Conv2D")
    given = {"kernel": Variable.of(kernel)}

    def loaded(backend: str) -> Array:
        made = built(LAYERS["Conv2D"], config, given, (KERAS1, backend), where)
        array: Array = made["kernel"].load()
        return array

    turned = kernel.transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(loaded("tensorflow"), turned)
    np.testing.assert_array_equal(loaded("theano"), turned[::-1, ::-1])


@pytest.mark.parametrize(
    "case", corpus.cases(where=lambda case: "zeropad2d_asym" in case.id), ids=lambda case: case.id
)
def test_borders_are_right_once_the_order_of_axes_is_known(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No layer tells it in these files, which are refused as they are."""
    assert {result.kind for result in outcomes(case)} == {"refused"}
    order = {"tf": "channels_last", "th": "channels_first"}[case.hints["dim_ordering"]]
    monkeypatch.setattr(dialect, "data_format_of", lambda _: order)
    for read in (read_numpy, read_onnx):
        assert compare(case, read(case)) == Outcome("right")
