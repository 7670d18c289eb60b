/**
 * The page's self-test without a browser: the same predictor, with the same files of
 * onnxruntime, in Node.js. Exit codes: 0 all well, 1 a number is off, 2 a file is at
 * fault.
 */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { decodeTable } from "./csv.mjs";
import { MODEL } from "./model.mjs";
import { Predictor } from "./predictor.mjs";
import { readVectors, replay, verdict } from "./replay.mjs";

async function beside(name) {
  try {
    return await readFile(fileURLToPath(new URL(name, import.meta.url)));
  } catch (error) {
    const what = error.code === "ENOENT" ? "no such file" : error.message;
    throw new Error(`${name}: ${what}`, { cause: error });
  }
}

async function table(name) {
  const bytes = await beside(name);
  try {
    return decodeTable(bytes);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  }
}

async function main() {
  const vectors = readVectors(
    await table("vectors/inputs.csv"),
    await table("vectors/outputs.csv"),
  );
  const weights = MODEL.externalData
    ? await beside(MODEL.externalData)
    : undefined;
  const predictor = await Predictor.load(await beside("model.onnx"), {
    weights,
  });
  const found = await replay(predictor, vectors);
  process.stdout.write(`${verdict(found)}\n`);
  return found.passed ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(
    `${MODEL.name}: ${error.message.replaceAll(/\s*\n\s*/g, " ")}\n`,
  );
  process.exitCode = 2;
}
