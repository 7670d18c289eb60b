#!/usr/bin/env bash
# One would guess that a StringLookup comes back from its .keras file with the vocabulary it was saved with.
# The vocabulary is written one token a line and read back by every kind of line end that Python's splitlines knows: a token
# that contains a newline, U+2028, U+0085 or a form feed becomes two, and all ids after it move up by one. The embedding
# rows do not move with them. Nothing is raised; config.json still holds the old size.
# Seen with keras 3.15.1 on tensorflow-cpu 2.21.0 (about 600 MB to install). Such characters are common in text taken from web pages
# and word processors; only the words after the first of them are wrong.
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
import tensorflow as tf
import keras

lookup = keras.layers.StringLookup()
lookup.adapt(["yes"] * 4 + ["first\u2028second"] * 3 + ["no"] * 2 + ["maybe"])
model = keras.Sequential([keras.Input((1,), dtype="string"), lookup])
model.save("model.keras")
loaded = keras.models.load_model("model.keras")
words = tf.constant([["yes"], ["no"], ["maybe"]])
before, after = (np.asarray(m(words)).ravel().tolist() for m in (model, loaded))
print("vocabulary before", [str(t) for t in lookup.get_vocabulary()])
print("vocabulary after ", [str(t) for t in loaded.layers[0].get_vocabulary()])
print("ids of yes, no, maybe: before", before, "after", after)
if before != [1, 3, 4] or after != [1, 4, 5]:
    sys.exit("changed: the vocabulary survives saving")
PYTHON
