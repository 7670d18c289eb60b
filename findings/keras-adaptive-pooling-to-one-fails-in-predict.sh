#!/usr/bin/env bash
# One would guess that a layer that answers when it is called also answers in predict: AdaptiveAveragePooling2D(1) is the
# usual way to pool an image of any size to one pixel.
# On TensorFlow it pools with windows of two sizes, the larger of them one more than the image has, and picks from both.
# Called eagerly TensorFlow gives no window of that size, and the picks are right; traced, as in predict, fit and export,
# it refuses the negative size. AdaptiveMaxPooling2D does the same, and so does any size with a 1 in it, (1, 3) too.
# Seen with keras 3.15.1 on tensorflow-cpu 2.21.0 (about 600 MB to install). A model is built, called and saved without a
# word; it fails where it is trained or used.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    keras==3.15.1 tensorflow-cpu==2.21.0
cd "$place"
export TF_CPP_MIN_LOG_LEVEL=3 PYTHONWARNINGS=ignore KERAS_BACKEND=tensorflow
"$place/env/bin/python" - <<'PYTHON'
import sys
import numpy as np
import keras

images = np.arange(60, dtype="float32").reshape(1, 6, 5, 2)
seen = []
for kind in (keras.layers.AdaptiveAveragePooling2D, keras.layers.AdaptiveMaxPooling2D):
    for size in (1, (1, 3), 2):
        model = keras.Sequential([keras.Input((6, 5, 2)), kind(size)])
        called = np.asarray(model(images))
        try:
            predicted = model.predict(images, verbose=0)
            said = "the same" if np.array_equal(called, predicted) else "other numbers"
        except ValueError as error:
            said = next(line for line in str(error).splitlines() if "Negative" in line).strip("\x1b[01m")[:60]
        print(f"{kind.__name__}({size}): called {called.ravel()[:2].tolist()} ..., predict: {said}")
        seen.append(said.startswith("Negative"))
if seen != [True, True, False] * 2:
    sys.exit("changed: predict answers as a call does")
PYTHON
