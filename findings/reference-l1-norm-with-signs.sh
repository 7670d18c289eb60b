#!/usr/bin/env bash
# One would guess that LpNormalization with p=1 divides by the sum of magnitudes, which is what an L1 norm is.
# onnx.reference divides by the plain sum: [3, -1] becomes [1.5, -0.5] instead of [0.75, -0.25], and a row
# that sums to zero, [2, -2], comes back as zeros, although its norm is 4.
# Seen with onnx 1.23.2; onnxruntime 1.32.0 is right. It matters to whoever takes the reference as the
# judge of a converted model.
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
    g (float[n, 2] x) => (float[n, 2] y) { y = LpNormalization <axis = 1, p = 1> (x) }''')
rows = np.array([[3, 1], [3, -1], [2, -2]], np.float32)
with np.errstate(divide="ignore", invalid="ignore"):
    reference = ReferenceEvaluator(model).run(None, {"x": rows})[0]
runtime = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": rows})[0]
print("rows       ", rows.tolist())
print("onnxruntime", runtime.tolist())
print("reference  ", reference.tolist())
right = np.allclose(runtime, [[0.75, 0.25], [0.75, -0.25], [0.5, -0.5]])
if not (right and np.allclose(reference, [[0.75, 0.25], [1.5, -0.5], [0, 0]])):
    sys.exit("changed: the two no longer differ in the L1 norm of rows with negative entries")
PYTHON
