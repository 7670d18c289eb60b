"""Layers over space beyond the plain ones as test cases: one line a case, as in ``cases``.

``make_recorded_layers.py`` runs them through Keras and writes ``recorded_space.npz``.
"""
# ruff: noqa: E501 - a table reads best with one line a case, however long

from pathlib import Path
from typing import Any

from layer_case import Case

RECORDED = Path(__file__).with_name("recorded_space.npz")

STEPS, IMAGE, VOLUME = (2, 7, 3), (2, 5, 6, 3), (2, 4, 3, 5, 2)


def wrap(class_name: str, **config: Any) -> dict[str, Any]:
    """Return the config of a layer that another one holds."""
    spelled = {"module": "keras.layers", "class_name": class_name, "registered_name": None}
    return {**spelled, "config": config}


def adaptive_cases() -> list[Case]:
    """Return windows of two widths, of one, of one place, none, and more than there are places."""
    return [
        Case(
            f"adaptive_{kind.lower()}_{what}",
            f"Adaptive{kind}Pooling{space}D",
            {"output_size": size, "data_format": order},
            (shape,),
        )
        for kind in ("Average", "Max")
        for what, space, size, order, shape in (
            ("1d", 1, [3], "channels_last", STEPS),
            ("1d_first", 1, [2], "channels_first", STEPS),
            ("1d_longer", 1, [10], "channels_last", STEPS),
            ("2d", 2, [3, 4], "channels_last", IMAGE),
            ("2d_even", 2, [5, 3], "channels_last", IMAGE),
            ("2d_first", 2, [1, 2], "channels_first", IMAGE),
            ("3d", 3, [3, 2, 1], "channels_last", VOLUME),
        )
    ]


def local_cases() -> list[Case]:
    """Return every way in which a kernel for every place is kept."""
    return [
        Case(
            f"local_{space}d_{implementation}_{padding}_{order[9:]}",
            f"LocallyConnected{space}D",
            {
                "filters": 2,
                "kernel_size": [3, 2][:space],
                "strides": [2, 1][:space],
                "padding": padding,
                "data_format": order,
                "implementation": implementation,
                "activation": "tanh",
            },
            ((2, 6, 3) if space == 1 else (2, 5, 4, 3),),
            keras=2,
        )
        for space in (1, 2)
        for implementation in (1, 2, 3)
        for padding in ("valid", "same")
        for order in ("channels_last", "channels_first")
        if implementation > 1 or padding == "valid"
    ]


def held_cases() -> list[Case]:
    """Return layers that others hold."""
    held = {
        "conv1d": (
            wrap("Conv1D", filters=2, kernel_size=[3], strides=[1], padding="causal"),
            (2, 3, 5, 2),
        ),
        "conv2d": (
            wrap(
                "Conv2D",
                filters=2,
                kernel_size=[2, 3],
                strides=[1, 1],
                padding="same",
                activation="relu",
            ),
            (2, 3, 4, 5, 2),
        ),
        "conv3d": (
            wrap("Conv3D", filters=2, kernel_size=[2, 1, 2], strides=[1, 1, 1]),
            (2, 2, 3, 2, 3, 2),
        ),
        "conv2d_transpose": (
            wrap("Conv2DTranspose", filters=2, kernel_size=[2, 3], strides=[2, 1]),
            (2, 3, 2, 3, 2),
        ),
        "depthwise": (wrap("DepthwiseConv2D", kernel_size=[2, 2], strides=[1, 1]), (2, 3, 3, 4, 2)),
        "separable": (
            wrap("SeparableConv1D", filters=3, kernel_size=[2], strides=[1]),
            (2, 3, 4, 2),
        ),
        "max_pooling": (wrap("MaxPooling2D", pool_size=[2, 2]), (2, 3, 4, 5, 2)),
        "average_pooling": (wrap("AveragePooling3D", pool_size=[2, 1, 2]), (2, 2, 3, 2, 3, 2)),
        "global_average": (wrap("GlobalAveragePooling2D", keepdims=True), (2, 3, 4, 5, 2)),
        "global_max": (wrap("GlobalMaxPooling1D"), (2, 3, 4, 2)),
        "adaptive": (wrap("AdaptiveAveragePooling1D", output_size=[2]), (2, 3, 5, 2)),
        "zero_padding": (wrap("ZeroPadding2D", padding=[[1, 0], [0, 2]]), (2, 3, 2, 3, 2)),
        "cropping": (wrap("Cropping2D", cropping=[[1, 1], [0, 2]]), (2, 3, 5, 4, 2)),
        "up_sampling": (wrap("UpSampling2D", size=[2, 1]), (2, 3, 2, 3, 2)),
    }
    normalized = {
        "conv2d": (wrap("Conv2D", filters=3, kernel_size=[2, 2], strides=[1, 1]), (2, 4, 5, 2)),
        "depthwise": (
            wrap("DepthwiseConv2D", kernel_size=[2, 2], strides=[1, 1], depth_multiplier=2),
            (2, 4, 5, 2),
        ),
    }
    return [
        *(
            Case(f"each_step_{what}", "TimeDistributed", {"layer": layer}, (shape,))
            for what, (layer, shape) in held.items()
        ),
        *(
            Case(f"spectral_{what}", "SpectralNormalization", {"layer": layer}, (shape,))
            for what, (layer, shape) in normalized.items()
        ),
    ]


