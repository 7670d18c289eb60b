"""The parts of a JavaScript module that are the same whatever it predicts."""

from typing import Final

from keronyx.converter.source.managed.erf import TABLES

DECODE: Final = """\
// Numbers from bytes that are little-endian, whatever the machine is.
function fromBytes(view, offset, count, Kind) {
  const read = view[`get${Kind === Uint8Array ? "Uint8" : Kind.name.slice(0, -5)}`].bind(view);
  const numbers = new Kind(count);
  for (let i = 0; i < count; i++) numbers[i] = read(offset + i * Kind.BYTES_PER_ELEMENT, true);
  return numbers;
}

function decode(text, Kind) {
  const bytes = globalThis.atob(text);
  const view = new DataView(new ArrayBuffer(bytes.length));
  for (let i = 0; i < bytes.length; i++) view.setUint8(i, bytes.charCodeAt(i));
  return fromBytes(view, 0, bytes.length / Kind.BYTES_PER_ELEMENT, Kind);
}
"""

READ_NUMBERS: Final = """\
// What the caller gave, as a typed array; a wrong length or a fraction of an id is an error.
function readNumbers(name, values, count, Kind) {
  if (values.length !== count) {
    throw new RangeError(`${name}: ${count} numbers expected, not ${values.length}`);
  }
  if (values instanceof Kind) return values;
  const fits = Kind === Int32Array ? (value) => Number(value) === (Number(value) | 0) : () => true;
  return Kind.from(values, (value) => {
    if (!fits(value)) throw new RangeError(`${name}: ${value} is no 32-bit integer`);
    if (Kind === Uint8Array) return value ? 1 : 0;
    return Kind === BigInt64Array ? BigInt(value) : Number(value);
  });
}
"""

MULTIPLY: Final = """\
// rowSums = bias + x * kernel for one row of x; the sums are doubles.
function multiplyRow(x, from, inputs, kernel, bias, units) {
  if (bias === null) rowSums.fill(0, 0, units);
  else rowSums.set(bias);
  let k = 0;
  for (; k + 3 < inputs; k += 4) {
    const a = x[from + k], b = x[from + k + 1], c = x[from + k + 2], d = x[from + k + 3];
    const first = k * units, second = first + units, third = second + units;
    const fourth = third + units;
    for (let n = 0; n < units; n++) {
      rowSums[n] += a * kernel[first + n] + b * kernel[second + n]
        + (c * kernel[third + n] + d * kernel[fourth + n]);
    }
  }
  for (; k < inputs; k++) {
    const a = x[from + k], first = k * units;
    for (let n = 0; n < units; n++) rowSums[n] += a * kernel[first + n];
  }
}
"""

HELPERS: Final = {
    "roundHalfEven": """\
// Beyond 2 ** 52 doubles are whole; to add and subtract it rounds as it should.
function roundHalfEven(x) {
  const far = x < 0 ? -(2 ** 52) : 2 ** 52;
  if (!(Math.abs(x) < 2 ** 52)) return x;
  return x + far - far || x * 0;
}

""",
    "errorFunction": """\
// W. J. Cody's rational approximations (1969), right to the last bits of a double.
function errorFunction(x) {
  const size = Math.abs(x);
  if (!(size > 0.46875)) return x * ratio(x * x, erfNear);
  const z = 1 / (x * x);
  const tail =
    size <= 4 ? ratio(size, erfMiddle) : (Math.sqrt(1 / Math.PI) - z * ratio(z, erfFar)) / size;
  const rest = size > 6 ? 0 : Math.exp(-x * x) * tail;
  return x < 0 ? rest - 1 : 1 - rest;
}

function ratio(x, [above, below]) {
  return polynomial(x, above) / polynomial(x, below);
}

function polynomial(x, coefficients) {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

"""
    + "".join(f"const erf{name} = {list(map(list, ratio))};\n" for name, ratio in TABLES.items()),
}
"""Functions that JavaScript does not have, by their names."""

WEIGHTS_FILE: Final = """\
// The bytes of a file that lies beside this one, once it is known to be whole.
async function readWeights(name, checksum, size) {
  const url = new URL(encodeURIComponent(name), import.meta.url);
  const bytes = url.protocol === "file:" && globalThis.process
    ? await (await import(/* webpackIgnore: true */ "node:fs/promises")).readFile(url)
    : new Uint8Array(await (await globalThis.fetch(url)).arrayBuffer());
  if (bytes.length !== size || crc32(bytes, 16) !== checksum) {
    throw new Error(`${name} is not the weights file that belongs to this module`);
  }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function crc32(bytes, from) {
  let crc = -1;
  for (let i = from; i < bytes.length; i++) {
    crc ^= bytes[i];
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
"""

SELFTEST: Final = """\
  let largest = 0, wrong = 0;
  made.forEach((numbers, port) => numbers.forEach((value, i) => {
    const wanted = expected[port][i];
    if (value === wanted || (Number.isNaN(value) && Number.isNaN(wanted))) return;
    const difference = Math.abs(Number(value) - Number(wanted));
    const most = ATOL + RTOL * Math.abs(Number(wanted));
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
    if (!(difference <= most && difference < Infinity)) wrong++;
  }));
  return { largest, wrong };
}

// node FILE --selftest
if (globalThis.process?.argv?.[2] === "--selftest") {
  Promise.all([
    import(/* webpackIgnore: true */ "node:fs"),
    import(/* webpackIgnore: true */ "node:url"),
  ]).then(([fs, url]) => {
    const started = fs.realpathSync(globalThis.process.argv[1]);
    if (started !== fs.realpathSync(url.fileURLToPath(import.meta.url))) return;
    const { largest, wrong } = selftest();
    const verdict = wrong ? `wrong (${wrong} numbers)` : "right";
    globalThis.console.log(`NAME: ROWS rows, largest difference ${largest}: ${verdict}`);
    globalThis.process.exitCode = wrong ? 1 : 0;
  });
}
"""
