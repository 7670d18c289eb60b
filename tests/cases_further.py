"""Cases that tell what no other does: large and tiny numbers, and equations that are no product.

``make_recorded_layers.py`` runs them through Keras and writes ``recorded_further.npz``.
"""
# ruff: noqa: E501 - a table reads best with one line a case, however long

from pathlib import Path

import numpy as np
from layer_case import Case

RECORDED = Path(__file__).with_name("recorded_further.npz")

LARGE = np.array([[1000, 998.5, -1000, 3], [-2000, -1999, -2001, -1998]], np.float32)
TINY = np.array([[3e-7, -2e-7, 1e-7, 0, 0], [0, 0, 0, 0, 0], [1e-8, 2e-8, 0, 0, -3e-8]], np.float32)
WHOLE = np.arange(-40, 80, dtype=np.int32).reshape(2, 5, 6, 2) % 37 - 30

# fmt: off
CASES: tuple[Case, ...] = (
    Case("softmax_large", "Activation", {"activation": "softmax"}, (LARGE,)),
    Case("log_softmax_large", "Activation", {"activation": "log_softmax"}, (LARGE,)),
    Case("softmax_axes_large", "Softmax", {"axis": [1, 2]}, (LARGE.reshape(2, 2, 2),)),
    Case("prelu_float64", "PReLU", {"dtype": "float64"}, ((3, 5),)),
    Case("dense_int8_tiny", "Dense", {"units": 4}, (TINY,), {"quantization": "int8", "quantize_inputs": True}),
    Case("einsum_dense_each", "EinsumDense", {"equation": "abc,bcd->abd", "output_shape": [3, 4], "bias_axes": "d"}, ((2, 3, 5),)),
    Case("einsum_dense_each_plain", "EinsumDense", {"equation": "abc,bcd->abd", "output_shape": [3, 4]}, ((2, 3, 5),)),
    Case("einsum_dense_none_added", "EinsumDense", {"equation": "abc,c->ab", "output_shape": [3]}, ((2, 3, 5),)),
    Case("einsum_dense_front", "EinsumDense", {"equation": "abc,bd->adc", "output_shape": [4, 5], "bias_axes": "d"}, ((2, 3, 5),)),
    Case("einsum_dense_two_summed", "EinsumDense", {"equation": "abc,bcd->ad", "output_shape": 4, "bias_axes": "d"}, ((2, 3, 5),)),
    Case("soft_shrink_below", "Activation", {"activation": ("soft_shrink", {"threshold": -0.5})}, (LARGE / 1000,)),
    Case("depthwise_conv2d_wide", "DepthwiseConv2D", {"kernel_size": [2, 4], "strides": [1, 1], "depth_multiplier": 2}, ((2, 3, 5, 3),)),
    Case("conv2d_transpose_padded_once", "Conv2DTranspose", {"filters": 2, "kernel_size": [4, 5], "strides": [2, 3], "padding": "same", "output_padding": [1, 0]}, ((2, 3, 4, 2),)),
    Case("conv2d_transpose_padded_behind", "Conv2DTranspose", {"filters": 2, "kernel_size": [2, 3], "strides": [2, 3], "output_padding": [0, 2]}, ((2, 3, 4, 2),)),
    Case("batch_normalization_no_scale", "BatchNormalization", {"scale": False}, ((2, 3, 4),)),
    Case("batch_normalization_no_center", "BatchNormalization", {"center": False}, ((2, 3, 4),)),
    Case("conv2d_dilated_once", "Conv2D", {"filters": 3, "kernel_size": [3, 2], "strides": [1, 1], "dilation_rate": [1, 2]}, ((2, 5, 6, 2),)),
    Case("conv1d_same_small", "Conv1D", {"filters": 3, "kernel_size": [1], "strides": [2], "padding": "same"}, ((2, 6, 3),)),
    Case("reshape_rest", "Reshape", {"target_shape": [2, -1]}, ((2, 3, 4),)),
    Case("max_pooling2d_integers", "MaxPooling2D", {"pool_size": [2, 3], "strides": [2, 2], "padding": "same"}, (WHOLE,)),
    Case("flatten_flat", "Flatten", {}, ((2, 5),)),
    Case("flatten_channels_first_rank3", "Flatten", {"data_format": "channels_first"}, ((2, 3, 4),)),
)
# fmt: on
