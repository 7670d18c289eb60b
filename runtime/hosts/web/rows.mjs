/** Many rows: typed, pasted, chosen or dropped as CSV. */

import { decodeTable, readTable } from "./csv.mjs";
import { byId, counted, say } from "./dom.mjs";
import { MODEL } from "./model.mjs";
import { rowOf } from "./replay.mjs";
import { download, leftOut, tableOf } from "./table.mjs";

const PAUSE = 200; // milliseconds without a keystroke before a text is read

/**
 * Take rows from now on; `show` is given the one that is to be looked at. Images that
 * are dropped go to one of the `pictures`.
 */
export function listenForRows(predictor, show, pictures) {
  const many = new ManyRows(predictor, show);
  let waiting;
  byId("text").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => many.run(async () => byId("text").value), PAUSE);
  });
  byId("choose").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", () => {
    many.runFile(byId("file").files[0]);
    byId("file").value = "";
  });
  byId("download").addEventListener("click", () => {
    download(`${MODEL.name}-predictions.csv`, MODEL.outputs, many.outputs);
  });
  listenForDrops((file, place) => {
    const picture =
      pictures.find((each) => each.element.contains(place)) ?? pictures[0];
    if (picture && file?.type.startsWith("image/")) {
      picture.takeFile(file);
    } else {
      many.runFile(file);
    }
  });
}

function listenForDrops(take) {
  const hover = (on) => document.body.classList.toggle("dropping", on);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    hover(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) {
      hover(false);
    }
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    hover(false);
    take(event.dataTransfer.files[0], event.target);
  });
}

class ManyRows {
  outputs = null;
  #predictor;
  #show;
  #turn = 0;

  constructor(predictor, show) {
    this.#predictor = predictor;
    this.#show = show;
  }

  runFile(file) {
    if (file) {
      byId("text").value = "";
      this.run(async () => decodeTable(await file.arrayBuffer()), file.name);
    }
  }

  /** Read a table and run its rows, unless a later table comes meanwhile. */
  async run(read, name = "") {
    this.#turn += 1;
    const turn = this.#turn;
    const prefix = name && `${name}: `;
    this.#clear();
    try {
      const text = await read();
      if (name || text.trim()) {
        const { values, outputs, spent, note } = await this.#predict(text);
        if (turn === this.#turn) {
          this.#fill(values, outputs);
          say(
            byId("table-status"),
            `${prefix}${spent}${leftOut(MODEL.outputs, outputs)}${note && `; ${note}`}`,
          );
        }
      }
    } catch (error) {
      if (turn === this.#turn) {
        say(byId("table-message"), `${prefix}${error.message}`);
      }
    }
  }

  async #predict(text) {
    const { rows, values, note } = readTable(text, MODEL.inputs, MODEL);
    if (MODEL.states.length) {
      await this.#predictor.resetStates(); // a table begins with zeros, as predict does
    }
    const started = performance.now();
    const outputs = {
      rows,
      values: await this.#predictor.predictBatch(values),
    };
    const time = (performance.now() - started).toFixed(1);
    const spent = `${counted(rows, "row")} in ${time} ms`;
    return { values, outputs, spent, note };
  }

  #clear() {
    this.outputs = null;
    say(byId("table-message"), "");
    say(byId("table-status"), "");
    byId("predictions").hidden = true;
    byId("download").hidden = true;
  }

  #fill(values, outputs) {
    const table = tableOf(MODEL.outputs, outputs, (row) => {
      this.#show(rowOf(MODEL.inputs, values, row));
      byId("output").scrollIntoView({ block: "nearest" });
    });
    this.outputs = outputs;
    byId("predictions").replaceChildren(table);
    byId("predictions").hidden = false;
    byId("download").hidden = false;
    if (outputs.rows) {
      this.#show(rowOf(MODEL.inputs, values, 0));
    }
  }
}
