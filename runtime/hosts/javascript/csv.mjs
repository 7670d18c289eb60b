/**
 * Tables as text: a line for each row, the columns of all inputs or outputs side by
 * side, after RFC 4180.
 */

import { DTYPES, isValue } from "./dtypes.mjs";

const FIELD =
  /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n][^,\r\n]*|))(,|\r\n|\r|\n|$)/y;

/** Return a name for every column: the port's, with an index where it has several. */
export function columnNames(ports) {
  return ports.flatMap((port) => {
    return sizeOf(port) === 1
      ? [port.name]
      : places(port.row).map((place) => `${port.name}${place}`);
  });
}

/** Return the number of values in a row of an input or output. */
export function sizeOf(port) {
  return port.row.reduce((product, size) => product * size, 1);
}

function places(row) {
  return row.reduce(
    (found, size) =>
      found.flatMap((place) =>
        [...Array(size).keys()].map((k) => `${place}[${k}]`),
      ),
    [""],
  );
}

/**
 * Read the rows of a table.
 *
 * A first line with the columns' names says their order; another one without any
 * value is passed over. Returns the number of rows, and for each port by its key all
 * values flat, row after row. Throws a RangeError that says the line and the column.
 */
export function readTable(text, ports) {
  const names = columnNames(ports);
  const dtypes = ports.flatMap((port) => Array(sizeOf(port)).fill(port.dtype));
  const lines = [...records(text.replace(/^\ufeff/, ""))];
  if (!lines.length) {
    throw new RangeError("no rows");
  }
  const first = lines[0].cells;
  const ordered = isPermutation(first, names);
  if (ordered || isHeading(first, dtypes)) {
    lines.shift();
    if (!lines.length) {
      throw new RangeError("a header without rows");
    }
  }
  const found = new Map(
    [...first.keys()].reverse().map((index) => [first[index], index]),
  );
  const order = names.map((name, index) => (ordered ? found.get(name) : index));
  return { rows: lines.length, values: columns(lines, ports, order) };
}

/** Yield every line that is not blank: its number, and its cells without the spaces. */
function* records(text) {
  const field = new RegExp(FIELD);
  let line = 1;
  let cells = [];
  while (field.lastIndex < text.length) {
    const start = field.lastIndex;
    const found = field.exec(text);
    if (!found) {
      throw new RangeError(brokenQuote(text, start, line));
    }
    const [, inside, plain, end] = found;
    line += inside ? lineEnds(inside) : 0;
    cells.push(inside === undefined ? plain : inside.replaceAll('""', '"'));
    const open = end === "," && field.lastIndex === text.length;
    if (open) {
      cells.push("");
    }
    if (end !== "," || open) {
      if (cells.some((cell) => cell !== "")) {
        yield { line, cells: cells.map((cell) => cell.trim()) };
      }
      line += 1;
      cells = [];
    }
  }
}

function lineEnds(text) {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

function brokenQuote(text, start, line) {
  const closed = /"[^"]*(?:""[^"]*)*"/y;
  closed.lastIndex = start;
  const found = closed.exec(text);
  const last = line + lineEnds(found ? found[0] : text.slice(start).trimEnd());
  return found
    ? `line ${last}: a comma is expected after a closing quote`
    : `line ${last}: a quote is not closed`;
}

function isPermutation(cells, names) {
  const sorted = [...names].sort();
  return (
    cells.length === names.length &&
    [...cells].sort().every((cell, index) => cell === sorted[index])
  );
}

function isHeading(cells, dtypes) {
  if (cells.length !== dtypes.length) {
    return false;
  }
  const numeric = cells.filter((_, index) => dtypes[index] !== "string");
  const held = (cell, index) =>
    dtypes[index] !== "string" && (!cell || isValue(cell, dtypes[index]));
  return numeric.length > 0 && !cells.some(held);
}

function checkWidth({ line, cells }, columns) {
  if (cells.length !== columns) {
    const hint = /[;\t]/.test(cells[0])
      ? "; separate the columns with commas"
      : "";
    throw new RangeError(
      `line ${line}: ${cells.length} columns, expected ${columns}${hint}`,
    );
  }
}

function columns(lines, ports, order) {
  const values = {};
  for (const port of ports) {
    values[port.key] = new DTYPES[port.dtype].values(
      lines.length * sizeOf(port),
    );
  }
  for (const [row, line] of lines.entries()) {
    checkWidth(line, order.length);
    let next = 0;
    for (const port of ports) {
      const size = sizeOf(port);
      const dtype = DTYPES[port.dtype];
      for (let index = row * size; index < (row + 1) * size; index += 1) {
        values[port.key][index] = value(dtype, line, order[next]);
        next += 1;
      }
    }
  }
  return values;
}

function value(dtype, { line, cells }, column) {
  const cell = cells[column];
  try {
    if (!cell && dtype.kind !== "text") {
      throw new RangeError("empty");
    }
    return dtype.parse(cell);
  } catch (error) {
    throw new RangeError(
      `line ${line}, column ${column + 1}: ${error.message}`,
    );
  }
}

/** Write a table: a header, and a line for each row. */
export function writeTable(ports, { rows, values }) {
  const lines = [columnNames(ports)];
  for (let row = 0; row < rows; row += 1) {
    lines.push(rowCells(ports, values, row));
  }
  return lines
    .map((cells) => `${cells.map(cellText).join(",") || '""'}\n`)
    .join("");
}

/** Return the cells of one row as text. */
export function rowCells(ports, values, row) {
  return ports.flatMap((port) => {
    const size = sizeOf(port);
    const part = values[port.key].slice(row * size, (row + 1) * size);
    return Array.from(part, DTYPES[port.dtype].format);
  });
}

function cellText(cell) {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Read a table from bytes, which must be UTF-8. */
export function decodeTable(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RangeError("not UTF-8 text; save the table as UTF-8");
  }
}
