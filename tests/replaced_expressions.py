"""Expressions that are Python as well: what real Keras made of the very same texts is recorded.

``replaced/make.py`` evaluates every text in Keras 2 and Keras 3, where these have the functions,
and writes ``replaced/recorded.npz``: ``<version>/<text>`` is the output for the inputs of its kind.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

RECORDED = Path(__file__).with_name("replaced") / "recorded.npz"

ROWS: Array = np.array(
    [
        [-3.0, -2.5, -1.0, -0.5, -1e-4, 0.0],
        [0.5, 1.0, 1.5, 2.5, 3.5, 6.5],
        [0.1, 0.2, -0.3, 0.4, -0.6, 0.7],
        [20.0, -20.0, 7.75, -7.25, 100.0, -0.125],
        [255.0, 128.0, 64.0, 0.0, 1.0, 127.5],
    ],
    np.float32,
)
OTHERS: Array = np.ascontiguousarray(ROWS[::-1, ::-1]) * np.float32(0.3) + np.float32(0.1)
IMAGES: Array = (np.arange(72, dtype=np.float32).reshape(2, 3, 4, 3) * 7.3) % 51 - 20
IDS: Array = np.array([[0, 1, 4], [3, 2, 0], [9, 5, 1]], np.int32)

INPUTS: dict[str, tuple[Array, ...]] = {
    "rows": (ROWS,),
    "pair": (ROWS, OTHERS),
    "images": (IMAGES,),
    "ids": (IDS,),
}

BOTH: dict[str, list[str]] = {
    "rows": [
        "x/127.5 - 1",
        "x / 255 - 0.5",
        "1 - x",
        "-x ** 2",
        "(x - 3) * -2 + 0.25",
        "x * (2 / 3) ** 0.5",
        "2 / (abs(x) + 1)",
        "x % 3",
        "x % -2.5",
        "x // 0.75",
        "abs(x) ** 1.5",
        "x ** 3",
        "(abs(x) + 1) ** -2",
        "2 ** minimum(x, 10)",
        "x * [1, 2, 3, 4, 5, 6]",
        "x - [[1.5, 2.5, 3.5, 4.5, 5.5, 6.5]]",
        "exp(-square(x) / 2)",
        "log(abs(x) + 1e-7)",
        "sqrt(abs(x))",
        "round(x) + floor(x) * 10 + ceil(x) * 100",
        "sign(x)",
        "sin(x) * cos(x)",
        "erf(x)",
        "log1p(abs(x)) + expm1(minimum(x, 1))",
        "maximum(x, 0) + minimum(x, 1)",
        "clip(x, -1, 1.5)",
        "where(x > 0, x, 0.1 * x)",
        "where(x >= 1, 1.0, x)",
        "cast(x > 0.5, 'float32')",
        "cast(cast(x, 'int32'), 'float32')",
        "cast(equal(x, 1), 'float32') - cast(not_equal(x, 0), 'float32')",
        "mean(x, axis=-1, keepdims=True)",
        "x - mean(x, axis=1, keepdims=True)",
        "sum(x, axis=1)",
        "max(x, axis=-1, keepdims=True) - min(x, axis=-1, keepdims=True)",
        "(x - mean(x, axis=-1, keepdims=True)) / (std(x, axis=-1, keepdims=True) + 1e-3)",
        "var(x, axis=1)",
        "l2_normalize(x, axis=-1)",
        "l2_normalize(x, 1)",
        "x * sigmoid(x)",
        "x * tanh(softplus(x))",
        "0.5 * x * (1 + erf(x / 2**0.5))",
        "relu6(x + 3) / 6",
        "leaky_relu(x)",
        "elu(x, 0.7)",
        "selu(x)",
        "gelu(x)",
        "silu(x)",
        "softsign(x)",
        "hard_sigmoid(x)",
        "softmax(x)",
        "softmax(x / 10, axis=-1)",
        "log(softmax(x / 50) + 1e-6)",
        "x[:, 0]",
        "x[:, 1:3]",
        "x[:, ::-1]",
        "x[..., -1]",
        "x[:, -3:-1] + x[:, ::3]",
        "x[:, 5:1:-2]",
        "x[:, None, :]",
        "expand_dims(x, -1)",
        "expand_dims(x, 1)",
        "squeeze(expand_dims(x, axis=1), axis=1)",
        "reshape(x, (-1, 2, 3))",
        "transpose(reshape(x, (-1, 2, 3)), (0, 2, 1))",
        "concatenate([x, -x], axis=-1)",
        "stack([x[:, 0], x[:, 2]], axis=1)",
    ],
    "pair": [
        "x[0] - x[1]",
        "abs(x[0] - x[1])",
        "sqrt(maximum(sum(square(x[0] - x[1]), axis=1, keepdims=True), 1e-7))",
        "sum(l2_normalize(x[0], axis=-1) * l2_normalize(x[1], axis=-1), axis=-1, keepdims=True)",
        "concatenate([x[0], x[1], x[0] * x[1]], axis=1)",
        "where(x[0] > x[1], x[0], x[1])",
        "x[0] * x[1][:, 0:1]",
        "x[0] % 0.75 / (abs(x[1]) + 1)",
        "x[1] + sigmoid(x[0]) * exp(0.5 * tanh(x[1]))",
    ],
    "images": [
        "x[..., ::-1]",
        "x[..., ::-1] - [103.939, 116.779, 123.68]",
        "(x / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]",
        "x[:, 1:, :-1, 0:1]",
        "x[:, 0, 1]",
        "mean(x, axis=[1, 2])",
        "max(x, axis=(1, 2))",
        "transpose(x, (0, 3, 1, 2))",
        "reshape(x, (-1, 12, 3))",
        "softmax(x, axis=1)",
        "sum(x, axis=3, keepdims=True) * x",
    ],
    "ids": ["one_hot(x, 6)", "cast(x, 'float32') / 9", "x * 2 + 1", "x[:, ::-1] - 3"],
}
"""Texts by the kind of their inputs."""

ONLY: dict[str, dict[str, list[str]]] = {
    "2": {
        "rows": [
            "relu(x, alpha=0.1, max_value=20)",
            "relu(x, 0.2, 6, 0.5)",
            "K.relu(x, max_value=6.0, threshold=1.0)",
            "tf.nn.leaky_relu(x, alpha=0.05)",
            "tf.math.reduce_mean(x, axis=1, keepdims=True)",
            "K.clip(x, min_value=-1, max_value=1)",
            "tf.clip_by_value(x, clip_value_min=0.5, clip_value_max=2)",
            "K.batch_flatten(reshape(x, (-1, 2, 3)))",
            "K.repeat(x, 3)",
            "K.permute_dimensions(K.repeat(x, 3), (0, 2, 1))",
            "tf.math.rsqrt(abs(x) + 1)",
            "tf.math.reciprocal(x + 0.3)",
            "tf.nn.swish(x)",
            "K.switch(x > 1, x, -x)",
        ],
        "pair": ["K.batch_dot(x[0], x[1], axes=1)", "K.batch_dot(x[0], x[1], axes=(1, 1))"],
    },
    "3": {
        "rows": [
            "relu(x, negative_slope=0.1, max_value=20)",
            "leaky_relu(x, negative_slope=0.05)",
            "gelu(x, approximate=True)",
            "celu(x, alpha=0.4)",
            "mish(x)",
            "hard_silu(x)",
            "log_softmax(x)",
            "glu(x)",
            "squareplus(x)",
            "hard_shrink(x, 0.75)",
            "sparsemax(x)",
            "reciprocal(x + 0.3)",
            "rsqrt(abs(x) + 1)",
            "ops.relu6(ops.multiply(x, 2))",
            "where(x < 1, x, 0.5)",
            "x[:, 4:0:-1]",
            "where(x <= 1, -x, 2 * x)",
        ],
    },
}
"""Texts of functions that one version alone has, or that it spells so."""


def texts(version: str) -> list[tuple[str, str]]:
    """Return (kind, text) of everything that a version has recorded."""
    return [
        (kind, text)
        for table in (BOTH, ONLY[version])
        for kind, listed in table.items()
        for text in listed
    ]
