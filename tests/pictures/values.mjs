/**
 * Asks the modules of a page for what they make of pictures, in Node.js.
 *
 * node values.mjs FOLDER < [{"pixels" or "strokes", "port", "options"}]
 *
 * FOLDER is a project. The answer is a JSON list of the values, and of the bytes that
 * show them.
 */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.argv[2]}/`);
const { blankSheet, FINE, stroke } = await import(new URL("ink.mjs", folder));
const { bytesOf, pictureOf, valuesOf } = await import(
  new URL("pixels.mjs", folder)
);

function pictureIn({ pixels, strokes, port }) {
  if (pixels) {
    return pictureOf(pixels, port.image.channels);
  }
  const sheet = blankSheet(port.image);
  for (const [from, to, radius] of strokes) {
    const [start, end] = [from, to].map(([x, y]) => ({
      x: x * FINE,
      y: y * FINE,
    }));
    stroke(sheet, start, end, radius * FINE);
  }
  return sheet;
}

const found = JSON.parse(readFileSync(0, "utf8")).map((each) => {
  try {
    const values = valuesOf(pictureIn(each), each.port, each.options);
    const bytes = bytesOf(values, each.port, each.options);
    return { values: Array.from(values, Number), bytes: [...bytes] };
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(found));
