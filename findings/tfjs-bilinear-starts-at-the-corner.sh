#!/usr/bin/env bash
# One would guess that TensorFlow.js's UpSampling2D is Keras's, whose file format it reads.
# With interpolation="bilinear" Keras (3.15.1, and tf.keras) samples at pixel centres: [0, 1, 2, 3] doubles to
# [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]. TensorFlow.js samples at corners: [0, 0.5, 1, 1.5, 2, 2.5, 3, 3]. The file has no key
# that says which; the image moves by a quarter of a pixel at every doubling, and its last column stands twice.
# Seen with @tensorflow/tfjs 4.22.0. It matters for segmentation models moved to the browser: a U-Net with four
# doublings draws its masks visibly beside the object.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$place" @tensorflow/tfjs@4.22.0
cat >"$place/look.mjs" <<'SCRIPT'
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");
const config = { name: "up", batch_input_shape: [null, 4, 1, 1], size: [2, 1], interpolation: "bilinear", data_format: "channels_last" };
const model = await tf.loadLayersModel(tf.io.fromMemory({
  modelTopology: { class_name: "Sequential", config: { name: "s", layers: [{ class_name: "UpSampling2D", config }] }, keras_version: "2.15.0", backend: "tensorflow" },
  weightSpecs: [], weightData: new ArrayBuffer(0),
}));
const seen = [...model.predict(tf.tensor4d([0, 1, 2, 3], [1, 4, 1, 1])).dataSync()];
const centres = Array.from({ length: 8 }, (_, i) => Math.min(Math.max((i + 0.5) / 2 - 0.5, 0), 3));
console.log("Keras         ", centres);
console.log("TensorFlow.js ", seen);
if (JSON.stringify(seen) !== "[0,0.5,1,1.5,2,2.5,3,3]") {
  console.error("changed: UpSampling2D samples elsewhere");
  process.exit(1);
}
SCRIPT
node "$place/look.mjs"
