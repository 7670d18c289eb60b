"""Layers of images and of sound as test cases: one line a case, as in ``cases``.

``make_recorded_layers.py`` runs them through Keras and writes ``recorded_images.npz``.
"""
# ruff: noqa: E501 - a table reads best with one line a case, however long

from pathlib import Path

import numpy as np
from layer_case import Case

RECORDED = Path(__file__).with_name("recorded_images.npz")

PIXELS = np.random.default_rng(12).integers(0, 256, (2, 5, 6, 3)).astype(np.uint8)
FLAT = np.random.default_rng(13).uniform(0, 255, (2, 4, 5, 3)).astype(np.float32)
FLAT[1, :, :, 2] = 7
EVERY = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5")
OLD = ("gaussian", "mitchellcubic")
# What layers take that are at work in training only.
AUGMENTATIONS: dict[str, dict[str, object]] = {
    "AugMix": {},
    "CutMix": {},
    "Equalization": {},
    "MaxNumBoundingBoxes": {"max_number": 3},
    "MixUp": {},
    "RandAugment": {},
    "RandomColorDegeneration": {"factor": 0.5},
    "RandomColorJitter": {},
    "RandomCrop": {"height": 3, "width": 2},
    "RandomElasticTransform": {},
    "RandomErasing": {},
    "RandomGaussianBlur": {},
    "RandomGrayscale": {"factor": 1.0},
    "RandomHue": {"factor": 0.5},
    "RandomInvert": {},
    "RandomPerspective": {},
    "RandomPosterization": {"factor": 3},
    "RandomSaturation": {"factor": 0.5},
    "RandomSharpness": {"factor": 0.5},
    "RandomShear": {"x_factor": 0.5},
    "Solarization": {"threshold_factor": 0.5},
}


def sized(height: int, width: int, **more: object) -> dict[str, object]:
    return {"height": height, "width": width, **more}


def resizing_cases() -> list[Case]:
    """Return every interpolation, for larger and for smaller images."""
    cases = []
    for keras, names in ((3, EVERY), (2, OLD)):
        for name in names:
            for what, size in (("larger", (9, 7)), ("smaller", (3, 5)), ("one_axis", (5, 9))):
                config = sized(*size, interpolation=name)
                cases.append(
                    Case(
                        f"resizing_{name}_{what}", "Resizing", config, ((2, 5, 6, 3),), keras=keras
                    )
                )
    for name in ("bilinear", "bicubic", "lanczos3"):
        config = sized(3, 2, interpolation=name, antialias=True)
        cases.append(Case(f"resizing_{name}_antialias", "Resizing", config, ((2, 8, 7, 3),)))
    return cases


