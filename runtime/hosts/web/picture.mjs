/** An input that is an image: drawn, chosen or dropped, and shown as the model sees it. */

import { byId, element, say, typeOf } from "./dom.mjs";
import { isDrawable, Pad } from "./pad.mjs";
import { bytesOf, pictureOf, valuesOf } from "./pixels.mjs";

/** Numbers for black and white that models are often trained on. */
const RANGES = [
  [0, 1],
  [0, 255],
  [-1, 1],
];

/** The most pixels of a file that are looked at. */
const MOST_PIXELS = 50_000_000;

/** The fields of one image; calls `changed` when its values are others. */
export class Picture {
  values = null;
  #id;
  #source = null;
  #changed;
  #preview;
  #options = {};

  constructor(port, index, changed) {
    this.port = port;
    this.#id = `picture-${index}`;
    this.#changed = changed;
    const { width, height } = port.image;
    this.#preview = element("canvas", {
      className: "preview",
      width,
      height,
      role: "img",
      "aria-label": `${port.name} as the model sees it`,
    });
    this.element = this.#fieldset();
  }

  /** Show the values of a row, which come from no picture. */
  fill(values) {
    this.#source = null;
    this.values = values;
    this.#show();
  }

  /** Take an image file. */
  async takeFile(file) {
    try {
      this.#take(await decoded(file), this.port.image.channels);
      say(byId("form-message"), "");
    } catch {
      const what = `${file.name}: no image that this browser can read`;
      say(byId("form-message"), what);
    }
  }

  #take(pixels, channels) {
    this.#source = pictureOf(pixels, channels);
    this.#update();
  }

  /** Compute the values anew; throws nothing, but says what is wrong. */
  #update() {
    if (!this.#source) {
      this.#show();
      return;
    }
    try {
      this.values = valuesOf(this.#source, this.port, this.#chosen());
    } catch (error) {
      say(byId("form-message"), `${this.port.name}: ${error.message}`);
      return;
    }
    this.#show();
    this.#changed();
  }

  #chosen() {
    const { black, white, invert, cut } = this.#options;
    return {
      black: Number(black.value),
      white: Number(white.value),
      invert: invert.checked,
      cut: cut.checked,
    };
  }

  #show() {
    if (this.values) {
      const { width, height } = this.port.image;
      const bytes = bytesOf(this.values, this.port, this.#chosen());
      const context = this.#preview.getContext("2d");
      context.putImageData(new ImageData(bytes, width, height), 0, 0);
    }
  }

  #fieldset() {
    const { port } = this;
    const legend = element(
      "legend",
      {},
      element("span", { className: "name", textContent: port.name }),
      element("span", { className: "type", textContent: typeOf(port) }),
    );
    return element(
      "fieldset",
      { className: "picture" },
      legend,
      element("div", { className: "sheets" }, ...this.#pad(), this.#seen()),
      this.#files(),
      this.#settings(),
    );
  }

  #pad() {
    const { name, image } = this.port;
    if (!isDrawable(image)) {
      return [];
    }
    const pad = new Pad(name, image, this.#id, (sheet) => {
      this.#source = sheet;
      this.#update();
    });
    return [element("div", { className: "sheet" }, ...pad.parts(this.#id))];
  }

  #seen() {
    const { width, height } = this.port.image;
    const what = `${width} × ${height}, as the model sees it`;
    const caption = element("p", { className: "hint", textContent: what });
    return element("div", { className: "sheet" }, this.#preview, caption);
  }

  #files() {
    const { name } = this.port;
    const file = element("input", {
      type: "file",
      accept: "image/*",
      hidden: true,
      id: `${this.#id}-file`,
    });
    const choose = element("button", {
      type: "button",
      textContent: "Choose an image",
      "aria-label": `Choose an image for ${name}`,
    });
    choose.addEventListener("click", () => file.click());
    file.addEventListener("change", () => {
      if (file.files[0]) {
        this.takeFile(file.files[0]);
      }
      file.value = "";
    });
    const hint = element("span", {
      className: "hint",
      textContent: "or drop one anywhere on this page",
    });
    return element("div", { className: "actions" }, choose, file, hint);
  }

  #settings() {
    const { black, white } = this.port.image;
    const range = this.#range([black, white]);
    this.#options = {
      black: this.#number("black", black),
      white: this.#number("white", white),
      invert: this.#check("invert"),
      cut: this.#check("cut"),
    };
    const numbers = [this.#options.black, this.#options.white];
    range.addEventListener("change", () => {
      if (range.value) {
        const chosen = range.value.split(" ");
        numbers.forEach((field, index) => (field.value = chosen[index]));
        this.#update();
      }
    });
    for (const field of numbers) {
      field.addEventListener("input", () => {
        const found = numbers.map((each) => Number(each.value)).join(" ");
        const known = [...range.options].some(({ value }) => value === found);
        range.value = known ? found : "";
        this.#update();
      });
    }
    return element(
      "div",
      { className: "settings" },
      this.#labelled("Values from black to white", range),
      this.#labelled("Black is", this.#options.black),
      this.#labelled("White is", this.#options.white),
      this.#labelled("Swap light and dark", this.#options.invert),
      this.#labelled("Cut to shape, do not stretch", this.#options.cut),
    );
  }

  #range(own) {
    const known = RANGES.some((each) => each.join(" ") === own.join(" "));
    const select = element("select", { id: `${this.#id}-range` });
    for (const each of known ? RANGES : [own, ...RANGES]) {
      const textContent = each.join(" to ").replace("-", "−");
      select.append(element("option", { value: each.join(" "), textContent }));
    }
    select.append(element("option", { value: "", textContent: "others" }));
    select.value = own.join(" ");
    return select;
  }

  #number(name, value) {
    const id = `${this.#id}-${name}`;
    return element("input", { id, type: "number", step: "any", value });
  }

  #check(name) {
    const box = element("input", {
      id: `${this.#id}-${name}`,
      type: "checkbox",
    });
    box.addEventListener("change", () => this.#update());
    return box;
  }

  #labelled(text, field) {
    const label = element("label", { htmlFor: field.id, textContent: text });
    return element("div", { className: "setting" }, label, field);
  }
}

/** Return the bytes of red, green, blue and opacity that a file's pixels have. */
async function decoded(file) {
  const bitmap = await createImageBitmap(file, {
    premultiplyAlpha: "none",
    colorSpaceConversion: "none",
  });
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) {
    throw new RangeError("too large");
  }
  const canvas = element("canvas", { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
