#!/usr/bin/env bash
# One would guess that a model comes back from its file giving what it gave before.
# Keras 3 before 3.15 leaves the output_padding of transposed convolutions out of the file: what is loaded gives fewer rows
# and columns, without a word. Seen with Keras 3.14.1 on JAX 0.8.0: a picture of 8 by 8 before saving to .keras, 7 by 7 after;
# the same from to_json. Keras 2.15 and 3.15.0 save the option. Whoever has only the file cannot know: compare the shape with
# that of the trained model.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv "$place/env"
"$place/env/bin/pip" install --quiet --disable-pip-version-check keras==3.14.1 jax==0.8.0 numpy==2.3.4
KERAS_BACKEND=jax "$place/env/bin/python" - <<'SCRIPT'
import keras
import numpy as np

plain = keras.layers.Conv2DTranspose(1, 3, strides=2, name="plain")
padded = keras.layers.Conv2DTranspose(1, 3, strides=2, output_padding=1, name="padded")
shapes = {}
for each in (plain, padded):
    model = keras.Sequential([keras.Input((3, 3, 1)), each])
    model.save("model.keras")
    back = keras.saving.load_model("model.keras")
    written = keras.models.model_from_json(model.to_json())
    shapes[each.name] = [tuple(m(np.zeros((1, 3, 3, 1))).shape) for m in (model, back, written)]
    print(each.name.ljust(7), "before, from .keras, from JSON:", *shapes[each.name])
print(keras.__version__, "has output_padding in its config:", "output_padding" in padded.get_config())
before, loaded, written = shapes["padded"]
if before == loaded or loaded != written or "output_padding" in padded.get_config():
    raise SystemExit("changed: what is loaded has the sizes of what was saved")
SCRIPT
