#!/usr/bin/env bash
# One would guess that a released operator (Attention, opset 23) keeps its numbers from one minor version to the next.
# With one query, three keys, no cache and is_causal=1, onnxruntime 1.27.0 lets the query see all keys
# (the triangle lies at the lower right, as generation one step at a time wants it); 1.28.0 only the first (upper left, as the ONNX
# text says). A boolean mask that forbids a whole row gave the mean of all values before and zeros since.
# No error on either side. It matters for exported transformers: pin the version, or pass the mask explicitly.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
cat >"$place/look.py" <<'PYTHON'
import sys
import numpy as np
import onnxruntime
from onnx import parser

def attend(attributes, extra=""):
    model = parser.parse_model(f'''<ir_version: 10, opset_import: ["": 23]>
        g (float[1,1,1,1] q, float[1,1,3,1] k, float[1,1,3,1] v, bool[1,3] mask) => (float[1,1,1,1] y)
        {{ y = Attention <{attributes}> (q, k, v{extra}) }}''')
    values = np.array([1, 10, 100], np.float32).reshape(1, 1, 3, 1)
    feed = {"q": np.zeros((1, 1, 1, 1), np.float32), "k": values * 0, "v": values, "mask": np.zeros((1, 3), bool)}
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, feed)[0].item()

causal, forbidden = attend("is_causal = 1"), attend("scale = 1.0", ", mask")
print("onnxruntime", onnxruntime.__version__, "values 1, 10, 100: causal", causal, "all forbidden", forbidden)
expected = (37, 37) if onnxruntime.__version__ == "1.27.0" else (1, 0)
if not np.allclose((causal, forbidden), expected):
    sys.exit(f"changed: expected {expected} of onnxruntime {onnxruntime.__version__}")
PYTHON
for version in 1.27.0 1.28.0; do
    python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
        numpy==2.4.6 onnx==1.23.2 "onnxruntime==$version"
    "$place/env/bin/python" "$place/look.py"
done
