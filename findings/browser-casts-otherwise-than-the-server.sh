#!/usr/bin/env bash
# One would guess that one version of onnxruntime gives one answer, in the browser as on the server.
# Casts out of range are left open by ONNX, and the two builds differ: float -1 to uint8 is 255 native and 0 in WebAssembly,
# 3e9 and NaN to int32 are -2147483648 native, and 2147483647 and 0 in WebAssembly. 300 to uint8 is 44 in both.
# Seen with onnxruntime-web 1.30.0 (wasm, run in Node 20) and onnxruntime-node 1.30.0 on x86-64. It matters for models that
# cast their own output to pixels, or their input to ids: a Clip before the Cast makes the two agree.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$place" onnxruntime-web@1.30.0 onnxruntime-node@1.30.0 onnxruntime-common@1.30.0
cat >"$place/look.mjs" <<'SCRIPT'
import * as web from "onnxruntime-web";
import native from "onnxruntime-node";

// One float input x; y = Cast to uint8, z = Cast to int32, s = Sigmoid; opset 13.
const model = Buffer.from(
  "CAg6eAoXCgF4EgF5IgRDYXN0KgkKAnRvGAKgAQIKFwoBeBIBeiIEQ2FzdCoJCgJ0bxgGoAECCg8KAXgSAXMiB1NpZ21vaWQSAWdaDwoBeBIKCggIARIECgIIBGIJCgF5EgQKAggCYgkKAXoSBAoCCAZiCQoBcxIECgIIAUIECgAQDQ==",
  "base64",
);
async function run(library) {
  const session = await library.InferenceSession.create(model);
  const feed = { x: new library.Tensor("float32", Float32Array.of(-1, 300, NaN, 3e9), [4]) };
  const { y, z } = await session.run(feed);
  return [[...y.data], [...z.data]];
}
const seen = { native: await run(native), wasm: await run(web) };
console.log("x                        [ -1, 300, NaN, 3e9 ]");
for (const [name, [bytes, whole]] of Object.entries(seen)) console.log(name.padEnd(8), "to uint8", bytes, "to int32", whole);
const wasm = JSON.stringify(seen.wasm.map((v) => v.slice(0, 2)));
if (wasm !== "[[0,44],[-1,300]]" || seen.native[0][0] !== 255 || seen.wasm[1][3] !== 2147483647 || seen.native[1][3] !== -2147483648) {
  console.error("changed: the two builds cast in another way");
  process.exit(1);
}
SCRIPT
node "$place/look.mjs"
