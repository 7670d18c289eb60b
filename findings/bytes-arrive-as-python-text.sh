#!/usr/bin/env bash
# One would guess that bytes fed as strings are decoded as UTF-8, or refused.
# onnxruntime's Python session takes Python's own spelling of whatever stands in an object array: b"red" becomes the six
# letters b'red', None becomes "None", 1.0 becomes "1.0". A NumPy array of type S, with the same bytes, is right.
# So every row misses a label table and gets its default, without an error. TensorFlow's .numpy() yields just such object
# arrays of bytes; that is how the data of a Keras text model usually arrives. Seen with onnxruntime 1.32.0.
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
from onnx import helper, TensorProto

table = helper.make_node("LabelEncoder", ["x"], ["y"], domain="ai.onnx.ml", keys_strings=["red", "blue"],
                         values_int64s=[1, 2], default_int64=-1)
copy = helper.make_node("Identity", ["x"], ["text"])
graph = helper.make_graph(
    [table, copy], "g", [helper.make_tensor_value_info("x", TensorProto.STRING, [None])],
    [helper.make_tensor_value_info("y", TensorProto.INT64, [None]),
     helper.make_tensor_value_info("text", TensorProto.STRING, [None])])
imports = [helper.make_opsetid("", 13), helper.make_opsetid("ai.onnx.ml", 2)]
session = onnxruntime.InferenceSession(helper.make_model(graph, opset_imports=imports, ir_version=8).SerializeToString())
feeds = {
    "text, object": np.array(["red", "blue"], object),
    "bytes, type S": np.array([b"red", b"blue"]),
    "bytes, object": np.array([b"red", b"blue"], object),
    "None and 1.0": np.array([None, 1.0], object),
}
seen = {}
for name, column in feeds.items():
    numbers, text = session.run(None, {"x": column})
    seen[name] = numbers.tolist()
    print(f"{name:14} arrives as {text.tolist()}, looked up {numbers.tolist()}")
if list(seen.values()) != [[1, 2], [1, 2], [-1, -1], [-1, -1]]:
    sys.exit("changed: bytes in object arrays are treated in another way")
PYTHON
