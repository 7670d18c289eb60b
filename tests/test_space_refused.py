"""What layers over space refuse: one line that names the layer, and exit code 2."""
# ruff: noqa: E501 - a table reads best with one line a case, however long

import json
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest
from layer_case import layer

from keronyx.cli import main
from keronyx.converter.errors import KeronyxError
from keronyx.converter.tensors import Shape

ONES = {1: [1], 2: [1, 1], 3: [1, 1, 1]}
IMAGE: Shape = (None, 5, 6, 4)


class Bad(NamedTuple):
    kind: str
    config: dict[str, Any]
    shape: Shape
    said: str
    kernel: tuple[int, ...] = ()


def conv(kind: str, kernel: tuple[int, ...], said: str, **config: Any) -> Bad:
    space = next(int(letter) for letter in kind if letter.isdigit())
    whole = {"filters": 6, "kernel_size": list(kernel[:space]), "strides": ONES[space], **config}
    if "Depthwise" in kind:
        del whole["filters"]
    return Bad(kind, whole, (None, *[5] * space, 4), said, kernel)


CASES = (
    conv("Conv2D", (2, 2, 4, 6), "groups=3 of 4 channels, 6 filters", groups=3),
    conv("Conv2D", (2, 2, 2, 5), "groups=2 of 4 channels, 5 filters", groups=2, filters=5),
    conv("Conv2D", (2, 2, 4, 6), "groups=0 of 4 channels", groups=0),
    conv("Conv2D", (2, 2, 4, 6), r"kernel has shape \(2, 2, 4, 6\), expected \(2, 2, 2, 6\)", groups=2),
    conv("Conv1D", (2, 4, 6), "expected", kernel_size=[3]),
    conv("Conv1D", (2, 4, 0), "filters=0", filters=0),
    conv("Conv1D", (2, 4, 6), r"strides=\[2\] with dilation_rate=\[2\]", strides=[2], dilation_rate=[2]),
    conv("Conv2DTranspose", (2, 2, 6, 4), r"strides=\[2, 1\] with dilation_rate=\[1, 2\]", strides=[2, 1], dilation_rate=[1, 2]),
    conv("Conv2DTranspose", (2, 2, 6, 4), r"output_padding=\[2, 0\]", strides=[2, 1], output_padding=[2, 0]),
    conv("Conv3DTranspose", (2, 2, 2, 6, 4), r"output_padding=\[0\]", output_padding=[0]),
    conv("Conv1DTranspose", (2, 6, 4), "filters=-1", filters=-1),
    conv("Conv2D", (7, 2, 4, 6), r"a window of \[7, 2\] in a space of \[5, 5\]"),
    conv("Conv3D", (2, 2, 2, 4, 6), r"a window of \[2, 2, 2\] in a space", dilation_rate=[5, 1, 1]),
    conv("Conv2D", (2, 2, 4, 6), "padding='causal'", padding="causal"),
    conv("Conv1D", (2, 4, 6), "padding='full'", padding="full"),
    conv("Conv2D", (2, 2, 4, 6), r"strides=\[0, 1\]", strides=[0, 1]),
    conv("Conv2D", (2, 2, 4, 6), r"kernel_size=\[2\]", kernel_size=[2]),
    conv("DepthwiseConv2D", (2, 2, 4, 1), "depth_multiplier=0", depth_multiplier=0),
    conv("DepthwiseConv1D", (6, 4, 1), r"a window of \[6\] in a space of \[5\]"),
    conv("Deconvolution2D", (2, 2, 6, 4), r"output_shape=\[None, 9, 6, 6\] of a space of 5", output_shape=[None, 9, 6, 6]),
    conv("Deconvolution2D", (2, 2, 6, 4), r"output_shape=\[None, None, 6, 6\]", output_shape=[None, None, 6, 6]),
    conv("Deconvolution2D", (2, 2, 6, 4), "padding='full'", output_shape=[None, 6, 6, 6], padding="full"),
    conv("LocallyConnected1D", (4, 8, 6), "padding='same' with implementation=1", padding="same"),
    conv("LocallyConnected1D", (4, 9, 6), "kernel has shape", kernel_size=[2]),
    conv("LocallyConnected2D", (0, 144, 6), r"a window of \[6, 6\] in a space", kernel_size=[6, 6]),
    conv("LocallyConnected2D", (16, 16, 6), "filters=0", kernel_size=[2, 2], filters=0),
    Bad("LocallyConnected1D", {"filters": 2, "kernel_size": [2], "strides": [1]}, (None, None, 4), "open sizes", (1, 8, 2)),
    Bad("MaxPooling2D", {"pool_size": [6, 2]}, IMAGE, r"a window of \[6, 2\] in a space of \[5, 6\]"),
    Bad("AveragePooling1D", {"pool_size": [0]}, (None, 5, 4), r"pool_size=\[0\]"),
    Bad("MaxPooling3D", {"pool_size": [2, 2]}, (None, 5, 5, 5, 4), r"pool_size=\[2, 2\]"),
    Bad("MaxPooling1D", {"pool_size": [2], "strides": [-1]}, (None, 5, 4), r"strides=\[-1\]"),
    Bad("AveragePooling2D", {"pool_size": [2, 2], "padding": "causal"}, IMAGE, "padding='causal'"),
    Bad("GlobalMaxPooling2D", {}, (None, 5, 4), "an input with 3 axes"),
    Bad("AdaptiveAveragePooling2D", {"output_size": [0, 2]}, IMAGE, r"output_size=\[0, 2\]"),
    Bad("AdaptiveMaxPooling2D", {"output_size": [2]}, IMAGE, r"output_size=\[2\]"),
    Bad("AdaptiveMaxPooling1D", {"output_size": [2]}, (None, None, 4), "open sizes"),
    Bad("ZeroPadding1D", {"padding": ((-1, 0),)}, (None, 5, 4), "padding="),
    Bad("Cropping2D", {"cropping": ((2, 3), (0, 0))}, IMAGE, "cropping="),
    Bad("Cropping1D", {"cropping": ((-1, 0),)}, (None, 5, 4), "cropping="),
    Bad("UpSampling3D", {"size": [1, 0, 1]}, (None, 2, 2, 2, 4), r"size=\[1, 0, 1\]"),
)  # fmt: skip


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: f"{bad.kind}-{bad.said[:30]}")
def test_what_does_not_fit_is_refused_by_name(bad: Bad) -> None:
    kernel = {"kernel": np.zeros(bad.kernel, np.float32)} if bad.kernel else {}
    made = layer(bad.kind, "odd", use_bias=False, **bad.config, **kernel)
    with pytest.raises(KeronyxError, match=bad.said) as caught:
        made.infer_shape(bad.shape)
    assert f"layer 'odd' ({bad.kind})" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_line_says_so_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.h5"
    start = {"batch_shape": [None, 5, 6, 4], "dtype": "float32", "name": "x"}
    pool = {"name": "odd", "pool_size": [6, 2], "strides": [1, 1]}
    layers = [
        {"class_name": "InputLayer", "config": start},
        {"class_name": "MaxPooling2D", "config": pool},
    ]
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "3.15.0"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([b"odd"])
        group.create_group("odd").attrs["weight_names"] = np.zeros(0)
    assert main(["convert", str(path), "-o", str(tmp_path / "odd.onnx")]) == 2
    said = capsys.readouterr().err.strip()
    assert "layer 'odd' (MaxPooling2D): a window of [6, 2] in a space of [5, 6]" in said
    assert "\n" not in said
    assert not (tmp_path / "odd.onnx").exists()
