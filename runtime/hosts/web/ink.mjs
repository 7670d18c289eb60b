/** Drawing without a page: a sheet of greys, finer than the picture that is made of it. */

/** Places of a sheet along each pixel of the picture. */
export const FINE = 12;

/** Return a black sheet for a picture. */
export function blankSheet({ width, height }) {
  const [across, down] = [width * FINE, height * FINE];
  const data = new Float64Array(across * down);
  return { data, width: across, height: down, channels: 1 };
}

/** Draw a line of white with round ends; `from`, `to` and `radius` are in places of the sheet. */
export function stroke(sheet, from, to, radius) {
  const reach = radius + 1;
  const [left, right] = ends(from.x, to.x, reach, sheet.width);
  const [top, bottom] = ends(from.y, to.y, reach, sheet.height);
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) {
      const away = distance({ x: column + 0.5, y: row + 0.5 }, from, to);
      const light = 255 * Math.min(1, Math.max(0, radius + 0.5 - away));
      const place = row * sheet.width + column;
      sheet.data[place] = Math.max(sheet.data[place], light);
    }
  }
}

function ends(a, b, reach, size) {
  const low = Math.max(0, Math.floor(Math.min(a, b) - reach));
  return [low, Math.min(size, Math.ceil(Math.max(a, b) + reach))];
}

/** Return how far a point is from the line between two others. */
function distance(point, from, to) {
  const [x, y] = [to.x - from.x, to.y - from.y];
  const square = x * x + y * y;
  const along = (point.x - from.x) * x + (point.y - from.y) * y;
  const part = square ? Math.min(1, Math.max(0, along / square)) : 0;
  return Math.hypot(point.x - from.x - part * x, point.y - from.y - part * y);
}
