#!/usr/bin/env bash
# One would guess that onnx.version_converter keeps a model's meaning, or refuses. It takes Softmax from
# opset 11 to 13 with care; but Hardmax 11 -> 13 and Softmax 13 -> 11 keep the axis though its meaning
# changed (one axis, or everything from there on, flattened), and Resize 10 -> 11 does not write the old
# coordinate rule down, so the new default moves every pixel by half a step.
# No error, no warning; the converted files pass the checker. Seen with onnx 1.23.2 (run in onnxruntime 1.32.0).
# It matters for Keras models exported years ago at opset 10 to 12 and lifted to what a runtime wants today.
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
import onnx
import onnxruntime
from onnx import parser, version_converter

def run(model, feed):
    onnx.checker.check_model(model)
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, feed)[0].ravel()

def both(node, shape, result, opset, to, feed):
    model = parser.parse_model(f'''<ir_version: 5, opset_import: ["": {opset}]>
        g (float[{shape}] x) => (float[{result}] y) {{ {node} }}''')
    return run(model, feed), run(version_converter.convert_version(model, to), feed)

square = {"x": np.array([[[1, 2], [3, 4]]], np.float32)}
cases = {
    "Softmax 11 -> 13": both("y = Softmax <axis = 1> (x)", "1,2,2", "1,2,2", 11, 13, square),
    "Hardmax 11 -> 13": both("y = Hardmax <axis = 1> (x)", "1,2,2", "1,2,2", 11, 13, square),
    "Softmax 13 -> 11": both("y = Softmax <axis = 1> (x)", "1,2,2", "1,2,2", 13, 11, square),
    "Resize  10 -> 11": both(
        's = Constant <value = float[4] {1, 1, 1, 2}> () y = Resize <mode = "linear"> (x, s)',
        "1,1,1,3", "1,1,1,6", 10, 11, {"x": np.array([0, 1, 2], np.float32).reshape(1, 1, 1, 3)}),
}
for name, (before, after) in cases.items():
    print(name, "before", before.round(4).tolist(), "after", after.round(4).tolist())
kept = {name: bool(np.allclose(*pair)) for name, pair in cases.items()}
if list(kept.values()) != [True, False, False, False]:
    sys.exit(f"changed: which conversions keep the numbers is now {kept}")
PYTHON
