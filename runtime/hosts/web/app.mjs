/** The page: loads the model, proves it, and predicts what is typed, pasted or dropped. */

import { columnNames, decodeTable, rowCells } from "./csv.mjs";
import { byId, counted, element, say, shortened, typeOf } from "./dom.mjs";
import { Form } from "./form.mjs";
import { MODEL } from "./model.mjs";
import { Picture } from "./picture.mjs";
import { Predictor } from "./predictor.mjs";
import { brief, readVectors, replay, rowOf } from "./replay.mjs";
import { listenForRows } from "./rows.mjs";
import { resultOf } from "./results.mjs";
import { ENGINE_BINARY, fetchBytes } from "./runtime.mjs";
import { timePerCall } from "./timing.mjs";

/** What is going on: the model, its recorded rows, and the row on display. */
const state = { predictor: null, vectors: null, row: null, turn: 0 };

const pictures = MODEL.inputs
  .filter((port) => port.image)
  .map((port, index) => new Picture(port, index, typed));
const form = new Form(
  byId("form"),
  MODEL.inputs.filter((port) => !port.image),
  typed,
);

function typed() {
  try {
    const row = { ...state.row, ...(form.usable && form.read()) };
    for (const { port, values } of pictures) {
      row[port.key] = values;
    }
    say(byId("form-message"), "");
    show(row);
  } catch (error) {
    say(byId("form-message"), error.message);
    byId("results").classList.add("stale");
  }
}

/** Run a row, and show what comes out unless a later one was given meanwhile. */
async function show(row) {
  state.row = row;
  state.turn += 1;
  const turn = state.turn;
  try {
    const found = await state.predictor.predict(row);
    if (turn === state.turn) {
      const results = MODEL.outputs.map((port) =>
        resultOf(port, found[port.key]),
      );
      byId("results").replaceChildren(...results);
      byId("results").classList.remove("stale");
    }
  } catch (error) {
    say(byId("form-message"), error.message);
  }
}

function fill(row) {
  form.fill(row);
  for (const picture of pictures) {
    picture.fill(row[picture.port.key]);
  }
  say(byId("form-message"), "");
  return show(row);
}

/** Begin anew with the row on display. */
async function restart() {
  await state.predictor.resetStates();
  return show(state.row);
}

async function measure() {
  byId("measure").disabled = true;
  byId("timing").textContent = "measuring …";
  const row = state.row;
  const { milliseconds, rounds, calls } = await timePerCall(() => {
    return state.predictor.predict(row);
  });
  if (MODEL.states.length) {
    await restart();
  }
  byId("timing").replaceChildren(
    element("strong", { textContent: `${milliseconds.toPrecision(3)} ms` }),
    ` per call, the median of ${rounds} × ${calls} calls`,
  );
  byId("measure").disabled = false;
}

async function selftest() {
  const found = await replay(state.predictor, state.vectors);
  const difference = `largest difference ${brief(found.largest)}`;
  judge(found.passed ? "passed" : "failed", difference);
  const lines = found.wrong.slice(0, 5).map((each) => each.text);
  say(
    byId("trouble"),
    found.passed
      ? ""
      : ["The numbers are not those that were recorded:", ...lines].join("\n"),
  );
  return found;
}

const WORDS = {
  passed: "Self-test passed",
  failed: "Self-test failed",
  error: "Not working",
};

/** Show the verdict, and leave it where scripts find it. */
function judge(verdict, detail) {
  document.documentElement.dataset.selftest = verdict;
  byId("verdict-word").textContent = WORDS[verdict];
  byId("verdict-detail").textContent = detail;
}

function stage(text, part = 0) {
  byId("stage").textContent = text;
  byId("progress").value = part;
}

async function fetched(url, what) {
  return fetchBytes(url, (count, all) => {
    const sizes = [count, all]
      .filter(Boolean)
      .map((size) => (size / 1e6).toFixed(1));
    stage(`Loading ${what}: ${sizes.join(" of ")} MB`, all ? count / all : 0);
  });
}

