#!/usr/bin/env bash
# One would guess that an activation is the same function wherever one runtime computes it. onnxruntime's operator
# Softplus is careful: of 100 it gives 100. Named as the activation of RNN, GRU or LSTM, the same function is the
# logarithm of 1 + exp(x) as it stands, in float32: from 89 on it is infinite, and the next step makes NaN of that.
# Seen with onnxruntime 1.32.0, opset 17, on CPU. It matters for Keras layers with activation="softplus" and inputs that
# are not scaled: a converter that names the activation in the operator gives NaN where Keras gives numbers. Writing the
# steps out (Scan, with the operator Softplus in its body) is right.
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
from onnx import TensorProto, helper, numpy_helper

STEPS = np.array([1, 20, 80, 100, 1000], np.float32).reshape(-1, 1, 1)

def run(node, *weights):
    """Run one operator on five steps of one number."""
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("x", "y")]
    values[0].type.tensor_type.shape.CopyFrom(helper.make_tensor_value_info("x", TensorProto.FLOAT, STEPS.shape).type.tensor_type.shape)
    held = [numpy_helper.from_array(np.array(array, np.float32), name) for name, array in weights]
    graph = helper.make_graph([node], "g", values[:1], values[1:], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": STEPS})[0].ravel()

alone = run(helper.make_node("Softplus", ["x"], ["y"]))
rnn = run(
    helper.make_node("RNN", ["x", "w", "r"], ["y"], hidden_size=1, activations=["Softplus"]),
    ("w", [[[1]]]), ("r", [[[0]]]),
)
gru = run(  # the update gate is kept at 0, so that the output is the candidate
    helper.make_node("GRU", ["x", "w", "r", "b"], ["y"], hidden_size=1, activations=["Sigmoid", "Softplus"]),
    ("w", [[[0], [0], [1]]]), ("r", [[[0]] * 3]), ("b", [[-1e4, 0, 0, 0, 0, 0]]),
)
for name, found in (("x", STEPS.ravel()), ("Softplus", alone), ("within RNN", rnn), ("within GRU", gru)):
    print(f"{name:12} {found}")
right = np.logaddexp(0, STEPS.ravel())
same = all(np.allclose(found[:3], right[:3], rtol=1e-5) for found in (alone, rnn, gru))
if not (same and np.allclose(alone, right, rtol=1e-5) and np.isinf(rnn[3]) and np.isinf(gru[3])):
    sys.exit("changed: within RNN and GRU Softplus is no longer infinite for large numbers")
PYTHON
