#!/usr/bin/env bash
# One would guess, and its documentation says, that RandomCrop gives images of its height and width in prediction too:
# resized, and cropped in the middle. From Keras 3.8 on it gives the whole image, while the model's output_shape goes on
# stating the cropped one. A Dense behind it is built for the stated shape and cannot be called; where only convolutions
# and global pooling follow, the model predicts from images of another size than it was trained on, without a word.
# Seen with keras 3.15.1 on the JAX backend; Keras 3.5 resizes and crops. It bites whoever sizes buffers, or an exported
# graph, by output_shape.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    keras==3.15.1 jax==0.10.2 numpy==2.4.6
cd "$place"
export KERAS_BACKEND=jax JAX_PLATFORMS=cpu
"$place/env/bin/python" - <<'PYTHON'
import sys
import numpy as np
import keras

model = keras.Sequential([keras.Input((6, 5, 3)), keras.layers.RandomCrop(4, 3)])
images = np.arange(180, dtype="float32").reshape(2, 6, 5, 3)
found = model.predict(images, verbose=0)
print(f"stated {model.output_shape}, given {found.shape}, the input itself: {np.array_equal(found, images)}")

behind = keras.Sequential(
    [keras.Input((6, 5, 3)), keras.layers.RandomCrop(4, 3), keras.layers.Flatten(), keras.layers.Dense(1)]
)
try:
    behind.predict(images, verbose=0)
    called = True
except Exception as error:
    print(f"a Dense behind it, built for {behind.layers[-1].kernel.shape[0]} numbers: {type(error).__name__}")
    called = False
if found.shape != images.shape or model.output_shape != (None, 4, 3, 3) or called:
    sys.exit("changed: RandomCrop now gives in prediction what it states")
PYTHON
