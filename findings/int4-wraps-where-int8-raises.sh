#!/usr/bin/env bash
# One would guess that four-bit integers follow the eight-bit ones, only shorter.
# make_tensor of 300 as INT8 raises, of 9 as INT4 stores -7 without a word (FLOAT8 and FLOAT4 saturate).
# onnxruntime's Cast of 2.7 to INT8 cuts off, 2; to INT4 it rounds, 3, halves away from zero; and beyond the range it
# wraps, 7.5 becoming -8. onnx.reference cuts off in both.
# Seen with onnx 1.23.2, onnxruntime 1.32.0. It matters for int4 weights of quantised Keras models: one clip
# forgotten flips the sign of the largest weights.
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
from onnx import TensorProto, helper, numpy_helper, parser
from onnx.reference import ReferenceEvaluator

stored = numpy_helper.to_array(helper.make_tensor("w", TensorProto.INT4, [2], [9, -9])).astype(int).tolist()
try:
    helper.make_tensor("w", TensorProto.INT8, [1], [300])
    eight = "stored"
except (OverflowError, ValueError) as error:
    eight = f"raises {type(error).__name__}"
print("make_tensor INT4 of [9, -9]:", stored, "| INT8 of 300:", eight)

values = np.array([2.3, 2.7, 2.5, 7.5, -2.7], np.float32)
def cast(kind):
    model = parser.parse_model(f'''<ir_version: 10, opset_import: ["": 21]>
        g (float[5] x) => (float[5] y) {{ q = Cast <to = {kind}> (x) y = Cast <to = 1> (q) }}''')
    runtime = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": values})[0]
    return runtime.tolist(), ReferenceEvaluator(model).run(None, {"x": values})[0].tolist()
four, reference = cast(TensorProto.INT4)
whole, _ = cast(TensorProto.INT8)
print("values          ", values.tolist())
print("Cast INT8       ", whole)
print("Cast INT4       ", four)
print("Cast INT4, reference", reference)
as_seen = stored == [-7, 7] and eight.startswith("raises") and whole == [2, 2, 2, 7, -2]
if not (as_seen and four == [2, 3, 3, -8, -3] and reference == whole):
    sys.exit("changed: four-bit and eight-bit integers differ in another way")
PYTHON
