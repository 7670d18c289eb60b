/** onnxruntime in Node.js, with its telemetry off. */

import { open } from "node:fs/promises";

import { readMetadata } from "./metadata.mjs";

/** This onnxruntime writes into tensors that are given for the outputs. */
export const WRITES_OUTPUTS = true;

/**
 * Open a model file.
 *
 * Returns the session, the class of its tensors, the file's name and its metadata.
 * Throws an Error where onnxruntime is not installed, or the file is no model.
 */
export async function openModel(path, { threads }) {
  const name = String(path);
  const { InferenceSession, Tensor } = await onnxruntime();
  try {
    const metadata = await metadataOf(name);
    const session = await InferenceSession.create(name, {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    return { session, Tensor, name, metadata };
  } catch (error) {
    throw new Error(`${name}: cannot be loaded: ${reason(error)}`, {
      cause: error,
    });
  }
}

const REASONS = {
  EACCES: "no permission",
  EISDIR: "is a folder",
  ENOENT: "no such file",
};

/** Return what went wrong with a file, as one line. */
export function reason(error) {
  return REASONS[error.code] ?? error.message.replaceAll(/\s*\n\s*/g, " ");
}

/** Import onnxruntime; its own builds for Linux send telemetry unless told before. */
async function onnxruntime() {
  process.env.ORT_DISABLE_TELEMETRY = "1";
  try {
    return (await import("onnxruntime-node")).default;
  } catch (error) {
    const [line] = error.message.split("\n");
    throw new Error(
      `onnxruntime-node is not installed: run npm install (${line})`,
      {
        cause: error,
      },
    );
  }
}

async function metadataOf(path) {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const read = async (position, length) => {
      const buffer = new Uint8Array(
        Math.min(length, Math.max(size - position, 0)),
      );
      await file.read({ buffer, position });
      return buffer;
    };
    return await readMetadata(read, size);
  } finally {
    await file.close();
  }
}
