/** A pad to draw on, with a mouse, a finger, a pen or the keyboard. */

import { element, say } from "./dom.mjs";
import { blankSheet, FINE, stroke } from "./ink.mjs";

/** Pictures with longer sides are not drawn by hand. */
const LARGEST = 64;

/** The width of the pen in parts of the shorter side. */
const PEN = 0.11;

const MOVES = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** Tell whether an image is one that people draw: grey, and small. */
export function isDrawable({ width, height, channels }) {
  return channels === 1 && Math.max(width, height) <= LARGEST;
}

/** A sheet under a pen; calls `changed` with the sheet whenever something was drawn. */
export class Pad {
  #image;
  #sheet;
  #changed;
  #canvas;
  #pen;
  #down = false;
  #at;
  #keys;

  constructor(name, image, id, changed) {
    this.#image = image;
    this.#changed = changed;
    this.#sheet = blankSheet(image);
    this.#at = { x: this.#sheet.width / 2, y: this.#sheet.height / 2 };
    this.#canvas = element("canvas", {
      id: `${id}-pad`,
      className: "pad",
      width: this.#sheet.width,
      height: this.#sheet.height,
      tabIndex: 0,
      role: "application",
      "aria-label": `Draw ${name}`,
      "aria-describedby": `${id}-keys`,
    });
    this.#pen = element("input", {
      id: `${id}-pen`,
      type: "range",
      min: 0.04,
      max: 0.3,
      step: 0.01,
      value: PEN,
    });
    this.#keys = element("span", { role: "status" });
    this.#listen();
    this.#show();
  }

  /** What stands in the page. */
  parts(id) {
    const clear = element("button", { type: "button", textContent: "Clear" });
    clear.addEventListener("click", () => this.clear());
    const hint = element("p", {
      id: `${id}-keys`,
      className: "hint",
      textContent:
        "Draw with the mouse or a finger. With the keyboard: the arrows move the pen, " +
        "the space bar puts it down or lifts it, Delete clears. ",
    });
    hint.append(this.#keys);
    const width = element("label", { htmlFor: `${id}-pen` }, "Pen");
    return [
      this.#canvas,
      element("div", { className: "actions" }, width, this.#pen, clear),
      hint,
    ];
  }

  /** Take a black sheet. */
  clear() {
    this.#sheet = blankSheet(this.#image);
    this.#drawn();
  }

  get #radius() {
    const { width, height } = this.#sheet;
    return (Number(this.#pen.value) * Math.min(width, height)) / 2;
  }

  #listen() {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#at = this.#place(event);
      this.#line(this.#at);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) {
        const passed = event.getCoalescedEvents?.() ?? [];
        for (const each of passed.length ? passed : [event]) {
          this.#line(this.#place(each));
        }
      }
    });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.#show());
    canvas.addEventListener("blur", () => this.#lift());
  }

  #place({ clientX, clientY }) {
    const box = this.#canvas.getBoundingClientRect();
    return {
      x: ((clientX - box.left) / box.width) * this.#sheet.width,
      y: ((clientY - box.top) / box.height) * this.#sheet.height,
    };
  }

  #key(event) {
    const move = MOVES[event.key];
    if (move) {
      this.#move(move);
    } else if (event.key === " ") {
      this.#down = !this.#down;
      say(this.#keys, this.#down ? "The pen is down." : "The pen is up.");
      if (this.#down) {
        this.#line(this.#at);
      }
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
    } else {
      return;
    }
    event.preventDefault();
  }

  #move({ x, y }) {
    const { width, height } = this.#sheet;
    const step = FINE / 2;
    const to = {
      x: Math.min(Math.max(this.#at.x + x * step, 0), width),
      y: Math.min(Math.max(this.#at.y + y * step, 0), height),
    };
    if (this.#down) {
      this.#line(to);
    } else {
      this.#at = to;
      this.#show();
    }
  }

  #lift() {
    this.#down = false;
    say(this.#keys, "");
    this.#show();
  }

  #line(to) {
    stroke(this.#sheet, this.#at, to, this.#radius);
    this.#at = to;
    this.#drawn();
  }

  #drawn() {
    this.#show();
    this.#changed(this.#sheet);
  }

  #show() {
    const { data, width, height } = this.#sheet;
    const bytes = new Uint8ClampedArray(4 * data.length).fill(255);
    data.forEach((level, place) => bytes.fill(level, 4 * place, 4 * place + 3));
    const context = this.#canvas.getContext("2d");
    context.putImageData(new ImageData(bytes, width, height), 0, 0);
    if (this.#canvas.matches(":focus-visible")) {
      context.strokeStyle = "#8b85ff";
      context.lineWidth = 2;
      context.beginPath();
      context.arc(this.#at.x, this.#at.y, this.#radius, 0, 2 * Math.PI);
      context.stroke();
    }
  }
}
