#!/usr/bin/env bash
# One would guess that ONNX's own reference evaluator normalises every channel in LRN.
# It counts the channels by the size of the batch: with one image only channel 0 is normalised, the
# others come back as they went in, and the same image in a batch of four gives right numbers.
# Seen with onnx 1.23.2; onnxruntime 1.32.0 gives the formula's values. It matters where a converted
# AlexNet-like Keras model is checked against onnx.reference: the check, not the model, is wrong.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
cd "$place"
"$place/env/bin/python" - <<'PYTHON'
import sys
import numpy as np
import onnxruntime
from onnx import parser
from onnx.reference import ReferenceEvaluator

model = parser.parse_model('''<ir_version: 8, opset_import: ["": 13]>
    g (float[n, 4, 1, 1] x) => (float[n, 4, 1, 1] y) { y = LRN <size = 3, alpha = 1.0, beta = 1.0> (x) }''')
session = onnxruntime.InferenceSession(model.SerializeToString())
image = np.array([1, 2, 3, 4], np.float32).reshape(1, 4, 1, 1)
squares = [5, 14, 29, 25]  # over each channel and its neighbours
right = image.ravel() / (1 + np.array(squares) / 3)
alone = ReferenceEvaluator(model).run(None, {"x": image})[0].ravel()
among_four = ReferenceEvaluator(model).run(None, {"x": np.repeat(image, 4, 0)})[0][0].ravel()
runtime = session.run(None, {"x": image})[0].ravel()
print("formula         ", right)
print("onnxruntime     ", runtime)
print("reference, batch of 1", alone)
print("reference, batch of 4", among_four)
as_seen = np.allclose(alone[1:], [2, 3, 4]) and np.allclose(among_four, right) and np.allclose(runtime, right)
if not as_seen:
    sys.exit("changed: LRN of onnx.reference no longer depends on the size of the batch")
PYTHON
