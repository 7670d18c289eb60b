/**
 * From the pixels of a picture to the values of a tensor, and back. Nothing here needs
 * a page: a picture is a width, a height, so many channels, and numbers from 0 to 255
 * row after row, the channels of a pixel beside each other.
 */

import { DTYPES } from "./dtypes.mjs";

/** Parts of 65536 by which red, green and blue make a grey, as files of digits are made. */
const GREY = [19595, 38470, 7471];

/** The one of four channels that is opacity. */
const OPACITY = 3;

/** Make a picture of so many channels from bytes of red, green, blue and opacity. */
export function pictureOf({ data, width, height }, channels) {
  const made = new Float64Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const from = 4 * pixel;
    if (channels === 1) {
      made[pixel] = greyOf(data[from], data[from + 1], data[from + 2]);
    } else {
      for (let channel = 0; channel < channels; channel += 1) {
        made[pixel * channels + channel] = data[from + channel];
      }
    }
  }
  return { data: made, width, height, channels };
}

function greyOf(red, green, blue) {
  return (red * GREY[0] + green * GREY[1] + blue * GREY[2] + 0x8000) >> 16;
}

/** Return the middle of a picture that is as wide, for its height, as another one. */
export function cutToShape({ data, width, height, channels }, other) {
  const wanted = other.width / other.height;
  const across = Math.max(1, Math.min(width, Math.round(height * wanted)));
  const down = Math.max(1, Math.min(height, Math.round(width / wanted)));
  const left = Math.floor((width - across) / 2);
  const top = Math.floor((height - down) / 2);
  const made = new Float64Array(across * down * channels);
  for (let row = 0; row < down; row += 1) {
    const start = ((top + row) * width + left) * channels;
    const cut = data.subarray(start, start + across * channels);
    made.set(cut, row * across * channels);
  }
  return { data: made, width: across, height: down, channels };
}

/** Return a picture in another size: every pixel is the mean of what it covers, or lies between. */
export function resized(picture, width, height) {
  const { data, channels } = picture;
  const narrow = new Float64Array(width * picture.height * channels);
  spread(data, narrow, shares(picture.width, width), {
    lines: picture.height,
    line: [picture.width * channels, width * channels],
    step: channels,
    channels,
  });
  const made = new Float64Array(width * height * channels);
  spread(narrow, made, shares(picture.height, height), {
    lines: width,
    line: [channels, channels],
    step: width * channels,
    channels,
  });
  return { data: made, width, height, channels };
}

/** For each of `to` places, the first of `from` places that it is made of, and their shares. */
function shares(from, to) {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach));
    const end = Math.min(from, Math.ceil(centre + reach));
    const parts = Array.from({ length: end - first }, (_, index) => {
      const away = Math.abs(first + index + 0.5 - centre) / reach;
      return Math.max(0, 1 - away);
    });
    const sum = parts.reduce((total, part) => total + part, 0);
    return { first, parts: parts.map((part) => part / sum) };
  });
}

/** Spread the places of every line over others, a channel at a time. */
function spread(from, to, table, { lines, line, step, channels }) {
  for (let each = 0; each < lines; each += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const [start, target] = line.map((length) => each * length + channel);
      table.forEach(({ first, parts }, place) => {
        let sum = 0;
        for (let index = 0; index < parts.length; index += 1) {
          sum += parts[index] * from[start + (first + index) * step];
        }
        to[target + place * step] = sum;
      });
    }
  }
}

/**
 * Return the values that a picture has as an input: in its size, in the order of its
 * axes, with `black` for 0 and `white` for 255.
 *
 * `invert` swaps light and dark, `cut` leaves out what does not fit the input's shape
 * instead of stretching it. Throws a RangeError where the input's type does not hold
 * the values.
 */
export function valuesOf(picture, port, { black, white, invert, cut }) {
  const { image } = port;
  const whole = cut ? cutToShape(picture, image) : picture;
  const { data } = resized(whole, image.width, image.height);
  const take = taker(port);
  const made = new DTYPES[port.dtype].values(data.length);
  data.forEach((level, place) => {
    const channel = place % image.channels;
    const light = invert && channel !== OPACITY ? 255 - level : level;
    made[indexOf(image, place)] = take(black + ((white - black) * light) / 255);
  });
  return made;
}

function taker({ dtype }) {
  const { kind, values, take } = DTYPES[dtype];
  const wide = values.BYTES_PER_ELEMENT === 8;
  if (kind !== "integer") {
    return (value) => value;
  }
  return (value) => take(wide ? BigInt(Math.round(value)) : Math.round(value));
}

/** Return where the input has a value of a picture. */
function indexOf({ width, height, channels, first }, place) {
  const pixel = Math.floor(place / channels);
  return first ? (place % channels) * width * height + pixel : place;
}

/** Return bytes of red, green, blue and opacity that show the values of an input. */
export function bytesOf(values, { image }, { black, white }) {
  const { width, height, channels } = image;
  const bytes = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let place = 0; place < values.length; place += 1) {
    const value = Number(values[indexOf(image, place)]);
    const level = (255 * (value - black)) / (white - black || 1);
    const pixel = Math.floor(place / channels);
    const channel = place % channels;
    bytes.fill(
      level,
      4 * pixel + channel,
      4 * pixel + (channels > 1 ? channel + 1 : 3),
    );
  }
  return bytes;
}
