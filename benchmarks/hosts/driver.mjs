// Times predictions of one row in Node.js: by the project's Predictor, whose buffers are used again,
// and by onnxruntime-node as its first example has it, with a new tensor for each call.
import ort from "onnxruntime-node";

import { Predictor } from "./predictor.mjs";

const BLOCKS = 60;
const CALLS = 500;

/** Print the nanoseconds of a call, in the fastest of many blocks. */
async function measure(name, call) {
  let least = Infinity;
  for (let block = 0; block < BLOCKS; block += 1) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < CALLS; i += 1) {
      await call();
    }
    const spent = Number(process.hrtime.bigint() - start);
    least = Math.min(least, spent / CALLS);
  }
  console.log(`${name}: ${least.toFixed(0)}`);
}

const path = process.argv[2];
const features = new Float32Array(33);
const predictor = await Predictor.load(path);
await measure("Node.js, bound", () => predictor.predict({ features }));
await predictor.release();

const session = await ort.InferenceSession.create(path, {
  executionProviders: ["cpu"],
  intraOpNumThreads: 1,
});
await measure("Node.js, plain", () =>
  session.run({ features: new ort.Tensor("float32", features, [1, 33]) }),
);