def double_cases() -> list[Case]:
    """Return every kind of convolution in float64."""
    return [
        Case(f"double_{what}", layer, {**config, "dtype": "float64"}, (shape,))
        for what, layer, config, shape in (
            (
                "conv1d_causal",
                "Conv1D",
                {
                    "filters": 2,
                    "kernel_size": [3],
                    "strides": [1],
                    "dilation_rate": [2],
                    "padding": "causal",
                },
                STEPS,
            ),
            (
                "conv2d",
                "Conv2D",
                {
                    "filters": 4,
                    "kernel_size": [3, 2],
                    "strides": [2, 1],
                    "padding": "same",
                    "activation": "relu",
                },
                IMAGE,
            ),
            (
                "conv2d_plain",
                "Conv2D",
                {"filters": 2, "kernel_size": [2, 3], "strides": [1, 1], "use_bias": False},
                IMAGE,
            ),
            (
                "conv3d",
                "Conv3D",
                {"filters": 2, "kernel_size": [2, 3, 2], "strides": [1, 1, 2]},
                VOLUME,
            ),
            (
                "depthwise1d",
                "DepthwiseConv1D",
                {"kernel_size": [3], "strides": [1], "depth_multiplier": 2, "padding": "same"},
                STEPS,
            ),
            (
                "depthwise2d",
                "DepthwiseConv2D",
                {"kernel_size": [2, 3], "strides": [2, 2], "depth_multiplier": 2},
                IMAGE,
            ),
            (
                "separable2d",
                "SeparableConv2D",
                {"filters": 4, "kernel_size": [2, 3], "strides": [1, 1], "padding": "same"},
                IMAGE,
            ),
            (
                "conv1d_transpose",
                "Conv1DTranspose",
                {"filters": 2, "kernel_size": [3], "strides": [2], "padding": "same"},
                STEPS,
            ),
            (
                "conv2d_transpose",
                "Conv2DTranspose",
                {"filters": 2, "kernel_size": [2, 3], "strides": [3, 2]},
                IMAGE,
            ),
            (
                "conv2d_transpose_padded",
                "Conv2DTranspose",
                {
                    "filters": 2,
                    "kernel_size": [3, 3],
                    "strides": [2, 3],
                    "padding": "same",
                    "output_padding": [1, 1],
                },
                IMAGE,
            ),
            ("max_pooling2d", "MaxPooling2D", {"pool_size": [2, 2], "padding": "same"}, IMAGE),
            (
                "average_pooling2d",
                "AveragePooling2D",
                {"pool_size": [2, 3], "strides": [1, 2], "padding": "same"},
                IMAGE,
            ),
            ("adaptive", "AdaptiveAveragePooling2D", {"output_size": [2, 4]}, IMAGE),
            ("global", "GlobalAveragePooling2D", {}, IMAGE),
        )
    ]


# fmt: off
CASES: tuple[Case, ...] = (
    *adaptive_cases(),
    *local_cases(),
    *held_cases(),
    *double_cases(),
    Case("conv1d_lora", "Conv1D", {"filters": 4, "kernel_size": [3], "strides": [1], "lora_rank": 2, "lora_alpha": 5}, (STEPS,)),
    Case("conv2d_lora", "Conv2D", {"filters": 4, "kernel_size": [2, 3], "strides": [1, 1], "lora_rank": 2, "padding": "same"}, (IMAGE,)),
    Case("conv2d_bfloat16", "Conv2D", {"filters": 3, "kernel_size": [2, 2], "strides": [1, 1], "dtype": "mixed_bfloat16"}, (IMAGE,)),
    Case("depthwise_float16", "DepthwiseConv2D", {"kernel_size": [2, 2], "strides": [1, 1], "dtype": "float16"}, (IMAGE,)),
    Case("conv1d_transpose_float16", "Conv1DTranspose", {"filters": 3, "kernel_size": [2], "strides": [2], "dtype": "mixed_float16"}, (STEPS,)),
    Case("average_pooling_float16", "AveragePooling2D", {"pool_size": [2, 2], "dtype": "float16"}, (IMAGE,)),
)
# fmt: on
