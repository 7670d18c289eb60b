#!/usr/bin/env bash
# One would guess that an optimiser's fusions keep the numbers.
# onnxoptimizer's pass for Pad and a pool writes the Pad's width into the MaxPool's own pads. The Pad put zeros there, which
# take part in the maximum; the pool's pads never do. At the border of a negative input the answer was 0 and is now negative.
# Seen with onnxoptimizer 0.4.2, before and after in onnxruntime 1.32.0. ZeroPadding2D followed by MaxPooling2D is
# how keras.applications writes the start of ResNet; in the V2 family no ReLU stands before it, so the values there
# can be negative.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    onnxoptimizer==0.4.2 numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
cd "$place"
"$place/env/bin/python" - <<'PYTHON'
import sys
import numpy as np
import onnxoptimizer
import onnxruntime
from onnx import parser

model = parser.parse_model('''<ir_version: 8, opset_import: ["": 13]>
    g (float[1,1,4] x) => (float[1,1,5] y) <int64[6] width = {0, 0, 1, 0, 0, 1}>
    { padded = Pad (x, width) y = MaxPool <kernel_shape = [2]> (padded) }''')
optimised = onnxoptimizer.optimize(model, ["fuse_pad_into_pool"])
values = np.array([-1, -2, -3, -4], np.float32).reshape(1, 1, 4)
before, after = (onnxruntime.InferenceSession(m.SerializeToString()).run(None, {"x": values})[0].ravel().tolist()
                 for m in (model, optimised))
print("before", [n.op_type for n in model.graph.node], before)
print("after ", [n.op_type for n in optimised.graph.node], after)
if before != [0, -1, -2, -3, 0] or after != [-1, -1, -2, -3, -4]:
    sys.exit("changed: the fusion keeps the numbers, or no longer takes place")
PYTHON
