#!/usr/bin/env bash
# One would guess that a reader refuses the settings it does not implement.
# TensorFlow.js loads a ReLU layer with negative_slope=0.1 and threshold=2 and computes a plain ReLU; only max_value counts.
# LeakyReLU with Keras 3's key negative_slope=0.2 (it was called alpha before) falls back to 0.3 without a word.
# Seen with @tensorflow/tfjs 4.22.0 (ELU, for comparison, refuses an alpha it cannot do). It matters because no error shows
# that a Keras model in the browser has lost its negative half.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$place" @tensorflow/tfjs@4.22.0
cat >"$place/look.mjs" <<'SCRIPT'
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");
async function run(className, settings) {
  const config = { name: "layer", batch_input_shape: [null, 3], ...settings };
  const model = await tf.loadLayersModel(tf.io.fromMemory({
    modelTopology: { class_name: "Sequential", config: { name: "s", layers: [{ class_name: className, config }] }, keras_version: "3.15.1", backend: "tensorflow" },
    weightSpecs: [], weightData: new ArrayBuffer(0),
  }));
  const values = [...model.predict(tf.tensor2d([[-1, 1, 9]])).dataSync()].map((v) => Number(v.toFixed(4)));
  console.log(className, JSON.stringify(settings), "of [-1, 1, 9]:", values);
  return values;
}
const seen = [
  await run("ReLU", { negative_slope: 0.1, max_value: 6, threshold: 2 }),
  await run("LeakyReLU", { negative_slope: 0.2 }),
  await run("LeakyReLU", { alpha: 0.2 }),
];
console.log("Keras: [-0.3, -0.1, 6], [-0.2, 1, 9], [-0.2, 1, 9]");
if (JSON.stringify(seen) !== "[[0,1,6],[-0.3,1,9],[-0.2,1,9]]") {
  console.error("changed: ReLU or LeakyReLU heed other settings");
  process.exit(1);
}
SCRIPT
node "$place/look.mjs"
