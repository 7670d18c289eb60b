"""Single layers with what Keras computed for them: one line a case.

``make_recorded_layers.py`` runs every case through Keras and writes ``recorded_layers.npz`` and,
of the families that have a table of their own, an archive beside it:
``<name>/in_0`` ..., ``<name>/var/<variable>``, ``<name>/out``. ``build`` makes a model of each.
"""
# ruff: noqa: E501 - a table reads best with one line a case, however long

from pathlib import Path
from typing import Any

import cases_further
import cases_images
import cases_space
import cases_text
import numpy as np
from activation_cases import EDGES, activation_cases, floats
from layer_case import Case, build, describe, inputs_of, single

from keronyx.converter.tensors import Array

__all__ = [
    "ARCHIVES",
    "CASES",
    "RECORDED",
    "UNRECORDED",
    "Case",
    "build",
    "describe",
    "inputs_of",
    "records",
    "single",
]

RECORDED = Path(__file__).with_name("recorded_layers.npz")


def ints(*rows: Any) -> Array:
    return np.array(rows, np.int32)


def wrap(class_name: str, **config: Any) -> dict[str, Any]:
    """Return the config of a layer that another one holds."""
    names = {"module": "keras.layers", "class_name": class_name, "registered_name": None}
    return names | {"config": config}


NORMALIZED = floats([3, 4, 0], [0, 0, 0], [1e-20, 0, 0], [-5, 12, 84])
MASKED = np.where(
    np.arange(24).reshape(2, 4, 3) // 3 % 3 == 1, np.float32(0.1), floats(*np.eye(3))[0]
)
IMAGES = (2, 4, 5, 6)
IDS = ints([1, 4, 0], [2, 2, 3])
WORDS = np.array([["cat", "dog", ""], ["bird", "cat", "cow"]])
TOKENS = np.array([[7, 9, 0], [5, 7, -1]], np.int64)
BINS = floats([-2, -1, 0.1], [0.5, 2, 7])
VOCABULARY = ["cat", "dog", "cow"]
IDF = [0.5, 1.5, 0.25]

