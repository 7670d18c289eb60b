#!/usr/bin/env bash
# One would guess that model.export(format="onnx") writes the operations it knows so that they give the same numbers.
# keras.ops.floor_divide and mod of int32 are written with ONNX's cutting division: -7 // 2 is -4 in Keras and -3 in the
# exported file, -7 mod 3 is 2 and becomes -1. Of floats, and of positive numbers, both are right, so a test with
# ordinary data passes.
# Seen with keras 3.15.1, tf2onnx 1.17.0, tensorflow-cpu 2.21.0 (about 600 MB to install), run in onnxruntime 1.32.0. It matters for
# days, offsets and bucket numbers counted from a reference in the middle.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    keras==3.15.1 tensorflow-cpu==2.21.0 tf2onnx==1.17.0 onnx==1.23.2 onnxruntime==1.32.0
cd "$place"
export TF_CPP_MIN_LOG_LEVEL=3 PYTHONWARNINGS=ignore KERAS_BACKEND=tensorflow
"$place/env/bin/python" - <<'PYTHON'
import contextlib
import io
import sys
import numpy as np
import keras
import onnxruntime

values = np.array([[-7, 7, -1]], np.int32)
def both(operation):
    inputs = keras.Input((3,), dtype="int32")
    model = keras.Model(inputs, operation(inputs))
    here = np.asarray(model(values)).ravel().tolist()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        model.export("model.onnx", format="onnx", verbose=False)
    session = onnxruntime.InferenceSession("model.onnx")
    return here, session.run(None, {session.get_inputs()[0].name: values})[0].ravel().tolist()

seen = {"floor_divide(x, 2)": both(lambda x: keras.ops.floor_divide(x, 2)), "mod(x, 3)": both(lambda x: keras.ops.mod(x, 3))}
for name, (here, exported) in seen.items():
    print(f"{name:19} of {values.ravel().tolist()}: Keras {here}, exported file {exported}")
if list(seen.values()) != [([-4, 3, -1], [-3, 3, 0]), ([2, 1, 2], [-1, 1, -1])]:
    sys.exit("changed: the exported file agrees, or differs in another way")
PYTHON
