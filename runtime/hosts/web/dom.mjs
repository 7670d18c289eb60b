/** Small pieces of the page. */

/** Return the element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Make an element; text never becomes markup. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) {
      made[name] = value;
    } else {
      made.setAttribute(name, value);
    }
  }
  made.append(...children);
  return made;
}

/** Show a message where one belongs, or nothing. */
export function say(place, text) {
  place.textContent = text;
  place.hidden = !text;
}

/** Return an input's or output's type and the shape of its rows, for people. */
export function typeOf(port) {
  return port.row.length
    ? `${port.dtype} [${port.row.join(", ")}]`
    : port.dtype;
}

/** Return a name as far as there is room in a sentence. */
export function shortened(name) {
  return name.length > 32 ? `${name.slice(0, 20)}…${name.slice(-10)}` : name;
}

/** Return a count and its noun. */
export function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Spell a number for a display: six digits at most. */
export function shown(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e9)
    ? value.toExponential(2)
    : String(Number(value.toPrecision(6)));
}
