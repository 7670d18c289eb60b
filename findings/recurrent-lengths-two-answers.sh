#!/usr/bin/env bash
# One would guess that a sequence of length 0 leaves an LSTM's initial state as it was (Keras does so for a
# fully masked row), and that the reference evaluator heeds sequence_lens.
# onnxruntime 1.32.0 answers zeros for the empty row, whatever the initial state (LSTM, GRU and RNN alike).
# onnx.reference 1.23.2 runs all three steps for every row, as if no lengths had been given.
# It matters for masked Keras models written with sequence_lens: neither answer is Keras's, and the two
# do not agree with each other.
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
from onnx import helper, parser
from onnx.reference import ReferenceEvaluator

def ends(op, gates):
    outputs = "Y, H, C" if op == "LSTM" else "Y, H"
    cell = ", C0" if op == "LSTM" else ""
    model = parser.parse_model(f'''<ir_version: 8, opset_import: ["": 14]>
        g (float[3, 2, 1] X, float[1, {gates}, 1] W, float[1, {gates}, 1] R, int32[2] lengths,
           float[1, 2, 1] H0, float[1, 2, 1] C0) => (float[1, 2, 1] H)
        {{ {outputs} = {op} <hidden_size = 1> (X, W, R, , lengths, H0{cell}) }}''')
    weights = np.full((1, gates, 1), 0.5, np.float32)
    state = np.full((1, 2, 1), 0.25, np.float32)
    feed = {"X": np.ones((3, 2, 1), np.float32), "W": weights, "R": weights, "H0": state, "C0": state}
    def run(lengths):
        fed = feed | {"lengths": np.array(lengths, np.int32)}
        runtime = onnxruntime.InferenceSession(model.SerializeToString()).run(None, fed)[0].ravel()
        return runtime, ReferenceEvaluator(model).run(None, fed)[0].ravel()
    return run([0, 2]), run([3, 3])

for op, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
    (runtime, reference), (whole, _) = ends(op, gates)
    print(op, "initial state 0.25, lengths [0, 2]: onnxruntime", runtime, "reference", reference)
    if runtime[0] != 0 or not np.allclose(reference, whole, atol=1e-5) or np.isclose(runtime[1], whole[1]):
        sys.exit(f"changed: {op} treats sequence_lens in another way")
PYTHON
