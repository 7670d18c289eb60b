#!/usr/bin/env bash
# One would guess that an importer that returns every step of an LSTM returns every step of a GRU.
# OpenCV 5 returns all three steps of the one; of the other, for the same first output Y, only the last,
# with an axis fewer than the file declares. The number that is there is right.
# Seen with opencv-python-headless 5.0.0.93; onnxruntime 1.32.0 gives all. It matters for Keras GRU(return_sequences=True) on
# OpenCV's small runtime: what follows may broadcast the last step over all.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 opencv-python-headless==5.0.0.93
cd "$place"
"$place/env/bin/python" - <<'PYTHON'
import sys
import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import parser

steps = np.array([1, 2, 3], np.float32).reshape(3, 1, 1)
shapes = {}
for op, gates in (("LSTM", 4), ("GRU", 3)):
    weights, biases = ", ".join(["0.5"] * gates), ", ".join(["0.5"] * (2 * gates))
    onnx.save(parser.parse_model(f'''<ir_version: 8, opset_import: ["": 14]>
        g (float[3,1,1] x) => (float[3,1,1,1] y)
        <float[1,{gates},1] w = {{{weights}}}, float[1,{2 * gates}] b = {{{biases}}}>
        {{ y = {op} <hidden_size = 1> (x, w, w, b) }}'''), "model.onnx")
    network = cv2.dnn.readNetFromONNX("model.onnx")
    network.setInput(steps)
    whole, seen = onnxruntime.InferenceSession("model.onnx").run(None, {"x": steps})[0], network.forward()
    shapes[op] = (whole.shape, seen.shape)
    print(op, "onnxruntime", whole.shape, whole.ravel(), "OpenCV", seen.shape, seen.ravel())
last = np.allclose(seen.ravel(), whole.ravel()[-1:], atol=1e-5)
if shapes["LSTM"][1] != (3, 1, 1, 1) or seen.size != 1 or not last:
    sys.exit(f"changed: the shapes are now {shapes}")
PYTHON
