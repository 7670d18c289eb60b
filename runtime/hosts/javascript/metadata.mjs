/**
 * What a model says of itself beside its graph. onnxruntime's JavaScript does not
 * hand this out, so it is read from the file: fields of a protobuf message, of which
 * only the heads of the large ones are looked at.
 */

const METADATA_PROPS = 14;
const HEAD = 32;

/**
 * Return the entries of `metadata_props` as a Map.
 *
 * `read(offset, length)` gives bytes of the file, fewer at its end.
 */
export async function readMetadata(read, size) {
  const entries = new Map();
  let offset = 0;
  while (offset < size) {
    const field = fieldAt(await read(offset, HEAD));
    if (field.number === METADATA_PROPS && field.type === 2) {
      const entry = await read(offset + field.start, field.length);
      const texts = entryTexts(entry);
      entries.set(texts.get(1), texts.get(2));
    }
    offset += field.start + field.length;
  }
  return entries;
}

function entryTexts(bytes) {
  const texts = new Map([
    [1, ""],
    [2, ""],
  ]);
  const decoder = new TextDecoder();
  let offset = 0;
  while (offset < bytes.length) {
    const field = fieldAt(bytes.subarray(offset));
    const end = offset + field.start + field.length;
    texts.set(
      field.number,
      decoder.decode(bytes.subarray(offset + field.start, end)),
    );
    offset = end;
  }
  return texts;
}

/** Return a field's number and type, where its content starts, and its length. */
function fieldAt(bytes) {
  const tag = varint(bytes, 0);
  const number = Math.floor(tag.value / 8);
  const type = tag.value % 8;
  if (type === 2) {
    const length = varint(bytes, tag.end);
    return { number, type, start: length.end, length: length.value };
  }
  const lengths = {
    0: () => varint(bytes, tag.end).end - tag.end,
    1: () => 8,
    5: () => 4,
  };
  if (!lengths[type]) {
    throw new RangeError("not an ONNX model");
  }
  return { number, type, start: tag.end, length: lengths[type]() };
}

function varint(bytes, start) {
  let value = 0;
  for (
    let index = start;
    index < Math.min(bytes.length, start + 10);
    index += 1
  ) {
    value += (bytes[index] & 127) * 2 ** (7 * (index - start));
    if (bytes[index] < 128) {
      return { value, end: index + 1 };
    }
  }
  throw new RangeError("not an ONNX model");
}
