/**
 * Tables as text: a line for each row, the columns of all inputs or outputs side by
 * side, after RFC 4180.
 */

import { DTYPES, isValue, quoted } from "./dtypes.mjs";

const FIELD =
  /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n][^,\r\n]*|))(,|\r\n|\r|\n|$)/y;

/** The most names that a message lists. */
const MOST_NAMES = 6;

/** Return a name for every column: one given, or the port's, with an index where it has several. */
export function columnNames(ports) {
  return ports.flatMap((port) => {
    if (port.columns) {
      return port.columns;
    }
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
 * A first line with the columns' names says their order, and other columns are left
 * out; where the names are `named`, another header is refused, and else passed over.
 * Returns the number of rows, for each port by its key all values flat, row after row,
 * and a note on how the columns were taken where there is one to be said. Throws a
 * RangeError that says the line and the column.
 */
export function readTable(text, ports, { named = false } = {}) {
  const names = columnNames(ports);
  const dtypes = ports.flatMap((port) => Array(sizeOf(port)).fill(port.dtype));
  const lines = [...records(text.replace(/^\ufeff/, ""))];
  if (!lines.length) {
    throw new RangeError("no rows");
  }
  let shape = { order: [...names.keys()], width: names.length, note: "" };
  if (isHeading(lines[0].cells, names, dtypes)) {
    shape = { ...shape, ...arranged(lines.shift(), names, named) };
  }
  const values = columns(lines, ports, shape);
  return { rows: lines.length, values, note: shape.note };
}

/** Find the columns by the names over them. */
function arranged(header, names, named) {
  const { cells } = header;
  const found = new Map(
    [...cells.entries()].map(([index, cell]) => [cell, index]),
  );
  const missing = names.filter((name) => !found.has(name));
  if (!named && missing.length === names.length && names.length) {
    checkWidth(header, names.length);
    const note =
      "the columns are taken in the table's order, as the model has no names for them";
    return names.length > 1 ? { note } : {};
  }
  if (missing.length) {
    throw new RangeError(
      `no column ${listed(missing)}; the header has ${listed(cells)}`,
    );
  }
  const known = new Set(names);
  const twice = cells.filter(
    (cell, index) => known.has(cell) && found.get(cell) !== index,
  );
  if (twice.length) {
    throw new RangeError(`column ${listed(twice)} is there twice`);
  }
  const extra = [...cells.entries()].filter(([, cell]) => !known.has(cell));
  const others = extra.map(([index, cell]) => cell || String(index + 1));
  return {
    order: names.map((name) => found.get(name)),
    width: cells.length,
    note: extra.length
      ? `left out, since the model does not take it: ${listed(others)}`
      : "",
  };
}

function listed(names) {
  const some = names.slice(0, MOST_NAMES).map(quoted).join(", ");
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${some} and ${more} more` : some;
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

/** Tell a line over the columns: it has all names, or no value where numbers are. */
function isHeading(cells, names, dtypes) {
  const present = new Set(cells);
  if (names.every((name) => present.has(name))) {
    return true;
  }
  const kinds =
    cells.length === dtypes.length ? dtypes : cells.map(() => "float64");
  const numeric = cells.filter((_, index) => kinds[index] !== "string");
  const held = (cell, index) =>
    kinds[index] !== "string" && isValue(cell, kinds[index]);
  return (
    (cells.length > 1 || dtypes.length === 1) &&
    dtypes.some((dtype) => dtype !== "string") &&
    numeric.some((cell) => cell !== "") &&
    !cells.some(held)
  );
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

function columns(lines, ports, { order, width }) {
  const values = {};
  for (const port of ports) {
    values[port.key] = new DTYPES[port.dtype].values(
      lines.length * sizeOf(port),
    );
  }
  for (const [row, line] of lines.entries()) {
    checkWidth(line, width);
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
