/** The self-test: the recorded rows once more, one by one and all at once. */

import { readTable, sizeOf } from "./csv.mjs";
import { DTYPES, quoted } from "./dtypes.mjs";
import { MODEL } from "./model.mjs";

/**
 * Read the recorded rows from the texts of their two tables.
 *
 * Throws a RangeError that names the table where one is damaged.
 */
export function readVectors(inputs, outputs) {
  const given = readVector("vectors/inputs.csv", inputs, MODEL.inputs);
  const wanted = readVector("vectors/outputs.csv", outputs, MODEL.outputs);
  return { rows: MODEL.selftest.rows, given, wanted };
}

function readVector(name, text, ports) {
  let table;
  try {
    table = readTable(text, ports);
  } catch (error) {
    throw new RangeError(`${name}: ${error.message}`, { cause: error });
  }
  if (table.rows !== MODEL.selftest.rows) {
    throw new RangeError(
      `${name}: ${table.rows} rows, expected ${MODEL.selftest.rows}`,
    );
  }
  return table.values;
}

/** Return row number `row` of flat arrays, as `predict` takes it. */
export function rowOf(ports, values, row) {
  return rowsOf(ports, values, row, 1);
}

/** Return `count` rows of flat arrays. */
function rowsOf(ports, values, start, count) {
  const found = {};
  for (const port of ports) {
    const size = sizeOf(port);
    const stop = (start + count) * size;
    found[port.key] = values[port.key].slice(start * size, stop);
  }
  return found;
}

/**
 * Run the recorded rows, and compare: one by one, or as few as a model that keeps
 * states takes, and then all at once.
 *
 * Returns whether it `passed`, the `largest` difference of numbers and where it is,
 * and what is `wrong`, worst first.
 */
export async function replay(predictor, { rows, given, wanted }) {
  const tally = { rows, largest: 0, place: "", wrong: [] };
  const step = MODEL.states.length ? MODEL.batch : 1;
  const run = (part) =>
    step > 1 ? predictor.predictBatch(part) : predictor.predict(part);
  await predictor.resetStates();
  for (let start = 0; start < rows; start += step) {
    const found = await run(rowsOf(MODEL.inputs, given, start, step));
    for (let at = 0; at < step; at += 1) {
      compareRow(tally, found, at, wanted, start + at, "");
    }
  }
  await predictor.resetStates();
  const found = await predictor.predictBatch(given);
  for (let row = 0; row < rows; row += 1) {
    compareRow(tally, found, row, wanted, row, " in a batch");
  }
  await predictor.resetStates();
  tally.wrong.sort((a, b) => b.excess - a.excess);
  return { passed: tally.wrong.length === 0, ...tally };
}

function compareRow(tally, found, at, wanted, row, how) {
  for (const port of MODEL.outputs) {
    const size = sizeOf(port);
    const ours = found[port.key].slice(at * size, (at + 1) * size);
    const theirs = wanted[port.key].slice(row * size, (row + 1) * size);
    const allowed = tolerance(port, theirs);
    for (let index = 0; index < size; index += 1) {
      const place = `${quoted(port.name)} of row ${row + 1}, value ${index + 1}${how}`;
      compare(
        tally,
        port,
        [ours[index], theirs[index], allowed(theirs[index])],
        place,
      );
    }
  }
}

/** Return what is allowed at a number: by it, and by the largest one of its row. */
function tolerance(port, row) {
  if (DTYPES[port.dtype].kind !== "number") {
    return () => 0;
  }
  const { rtol, atol } = MODEL.selftest;
  const sizes = [...row].filter(Number.isFinite).map(Math.abs);
  const largest = sizes.reduce((a, b) => Math.max(a, b), 1);
  return (value) => atol * largest + rtol * Math.abs(value);
}

function compare(tally, port, [ours, theirs, allowed], place) {
  const off = difference(ours, theirs);
  if (off > tally.largest) {
    Object.assign(tally, { largest: off, place });
  }
  if (off > allowed) {
    const { format } = DTYPES[port.dtype];
    const spelled = [ours, theirs].map((value) => quoted(format(value)));
    tally.wrong.push({
      excess: off - allowed,
      text: `${place}: ${spelled[0]}, recorded ${spelled[1]}`,
    });
  }
}

/** Return how far two values are apart; Infinity where that is no number. */
function difference(ours, theirs) {
  if (Object.is(ours, theirs) || ours === theirs) {
    return 0;
  }
  const off = typeof ours === "string" ? NaN : Math.abs(Number(ours - theirs));
  return Number.isNaN(off) ? Infinity : off;
}

/** Spell a difference, or what is allowed: its size is what matters. */
export function brief(value) {
  const near = Number(value.toPrecision(2));
  return near === 0 || near >= 0.01 ? String(near) : near.toExponential();
}

/** Return what came out of it as one line. */
export function verdict({ passed, rows, largest, place, wrong }) {
  const { rtol, atol } = MODEL.selftest;
  const found = [
    `self-test ${passed ? "passed" : "failed"}: ${rows} rows, one by one and as a batch`,
    `largest difference ${brief(largest)}${place ? ` (${place})` : ""}`,
    `allowed ${brief(rtol)} relative and ${brief(atol)} absolute`,
  ];
  return [
    found.join(", "),
    ...(passed ? [] : [`${wrong.length} values are off`, wrong[0].text]),
  ].join("; ");
}
