/** The outputs of one row: a number, bars, or words. */

import { element, shown, typeOf } from "./dom.mjs";
import { DTYPES } from "./dtypes.mjs";

/** With more values than this, bars become thin columns without words. */
const MOST_BARS = 32;

/** More values than this are not drawn. */
const MOST_COLUMNS = 1024;

const SVG = "http://www.w3.org/2000/svg";

/** Return what is shown of an output. */
export function resultOf(port, values) {
  const heading = element(
    "h3",
    {},
    element("span", { className: "name", textContent: port.name }),
    element("span", { className: "type", textContent: typeOf(port) }),
  );
  return element(
    "div",
    { className: "result" },
    heading,
    ...drawn(port, values),
  );
}

function drawn(port, values) {
  const numbers = [...values].map(Number);
  if (!["number", "integer"].includes(DTYPES[port.dtype].kind)) {
    return [words(port, values)];
  }
  if (values.length === 1) {
    return [single(values[0])];
  }
  const top = largest(numbers);
  const chart = values.length <= MOST_BARS ? bars : columns;
  const name = (index) => port.columns?.[index] ?? String(index);
  return [summary(top, values, name), chart(numbers, values, top, name)];
}

function single(value) {
  return element("p", {
    className: "number",
    textContent: shown(value),
    title: String(value),
  });
}

function words(port, values) {
  const { format } = DTYPES[port.dtype];
  const items = Array.from(values, (value) => {
    return element("li", { textContent: format(value) || "(empty)" });
  });
  return element("ol", { className: "words" }, ...items.slice(0, MOST_COLUMNS));
}

/** Return the index of the largest number; -1 where there is none. */
export function largest(numbers) {
  return numbers.reduce((best, value, index) => {
    return Number.isNaN(value) || (best >= 0 && value <= numbers[best])
      ? best
      : index;
  }, -1);
}

function summary(top, values, name) {
  const line = element("p", { className: "summary" });
  if (top < 0) {
    line.textContent = "no value is a number";
    return line;
  }
  line.append(
    element("strong", { textContent: name(top) }),
    element("span", {
      textContent: `is the largest, at ${shown(values[top])}`,
    }),
  );
  return line;
}

/**
 * Return the ends of a chart, which has zero in it, and one as well if all numbers
 * could be probabilities.
 */
function ends(numbers) {
  const finite = numbers.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), 0);
  const most = finite.reduce((a, b) => Math.max(a, b), 0);
  const parts = low === 0 && most <= 1 && !finite.every(Number.isInteger);
  return { low, high: parts ? 1 : most, parts };
}

/** Return where a number stands between the ends. */
function scale({ low, high }) {
  const width = high - low || 1;
  return (value) => (Math.min(Math.max(value || 0, low), high) - low) / width;
}

/** Spell a part of one, all to the same length. */
function part(value) {
  return value > 0 && value < 5e-5 ? "<0.0001" : value.toFixed(4);
}

function bars(numbers, values, top, name) {
  const limits = ends(numbers);
  const at = scale(limits);
  const items = numbers.map((number, index) => {
    const bar = element("span", { className: "bar" });
    bar.style.left = `${100 * Math.min(at(0), at(number))}%`;
    bar.style.width = `${100 * Math.abs(at(number) - at(0))}%`;
    const item = element(
      "li",
      { title: String(values[index]) },
      element("span", { className: "index", textContent: name(index) }),
      element("span", { className: "track" }, bar),
      element("span", {
        className: "value",
        textContent: limits.parts ? part(number) : shown(values[index]),
      }),
    );
    item.classList.toggle("largest", index === top);
    return item;
  });
  return element("ol", { className: "bars" }, ...items);
}

function columns(numbers, values, top, name) {
  const drawnNumbers = numbers.slice(0, MOST_COLUMNS);
  const at = scale(ends(drawnNumbers));
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${drawnNumbers.length} 100`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("class", "columns");
  svg.setAttribute(
    "aria-label",
    `${numbers.length} values, the largest at ${name(top)}`,
  );
  drawnNumbers.forEach((number, index) => {
    const column = document.createElementNS(SVG, "rect");
    const [low, high] = [at(0), at(number)].sort((a, b) => a - b);
    column.setAttribute("x", index + 0.1);
    column.setAttribute("width", 0.8);
    column.setAttribute("y", 100 * (1 - high));
    column.setAttribute("height", Math.max(100 * (high - low), 0.5));
    column.setAttribute("class", index === top ? "largest" : "");
    const title = document.createElementNS(SVG, "title");
    title.textContent = `${name(index)}: ${values[index]}`;
    column.append(title);
    svg.append(column);
  });
  return svg;
}
