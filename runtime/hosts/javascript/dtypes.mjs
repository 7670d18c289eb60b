/**
 * The types that numbers and texts have in a tensor: how JavaScript holds them, what
 * is accepted for them, how a cell of a table spells them.
 */

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const SPECIAL = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i;
const TRUTHS = new Map([
  ["true", 1],
  ["false", 0],
]);

/** Tell whether a cell of a table is a number. */
export function isNumber(cell) {
  return FLOAT.test(cell) || SPECIAL.test(cell);
}

/** Return text fit for one line of a message: printable, quoted, and not too long. */
export function quoted(text) {
  const plain = String(text).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => {
    return `\\u{${char.codePointAt(0).toString(16)}}`;
  });
  return `'${plain.length > 80 ? `${plain.slice(0, 40)}…${plain.slice(-39)}` : plain}'`;
}

/** Read a number; throws a RangeError where it becomes infinite in its type. */
function parseHeld(cell, round, name) {
  const value = round(parseFloating(cell));
  if (Math.abs(value) === Infinity && FLOAT.test(cell)) {
    throw new RangeError(`${quoted(cell)} does not fit into ${name}`);
  }
  return value;
}

function parseFloating(cell) {
  if (FLOAT.test(cell)) {
    return Number(cell);
  }
  const [, sign, infinite] = SPECIAL.exec(cell) ?? [];
  if (sign === undefined) {
    throw new RangeError(`${quoted(cell)} is not a number`);
  }
  return infinite ? Number(`${sign}Infinity`) : NaN;
}

/** Read a whole number exactly, spelled 3, 3.0 or 3e2; null for one that is not finite. */
function parseWhole(cell) {
  parseFloating(cell);
  const parts = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(cell);
  if (!parts) {
    return null;
  }
  const [, sign, whole, fraction, exponent] = parts;
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") {
    return 0n;
  }
  const zeros =
    Number(exponent ?? 0) - fraction.length + digits.length - kept.length;
  if (zeros < 0) {
    throw new RangeError(`${quoted(cell)} is not a whole number`);
  }
  const size = BigInt(`${kept}${"0".repeat(Math.min(zeros, 40))}`);
  return sign === "-" ? -size : size;
}

/** Spell a number in the fewest digits that read back equal when rounded to its type. */
function shortest(value, round, most) {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  }
  if (value === 0) {
    return Object.is(value, -0) ? "-0" : "0";
  }
  for (let digits = 1; digits < most; digits += 1) {
    const near = Number(value.toPrecision(digits));
    if (round(near) === value) {
      return String(near);
    }
  }
  return String(Number(value.toPrecision(most)));
}

/** Return the 16 bits of the float16 that is nearest to a number, ties to even. */
export function toHalf(value) {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) {
    return 0x7e00;
  }
  if (size >= 65520) {
    return sign | 0x7c00;
  }
  const exponent = size < 2 ** -14 ? -14 : floorLog2(size);
  const steps = roundToEven(size * 2 ** (10 - exponent));
  return sign | (((exponent + 14) << 10) + steps);
}

function floorLog2(size) {
  const guess = Math.floor(Math.log2(size));
  return size < 2 ** guess
    ? guess - 1
    : size >= 2 ** (guess + 1)
      ? guess + 1
      : guess;
}

function roundToEven(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** Return the number that 16 bits mean as a float16. */
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const steps = bits & 1023;
  if (exponent === 31) {
    return steps ? NaN : sign * Infinity;
  }
  return exponent
    ? sign * (steps + 1024) * 2 ** (exponent - 25)
    : sign * steps * 2 ** -24;
}

function roundToHalf(value) {
  return fromHalf(toHalf(value));
}

function floating(name, values, round, digits, more = {}) {
  return {
    kind: "number",
    values,
    stored: values,
    parse: (cell) => parseHeld(cell, round, name),
    format: (value) => shortest(value, round, digits),
    take(value) {
      if (typeof value !== "number") {
        throw new TypeError(`${quoted(value)} is not a number`);
      }
      return value;
    },
    ...more,
  };
}

function integer(name, values, low, high) {
  const wide = values.BYTES_PER_ELEMENT === 8;
  const within = (whole, spelled) => {
    if (whole === null || whole < low || whole > high) {
      throw new RangeError(`${quoted(spelled)} does not fit into ${name}`);
    }
    return wide ? whole : Number(whole);
  };
  return {
    kind: "integer",
    values,
    stored: values,
    parse: (cell) => within(parseWhole(cell), cell),
    format: String,
    take(value) {
      if (typeof value === "bigint") {
        return within(value, value);
      }
      if (typeof value !== "number") {
        throw new TypeError(`${quoted(value)} is not an integer`);
      }
      if (!Number.isInteger(value)) {
        throw new RangeError(`${quoted(value)} is not a whole number`);
      }
      if (!Number.isSafeInteger(value)) {
        throw new RangeError(`${quoted(value)} is not exact; give a BigInt`);
      }
      return within(BigInt(value), value);
    },
  };
}

function integers() {
  const made = {};
  for (const bits of [8, 16, 32, 64]) {
    const array = `${bits === 64 ? "Big" : ""}Int${bits}Array`;
    const half = 1n << BigInt(bits - 1);
    const [signed, unsigned] = [`int${bits}`, `uint${bits}`];
    made[signed] = integer(signed, globalThis[array], -half, half - 1n);
    made[unsigned] = integer(
      unsigned,
      globalThis[array.replace("Int", "Uint")],
      0n,
      2n * half - 1n,
    );
  }
  return made;
}

const TRUTH = {
  kind: "truth",
  values: Uint8Array,
  stored: Uint8Array,
  parse(cell) {
    const truth = TRUTHS.get(cell.toLowerCase()) ?? parseFloating(cell);
    if (truth !== 0 && truth !== 1) {
      throw new RangeError(`${quoted(cell)} does not fit into bool`);
    }
    return truth;
  },
  format: (value) => (value ? "True" : "False"),
  take(value) {
    if (typeof value === "boolean") {
      return Number(value);
    }
    if (typeof value !== "number") {
      throw new TypeError(`${quoted(value)} is not a boolean`);
    }
    if (value !== 0 && value !== 1) {
      throw new RangeError(`${quoted(value)} does not fit into bool`);
    }
    return value;
  },
};

const TEXT = {
  kind: "text",
  values: Array,
  stored: Array,
  parse: (cell) => cell,
  format: (value) => value,
  take(value) {
    if (typeof value !== "string") {
      throw new TypeError(`${quoted(value)} is not a string`);
    }
    return value;
  },
};

/**
 * Every type by its name: `values` is the array that users see, `stored` the one that
 * tensors have, `take` checks a value from JavaScript, `parse` reads a cell of a
 * table, `format` spells it; `store` and `load` go between both arrays.
 */
export const DTYPES = {
  float64: floating("float64", Float64Array, (value) => value, 17),
  float32: floating("float32", Float32Array, Math.fround, 9),
  float16: floating("float16", Float32Array, roundToHalf, 5, {
    stored: Uint16Array,
    store: toHalf,
    load: fromHalf,
  }),
  ...integers(),
  bool: TRUTH,
  string: TEXT,
};

/** Tell whether a cell is a value of a type rather than a word over a column. */
export function isValue(cell, dtype) {
  return isNumber(cell) || (dtype === "bool" && TRUTHS.has(cell.toLowerCase()));
}
