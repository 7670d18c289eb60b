#!/usr/bin/env node
/** The program: a table of rows in, a table of predictions out. */

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { decodeTable, readTable, writeTable } from "./csv.mjs";
import { MODEL } from "./model.mjs";
import { Predictor } from "./predictor.mjs";
import { readVectors, replay, verdict } from "./replay.mjs";
import { reason } from "./runtime.mjs";

const USAGE = `usage: node main.mjs ROWS.csv [-o PREDICTIONS.csv] [--model FILE] [--threads N]
       node main.mjs --selftest [--model FILE] [--threads N]

ROWS.csv              a line for each row, the columns of all inputs side by side
-o, --output FILE     where the predictions go; to the screen without it
--selftest            replay the recorded rows; exit code 1 where a number is off
--model FILE          the model; model.onnx beside this program without it
--threads N           threads within an operation; 1 without it
-h, --help            show this

exit codes: 0 all well, 1 the self-test differs, 2 the input or the model is at fault
`;

const OPTIONS = {
  output: { type: "string", short: "o" },
  selftest: { type: "boolean" },
  model: { type: "string", default: beside("model.onnx") },
  threads: { type: "string", default: "1" },
  help: { type: "boolean", short: "h" },
};

function beside(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

async function main() {
  const { values, positionals } = parseArgs({
    options: OPTIONS,
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (positionals.length !== (values.selftest ? 0 : 1)) {
    throw new Error("give one table of rows, or --selftest; --help says more");
  }
  if (!/^[1-9]\d{0,3}$/.test(values.threads)) {
    throw new Error(
      `--threads: '${values.threads}' is not a number of threads`,
    );
  }
  const threads = Number(values.threads);
  const load = () => Predictor.load(values.model, { threads });
  return values.selftest
    ? selftest(load)
    : predict(load, positionals[0], values.output);
}

async function predict(load, source, target) {
  const { rows, values, note } = await readRows(source);
  const predictor = await load();
  const found = await predictor.predictBatch(values);
  const text = writeTable(MODEL.outputs, { rows, values: found });
  if (target === undefined) {
    process.stdout.write(text);
  } else {
    await at(target, () => writeFile(target, text));
  }
  if (note) {
    process.stderr.write(`${MODEL.name}: ${source}: ${note}\n`);
  }
  return 0;
}

function readRows(source) {
  return at(source, async () => {
    return readTable(decodeTable(await readFile(source)), MODEL.inputs, MODEL);
  });
}

async function selftest(load) {
  const vectors = readVectors(
    await recorded("inputs"),
    await recorded("outputs"),
  );
  const found = await replay(await load(), vectors);
  process.stdout.write(`${verdict(found)}\n`);
  return found.passed ? 0 : 1;
}

function recorded(name) {
  const path = `vectors/${name}.csv`;
  return at(path, async () => decodeTable(await readFile(beside(path))));
}

/** Do something with a file; whatever is wrong is told with the file's name. */
async function at(path, action) {
  try {
    return await action();
  } catch (error) {
    throw new Error(`${path}: ${reason(error)}`, { cause: error });
  }
}

process.stdout.on("error", (error) => {
  process.exit(error.code === "EPIPE" ? 0 : 2);
});

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(
    `${MODEL.name}: ${error.message.replaceAll(/\s*\n\s*/g, " ")}\n`,
  );
  process.exitCode = 2;
}
