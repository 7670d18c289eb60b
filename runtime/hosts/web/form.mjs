/** The form: a field for every value of a row. */

import { columnNames, rowCells, sizeOf } from "./csv.mjs";
import { element, typeOf } from "./dom.mjs";
import { DTYPES } from "./dtypes.mjs";

/** Models with more columns are given rows as text only. */
const MOST_FIELDS = 64;

/** Fields for one row; calls `changed` when somebody edits one. */
export class Form {
  #ports;
  #fields = [];

  constructor(place, ports, changed) {
    this.#ports = ports;
    const columns = ports.reduce((sum, port) => sum + sizeOf(port), 0);
    place.hidden = columns === 0;
    if (columns > MOST_FIELDS) {
      place.append(
        element("p", {
          className: "hint",
          textContent: `A row has ${columns} values: paste it below, or take an example.`,
        }),
      );
      return;
    }
    for (const port of ports) {
      place.append(this.#fieldset(port));
    }
    place.addEventListener("input", changed);
    place.addEventListener("submit", (event) => {
      event.preventDefault();
      changed();
    });
  }

  #fieldset(port) {
    const legend = element(
      "legend",
      {},
      element("span", { className: "name", textContent: port.name }),
      element("span", { className: "type", textContent: typeOf(port) }),
    );
    const names = columnNames([port]);
    const cells = names.map((name) =>
      this.#cell(port, name, names.length === 1),
    );
    const grid = element("div", { className: "grid" }, ...cells);
    grid.classList.toggle("single", names.length === 1);
    grid.classList.toggle("texts", port.dtype === "string");
    grid.classList.toggle("floats", DTYPES[port.dtype].kind === "number");
    return element("fieldset", {}, legend, grid);
  }

  #cell(port, name, single) {
    const id = `field-${this.#fields.length}`;
    const index =
      single || port.columns
        ? name
        : name.slice(port.name.length).replaceAll("][", ", ");
    const text = element("label", {
      htmlFor: id,
      textContent: index,
      title: name,
    });
    text.classList.toggle("visually-hidden", single);
    const field = element("input", { id, type: "text", "aria-label": name });
    field.inputMode = port.dtype === "string" ? "text" : "decimal";
    if (DTYPES[port.dtype].kind === "truth") {
      field.type = "checkbox";
    }
    this.#fields.push({ field, port, name });
    return element("div", { className: "cell" }, text, field);
  }

  /** Whether there are fields. */
  get usable() {
    return this.#fields.length > 0;
  }

  /** Put a row's values into the fields. */
  fill(values) {
    const cells = this.usable ? rowCells(this.#ports, values, 0) : [];
    this.#fields.forEach(({ field, port }, index) => {
      field.value = cells[index];
      field.checked = field.type === "checkbox" && cells[index] === "True";
      field.removeAttribute("aria-invalid");
      if (port.dtype !== "string") {
        field.title = cells[index];
      }
    });
  }

  /** Return the row that stands in the fields; throws a RangeError where one is no value. */
  read() {
    const values = {};
    for (const port of this.#ports) {
      values[port.key] = new DTYPES[port.dtype].values(sizeOf(port));
    }
    const filled = new Map(this.#ports.map((port) => [port, 0]));
    const wrong = [];
    for (const each of this.#fields) {
      const index = filled.get(each.port);
      filled.set(each.port, index + 1);
      try {
        values[each.port.key][index] = valueOf(each);
        each.field.removeAttribute("aria-invalid");
      } catch (error) {
        each.field.setAttribute("aria-invalid", "true");
        wrong.push(`${each.name}: ${error.message}`);
      }
    }
    if (wrong.length) {
      throw new RangeError(wrong[0]);
    }
    return values;
  }
}

function valueOf({ field, port }) {
  const dtype = DTYPES[port.dtype];
  if (field.type === "checkbox") {
    return Number(field.checked);
  }
  const text = field.value.trim();
  if (!text && dtype.kind !== "text") {
    throw new RangeError("empty");
  }
  return dtype.parse(text);
}
