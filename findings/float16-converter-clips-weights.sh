#!/usr/bin/env bash
# One would guess that converting a model to float16 rounds each weight to the nearest float16.
# convert_float_to_float16 clips first, by default, to magnitudes between 1e-7 and 10,000: 20000 becomes 10000 though float16 holds it
# exactly, -1e-9, which would round to zero, is made a hundred times larger; infinity alone is left as it is. It is said in
# warnings that name one number each, easily lost in a log.
# Seen with onnxconverter-common 1.16.0. It matters for Keras models whose Normalization or last Dense works in the
# target's units (prices, metres): set max_finite_val and min_positive_val, and compare afterwards.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    onnxconverter-common==1.16.0 numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
cd "$place"
"$place/env/bin/python" - <<'PYTHON'
import sys
import warnings
import numpy as np
import onnxruntime
from onnx import parser
from onnxconverter_common import float16

model = parser.parse_model('''<ir_version: 8, opset_import: ["": 13]>
    g (float[4] x) => (float[4] y) <float[4] w = {20000, -50000, -0.000000001, 3}> { y = Mul (x, w) }''')
ones = {"x": np.ones(4, np.float32)}
before = onnxruntime.InferenceSession(model.SerializeToString()).run(None, ones)[0]
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    half = float16.convert_float_to_float16(model, keep_io_types=True)
after = onnxruntime.InferenceSession(half.SerializeToString()).run(None, ones)[0]
print("float32        ", before)
print("rounded        ", before.astype(np.float16).astype(np.float32))
print("after converter", after, f"({len(said)} warnings)")
if not np.allclose(after, [10000, -10000, -1e-7, 3], rtol=0.3, atol=0):
    sys.exit("changed: the converter rounds to float16 without clipping")
PYTHON