# fmt: off
CASES: tuple[Case, ...] = (
    *resizing_cases(),
    Case("resizing_same_size", "Resizing", sized(5, 6, interpolation="bicubic"), ((2, 5, 6, 3),)),
    Case("resizing_twice", "Resizing", sized(10, 3), ((2, 5, 6, 3),)),
    Case("resizing_channels_first", "Resizing", sized(7, 4, interpolation="lanczos5", data_format="channels_first"), ((2, 3, 5, 6),)),
    Case("resizing_crop", "Resizing", sized(4, 7, crop_to_aspect_ratio=True), ((2, 5, 6, 3),)),
    Case("resizing_crop_area", "Resizing", sized(3, 2, crop_to_aspect_ratio=True, interpolation="area"), ((2, 7, 9, 3),)),
    Case("resizing_pad", "Resizing", sized(4, 9, pad_to_aspect_ratio=True, fill_value=2.5), ((2, 5, 6, 3),)),
    Case("resizing_pad_first", "Resizing", sized(9, 4, pad_to_aspect_ratio=True, interpolation="bicubic", data_format="channels_first"), ((2, 3, 5, 6),)),
    Case("resizing_float16", "Resizing", sized(7, 4, dtype="mixed_float16"), ((2, 5, 6, 3),)),
    Case("resizing_pixels", "Resizing", sized(7, 4), (PIXELS,)),
    Case("resizing_pixels_over", "Resizing", sized(9, 8, interpolation="bicubic"), (PIXELS,)),
    Case("resizing_pixels_nearest", "Resizing", sized(3, 9, interpolation="nearest"), (PIXELS,)),
    Case("resizing_pixels_floats", "Resizing", sized(7, 4), (PIXELS,), {"integers": "floats"}, keras=2),
    Case("center_crop", "CenterCrop", sized(3, 4), ((2, 6, 7, 3),)),
    Case("center_crop_first", "CenterCrop", sized(2, 4, data_format="channels_first"), ((2, 3, 5, 4),)),
    Case("center_crop_pixels", "CenterCrop", sized(3, 3), (PIXELS,)),
    Case("center_crop_resized", "CenterCrop", sized(3, 8), ((2, 6, 7, 3),)),
    Case("equalized", "ContrastLimitedAdaptiveHistogramEqualization", {}, (np.random.default_rng(17).uniform(-9, 270, (2, 10, 16, 1)).astype(np.float32),)),
    Case("equalized_mirrored", "ContrastLimitedAdaptiveHistogramEqualization", {"tile_grid_size": [3, 3], "clip_limit": 1.5}, (np.random.default_rng(18).integers(90, 130, (2, 14, 12, 2)).astype(np.float32),)),
    Case("equalized_range", "ContrastLimitedAdaptiveHistogramEqualization", {"tile_grid_size": [3, 2], "value_range": [-1.0, 2.0], "clip_limit": 0.75, "data_format": "channels_first"}, (np.random.default_rng(19).uniform(-1, 2, (2, 2, 9, 7)).astype(np.float32),)),
    Case("equalized_unclipped", "ContrastLimitedAdaptiveHistogramEqualization", {"tile_grid_size": [2, 2], "clip_limit": 0.0}, (np.where(FLAT > 150, FLAT, 0) * (np.arange(5)[:, None] > 2),)),
    Case("auto_contrast", "AutoContrast", {}, (FLAT,)),
    Case("auto_contrast_range", "AutoContrast", {"value_range": [-1.0, 2.0]}, ((2, 4, 5, 3),)),
    Case("up_sampling2d_bilinear", "UpSampling2D", {"size": [2, 3], "interpolation": "bilinear"}, ((2, 3, 4, 2),)),
    Case("up_sampling2d_bilinear_first", "UpSampling2D", {"size": [3, 1], "interpolation": "bilinear", "data_format": "channels_first"}, ((2, 2, 3, 4),)),
    Case("up_sampling2d_bicubic", "UpSampling2D", {"size": [2, 3], "interpolation": "bicubic"}, ((2, 3, 4, 2),)),
    Case("up_sampling2d_lanczos3", "UpSampling2D", {"size": [2, 2], "interpolation": "lanczos3"}, ((2, 3, 4, 2),)),
    Case("up_sampling2d_lanczos5", "UpSampling2D", {"size": [3, 2], "interpolation": "lanczos5"}, ((2, 3, 4, 2),)),
    Case("up_sampling2d_area", "UpSampling2D", {"size": [3, 2], "interpolation": "area"}, ((2, 3, 4, 2),), keras=2),
    Case("up_sampling2d_gaussian", "UpSampling2D", {"size": [1, 2], "interpolation": "gaussian"}, ((2, 3, 4, 2),), keras=2),
    Case("up_sampling2d_mitchell", "UpSampling2D", {"size": [2, 2], "interpolation": "mitchellcubic", "data_format": "channels_first"}, ((2, 3, 4, 2),), keras=2),
    Case("up_sampling1d_float64", "UpSampling1D", {"size": 3, "dtype": "float64"}, ((2, 3, 4),), {"size": (3,)}),
    Case("up_sampling2d_nearest_pixels", "UpSampling2D", {"size": [2, 3]}, (PIXELS,)),
    Case("up_sampling3d_integers", "UpSampling3D", {"size": [2, 1, 3]}, (PIXELS[:, :2, :3, :, None].astype(np.int64),)),
    Case("up_sampling2d_pixels", "UpSampling2D", {"size": [2, 3], "interpolation": "bilinear"}, (PIXELS,)),
    *(Case(f"augmentation_{name}", name, config, ((2, 4, 5, 3),)) for name, config in AUGMENTATIONS.items()),
    Case("augmentation_RandomHeight", "RandomHeight", {"factor": 0.5}, ((2, 4, 5, 3),), keras=2),
    Case("augmentation_RandomWidth", "RandomWidth", {"factor": 0.5}, ((2, 4, 5, 3),), keras=2),
    *(Case(f"stft_{mode}", "STFTSpectrogram", {"mode": mode, "frame_length": 8}, ((2, 21, 1),)) for mode in ("log", "magnitude", "psd", "real", "imag", "stft")),
    Case("stft_channels", "STFTSpectrogram", {"mode": "stft", "frame_length": 6, "frame_step": 5, "fft_length": 16, "padding": "same"}, ((2, 22, 3),)),
    Case("stft_expanded", "STFTSpectrogram", {"mode": "psd", "frame_length": 8, "expand_dims": True}, ((2, 21, 2),)),
    Case("mel_spectrogram", "MelSpectrogram", {"fft_length": 16, "sequence_stride": 5, "num_mel_bins": 4, "sampling_rate": 8000}, ((2, 40),)),
    Case("mel_spectrogram_short", "MelSpectrogram", {"fft_length": 16, "sequence_stride": 4, "sequence_length": 11, "window": "hamming", "num_mel_bins": 3, "power_to_db": False, "mag_exp": 1.0, "min_freq": 100.0, "max_freq": 7000}, ((2, 37),)),
    Case("mel_spectrogram_reference", "MelSpectrogram", {"fft_length": 15, "sequence_stride": 8, "num_mel_bins": 3, "window": None, "top_db": 10.0, "ref_power": 4.0, "mag_exp": 3.0}, ((2, 33),)),
    Case("augmentation_pixels", "RandomGrayscale", {}, (PIXELS,)),
)
# fmt: on
