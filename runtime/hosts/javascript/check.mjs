/** Whether a model is the one that this program was written for. */

import { quoted } from "./dtypes.mjs";
import { MODEL } from "./model.mjs";

const OTHER = "not the model that this program was written for";

/** Throw an Error that says in what a session and its metadata are another model's. */
export function checkModel(session, metadata) {
  const next = MODEL.states.map((state) => ({ ...state, name: state.next }));
  const { inputMetadata, outputMetadata } = session;
  checkPorts("input", [...MODEL.inputs, ...MODEL.states], inputMetadata);
  checkPorts("output", [...MODEL.outputs, ...next], outputMetadata);
  checkSource(metadata);
}

function checkPorts(kind, ports, metadata) {
  if (ports.length !== metadata.length) {
    throw new Error(
      `${OTHER}: it has ${metadata.length} ${kind}s, expected ${ports.length}`,
    );
  }
  ports.forEach((port, index) => {
    const found = describe(metadata[index]);
    const dims = metadata[index].shape ?? [];
    const wanted = {
      name: port.name,
      type: port.dtype,
      shape: [MODEL.batch ?? "batch", ...port.row],
    };
    const same =
      metadata[index].name === port.name &&
      metadata[index].type === port.dtype &&
      dims.length === wanted.shape.length &&
      dims.every((size, axis) => fits(size, wanted.shape[axis], axis));
    if (!same) {
      throw new Error(
        `${OTHER}: ${kind} ${found}, expected ${describe(wanted)}`,
      );
    }
  });
}

/** A size that the graph leaves open fits any, but that of the batch only an open one. */
function fits(size, wanted, axis) {
  return typeof size === "string"
    ? axis > 0 || MODEL.batch === null
    : size === wanted;
}

function describe({ name, type, shape }) {
  return `${quoted(name)} ${type ?? "which is no tensor"} [${(shape ?? []).join(", ")}]`;
}

function checkSource(metadata) {
  const found = metadata.get("source_sha256") ?? "";
  if (found !== MODEL.sourceSha256) {
    throw new Error(
      `${OTHER}: its source's SHA-256 is ${quoted(found)}, expected ${quoted(MODEL.sourceSha256)}`,
    );
  }
}