# fmt: off
LAYERS: tuple[Case, ...] = (
    *activation_cases(),
    Case("act_hard_sigmoid_keras2", "Activation", {"activation": "hard_sigmoid"}, (EDGES,), {"activation": ("hard_sigmoid", {"slope": 0.2})}, keras=2),
    Case("act_relu_integers", "Activation", {"activation": "relu"}, (ints([-1, 0, 2], [3, -4, 5]),)),
    Case("relu", "ReLU", {}, (EDGES,)),
    Case("relu_all", "ReLU", {"max_value": 2.5, "negative_slope": 0.25, "threshold": 0.75}, (EDGES,)),
    Case("relu_threshold", "ReLU", {"threshold": 0.75}, (EDGES,)),
    Case("relu_keras2", "ReLU", {"max_value": 2.5, "negative_slope": 0.25, "threshold": 0.75}, (EDGES,), keras=2),
    Case("leaky_relu", "LeakyReLU", {}, (EDGES,)),
    Case("leaky_relu_slope", "LeakyReLU", {"negative_slope": 0.05}, (EDGES,)),
    Case("elu", "ELU", {}, (EDGES,)),
    Case("elu_alpha", "ELU", {"alpha": 0.3}, (EDGES,)),
    Case("thresholded_relu", "ThresholdedReLU", {"theta": 0.75}, (EDGES,), keras=2),
    Case("softmax", "Softmax", {}, (EDGES,)),
    Case("softmax_axis", "Softmax", {"axis": 1}, ((2, 3, 4),)),
    Case("softmax_axes", "Softmax", {"axis": [1, 2]}, ((2, 3, 4),)),
    Case("prelu", "PReLU", {}, ((3, 5),)),
    Case("prelu_shared", "PReLU", {"shared_axes": [1]}, ((2, 3, 4),)),

    Case("identity", "Identity", {}, ((2, 3),)),
    Case("masking", "Masking", {}, (floats([0, 0, 1], [0, 0, 0], [2, 0, 0])[None],)),
    Case("masking_value", "Masking", {"mask_value": 0.1}, (MASKED,)),
    Case("masking_integers", "Masking", {"mask_value": 2}, (ints([2, 2], [2, 0], [2, 2])[None],)),
    Case("masking_mixed", "Masking", {"mask_value": 0.1, "dtype": "mixed_float16"}, (MASKED,)),
    Case("dense", "Dense", {"units": 4}, ((3, 5),)),
    Case("dense_relu", "Dense", {"units": 4, "activation": "relu"}, ((3, 5),)),
    Case("dense_no_bias", "Dense", {"units": 4, "use_bias": False, "activation": "softmax"}, ((3, 5),)),
    Case("dense_rank3", "Dense", {"units": 4, "activation": "tanh"}, ((2, 3, 5),)),
    Case("dense_rank4", "Dense", {"units": 3}, ((2, 2, 3, 4),)),
    Case("dense_integers", "Dense", {"units": 4}, (IDS,)),
    Case("dense_glu", "Dense", {"units": 4, "activation": "glu"}, ((3, 5),)),
    Case("dense_lora", "Dense", {"units": 4, "lora_rank": 2}, ((3, 5),)),
    Case("dense_lora_alpha", "Dense", {"units": 4, "lora_rank": 2, "lora_alpha": 3.0}, ((3, 5),)),
    Case("dense_float64", "Dense", {"units": 4, "dtype": "float64"}, ((3, 5),)),
    Case("dense_float16", "Dense", {"units": 4, "dtype": "float16"}, ((3, 5),)),
    Case("dense_mixed_float16", "Dense", {"units": 4, "dtype": "mixed_float16", "activation": "tanh"}, ((3, 5),)),
    Case("dense_mixed_bfloat16", "Dense", {"units": 4, "dtype": "mixed_bfloat16"}, ((3, 5),)),
    Case("dense_int8", "Dense", {"units": 5, "activation": "tanh"}, ((4, 7),), {"quantization": "int8", "quantize_inputs": True}),
    Case("dense_int8_rank3", "Dense", {"units": 5, "use_bias": False}, ((2, 3, 7),), {"quantization": "int8", "quantize_inputs": True}),
    Case("dense_int8_weights", "Dense", {"units": 5}, ((4, 7),), {"quantization": "int8"}),
    Case("dense_int8_float64", "Dense", {"units": 5, "dtype": "float64"}, ((4, 7),), {"quantization": "int8", "quantize_inputs": True}),
    Case("dense_int8_lora", "Dense", {"units": 5}, ((4, 7),), {"quantization": "int8", "quantize_inputs": True, "lora_rank": 2, "lora_alpha": 3.0}),
    Case("dense_int4", "Dense", {"units": 5}, ((4, 7),), {"quantization": "int4/-1"}),
    Case("dense_int4_even", "Dense", {"units": 6}, ((4, 7),), {"quantization": "int4/-1"}),
    Case("dense_int4_block", "Dense", {"units": 5, "activation": "relu"}, ((4, 11),), {"quantization": "int4/4"}),
    Case("einsum_dense", "EinsumDense", {"equation": "ab,bc->ac", "output_shape": 4, "bias_axes": "c"}, ((3, 5),)),
    Case("einsum_dense_rank3", "EinsumDense", {"equation": "abc,cd->abd", "output_shape": [None, 4], "bias_axes": "d", "activation": "relu"}, ((2, 3, 5),)),
    Case("einsum_dense_two", "EinsumDense", {"equation": "abc,cde->abde", "output_shape": [None, 2, 4], "bias_axes": "de"}, ((2, 3, 5),)),
    Case("einsum_dense_inner_bias", "EinsumDense", {"equation": "abc,cd->abd", "output_shape": [3, 4], "bias_axes": "b"}, ((2, 3, 5),)),
    Case("einsum_dense_left", "EinsumDense", {"equation": "...x,xy->...y", "output_shape": 4, "bias_axes": "y"}, ((2, 3, 5),)),
    Case("einsum_dense_permuted", "EinsumDense", {"equation": "abc,bd->adc", "output_shape": [4, 5]}, ((2, 3, 5),)),
    Case("einsum_dense_lora", "EinsumDense", {"equation": "abc,cde->abde", "output_shape": [None, 2, 4], "lora_rank": 2, "lora_alpha": 4.0}, ((2, 3, 5),)),
    Case("embedding", "Embedding", {"input_dim": 5, "output_dim": 3}, (IDS,)),
    Case("embedding_floats", "Embedding", {"input_dim": 5, "output_dim": 3}, (floats([0.0, 1.9, 4.0], [2.5, 3.99, 0.7]),)),
    Case("embedding_masked", "Embedding", {"input_dim": 5, "output_dim": 3, "mask_zero": True}, (IDS,)),
    Case("embedding_lora", "Embedding", {"input_dim": 5, "output_dim": 3, "lora_rank": 2, "lora_alpha": 3.0}, (IDS,)),

    Case("add", "Add", {}, ((2, 3), (2, 3), (2, 3))),
    Case("add_one", "Add", {}, ((2, 3), (2, 1))),
    Case("add_ranks", "Add", {}, ((2, 3), (2, 4, 3), (2, 5, 1, 3))),
    Case("subtract", "Subtract", {}, ((2, 3), (2, 3))),
    Case("subtract_ranks", "Subtract", {}, ((2, 3), (2, 4, 3))),
    Case("multiply", "Multiply", {}, ((2, 3), (2, 3), (2, 1))),
    Case("average", "Average", {}, ((2, 3), (2, 3), (2, 3))),
    Case("maximum", "Maximum", {}, ((2, 3), (2, 3), (2, 3))),
    Case("minimum", "Minimum", {}, ((2, 3), (2, 3), (2, 3))),
    Case("concatenate", "Concatenate", {}, ((2, 3), (2, 1), (2, 4))),
    Case("concatenate_axis", "Concatenate", {"axis": 1}, ((2, 3, 4), (2, 1, 4))),
    Case("dot", "Dot", {"axes": 1}, ((3, 5), (3, 5))),
    Case("dot_normalized", "Dot", {"axes": 1, "normalize": True}, (NORMALIZED, NORMALIZED[::-1].copy())),
    Case("dot_normalized_keras2", "Dot", {"axes": 1, "normalize": True}, (NORMALIZED, NORMALIZED[::-1].copy()), {"minimum_norm": 1e-6}, keras=2),
    Case("dot_axes", "Dot", {"axes": [2, 1]}, ((2, 3, 5), (2, 5, 4))),
    Case("dot_ranks", "Dot", {"axes": [1, 2]}, ((2, 5), (2, 3, 5))),
    Case("dot_ranks_swapped", "Dot", {"axes": [1, 1]}, ((2, 5, 3), (2, 5))),
    Case("dot_negative", "Dot", {"axes": -1, "normalize": True}, ((2, 3, 5), (2, 4, 5))),
    Case("dot_axes_normalized", "Dot", {"axes": [2, 1], "normalize": True}, ((2, 3, 5), (2, 5, 4))),
    Case("dot_rank4", "Dot", {"axes": [2, 3]}, ((2, 3, 5, 4), (2, 2, 3, 5))),

    Case("batch_normalization", "BatchNormalization", {}, ((4, 5),)),
    Case("batch_normalization_axis", "BatchNormalization", {"axis": 1, "epsilon": 0.1}, ((2, 3, 4),)),
    Case("batch_normalization_plain", "BatchNormalization", {"center": False, "scale": False}, ((4, 5),)),
    Case("batch_normalization_scale", "BatchNormalization", {"center": False}, ((4, 5),)),
    Case("batch_normalization_center", "BatchNormalization", {"scale": False}, ((4, 5),)),
    Case("batch_normalization_rank4", "BatchNormalization", {"axis": -2}, (IMAGES,)),
    Case("batch_normalization_mixed", "BatchNormalization", {"dtype": "mixed_float16"}, ((4, 5),)),
    Case("layer_normalization", "LayerNormalization", {}, ((4, 5),)),
    Case("layer_normalization_axis", "LayerNormalization", {"axis": 1, "epsilon": 0.1}, ((2, 3, 4),)),
    Case("layer_normalization_axes", "LayerNormalization", {"axis": [1, 3]}, (IMAGES,)),
    Case("layer_normalization_plain", "LayerNormalization", {"center": False, "scale": False}, ((4, 5),)),
    Case("layer_normalization_rms", "LayerNormalization", {"rms_scaling": True}, ((4, 5),)),
    Case("rms_normalization", "RMSNormalization", {}, ((4, 5),)),
    Case("rms_normalization_axes", "RMSNormalization", {"axis": [1, 2], "epsilon": 0.01}, ((2, 3, 4),)),
    Case("group_normalization", "GroupNormalization", {"groups": 3}, (IMAGES,)),
    Case("group_normalization_rank2", "GroupNormalization", {"groups": 2}, ((4, 6),)),
    Case("group_normalization_axis", "GroupNormalization", {"groups": 2, "axis": 1}, (IMAGES,)),
    Case("group_normalization_negative", "GroupNormalization", {"groups": 5, "axis": -2, "scale": False}, (IMAGES,)),
    Case("group_normalization_instance", "GroupNormalization", {"groups": -1, "center": False}, (IMAGES,)),
    Case("unit_normalization", "UnitNormalization", {}, (NORMALIZED,)),
    Case("unit_normalization_axes", "UnitNormalization", {"axis": [1, 2]}, ((2, 3, 4),)),
    Case("unit_normalization_keras2", "UnitNormalization", {}, (NORMALIZED,), {"minimum_norm": 1e-6}, keras=2),
    Case("spectral_normalization", "SpectralNormalization", {"layer": wrap("Dense", units=4)}, ((3, 5),)),

    Case("rescaling", "Rescaling", {"scale": 1 / 255, "offset": -0.5}, ((2, 3),)),
    Case("rescaling_lists", "Rescaling", {"scale": [1.0, 2.0, 0.5], "offset": [0.0, -1.0, 1.0]}, ((2, 3),)),
    Case("rescaling_integers", "Rescaling", {"scale": 0.1}, (IDS,)),
    Case("normalization", "Normalization", {}, ((4, 3),)),
    Case("normalization_axes", "Normalization", {"axis": [1, 3]}, (IMAGES,)),
    Case("normalization_no_axis", "Normalization", {"axis": None}, ((4, 3),)),
    Case("normalization_invert", "Normalization", {"invert": True}, ((4, 3),)),
    Case("normalization_given", "Normalization", {"mean": 1.5, "variance": 4.0}, ((4, 3),)),
    Case("normalization_given_lists", "Normalization", {"mean": [1.0, 2.0, 3.0], "variance": [4.0, 0.0, 0.25]}, ((4, 3),)),
    Case("normalization_given_axis", "Normalization", {"axis": 1, "mean": [1.0, 2.0, 3.0], "variance": [4.0, 2.0, 0.25], "invert": True}, ((2, 3, 4),)),
    Case("category_encoding", "CategoryEncoding", {"num_tokens": 6}, (IDS,)),
    Case("category_encoding_one_hot", "CategoryEncoding", {"num_tokens": 6, "output_mode": "one_hot"}, (IDS,)),
    Case("category_encoding_one_hot_column", "CategoryEncoding", {"num_tokens": 6, "output_mode": "one_hot"}, (IDS[:, :1].copy(),)),
    Case("category_encoding_one_hot_rank1", "CategoryEncoding", {"num_tokens": 6, "output_mode": "one_hot"}, (np.array([3], np.int32),)),
    Case("category_encoding_one_hot_outside", "CategoryEncoding", {"num_tokens": 4, "output_mode": "one_hot"}, (ints([3, 4, -1]),)),
    Case("category_encoding_outside", "CategoryEncoding", {"num_tokens": 4}, (ints([3, 4, 5]),)),
    Case("category_encoding_count", "CategoryEncoding", {"num_tokens": 6, "output_mode": "count"}, (IDS,)),
    Case("category_encoding_weights", "CategoryEncoding", {"num_tokens": 6, "output_mode": "count"}, (IDS, (2, 3))),
    Case("discretization", "Discretization", {"bin_boundaries": [-1.0, 0.1, 2.0]}, (BINS,)),
    Case("discretization_integers", "Discretization", {"bin_boundaries": [1.0, 3.0]}, (IDS,)),
    Case("discretization_one_hot", "Discretization", {"bin_boundaries": [-1.0, 0.1, 2.0], "output_mode": "one_hot"}, (BINS,)),
    Case("discretization_multi_hot", "Discretization", {"bin_boundaries": [-1.0, 0.1, 2.0], "output_mode": "multi_hot"}, (BINS,)),
    Case("discretization_count", "Discretization", {"bin_boundaries": [-1.0, 0.1, 2.0], "output_mode": "count"}, (BINS,)),
    Case("string_lookup", "StringLookup", {"vocabulary": VOCABULARY}, (WORDS,)),
    Case("string_lookup_masked", "StringLookup", {"vocabulary": VOCABULARY, "mask_token": ""}, (WORDS,)),
    Case("string_lookup_no_oov", "StringLookup", {"vocabulary": VOCABULARY, "num_oov_indices": 0}, (WORDS[:, :1].copy()[:1],)),
    Case("string_lookup_one_hot", "StringLookup", {"vocabulary": VOCABULARY, "output_mode": "one_hot"}, (WORDS,)),
    Case("string_lookup_multi_hot", "StringLookup", {"vocabulary": VOCABULARY, "output_mode": "multi_hot", "mask_token": ""}, (WORDS,)),
    Case("string_lookup_count", "StringLookup", {"vocabulary": VOCABULARY, "output_mode": "count"}, (WORDS,)),
    Case("string_lookup_padded", "StringLookup", {"vocabulary": VOCABULARY, "output_mode": "count", "max_tokens": 6, "pad_to_max_tokens": True}, (WORDS,)),
    Case("string_lookup_tf_idf", "StringLookup", {"vocabulary": VOCABULARY, "output_mode": "tf_idf", "idf_weights": IDF}, (WORDS,)),
    Case("string_lookup_tf_idf_padded", "StringLookup", {"vocabulary": VOCABULARY, "output_mode": "tf_idf", "idf_weights": IDF, "max_tokens": 6, "pad_to_max_tokens": True}, (WORDS,)),
    Case("string_lookup_inverse", "StringLookup", {"vocabulary": VOCABULARY, "invert": True}, (IDS,)),
    Case("string_lookup_inverse_masked", "StringLookup", {"vocabulary": VOCABULARY, "invert": True, "mask_token": "-"}, (IDS,)),
    Case("integer_lookup", "IntegerLookup", {"vocabulary": [5, 7, 9]}, (TOKENS,)),
    Case("integer_lookup_masked", "IntegerLookup", {"vocabulary": [5, 7, 9], "mask_token": 0}, (TOKENS,)),
    Case("integer_lookup_multi_hot", "IntegerLookup", {"vocabulary": [5, 7, 9], "output_mode": "multi_hot", "mask_token": 0}, (TOKENS,)),
    Case("integer_lookup_inverse", "IntegerLookup", {"vocabulary": [5, 7, 9], "invert": True, "mask_token": 0, "oov_token": -5}, (TOKENS,)),

    Case("activity_regularization", "ActivityRegularization", {"l1": 0.1}, ((2, 3),)),
    Case("alpha_dropout", "AlphaDropout", {"rate": 0.5}, ((2, 3),)),
    Case("dropout", "Dropout", {"rate": 0.5}, ((2, 3),)),
    Case("gaussian_dropout", "GaussianDropout", {"rate": 0.5}, ((2, 3),)),
    Case("gaussian_noise", "GaussianNoise", {"stddev": 0.5}, ((2, 3),)),
    Case("spatial_dropout_1d", "SpatialDropout1D", {"rate": 0.5}, ((2, 3, 4),)),
    Case("spatial_dropout_2d", "SpatialDropout2D", {"rate": 0.5}, (IMAGES,)),
    Case("spatial_dropout_3d", "SpatialDropout3D", {"rate": 0.5}, ((2, 2, 3, 2, 2),)),
    Case("random_brightness", "RandomBrightness", {"factor": 0.5}, ((2, 4, 5, 3),)),
    Case("random_contrast", "RandomContrast", {"factor": 0.5}, ((2, 4, 5, 3),)),
    Case("random_flip", "RandomFlip", {}, ((2, 4, 5, 3),)),
    Case("random_rotation", "RandomRotation", {"factor": 0.5}, ((2, 4, 5, 3),)),
    Case("random_translation", "RandomTranslation", {"height_factor": 0.5, "width_factor": 0.5}, ((2, 4, 5, 3),)),
    Case("random_zoom", "RandomZoom", {"height_factor": 0.5}, ((2, 4, 5, 3),)),

    Case("flatten", "Flatten", {}, (IMAGES,)),
    Case("flatten_channels_first", "Flatten", {"data_format": "channels_first"}, (IMAGES,)),
    Case("flatten_rank1", "Flatten", {}, ((3,),)),
    Case("flatten_channels_first_rank1", "Flatten", {"data_format": "channels_first"}, ((3,),)),
    Case("reshape", "Reshape", {"target_shape": [6, 2]}, ((2, 3, 4),)),
    Case("reshape_unknown", "Reshape", {"target_shape": [-1, 2, 2]}, ((2, 3, 4),)),
    Case("permute", "Permute", {"dims": [3, 1, 2]}, (IMAGES,)),
    Case("repeat_vector", "RepeatVector", {"n": 3}, ((2, 4),)),

    Case("time_distributed_dense", "TimeDistributed", {"layer": wrap("Dense", units=4, activation="relu")}, ((2, 3, 5),)),
    Case("time_distributed_flatten", "TimeDistributed", {"layer": wrap("Flatten")}, (IMAGES,)),
    Case("time_distributed_normalization", "TimeDistributed", {"layer": wrap("BatchNormalization", axis=1)}, ((2, 3, 5, 4),)),
    Case("time_distributed_dropout", "TimeDistributed", {"layer": wrap("Dropout", rate=0.5)}, ((2, 3, 5),)),

    Case("conv1d", "Conv1D", {"filters": 4, "kernel_size": [3], "strides": [1]}, ((2, 7, 3),)),
    Case("conv1d_same_strided", "Conv1D", {"filters": 2, "kernel_size": [4], "strides": [3], "padding": "same", "activation": "relu"}, ((2, 7, 3),)),
    Case("conv1d_causal_dilated", "Conv1D", {"filters": 2, "kernel_size": [3], "strides": [1], "dilation_rate": [2], "padding": "causal"}, ((2, 7, 3),)),
    Case("conv1d_softmax", "Conv1D", {"filters": 4, "kernel_size": [2], "strides": [1], "activation": "softmax"}, ((2, 5, 3),)),
    Case("conv2d", "Conv2D", {"filters": 5, "kernel_size": [3, 2], "strides": [1, 1]}, ((2, 6, 5, 3),)),
    Case("conv2d_same_even", "Conv2D", {"filters": 3, "kernel_size": [4, 2], "strides": [2, 3], "padding": "same", "use_bias": False}, ((2, 7, 8, 2),)),
    Case("conv2d_same_dilated", "Conv2D", {"filters": 3, "kernel_size": [3, 2], "strides": [1, 1], "padding": "same", "dilation_rate": [2, 3]}, ((2, 7, 8, 2),)),
    Case("conv2d_groups", "Conv2D", {"filters": 6, "kernel_size": [2, 2], "strides": [1, 1], "groups": 2}, ((2, 4, 5, 4),)),
    Case("conv3d", "Conv3D", {"filters": 3, "kernel_size": [2, 3, 1], "strides": [1, 2, 1], "padding": "same"}, ((2, 4, 5, 3, 2),)),
    Case("conv2d_float16", "Conv2D", {"filters": 3, "kernel_size": [2, 2], "strides": [1, 1], "dtype": "mixed_float16"}, ((2, 4, 5, 2),)),
    Case("depthwise_conv1d", "DepthwiseConv1D", {"kernel_size": [3], "strides": [2], "depth_multiplier": 2, "padding": "same"}, ((2, 6, 3),)),
    Case("depthwise_conv2d", "DepthwiseConv2D", {"kernel_size": [3, 2], "strides": [1, 1], "depth_multiplier": 3}, ((2, 5, 6, 2),)),
    Case("depthwise_conv2d_strided_dilated", "DepthwiseConv2D", {"kernel_size": [2, 2], "strides": [2, 2], "dilation_rate": [2, 2]}, ((2, 6, 6, 2),)),
    Case("separable_conv1d", "SeparableConv1D", {"filters": 4, "kernel_size": [3], "strides": [1], "depth_multiplier": 2, "padding": "same"}, ((2, 6, 3),)),
    Case("separable_conv2d", "SeparableConv2D", {"filters": 4, "kernel_size": [3, 2], "strides": [2, 2], "depth_multiplier": 2, "activation": "elu"}, ((2, 7, 6, 3),)),
    Case("conv1d_transpose", "Conv1DTranspose", {"filters": 2, "kernel_size": [3], "strides": [2], "padding": "same"}, ((2, 4, 3),)),
    Case("conv1d_transpose_valid_gaps", "Conv1DTranspose", {"filters": 2, "kernel_size": [2], "strides": [3]}, ((2, 4, 3),)),
    Case("conv1d_transpose_same_padded", "Conv1DTranspose", {"filters": 2, "kernel_size": [3], "strides": [2], "padding": "same", "output_padding": [0]}, ((2, 4, 3),)),
    Case("conv2d_transpose", "Conv2DTranspose", {"filters": 3, "kernel_size": [4, 3], "strides": [2, 1], "padding": "same", "activation": "tanh"}, ((2, 3, 4, 2),)),
    Case("conv2d_transpose_padded", "Conv2DTranspose", {"filters": 3, "kernel_size": [3, 3], "strides": [2, 3], "output_padding": [1, 2]}, ((2, 3, 2, 2),)),
    Case("conv2d_transpose_dilated", "Conv2DTranspose", {"filters": 2, "kernel_size": [2, 3], "strides": [1, 1], "dilation_rate": [2, 2], "padding": "same"}, ((2, 4, 5, 2),)),
    Case("conv3d_transpose", "Conv3DTranspose", {"filters": 2, "kernel_size": [2, 2, 3], "strides": [2, 1, 2]}, ((2, 2, 3, 2, 2),)),

    Case("max_pooling1d", "MaxPooling1D", {"pool_size": [3], "strides": [2], "padding": "same"}, ((2, 6, 3),)),
    Case("max_pooling2d", "MaxPooling2D", {"pool_size": [2, 3], "strides": [2, 1]}, ((2, 5, 6, 2),)),
    Case("max_pooling2d_same_first", "MaxPooling2D", {"pool_size": [2, 2], "strides": [2, 2], "padding": "same", "data_format": "channels_first"}, ((2, 2, 5, 6),)),
    Case("max_pooling3d", "MaxPooling3D", {"pool_size": [2, 1, 2], "strides": [1, 1, 2]}, ((2, 3, 4, 5, 2),)),
    Case("average_pooling1d", "AveragePooling1D", {"pool_size": [3], "strides": [2], "padding": "same"}, ((2, 6, 3),)),
    Case("average_pooling2d", "AveragePooling2D", {"pool_size": [3, 2], "strides": [2, 2], "padding": "same"}, ((2, 6, 5, 2),)),
    Case("average_pooling3d", "AveragePooling3D", {"pool_size": [2, 2, 3], "strides": [1, 2, 1]}, ((2, 3, 4, 5, 2),)),
    Case("global_max_pooling1d", "GlobalMaxPooling1D", {"keepdims": True}, ((2, 6, 3),)),
    Case("global_max_pooling2d", "GlobalMaxPooling2D", {}, ((2, 5, 6, 2),)),
    Case("global_max_pooling3d", "GlobalMaxPooling3D", {}, ((2, 3, 4, 5, 2),)),
    Case("global_average_pooling1d", "GlobalAveragePooling1D", {}, ((2, 6, 3),)),
    Case("global_average_pooling2d", "GlobalAveragePooling2D", {"keepdims": True, "data_format": "channels_first"}, ((2, 5, 6, 2),)),
    Case("global_average_pooling3d", "GlobalAveragePooling3D", {}, ((2, 3, 4, 5, 2),)),

    Case("zero_padding1d", "ZeroPadding1D", {"padding": [1, 2]}, ((2, 3, 4),), {"padding": ((1, 2),)}),
    Case("zero_padding2d", "ZeroPadding2D", {"padding": [[1, 2], [3, 0]]}, ((2, 3, 4, 2),)),
    Case("zero_padding3d", "ZeroPadding3D", {"padding": [[0, 2], [1, 0], [1, 1]]}, ((2, 3, 2, 4, 2),)),
    Case("cropping1d", "Cropping1D", {"cropping": [1, 2]}, ((2, 6, 4),), {"cropping": ((1, 2),)}),
    Case("cropping2d", "Cropping2D", {"cropping": [[1, 2], [0, 1]], "data_format": "channels_first"}, ((2, 3, 6, 4),)),
    Case("cropping3d", "Cropping3D", {"cropping": [[1, 0], [0, 0], [1, 1]]}, ((2, 3, 2, 4, 2),)),
    Case("up_sampling1d", "UpSampling1D", {"size": 3}, ((2, 3, 4),), {"size": (3,)}),
    Case("up_sampling2d", "UpSampling2D", {"size": [2, 3]}, ((2, 3, 4, 2),)),
    Case("up_sampling3d", "UpSampling3D", {"size": [2, 1, 2]}, ((2, 3, 2, 4, 2),)),
)
# fmt: on

