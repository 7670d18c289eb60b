/** onnxruntime in the browser, from the three files in `onnxruntime/` beside the page. */

import { readMetadata } from "./metadata.mjs";
import { MODEL } from "./model.mjs";

/** This onnxruntime leaves tensors that are given for the outputs as they are. */
export const WRITES_OUTPUTS = false;

/** Where onnxruntime's files are. */
export const ENGINE = new URL("onnxruntime/", import.meta.url);

/** The part of onnxruntime that is large enough to show its progress. */
export const ENGINE_BINARY = new URL("ort-wasm-simd-threaded.wasm", ENGINE);

const MISSING =
  "onnxruntime/ beside this page lacks a file of onnxruntime-web: " +
  "run npm install, or node setup.mjs, in the page's folder";

/**
 * Open a model from its bytes or its address.
 *
 * `weights` are the bytes of the file that holds the weights, `engine` those of
 * onnxruntime's binary; they are loaded where they are not given. Returns the session,
 * the class of its tensors, the model's name and its metadata.
 */
export async function openModel(source, { threads, weights, engine } = {}) {
  const name = typeof source === "string" ? source : "model.onnx";
  const bytes = typeof source === "string" ? await fetchBytes(source) : source;
  const { InferenceSession, Tensor } = await onnxruntime(threads, engine);
  try {
    const read = async (start, length) => bytes.subarray(start, start + length);
    const metadata = await readMetadata(read, bytes.length);
    const session = await InferenceSession.create(bytes, {
      executionProviders: ["wasm"],
      logSeverityLevel: 3,
      ...(await external(weights)),
    });
    return { session, Tensor, name, metadata };
  } catch (error) {
    throw new Error(`${name}: cannot be loaded: ${reason(error)}`, {
      cause: error,
    });
  }
}

async function onnxruntime(threads, engine) {
  let ort;
  try {
    ort = await import(new URL("ort.wasm.min.mjs", ENGINE));
  } catch (error) {
    throw new Error(MISSING, { cause: error });
  }
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = ENGINE.href;
  if (engine) {
    ort.env.wasm.wasmBinary = engine;
  }
  return ort;
}

async function external(weights) {
  if (!MODEL.externalData) {
    return {};
  }
  const path = MODEL.externalData;
  return {
    externalData: [{ path, data: weights ?? (await fetchBytes(path)) }],
  };
}

function reason(error) {
  const [line] = String(error?.message ?? error).split("\n");
  return line.includes("backend") ? `${MISSING} (${line})` : line;
}

/**
 * Fetch a file, and tell about every piece of it: `progress(bytes so far, all)`, where
 * all is 0 if the server does not say it. Throws an Error that names the file.
 */
export async function fetchBytes(url, progress = () => {}) {
  const name = String(url).split("/").pop();
  let answer;
  try {
    answer = await fetch(url, { cache: "no-cache" });
  } catch (error) {
    throw new Error(`${name}: cannot be fetched`, { cause: error });
  }
  if (!answer.ok) {
    const missing = String(url).startsWith(ENGINE.href);
    throw new Error(
      missing ? MISSING : `${name}: the server says ${answer.status}`,
    );
  }
  const all = Number(answer.headers.get("content-length") ?? 0);
  const pieces = [];
  let count = 0;
  const reader = answer.body.getReader();
  for (
    let piece = await reader.read();
    !piece.done;
    piece = await reader.read()
  ) {
    pieces.push(piece.value);
    count += piece.value.length;
    progress(count, all);
  }
  return joined(pieces, count);
}

function joined(pieces, count) {
  const bytes = new Uint8Array(count);
  let start = 0;
  for (const piece of pieces) {
    bytes.set(piece, start);
    start += piece.length;
  }
  return bytes;
}
