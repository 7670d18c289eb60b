/**
 * Opens a page in Chromium, does what is asked for, and tells what was seen.
 *
 * node drive_page.mjs NODE_MODULES CHROMIUM < {"url", "visits": [{"context", "steps"}]}
 *
 * A step is a list: what to do, and with what. The answer is a JSON list, for each
 * visit the value of each step, what the console said, and every address that was
 * asked for.
 */

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [modules, executablePath] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)("playwright-core");
const { url, visits } = JSON.parse(readFileSync(0, "utf8"));

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const drop = ([name, content, type = "text/csv"]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(content, (char) => char.charCodeAt(0));
  const parts = [type === "text/csv" ? content : bytes];
  data.items.add(new File(parts, name, { type }));
  for (const type of ["dragover", "drop"]) {
    const options = { dataTransfer: data, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new DragEvent(type, options));
  }
};

const ACTIONS = {
  wait: async (page, code) => {
    // Not waitForFunction, whose eval() the page's policy forbids.
    for (let turn = 0; !(await page.evaluate(code)); turn += 1) {
      if (turn > 1200) {
        const text = await page.locator("body").innerText();
        throw new Error(`never came true: ${code}\n${text}`);
      }
      await page.waitForTimeout(25);
    }
  },
  evaluate: (page, code) => page.evaluate(code),
  text: (page, place) => page.locator(place).innerText(),
  texts: (page, place) => page.locator(place).allInnerTexts(),
  count: (page, place) => page.locator(place).count(),
  visible: (page, place) => page.locator(place).isVisible(),
  fill: (page, place, text) => page.locator(place).fill(text),
  type: (page, place, text) => page.locator(place).pressSequentially(text),
  press: (page, key) => page.keyboard.press(key),
  click: (page, place) => page.locator(place).click(),
  drop: (page, name, text) => page.evaluate(drop, [name, text]),
  choose: (page, place, name, text) => {
    const buffer = Buffer.from(text);
    return page.setInputFiles(place, { name, mimeType: "text/csv", buffer });
  },
  dropImage: (page, name, base64) =>
    page.evaluate(drop, [name, atob(base64), "image/png"]),
  chooseImage: (page, place, name, base64) => {
    const buffer = Buffer.from(base64, "base64");
    return page.setInputFiles(place, { name, mimeType: "image/png", buffer });
  },
  /** Draw lines on an element; points are in parts of its width and height. */
  draw: async (page, place, ...lines) => {
    const box = await page.locator(place).boundingBox();
    const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
    for (const [from, to] of lines) {
      await page.mouse.move(...at(from));
      await page.mouse.down();
      await page.mouse.move(...at(to), { steps: 8 });
      await page.mouse.up();
    }
  },
  select: (page, place, value) => page.locator(place).selectOption(value),
  download: async (page, place) => {
    const coming = page.waitForEvent("download");
    await page.locator(place).click();
    const file = await coming;
    return [file.suggestedFilename(), readFileSync(await file.path(), "utf8")];
  },
  screenshot: (page, path) =>
    page.screenshot({ path, fullPage: true }).then(() => null),
};

async function visit(browser, { context, steps }) {
  const made = await browser.newContext(context);
  const page = await made.newPage();
  const seen = { values: [], console: [], requests: [] };
  page.on("console", (message) => seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  await page.goto(url);
  for (const [action, ...words] of steps) {
    seen.values.push((await ACTIONS[action](page, ...words)) ?? null);
  }
  await made.close();
  return seen;
}

const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  const found = [];
  for (const each of visits) {
    found.push(await visit(browser, each));
  }
  process.stdout.write(JSON.stringify(found));
} finally {
  await browser.close();
}
