"""Layers of images as each Keras means them: whole numbers, corners, and what a RandomCrop does."""
# ruff: noqa: E501 - a table reads best with one line a case, however long

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from emitting import run
from layer_case import alone, layer, tensor
from little_language import run as looped

import keronyx
from keronyx.converter.emit import serialize
from keronyx.converter.lower import lower

HERE = Path(__file__).with_name("images")
MODELS = sorted(path for path in HERE.iterdir() if path.suffix in {".h5", ".keras"})


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_version_is_met_to_the_last_bit_of_whole_numbers(path: Path) -> None:
    with np.load(path.with_suffix(".npz")) as recorded:
        numbers = dict(recorded)
    conversion = keronyx.convert(path)
    feeds = {name: numbers[name] for name in conversion.model.inputs}
    seen = keronyx.evaluate(conversion.model, feeds)
    found = run(conversion.onnx, *feeds.values())
    for array, (name, evaluated) in zip(found, seen.items(), strict=True):
        wanted = numbers[name.partition("/")[0]]
        assert array.dtype == evaluated.dtype == wanted.dtype
        exact = wanted.dtype.kind == "u"
        for each in (array, evaluated):
            np.testing.assert_allclose(
                each, wanted, rtol=0 if exact else 1e-4, atol=0 if exact else 2e-5
            )


def written(folder: Path, version: str | None, name: str, shape: Any, **config: Any) -> Path:
    """Write a model that is one layer without variables."""
    key = config.pop("shape_key", "batch_shape")
    entrance = {"name": "x", key: shape, "dtype": config.pop("input_dtype", "float32")}
    layers = [
        {"class_name": "InputLayer", "config": entrance},
        {"class_name": name, "config": {"name": "layer", **config}},
    ]
    model = {"class_name": "Sequential", "config": {"name": "net", "layers": layers}}
    path = folder / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(model)
        file.create_group("model_weights").attrs["layer_names"] = np.array([], "S1")
        if version:
            file.attrs["keras_version"] = version
    return path


