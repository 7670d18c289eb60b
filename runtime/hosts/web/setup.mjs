/** Copies what the page needs of onnxruntime-web beside it; npm install calls this. */

import { copyFileSync, mkdirSync } from "node:fs";

const FILES = [
  "ort.wasm.min.mjs",
  "ort-wasm-simd-threaded.mjs",
  "ort-wasm-simd-threaded.wasm",
];

const source = new URL("node_modules/onnxruntime-web/dist/", import.meta.url);
const target = new URL("onnxruntime/", import.meta.url);
mkdirSync(target, { recursive: true });
for (const name of FILES) {
  copyFileSync(new URL(name, source), new URL(name, target));
}