async function load() {
  stage("Loading the model");
  const bytes = await fetched("model.onnx", "the model");
  const weights =
    MODEL.externalData && (await fetched(MODEL.externalData, "the weights"));
  const engine = await fetched(ENGINE_BINARY, "onnxruntime");
  stage("Starting onnxruntime", 1);
  state.predictor = await Predictor.load(bytes, { weights, engine });
  const texts = [];
  for (const name of ["vectors/inputs.csv", "vectors/outputs.csv"]) {
    texts.push(decodeTable(await fetchBytes(name)));
  }
  state.vectors = readVectors(...texts);
  stage("Replaying the recorded rows", 1);
  return { found: await selftest(), size: bytes.length };
}

function describe({ size, found }) {
  const { rtol, atol } = MODEL.selftest;
  const kilobytes = (size / 1000).toLocaleString("en", {
    maximumFractionDigits: 1,
  });
  const facts = {
    Inputs: listed(MODEL.inputs, 12),
    Outputs: listed(MODEL.outputs, 12),
    "Rows at a time": MODEL.batch === null ? "any number" : MODEL.batch,
    "ONNX operator set": MODEL.opset,
    Size: `${kilobytes} kB`,
    "Source (SHA-256)": MODEL.sourceSha256.slice(0, 12) || "arrays in memory",
    "Self-test": `${counted(found.rows, "row")}, singly and as a batch`,
    "Largest difference": brief(found.largest),
    Allowed: `${brief(rtol)} relative, ${brief(atol)} absolute`,
  };
  for (const [term, text] of Object.entries(facts)) {
    const names = element("dt", { textContent: term });
    const texts = element("dd", { textContent: text });
    byId("facts-list").append(element("div", {}, names, texts));
  }
}

function offerExamples() {
  byId("text").placeholder = rowCells(MODEL.inputs, state.vectors.given, 0)
    .slice(0, 20)
    .join(",");
  const place = document.querySelector(".examples");
  for (let row = 0; row < state.vectors.rows; row += 1) {
    const button = element("button", {
      type: "button",
      className: "chip",
      textContent: String(row + 1),
      "aria-label": `Fill in recorded row ${row + 1}`,
    });
    button.addEventListener("click", () => {
      fill(rowOf(MODEL.inputs, state.vectors.given, row));
    });
    place.append(button);
  }
}

function listen() {
  byId("measure").addEventListener("click", measure);
  byId("restart").addEventListener("click", restart);
  byId("restart").hidden = MODEL.states.length === 0;
  listenForRows(state.predictor, fill, pictures);
}

function showPictures() {
  if (pictures.length) {
    byId("pictures").append(...pictures.map((each) => each.element));
    byId("pictures").hidden = false;
    byId("drop-text").textContent =
      "Drop an image, or a CSV file to predict its rows";
  }
}

function title() {
  document.title = MODEL.title;
  byId("title").textContent = MODEL.title;
  byId("summary").textContent =
    `${listed(MODEL.inputs, 4)} → ${listed(MODEL.outputs, 4)}`;
  const names = columnNames(MODEL.inputs).map(shortened);
  const some =
    names.length > 4 ? [...names.slice(0, 3), "…", names.at(-1)] : names;
  byId("columns").textContent =
    `Type or paste rows: ${counted(names.length, "column")} separated by commas ` +
    `(${some.join(", ")}).`;
}

function listed(ports, most) {
  const texts = ports.map((port) => `${shortened(port.name)} ${typeOf(port)}`);
  const more = ports.length > most ? [`${ports.length - most} more`] : [];
  return [...texts.slice(0, most), ...more].join(", ");
}

async function start() {
  title();
  showPictures();
  try {
    const loaded = await load();
    describe(loaded);
    offerExamples();
    listen();
    for (const id of ["row", "table", "facts"]) {
      byId(id).hidden = false;
    }
    byId("loading").hidden = true;
    await fill(rowOf(MODEL.inputs, state.vectors.given, 0));
    await measure();
    return loaded.found;
  } catch (error) {
    byId("loading").hidden = true;
    judge("error", "");
    say(byId("trouble"), error.message);
    throw error;
  }
}

const ready = start();
ready.catch(() => {});

/** For scripts and tests; `ready` is fulfilled with the self-test's outcome. */
window.keronyx = {
  model: MODEL,
  ready,
  selftest,
  /** The row on display. */
  row: () => state.row,
  predict: (row) => state.predictor.predict(row),
  predictBatch: (batch) => state.predictor.predictBatch(batch),
};