IMAGE = [None, 6, 7, 3]
OPEN = [None, None, 7, 3]
Refusal = tuple[str | None, str, Any, dict[str, Any], str]
REFUSED: list[Refusal] = [
    ("3.15.1", "Resizing", IMAGE, {"height": 4, "width": 4, "interpolation": "cubic"}, "interpolation='cubic'"),
    ("3.15.1", "Resizing", IMAGE, {"height": -4, "width": 4}, "height=-4, width=4"),
    ("3.15.1", "Resizing", IMAGE, {"height": 4, "width": 0}, "width=0"),
    ("3.15.1", "Resizing", IMAGE, {"height": 4, "width": 4, "fill_mode": "reflect"}, "fill_mode='reflect'"),
    ("3.15.1", "Resizing", IMAGE, {"height": 4, "width": 4, "crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "together"),
    ("3.15.1", "Resizing", IMAGE, {"height": 4, "width": 4, "dtype": "uint8"}, "dtype='uint8'"),
    ("3.15.1", "Resizing", OPEN, {"height": 4, "width": 4, "interpolation": "lanczos3"}, "open height or width"),
    ("3.15.1", "Resizing", OPEN, {"height": 4, "width": 4, "crop_to_aspect_ratio": True}, "open height or width"),
    ("3.15.1", "Resizing", [None, 6], {"height": 4, "width": 4}, "an input with 2 axes"),
    ("3.5.0", "Resizing", IMAGE, {"height": 4, "width": 4, "interpolation": "bicubic", "input_dtype": "uint8"}, "whole numbers that are cut off"),
    (None, "Resizing", IMAGE, {"height": 4, "width": 4, "input_dtype": "uint8"}, "whole numbers"),
    ("3.15.1", "CenterCrop", OPEN, {"height": 4, "width": 4}, "open height or width"),
    ("3.15.1", "CenterCrop", IMAGE, {"height": 0, "width": 4}, "height=0"),
    ("3.7.0", "RandomCrop", IMAGE, {"height": 4, "width": 4}, "a RandomCrop of Keras 3.7.0"),
    ("2.4.0", "RandomCrop", IMAGE, {"height": 4, "width": 4}, "a RandomCrop of Keras 2.4.0"),
    ("3.15.1", "AutoContrast", IMAGE, {"value_range": [1, 1]}, "value_range=\\[1.0, 1.0\\]"),
    ("3.15.1", "UpSampling2D", IMAGE, {"size": [2, 2], "interpolation": "cubic"}, "interpolation='cubic'"),
    ("3.15.1", "UpSampling2D", IMAGE, {"size": [2, -2]}, "size=\\[2, -2\\]"),
    ("3.15.1", "UpSampling2D", OPEN, {"size": [3, 2], "interpolation": "bicubic"}, "open height or width"),
    ("3.15.1", "UpSampling2D", IMAGE, {"size": [2, 2], "antialias": True}, "unknown key 'antialias'"),
    (None, "UpSampling2D", IMAGE, {"size": [2, 2], "interpolation": "bilinear", "shape_key": "batch_input_shape"}, "starts at the corner"),
    ("3.15.1", "Rescaling", IMAGE, {"scale": [1.0, 2.0]}, "scale of shape"),
    ("3.15.1", "Rescaling", IMAGE, {"scale": 1.0, "offset": [1.0] * 6}, "offset of shape"),
    ("3.15.1", "Rescaling", IMAGE, {"scale": 0.5, "dtype": "uint8"}, "dtype='uint8'"),
    ("3.15.1", "ContrastLimitedAdaptiveHistogramEqualization", IMAGE, {"tile_grid_size": [0, 2]}, "tile_grid_size"),
    ("3.15.1", "ContrastLimitedAdaptiveHistogramEqualization", IMAGE, {"value_range": [2, 2]}, "value_range"),
    ("3.15.1", "ContrastLimitedAdaptiveHistogramEqualization", IMAGE, {"tile_grid_size": [20, 2]}, "pixels for 20 tiles"),
    ("3.15.1", "ContrastLimitedAdaptiveHistogramEqualization", OPEN, {}, "open height"),
    ("3.15.1", "ContrastLimitedAdaptiveHistogramEqualization", IMAGE, {"tile_grid_size": [2, 2], "input_dtype": "uint8"}, "images of uint8"),
    ("3.15.1", "STFTSpectrogram", [None, 40, 1], {"mode": "angle"}, "mode='angle'"),
    ("3.15.1", "MelSpectrogram", [None, 3000], {"fft_length": 16, "sequence_length": 32}, "sequence_length=32 above"),
    ("3.15.1", "MelSpectrogram", [None, 3000], {"window": "blackman"}, "window='blackman'"),
    ("3.15.1", "MelSpectrogram", [None, 1000], {}, "fft_length=2048 of 1000 steps"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case[1]}-{case[-1]}")
def test_what_is_not_honoured_is_refused_by_name(case: Refusal, tmp_path: Path) -> None:
    version, name, shape, config, words = case
    with pytest.raises(keronyx.KeronyxError, match=words):
        keronyx.convert(written(tmp_path, version, name, shape, **config))


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("Resizing", {"height": 5, "width": 9}),
        ("Resizing", {"height": 5, "width": 9, "interpolation": "nearest"}),
        ("UpSampling2D", {"size": [2, 3], "interpolation": "bilinear"}),
        ("UpSampling2D", {"size": [2, 4], "interpolation": "bicubic"}),
    ],
)
def test_images_of_open_size_are_those_of_a_fixed_one(
    name: str, config: dict[str, Any], tmp_path: Path
) -> None:
    pixels = np.random.default_rng(5).normal(size=(2, 7, 4, 3)).astype(np.float32)
    found = []
    for shape in ([None, 7, 4, 3], [None, None, None, 3]):
        conversion = keronyx.convert(written(tmp_path, "3.15.1", name, shape, **config))
        found += [
            *run(conversion.onnx, pixels),
            *keronyx.evaluate(conversion.model, pixels).values(),
        ]
    for each in found[1:]:
        np.testing.assert_allclose(each, found[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("expand_dims", [False, True])
def test_channels_in_front_are_those_behind(*, expand_dims: bool) -> None:
    rng = np.random.default_rng(6)
    kernels: dict[str, Any] = {
        f"{part}_kernel": rng.normal(size=(8, 1, 5)).astype(np.float32) for part in ("real", "imag")
    }
    sound = rng.normal(size=(2, 21, 3)).astype(np.float32)
    found = []
    for order, data_format in (((0, 1, 2), "channels_last"), ((0, 2, 1), "channels_first")):
        made = layer(
            "STFTSpectrogram",
            frame_length=8,
            mode="log",
            expand_dims=expand_dims,
            data_format=data_format,
            **kernels,
        )
        given = sound.transpose(order)
        model = alone(made, tensor("x", *given.shape[1:]))
        both = [*run(serialize(model), given), *keronyx.evaluate(model, given).values()]
        back = order if not expand_dims else (0, 1, 2, 3) if order[1] == 1 else (0, 2, 3, 1)
        found += [each.transpose(back) for each in both]
    for each in found[1:]:
        np.testing.assert_allclose(each, found[0], rtol=1e-4, atol=1e-5)


def test_scales_that_fit_channels_in_front_alone_are_theirs() -> None:
    images = np.random.default_rng(7).normal(size=(2, 3, 4, 5)).astype(np.float32)
    model = alone(layer("Rescaling", scale=[1.0, 2.0, 0.5], offset=0.25), tensor("x", 3, 4, 5))
    wanted = images * np.array([1, 2, 0.5])[:, None, None] + 0.25
    for found in (*run(serialize(model), images), *keronyx.evaluate(model, images).values()):
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
    (computed,) = looped(lower(model), [images.reshape(2, -1)])
    np.testing.assert_allclose(computed, wanted.reshape(2, -1), rtol=1e-6)


@pytest.mark.parametrize(("version", "count"), [("2.2.4-tf", 1), ("2.2.4", 0), ("2.15.0", 0)])
def test_an_interpolation_that_is_not_saved_is_told(
    version: str, count: int, tmp_path: Path
) -> None:
    made = keronyx.convert(written(tmp_path, version, "UpSampling2D", IMAGE, size=[2, 2]))
    assert len(made.warnings) == count
    assert all("interpolation of 'layer' taken as 'nearest'" in each for each in made.warnings)
