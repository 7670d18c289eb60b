#!/usr/bin/env bash
# One would guess that mask_zero=True means to TensorFlow.js what it means to Keras: padded steps are left out of the mean.
# The setting is read and a mask is computed, but GlobalAveragePooling1D does not look at it: ids [1, 0, 0] with vectors
# 7 (padding) and 1 average to 5, where Keras gives 1.
# Seen with @tensorflow/tfjs 4.22.0; Keras 3.15.1 and tf.keras average over the unmasked steps only. It matters for the
# smallest text classifiers, Embedding, mean, Dense: the shorter the text, the further the score is off in the browser.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$place" @tensorflow/tfjs@4.22.0
cat >"$place/look.mjs" <<'SCRIPT'
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");
const model = tf.sequential();
const vectors = tf.tensor2d([[7], [1], [2]]);
model.add(tf.layers.embedding({ inputDim: 3, outputDim: 1, maskZero: true, inputLength: 3, weights: [vectors] }));
model.add(tf.layers.globalAveragePooling1d({}));
const mean = model.predict(tf.tensor2d([[1, 0, 0]])).dataSync()[0];
console.log("vectors of ids 0, 1, 2: 7, 1, 2; ids [1, 0, 0], 0 is padding");
console.log("Keras", 1, "TensorFlow.js", mean);
if (mean !== 5) {
  console.error("changed: the mean is no longer taken over the padding");
  process.exit(1);
}
SCRIPT
node "$place/look.mjs"
