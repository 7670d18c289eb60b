#!/usr/bin/env bash
# One would guess that an .h5 file that Keras 3 loads computes what it computed in tf.keras, where it was saved.
# hard_sigmoid(1) was 0.7 and is 0.667: the slope went from 1/5 to 1/6 under the same name. Where two masked inputs meet in Add
# or Multiply a step used to count if both were real, and now counts if either is: the mean of two short texts goes from 2.0
# to 13.67. The file says "keras_version": "2.21.0"; the loader does not act on it.
# Seen with tf_keras 2.21.0 and keras 3.15.1 on tensorflow 2.21.0 (about 600 MB to install). Loading without an error is
# no proof: keep a few predictions of the old library beside the file.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    tf_keras==2.21.0 keras==3.15.1 tensorflow==2.21.0
cd "$place"
export TF_CPP_MIN_LOG_LEVEL=3 PYTHONWARNINGS=ignore KERAS_BACKEND=tensorflow
"$place/env/bin/python" - <<'PYTHON'
import sys
import numpy as np
import keras
import tf_keras
from tf_keras import layers

def both(model, feed):
    model.save("model.h5")
    loaded = keras.models.load_model("model.h5", compile=False)
    return [round(float(np.asarray(m(feed)).item()), 4) for m in (model, loaded)]

dense = layers.Dense(1, activation="hard_sigmoid", kernel_initializer="ones")
seen = {"hard_sigmoid(1)": both(tf_keras.Sequential([tf_keras.Input((1,)), dense]), np.ones((1, 1), np.float32))}
for merge in (layers.Add, layers.Multiply):
    texts = [tf_keras.Input((3,)), tf_keras.Input((3,))]
    tables = [layers.Embedding(3, 1, mask_zero=True), layers.Embedding(3, 1, mask_zero=True)]
    merged = merge()([table(text) for table, text in zip(tables, texts)])
    model = tf_keras.Model(texts, layers.GlobalAveragePooling1D()(merged))
    for table, rows in zip(tables, ([7, 1, 2], [10, 1, 20])):
        table.set_weights([np.array(rows, np.float32).reshape(3, 1)])
    feed = [np.array([[1, 0, 2]], np.float32), np.array([[1, 2, 0]], np.float32)]
    seen[f"masked {merge.__name__}, then mean"] = both(model, feed)
for name, (old, new) in seen.items():
    print(f"{name:28} tf_keras {old:8} Keras 3 {new:8}")
if list(seen.values()) != [[0.7, 0.6667], [2.0, 13.6667], [1.0, 7.6667]]:
    sys.exit("changed: the two libraries agree, or differ in another way")
PYTHON
