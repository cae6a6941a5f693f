import { isAlnum, isAlpha, isDigit, isUpper, points, toLower, toUpper } from "./characters.js";

// Words to what the network reads: onoma.features, for models of words.

const UNKNOWN = 1; // 0 is padding
const MAX_CHARACTERS = 32;
const CASINGS = ["padding", "lower", "title", "upper", "single-upper", "mixed", "upper-with-digits", "lower-with-digits",
  "number", "number-like", "punctuation", "other"];

class Vocabulary {
  constructor({ items, lowercase }) {
    this.lowercase = lowercase;
    this.ids = new Map(items.map((item, index) => [item, index + 2]));
  }

  id(item) {
    return this.ids.get(this.lowercase ? toLower(item) : item) ?? UNKNOWN;
  }
}

function casing(word) {
  const chars = points(word);
  const letters = chars.filter(isAlpha);
  const hasDigit = chars.some(isDigit);
  if (!letters.length) {
    if (isDigit(word)) return "number";
    if (hasDigit) return "number-like";
    return chars.some(isAlnum) ? "other" : "punctuation";
  }
  const upper = toUpper(word) === word;
  const lower = toLower(word) === word;
  if (upper && lower) return "other"; // scripts without case
  if (hasDigit) return lower ? "lower-with-digits" : "upper-with-digits";
  if (lower) return "lower";
  if (upper) return letters.length === 1 ? "single-upper" : "upper";
  return isUpper(letters[0]) && !letters.slice(1).some(isUpper) ? "title" : "mixed";
}

// Numbers of half precision, from their bits.
function halves(bits) {
  return Float32Array.from(bits, (half) => {
    const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
    const value = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
    return half & 0x8000 ? -value : value;
  });
}

// The nearest number of half precision, of two equally near ones the even one.
function roundToHalf(value) {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value) || 1)), -14);
  const anchor = 1.5 * 2 ** (exponent - 10 + 52); // where doubles are as far apart as halves are here
  return value + anchor - anchor;
}

// A table of vectors, in 8 bits with a scale a row, or in half or single precision.
class Table {
  constructor({ values, shape }, scales) {
    this.width = shape[1];
    this.values = values instanceof Uint16Array ? halves(values) : values;
    this.scales = scales?.values;
    this.length = shape[0];
  }

  // Add a row to a vector, in single precision as numpy does.
  addRow(row, vector) {
    const start = row * this.width;
    for (let i = 0; i < this.width; i++) {
      const value = this.values[start + i];
      vector[i] += this.scales ? roundToHalf(Math.fround(value * this.scales[row])) : value;
    }
  }
}

function utf8(text) {
  const bytes = [];
  for (const char of text) {
    const code = char.codePointAt(0);
    const own = [];
    if (code < 0x80) own.push(code);
    else if (code < 0x800) own.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) own.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else own.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    bytes.push(own); // by hand: TextEncoder replaces lone surrogates
  }
  return bytes;
}

// The buckets of a word's n-grams, as fastText has them: each byte is added as a signed one.
export function subwordIds(word, shortest, longest, buckets) {
  const chars = utf8(`<${word}>`);
  const ids = [];
  for (let start = 0; start < chars.length; start++) {
    let hash = 2166136261;
    for (let end = start + 1; end <= Math.min(start + longest, chars.length); end++) {
      for (const byte of chars[end - 1]) hash = Math.imul(hash ^ (byte < 128 ? byte : byte | 0xffffff00), 16777619);
      const length = end - start;
      if (length >= shortest && !(length === 1 && (start === 0 || end === chars.length))) ids.push((hash >>> 0) % buckets);
    }
  }
  return ids;
}

class Vectors {
  constructor(arrays) {
    this.rows = new Table(arrays["vectors.rows"], arrays["vectors.rows.scales"]);
    const listed = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(arrays["vectors.words"].values);
    this.index = new Map(listed.split("\n").map((word, row) => [word, row]));
    if (arrays["vectors.buckets"]) {
      this.buckets = new Table(arrays["vectors.buckets"], arrays["vectors.buckets.scales"]);
      this.lengths = Array.from(arrays["vectors.subword_lengths"].values, Number);
    }
  }

  // As written, in lower case, with a capital, in capitals; then of its n-grams; then zeros.
  of(word) {
    const vector = new Float32Array(this.rows.width);
    const lower = toLower(word);
    const [head = "", ...tail] = points(lower);
    const forms = [word, lower, toUpper(head) + tail.join(""), toUpper(word)];
    const known = forms.find((form) => this.index.has(form));
    if (known !== undefined) {
      this.rows.addRow(this.index.get(known), vector);
    } else if (this.buckets) {
      const ids = subwordIds(word, ...this.lengths, this.buckets.length);
      for (const id of ids) this.buckets.addRow(id, vector);
      if (ids.length) vector.forEach((sum, i) => (vector[i] = sum / ids.length));
    }
    return vector;
  }
}

export class Features {
  constructor(state, arrays) {
    this.words = new Vocabulary(state.words);
    this.characters = state.characters && new Vocabulary(state.characters);
    this.vectors = arrays["vectors.rows"] && new Vectors(arrays);
  }

  characterIds(word) {
    const chars = points(word);
    const kept = chars.length > MAX_CHARACTERS
      ? [...chars.slice(0, MAX_CHARACTERS / 2), ...chars.slice(-MAX_CHARACTERS / 2)] : chars;
    return kept.map((char) => this.characters.id(char));
  }

  // The inputs of one sentence by name: numbers, and their shape.
  batch(words) {
    const types = [...new Set(words)];
    const number = new Map(types.map((type, index) => [type, index]));
    const whole = (values) => ({ type: "int64", values: BigInt64Array.from(values, BigInt), shape: [1, words.length] });
    const inputs = {
      words: whole(words.map((word) => this.words.id(word))),
      casing: whole(words.map((word) => CASINGS.indexOf(casing(word)))),
      lengths: { type: "int64", values: BigInt64Array.of(BigInt(words.length)), shape: [1] },
      types: whole(words.map((word) => number.get(word))),
    };
    if (this.characters) {
      const rows = types.map((type) => this.characterIds(type));
      const width = Math.max(...rows.map((row) => row.length), 1);
      const values = new BigInt64Array(types.length * width);
      rows.forEach((row, index) => values.set(row.map(BigInt), index * width));
      inputs.characters = { type: "int64", values, shape: [types.length, width] };
    }
    if (this.vectors) {
      const width = this.vectors.rows.width;
      const values = new Float32Array(types.length * width);
      types.forEach((type, index) => values.set(this.vectors.of(type), index * width));
      inputs.vectors = { type: "float32", values, shape: [types.length, width] };
    }
    return inputs;
  }
}
