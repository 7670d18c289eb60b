/** Rows as users give them, on their way into the buffers of tensors. */

import { sizeOf } from "./csv.mjs";
import { DTYPES, quoted } from "./dtypes.mjs";
import { MODEL } from "./model.mjs";

const identity = (value) => value;

/** Rows one by one, each with a value for every input. */
export class Rows {
  constructor(given) {
    this.given = given;
    this.rows = given.length;
  }

  fill(buffers, start, stop) {
    for (let row = start; row < stop; row += 1) {
      checkKeys(this.given[row]);
      for (const port of MODEL.inputs) {
        const size = sizeOf(port);
        const values = listed(port, this.given[row][port.key], size);
        store(port, buffers[port.key], (row - start) * size, values, 0, size);
      }
    }
  }
}

/** Rows that stand one after the other in an array for each input. */
export class Columns {
  constructor(given) {
    checkKeys(given);
    this.given = given;
    const [first] = MODEL.inputs;
    const values = given[first.key];
    this.rows = Math.floor((values?.length ?? 0) / sizeOf(first));
    for (const port of MODEL.inputs) {
      listed(port, given[port.key], this.rows * sizeOf(port));
    }
  }

  fill(buffers, start, stop) {
    for (const port of MODEL.inputs) {
      const size = sizeOf(port);
      const count = (stop - start) * size;
      store(
        port,
        buffers[port.key],
        0,
        this.given[port.key],
        start * size,
        count,
      );
    }
  }
}

function checkKeys(given) {
  if (given === null || typeof given !== "object") {
    throw new TypeError(`a row is an object with ${known()}`);
  }
  for (const key of Object.keys(given)) {
    if (!MODEL.inputs.some((port) => port.key === key)) {
      throw new TypeError(`no input ${quoted(key)}; a row has ${known()}`);
    }
  }
  for (const port of MODEL.inputs) {
    if (!Object.hasOwn(given, port.key)) {
      throw new TypeError(`input ${quoted(port.key)} is missing`);
    }
  }
}

function known() {
  return MODEL.inputs.map((port) => quoted(port.key)).join(", ");
}

/** Return the values of an input as an array of the right length. */
function listed(port, values, size) {
  const list =
    typeof values === "object" && values !== null ? values : [values];
  if (list.length !== size) {
    const count = list.length ?? "no";
    throw new RangeError(
      `input ${quoted(port.key)}: ${count} values, expected ${size}`,
    );
  }
  return list;
}

function store(port, buffer, offset, values, start, count) {
  const { take, store: stored = identity } = DTYPES[port.dtype];
  if (
    stored === identity &&
    ArrayBuffer.isView(values) &&
    sameType(values, buffer)
  ) {
    buffer.set(values.subarray(start, start + count), offset);
    return;
  }
  for (let index = 0; index < count; index += 1) {
    try {
      buffer[offset + index] = stored(take(values[start + index]));
    } catch (error) {
      error.message = `input ${quoted(port.key)}: ${error.message}`;
      throw error;
    }
  }
}

function sameType(values, buffer) {
  return values.constructor === buffer.constructor;
}
