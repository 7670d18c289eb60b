/** Many rows: what came out of them as a table, and as a file. */

import { columnNames, rowCells, sizeOf, writeTable } from "./csv.mjs";
import { element, shown } from "./dom.mjs";
import { DTYPES } from "./dtypes.mjs";
import { largest } from "./results.mjs";

/** What is shown; a file that is downloaded has everything. */
const MOST_ROWS = 200;
const MOST_COLUMNS = 40;

/** Return a table of the outputs; `choose(row)` is called when a row is asked for. */
export function tableOf(ports, outputs, choose) {
  const names = columnNames(ports).slice(0, MOST_COLUMNS);
  const head = element(
    "tr",
    {},
    element("th", { scope: "col", textContent: "row" }),
  );
  head.append(
    ...names.map((name) =>
      element("th", { scope: "col", textContent: name, title: name }),
    ),
  );
  const body = element("tbody");
  for (let row = 0; row < Math.min(outputs.rows, MOST_ROWS); row += 1) {
    body.append(line(ports, outputs.values, row, choose));
  }
  return element("table", {}, element("thead", {}, head), body);
}

/** Return what a table leaves out, as words. */
export function leftOut(ports, outputs) {
  const columns = columnNames(ports).length;
  const left = [
    [outputs.rows - MOST_ROWS, "rows"],
    [columns - MOST_COLUMNS, "columns"],
  ].filter(([count]) => count > 0);
  return left.length
    ? `; ${left.map(([count, what]) => `${count} more ${what}`).join(" and ")} in the download`
    : "";
}

function line(ports, values, row, choose) {
  const button = element("button", {
    type: "button",
    className: "quiet",
    textContent: String(row + 1),
    "aria-label": `Show row ${row + 1} above`,
  });
  button.addEventListener("click", () => choose(row));
  const made = element("tr", {}, element("th", { scope: "row" }, button));
  const tops = ports.flatMap((port) => topOf(port, values, row));
  rowCells(ports, values, row)
    .slice(0, MOST_COLUMNS)
    .forEach((cell, index) => {
      const numeric = Number.isFinite(Number(cell)) && cell !== "";
      const text = numeric ? shown(Number(cell)) : cell;
      const data = element("td", { textContent: text, title: cell });
      data.classList.toggle("largest", tops[index]);
      data.classList.toggle("text", !numeric);
      made.append(data);
    });
  return made;
}

/** Tell for every value of a row whether it is the largest of several. */
function topOf(port, values, row) {
  const size = sizeOf(port);
  const part = Array.from(
    values[port.key].slice(row * size, (row + 1) * size),
    Number,
  );
  const numeric = ["number", "integer"].includes(DTYPES[port.dtype].kind);
  const top = size > 1 && numeric ? largest(part) : -1;
  return part.map((_, index) => index === top);
}

/** Hand a table to the browser as a file. */
export function download(name, ports, outputs) {
  const blob = new Blob([writeTable(ports, outputs)], { type: "text/csv" });
  const href = URL.createObjectURL(blob);
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