ARCHIVES: dict[Path, tuple[Case, ...]] = {
    RECORDED: LAYERS,
    cases_further.RECORDED: cases_further.CASES,
    cases_images.RECORDED: cases_images.CASES,
    cases_space.RECORDED: cases_space.CASES,
    cases_text.RECORDED: cases_text.CASES,
}
CASES = tuple(case for cases in ARCHIVES.values() for case in cases)


def records() -> dict[str, Array]:
    """Return everything that is recorded."""
    found: dict[str, Array] = {}
    for archive in ARCHIVES:
        with np.load(archive) as arrays:
            found |= arrays
    return found


# Layers that no case can show, and why.
UNRECORDED = {
    "InputLayer": "it is the input",
    "MaxoutDense": "Keras 1 only",
    "Highway": "Keras 1 only",
    "ParametricSoftplus": "Keras 1 only",
    "SReLU": "Keras 1 only",
    "LegacyBatchNormalization": "Keras 1 only",
    "CosineMerge": "Keras 1 only",
    "Deconvolution2D": "Keras 1 only",
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "Bidirectional"), "whole files, tests/recurrent"),
    **dict.fromkeys(("SimpleRNNCell", "GRUCell", "LSTMCell"), "an RNN holds it"),
    **dict.fromkeys(("RNN", "StackedRNNCells"), "whole files, tests/stepped"),
    **{f"ConvLSTM{space}D": "whole files, tests/stepped" for space in (1, 2, 3)},
    **dict.fromkeys(
        ("MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention"),
        "whole files, tests/attention",
    ),
    "ReversibleEmbedding": "whole files, tests/quantized",
    "Pipeline": "it is the layers that it holds, which tests/images shows",
    **dict.fromkeys(("LayerScale", "StochasticDepth", "CustomScaleLayer"), "applications' own"),
}
