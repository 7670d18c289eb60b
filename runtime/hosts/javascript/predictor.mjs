/** The model as a class: rows by name go in, typed arrays by name come out. */

import { checkModel } from "./check.mjs";
import { sizeOf } from "./csv.mjs";
import { DTYPES, quoted } from "./dtypes.mjs";
import { Columns, Rows } from "./filling.mjs";
import { MODEL } from "./model.mjs";
import { openModel, WRITES_OUTPUTS } from "./runtime.mjs";

/** Rows that are run at a time where the model takes any number. */
const MOST_ROWS = 4096;

/** Buffers of this many sizes are kept for later calls. */
const MOST_SPARE = 8;

/**
 * A loaded model. Its methods may be called again before earlier calls have ended:
 * each call under way has buffers of its own, which later calls use again. Calls of a
 * model that keeps states take turns, and each begins with what the last one left.
 */
export class Predictor {
  #session;
  #Tensor;
  #spare = [];
  #states;
  #turn = Promise.resolve();

  constructor(session, Tensor) {
    this.#session = session;
    this.#Tensor = Tensor;
    this.#states = this.#zeros();
  }

  /**
   * Load the model, and check that it is the one that this program was written for.
   *
   * Throws an Error where it cannot be read or is another one.
   */
  static async load(source = "model.onnx", { threads = 1, ...more } = {}) {
    if (!Number.isInteger(threads) || threads < 1) {
      throw new RangeError(`${quoted(threads)} is not a number of threads`);
    }
    const opened = await openModel(source, { threads, ...more });
    try {
      checkModel(opened.session, opened.metadata);
    } catch (error) {
      await opened.session.release();
      throw new Error(`${opened.name}: ${error.message}`, { cause: error });
    }
    return new Predictor(opened.session, opened.Tensor);
  }

  /**
   * Run one row: for each input a flat array of its values, or a bare value where it
   * has only one. Returns an array for each output.
   */
  async predict(row) {
    const given = new Rows([row]);
    return this.#inTurn(given, () => this.#part(given, 0, 1));
  }

  /**
   * Run many rows: an array of what `predict` takes, or for each input one flat array
   * with row after row. Returns one flat array for each output.
   */
  async predictBatch(batch) {
    const given = Array.isArray(batch) ? new Rows(batch) : new Columns(batch);
    return this.#inTurn(given, () => this.#all(given));
  }

  /** Begin anew: the next call starts with states of zeros. */
  async resetStates() {
    return this.#inTurn({ rows: 0 }, async () => {
      this.#states = this.#zeros();
    });
  }

  /** Run a call: at once, or behind those before it where states are kept. */
  async #inTurn({ rows }, call) {
    if (!MODEL.states.length) {
      return call();
    }
    if (rows % MODEL.batch) {
      throw new RangeError(
        `${rows} rows for a stateful model that takes ${MODEL.batch} at a time`,
      );
    }
    const found = this.#turn.then(call);
    this.#turn = found.catch(() => {});
    return found;
  }

  /** Return states of zeros, by the names under which the graph takes them. */
  #zeros() {
    const states = Object.create(null);
    for (const { name, dtype, row } of MODEL.states) {
      const zeros = new DTYPES[dtype].stored(MODEL.batch * sizeOf({ row }));
      states[name] = new this.#Tensor(dtype, zeros, [MODEL.batch, ...row]);
    }
    return states;
  }

  async #all(given) {
    const step = MODEL.batch ?? MOST_ROWS;
    if (given.rows <= step && given.rows > 0) {
      return this.#part(given, 0, given.rows);
    }
    const found = emptyOutputs(given.rows);
    for (let start = 0; start < given.rows; start += step) {
      const stop = Math.min(start + step, given.rows);
      join(found, await this.#part(given, start, stop), start);
    }
    return found;
  }

  /** Free what the model holds. No method may be called afterwards. */
  async release() {
    const session = this.#session;
    this.#session = null;
    this.#spare = [];
    await session?.release();
  }

  /** Run the rows from start to stop, in as many as the graph takes. */
  async #part(given, start, stop) {
    if (!this.#session) {
      throw new Error("the predictor was released");
    }
    const slot = this.#slot(MODEL.batch ?? stop - start);
    given.fill(slot.buffers, start, stop);
    slot.repeatRow(stop - start);
    Object.assign(slot.feeds, this.#states);
    const found = await this.#session.run(slot.feeds, ...slot.fetches);
    for (const { name, next } of MODEL.states) {
      this.#states[name] = found[next];
    }
    const outputs = slot.outputs(found, stop - start);
    this.#spare.push(slot);
    if (this.#spare.length > MOST_SPARE) {
      this.#spare.shift();
    }
    return outputs;
  }

  #slot(rows) {
    const index = this.#spare.findLastIndex((slot) => slot.rows === rows);
    return index < 0
      ? new Slot(rows, this.#Tensor)
      : this.#spare.splice(index, 1)[0];
  }
}

/** Buffers for a number of rows, and the tensors that are made of them once. */
class Slot {
  buffers = {};
  feeds = Object.create(null);
  fetches = [];

  constructor(rows, Tensor) {
    this.rows = rows;
    const tensor = (port) => {
      const buffer = newArray(DTYPES[port.dtype].stored, rows * sizeOf(port));
      return [buffer, new Tensor(port.dtype, buffer, [rows, ...port.row])];
    };
    for (const port of MODEL.inputs) {
      [this.buffers[port.key], this.feeds[port.name]] = tensor(port);
    }
    if (WRITES_OUTPUTS) {
      const fetches = Object.create(null);
      for (const port of MODEL.outputs) {
        fetches[port.name] = port.dtype === "string" ? null : tensor(port)[1];
      }
      for (const { next } of MODEL.states) {
        fetches[next] = null;
      }
      this.fetches.push(fetches);
    }
  }

  /** Fill what is left of the buffers with their last row. */
  repeatRow(count) {
    for (const port of MODEL.inputs) {
      const size = sizeOf(port);
      for (let row = count; row < this.rows; row += 1) {
        this.buffers[port.key].copyWithin(
          row * size,
          (count - 1) * size,
          count * size,
        );
      }
    }
  }

  /** Copy the first rows out of the tensors that a run gave. */
  outputs(found, count) {
    const outputs = {};
    for (const port of MODEL.outputs) {
      const size = sizeOf(port);
      const data = asStored(port, found[port.name].data);
      if (data.length !== this.rows * size) {
        throw new Error(
          `output ${quoted(port.name)} has ${data.length} values`,
        );
      }
      const { values, load } = DTYPES[port.dtype];
      const part = data.slice(0, count * size);
      outputs[port.key] = load ? values.from(part, load) : part;
    }
    return outputs;
  }
}

/** Newer engines have a Float16Array of their own, of which the bits are wanted. */
function asStored(port, data) {
  const { stored } = DTYPES[port.dtype];
  return data instanceof stored
    ? data
    : new stored(data.buffer, data.byteOffset, data.length);
}

function newArray(kind, length) {
  return kind === Array ? Array(length).fill("") : new kind(length);
}

function emptyOutputs(rows) {
  const outputs = {};
  for (const port of MODEL.outputs) {
    outputs[port.key] = newArray(
      DTYPES[port.dtype].values,
      rows * sizeOf(port),
    );
  }
  return outputs;
}

function join(found, part, start) {
  for (const port of MODEL.outputs) {
    const offset = start * sizeOf(port);
    part[port.key].forEach((value, index) => {
      found[port.key][offset + index] = value;
    });
  }
}
